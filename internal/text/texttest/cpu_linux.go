package texttest

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// rusageThread asks getrusage(2) for the calling thread alone.
const rusageThread = 1

// CPU returns what one call of f uses of a processor, in this goroutine. What
// goes on beside it, in other tests and the collection of garbage, does not
// count, so that a busy machine changes little. Where that cannot be told, the
// test is skipped.
func CPU(t testing.TB, f func()) time.Duration {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := used(t)
	f()
	return used(t) - before
}

func used(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
