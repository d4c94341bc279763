package queue

import (
	"context"
	"maps"
	"sync"
)

// attempts are the attempts that run in this process, by link. The zero value is
// ready for use.
type attempts struct {
	mu      sync.Mutex // guards what follows
	running map[string]running
	turns   map[int64]bool // River's jobs that are in hand, with an attempt or waiting for one
	changed chan struct{}  // closed when one ends; nil when nobody waits
}

// running is an attempt that runs in this process.
type running struct {
	lone   bool                    // the link is suspected of a crash: nothing runs beside it
	cancel context.CancelCauseFunc // nil until the handler is called
}

// add notes an attempt at the link id. take has made sure that none runs yet in this process.
func (a *attempts) add(id string, r running) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == nil {
		a.running = map[string]running{}
	}
	a.running[id] = r
}

// hold notes that a job of River's is in hand, until drop.
func (a *attempts) hold(river int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.turns == nil {
		a.turns = map[int64]bool{}
	}
	a.turns[river] = true
}

func (a *attempts) drop(river int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.turns, river)
}

func (a *attempts) remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, id)
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
}

// ended is closed when the next attempt ends.
func (a *attempts) ended() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.changed == nil {
		a.changed = make(chan struct{})
	}
	return a.changed
}

// others is how many attempts run, at other links than id.
func (a *attempts) others(id string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.running)
	if _, ok := a.running[id]; ok {
		n--
	}
	return n
}

// lone reports whether a link runs that nothing may run beside.
func (a *attempts) lone() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.running {
		if r.lone {
			return true
		}
	}
	return false
}

// start gives the attempt at a link, which take has noted, its way to be stopped.
func (a *attempts) start(id string, cancel context.CancelCauseFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r, ok := a.running[id]; ok {
		r.cancel = cancel
		a.running[id] = r
	}
}

// runs reports whether an attempt at the link runs in this process.
func (a *attempts) runs(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.running[id]
	return ok
}

// riverJobs are River's jobs that are in hand. What River holds for this process and is not
// among them has ended without River having written it.
func (a *attempts) riverJobs() map[int64]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.turns)
}

// cancel stops the attempt at a link, if one runs. It does not wait for the attempt to stop.
// The cause is what the handler finds by [context.Cause].
func (a *attempts) cancel(id string, cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r, ok := a.running[id]; ok && r.cancel != nil {
		r.cancel(cause)
	}
}

// cancelAll stops every attempt of this process.
func (a *attempts) cancelAll(cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.running {
		if r.cancel != nil {
			r.cancel(cause)
		}
	}
}
