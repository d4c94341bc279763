//go:build linux

package chaos

import (
	"math/rand/v2"
	"syscall"
	"time"
)

// killing ends a process, with -9 or as a deployment does, and starts it again. One in
// three lives that follow a kill is killed while it starts.
type killing struct {
	world  *World
	victim *Process
	kind   Kind
	n      int
}

func (f *killing) start() {
	if !f.victim.busy.TryLock() {
		f.world.count("faults left out: the process was stopped", 1)
		return
	}
	defer f.victim.busy.Unlock()
	r := rand.New(rand.NewPCG(uint64(f.n), 3)) //nolint:gosec // a seed, not a secret
	within := func(d time.Duration) { time.Sleep(time.Duration(r.Int64N(int64(d)))) }
	switch {
	case f.kind == KillAsking && !f.untilAsking():
		f.world.count("faults left out: the process did not ask the model", 1)
		return
	case f.kind == Kill || f.kind == KillAsking:
		f.kill()
	case f.kind == Term && f.victim.age() < startTime:
		f.world.count("faults left out: the process had just started", 1)
		return
	default:
		f.victim.Terminate()
	}
	within(500 * time.Millisecond)
	f.victim.Launch()
	switch {
	case f.kind == Kill && f.n%3 == 0:
		within(startTime)
		f.kill()
	case f.kind == TermStart:
		within(startTime)
		f.victim.Terminate()
	default:
		return
	}
	f.victim.Launch()
}

// A process that is to be killed while it waits for the model is given askTime to come to that, and is
// spared while a link is under way that was asked about more than askedOften times.
const (
	askTime    = 10 * time.Second
	askedOften = 3
)

// untilAsking waits until the process waits for the model, and reports whether it does.
func (f *killing) untilAsking() bool {
	name := f.victim.incarnation()
	for deadline := time.Now().Add(askTime); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if f.world.Model.asks(name, askedOften) {
			return true
		}
	}
	return false
}

// startTime is how long a process may be at its start, on a busy machine.
const startTime = 3 * time.Second

func (f *killing) kill() {
	f.victim.Kill()
	f.world.count("kills of "+f.victim.kind, 1)
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
	f.world.stall(f.since, time.Now())
}

func (f *pausing) signal(s syscall.Signal) {
	if f.victim.alive() {
		_ = syscall.Kill(f.victim.PID(), s)
	}
}
