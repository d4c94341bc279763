package mlflowexporter

import (
	"sync"
	"time"
)

// holds are the experiments that take nothing for now: deleted, closed to this
// Collector, or in a workspace that is not there. Their traces wait without a call and without being read, so
// that the traces of other teams go on. Bounded by
// max_experiments and max_workspaces.
type holds struct {
	mu     sync.Mutex
	byName map[string]hold
}

type hold struct {
	failures int
	until    time.Time
}

func newHolds() *holds { return &holds{byName: map[string]hold{}} }

// until says when an experiment may be tried again, if it is held.
func (h *holds) until(experiment string, now time.Time) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.byName[experiment]
	return one.until, one.until.After(now)
}

// put holds an experiment for as long as wait says after so many failures.
// Attempts that were under way when it was held count as one.
func (h *holds) put(experiment string, now time.Time, wait func(failures int) time.Duration) (until time.Time, first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.byName[experiment]
	if !one.until.After(now) {
		one.failures++
		one.until = now.Add(wait(one.failures))
		h.byName[experiment] = one
	}
	return one.until, one.failures == 1
}

// lift ends a hold, and reports whether there was one.
func (h *holds) lift(experiment string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, was := h.byName[experiment]
	delete(h.byName, experiment)
	return was
}
