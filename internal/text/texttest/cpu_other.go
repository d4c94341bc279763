//go:build !linux

package texttest

import (
	"testing"
	"time"
)

// CPU skips the test: what a goroutine uses of a processor is told by Linux
// only.
func CPU(t testing.TB, _ func()) time.Duration {
	t.Helper()
	t.Skip("what a thread uses of a processor is not known here")
	return 0
}
