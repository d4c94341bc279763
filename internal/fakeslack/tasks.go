package fakeslack

import (
	"sync"
	"time"
)

// tasks runs functions later and knows which are still to come, so that Close can
// end them all. A function never runs once close was called.
type tasks struct {
	mu     sync.Mutex
	wg     sync.WaitGroup
	closed bool
	id     int
	timers map[int]*time.Timer
}

// after runs f on a goroutine of its own when d is over. cancel has no effect once it has begun,
// and does not wait for it.
func (t *tasks) after(d time.Duration, f func()) (cancel func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return func() {}
	}
	if t.timers == nil {
		t.timers = map[int]*time.Timer{}
	}
	t.id++
	id := t.id
	t.wg.Add(1)
	t.timers[id] = time.AfterFunc(d, func() {
		defer t.wg.Done()
		t.mu.Lock()
		delete(t.timers, id)
		closed := t.closed
		t.mu.Unlock()
		if !closed {
			f()
		}
	})
	return func() { t.cancel(id) }
}

// cancel stops a task that has not begun. Stop reports whether it did: then nobody else will
// call Done.
func (t *tasks) cancel(id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if timer, ok := t.timers[id]; ok && timer.Stop() {
		delete(t.timers, id)
		t.wg.Done()
	}
}

// close cancels what has not begun and waits for what has. Callers hold no lock
// that a task may want.
func (t *tasks) close() {
	t.mu.Lock()
	t.closed = true
	for id, timer := range t.timers {
		if timer.Stop() {
			delete(t.timers, id)
			t.wg.Done()
		}
	}
	t.mu.Unlock()
	t.wg.Wait()
}

// handle is something the app may use a limited number of times for a limited time:
// a trigger_id, a response_url, an upload.
type handle struct {
	expires           time.Time
	uses              int
	name              string
	channel, user, ts string
	thread            string
	fromButton        bool
}

// maxHandles bounds the handles that are kept; the oldest goes first, whether or not it was
// used.
const maxHandles = 20_000

// handles are the handles by their id. order is that in which they were made.
type handles struct {
	mu    sync.Mutex
	m     map[string]*handle
	order []string
}

// put keeps a handle. The id carries its kind: trigger:, response: or file:.
func (h *handles) put(id string, v handle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = map[string]*handle{}
	}
	h.m[id] = &v
	h.order = append(h.order, id)
	if len(h.order) > maxHandles {
		delete(h.m, h.order[0])
		h.order = h.order[1:]
	}
}

// use takes one use; what it returns has a negative number of uses when there was none.
func (h *handles) use(id string) (handle, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.m[id]
	if !ok {
		return handle{}, false
	}
	v.uses--
	return *v, true
}
