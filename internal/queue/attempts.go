package queue

import (
	"context"
	"sync"
)

// attempts are the attempts that run in this process, by link. The zero value is
// ready for use.
type attempts struct {
	mu      sync.Mutex // guards running
	running map[string]running
}

// running is an attempt that runs in this process.
type running struct {
	river  int64 // id of River's job
	cancel context.CancelCauseFunc
}

// add notes an attempt at the link id. begin has made sure that none runs yet in this process.
func (a *attempts) add(id string, r running) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == nil {
		a.running = map[string]running{}
	}
	a.running[id] = r
}

func (a *attempts) remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, id)
}

// runs reports whether an attempt at the link runs in this process.
func (a *attempts) runs(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.running[id]
	return ok
}

// riverJobs are River's jobs of the attempts that run. What River holds for this process and
// is not among them has ended without River having written it.
func (a *attempts) riverJobs() map[int64]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[int64]bool, len(a.running))
	for _, r := range a.running {
		out[r.river] = true
	}
	return out
}

// cancel stops the attempt at a link, if one runs. It does not wait for the attempt to stop.
// The cause is what the handler finds by [context.Cause].
func (a *attempts) cancel(id string, cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r, ok := a.running[id]; ok {
		r.cancel(cause)
	}
}

// cancelAll stops every attempt of this process.
func (a *attempts) cancelAll(cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.running {
		r.cancel(cause)
	}
}
