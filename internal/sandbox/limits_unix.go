//go:build unix

package sandbox

import (
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// restrict sets the limits of the whole process.
func (l Limits) restrict() error {
	if err := l.restrictMemory(); err != nil {
		return err
	}
	for _, r := range []struct {
		name     string
		resource int
		value    int64
	}{
		{"RLIMIT_CORE", unix.RLIMIT_CORE, 0},
		{"RLIMIT_FSIZE", unix.RLIMIT_FSIZE, l.FileSize},
		{"RLIMIT_NOFILE", unix.RLIMIT_NOFILE, maxFiles},
		// The kernel kills what did not end by the signal of allowCPU.
		{"RLIMIT_CPU", unix.RLIMIT_CPU, int64((l.CPU + retireCPU) / time.Second * 2)},
	} {
		if err := setLimit(r.resource, r.value); err != nil {
			return fmt.Errorf("set %s: %w", r.name, err)
		}
	}
	// The Go runtime ignores this signal unless somebody listens.
	over := make(chan os.Signal, 1)
	signal.Notify(over, unix.SIGXCPU)
	go func() {
		<-over
		os.Exit(exitCPU)
	}()
	return nil
}

// allowCPU gives the process the processor time of one request from here on, in whole seconds, as
// the limit counts.
func (l Limits) allowCPU() error {
	soft := (UsedCPU() + l.CPU + time.Second - 1) / time.Second
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CPU, &r); err != nil {
		return fmt.Errorf("read RLIMIT_CPU: %w", err)
	}
	put(&r.Cur, int64(min(uint64(soft), uint64(r.Max)))) //nolint:gosec,unconvert // as in setLimit
	if err := unix.Setrlimit(unix.RLIMIT_CPU, &r); err != nil {
		return fmt.Errorf("set RLIMIT_CPU: %w", err)
	}
	return nil
}

// setLimit sets both values of a limit; neither can be raised again. A limit that the process came with
// and that is stricter stays.
func setLimit(resource int, value int64) error {
	var r unix.Rlimit
	if err := unix.Getrlimit(resource, &r); err != nil {
		return err
	}
	if uint64(r.Max) < uint64(value) { //nolint:gosec,unconvert // its type differs between systems; neither is negative
		value = int64(r.Max) //nolint:gosec // it is the smaller one
	}
	put(&r.Cur, value)
	put(&r.Max, value)
	return unix.Setrlimit(resource, &r)
}

// put sets a field of a Rlimit, whose type differs between systems.
func put[T int64 | uint64](field *T, value int64) { *field = T(value) }

// UsedCPU is the processor time that this process has used so far, in all threads.
func UsedCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
