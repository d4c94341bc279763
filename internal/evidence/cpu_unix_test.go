//go:build unix

package evidence_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used of the processors since it started.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
