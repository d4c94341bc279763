package admissionextension

import (
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/extensioncapabilities"
)

var _ extensioncapabilities.PipelineWatcher = (*admission)(nil)

// endTimeout is how long what has not come whole may still take once the receivers are about to stop. They wait for each call, and
// take nothing new meanwhile: at messageTimeout for each, calls that send nothing would hold up a shutdown, or a new
// configuration, for an hour.
const endTimeout = 5 * time.Second

// Ready implements extensioncapabilities.PipelineWatcher.
func (a *admission) Ready() error { return nil }

// NotReady implements extensioncapabilities.PipelineWatcher.
func (a *admission) NotReady() error {
	a.unfinished.end(a.endTimeout)
	return nil
}

// coming is a request that has not come whole.
type coming interface {
	// hurry ends the request unless it comes within that time.
	hurry(timeout time.Duration)
}

// unfinished is the requests that have not come whole.
type unfinished struct {
	mu      sync.Mutex
	list    map[coming]struct{}
	timeout time.Duration // more than zero: the receivers are about to stop
}

func (u *unfinished) add(c coming) {
	u.mu.Lock()
	if u.list == nil {
		u.list = map[coming]struct{}{}
	}
	u.list[c] = struct{}{}
	timeout := u.timeout
	u.mu.Unlock()
	if timeout > 0 {
		c.hurry(timeout)
	}
}

func (u *unfinished) remove(c coming) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.list, c)
}

// end hurries all that come, now and later.
func (u *unfinished) end(timeout time.Duration) {
	u.mu.Lock()
	u.timeout = timeout
	var all []coming
	for c := range u.list {
		all = append(all, c)
	}
	u.mu.Unlock()
	for _, c := range all {
		c.hurry(timeout)
	}
}
