//go:build linux

package chaos

import (
	"math/rand/v2"
	"syscall"
	"time"
)

// killing ends a process, with -9 or as a deployment does, and starts it again. One in
// three lives that follow is killed while it starts.
type killing struct {
	world  *World
	victim *Process
	gently bool
	n      int
}

func (f *killing) start() {
	if !f.victim.busy.TryLock() {
		f.world.count("faults left out: the process was stopped", 1)
		return
	}
	defer f.victim.busy.Unlock()
	r := rand.New(rand.NewPCG(uint64(f.n), 3)) //nolint:gosec // a seed, not a secret
	if f.gently {
		f.victim.Terminate()
	} else {
		f.victim.Kill()
		f.world.count("kills", 1)
	}
	time.Sleep(time.Duration(r.Int64N(int64(500 * time.Millisecond))))
	f.victim.Launch()
	if f.n%3 == 0 {
		time.Sleep(time.Duration(r.Int64N(int64(1500 * time.Millisecond))))
		f.victim.Kill()
		f.world.count("kills", 1)
		f.victim.Launch()
	}
}

func (f *killing) stop() {}

// pausing stops a process as a debugger, a paused container or a machine without
// memory does. Leases run out meanwhile.
type pausing struct {
	world   *World
	victim  *Process
	stopped bool
	since   time.Time
}

func (f *pausing) start() {
	if !f.victim.busy.TryLock() {
		f.world.count("faults left out: the process was stopped", 1)
		return
	}
	f.stopped, f.since = true, time.Now()
	f.signal(syscall.SIGSTOP)
}

func (f *pausing) stop() {
	if !f.stopped {
		return
	}
	defer f.victim.busy.Unlock()
	f.signal(syscall.SIGCONT)
	f.world.harm(f.victim.incarnation(), f.since, time.Now())
}

func (f *pausing) signal(s syscall.Signal) {
	if f.victim.alive() {
		_ = syscall.Kill(f.victim.PID(), s)
	}
}
