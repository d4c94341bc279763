package deliver

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// memory is what a Deliverer knows of traces beyond one call. All of it is
// bounded, and none of it is needed for correctness across processes: there the
// tags on the runs speak.
type memory struct {
	mu    sync.Mutex
	locks map[[16]byte]*traceLock
	// live runs made by Started, until their trace is delivered.
	live map[[16]byte]liveRun
	// no live runs before this time.
	restUntil time.Time
	// failed traces: the next attempt searches, not before the time.
	doubt recent[time.Time]
	// done traces, so that a late Started makes no second run.
	done recent[struct{}]
}

type traceLock struct {
	held  chan struct{} // capacity 1
	users int
}

type liveRun struct {
	spanID trace.SpanID
	run    runRef
}

const (
	maxLive   = 4096
	maxRecent = 16384
)

func (m *memory) init() {
	m.locks = map[[16]byte]*traceLock{}
	m.live = map[[16]byte]liveRun{}
	m.doubt.init(maxRecent)
	m.done.init(maxRecent)
}

// lock makes calls for one trace follow each other.
func (m *memory) lock(ctx context.Context, tid [16]byte) (unlock func(), err error) {
	m.mu.Lock()
	l := m.locks[tid]
	if l == nil {
		l = &traceLock{held: make(chan struct{}, 1)}
		m.locks[tid] = l
	}
	l.users++
	m.mu.Unlock()
	leave := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(m.locks, tid)
		}
	}
	select {
	case l.held <- struct{}{}:
		return func() { <-l.held; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

func (m *memory) delivered(tid [16]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.live, tid)
	m.doubt.remove(tid)
	m.done.put(tid, struct{}{})
}

func (m *memory) failed(tid [16]byte, settled time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.doubt.put(tid, settled)
}

func (m *memory) doubtful(tid [16]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.doubt.get(tid)
	return ok
}

func (m *memory) settled(tid [16]byte) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, _ := m.doubt.get(tid)
	return t
}

func (m *memory) wasDelivered(tid [16]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.done.get(tid)
	return ok
}

func (m *memory) liveRun(tid [16]byte) (liveRun, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.live[tid]
	return r, ok
}

// roomForLive is false when so many live runs are open that a further one could
// not be remembered.
func (m *memory) roomForLive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live) < maxLive
}

func (m *memory) setLive(tid [16]byte, r liveRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live[tid] = r
}

// recent is a map of the newest keys.
type recent[V any] struct {
	m    map[[16]byte]V
	ring [][16]byte
	next int
}

func (r *recent[V]) init(n int) { r.m, r.ring = map[[16]byte]V{}, make([][16]byte, n) }

func (r *recent[V]) get(k [16]byte) (V, bool) { v, ok := r.m[k]; return v, ok }

func (r *recent[V]) put(k [16]byte, v V) {
	if _, ok := r.m[k]; !ok {
		delete(r.m, r.ring[r.next])
		r.ring[r.next] = k
		r.next = (r.next + 1) % len(r.ring)
	}
	r.m[k] = v
}

// remove leaves the key's place in the ring: the place is reused in turn.
func (r *recent[V]) remove(k [16]byte) { delete(r.m, k) }

func (m *memory) rest(until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.restUntil = until
}

func (m *memory) resting(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return now.Before(m.restUntil)
}
