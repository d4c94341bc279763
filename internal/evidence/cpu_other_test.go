//go:build !unix

package evidence_test

import (
	"testing"
	"time"
)

var started = time.Now()

// cpuTime is time, where the use of the processors is not known.
func cpuTime(*testing.T) time.Duration { return time.Since(started) }
