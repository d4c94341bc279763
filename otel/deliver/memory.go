package deliver

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// memory is what a Deliverer knows of traces beyond one call. All of it is
// bounded, and none of it is needed for correctness across processes: there the
// tags on the runs speak.
type memory struct {
	// failed holds when the last, unanswered create of a trace is certainly
	// through or lost; zero when there was none. The next attempt searches, and
	// not before.
	failed *lru.Cache[trace.TraceID, time.Time]
	// done traces, so that a late Started makes no second run.
	done *lru.Cache[trace.TraceID, struct{}]
	// artifactsOnly holds traces of which all else is there, with the fingerprint of
	// the spans that this was said of.
	artifactsOnly *lru.Cache[trace.TraceID, uint64]
	// evaluations have the runs of which rows were delivered.
	evaluations *lru.Cache[evaluationKey, string]

	mu    sync.Mutex // guards what follows
	locks map[trace.TraceID]*traceLock
	// live runs made by Started, until their trace is delivered.
	live map[trace.TraceID]liveRun
	// no live runs before this time.
	startsPausedUntil time.Time
	// the store of artifacts did not answer when it was last asked.
	storeDown bool
	// when it last took one.
	storeTookAt time.Time
	// when spans were last found where they were sent, and mlflow.Client.Interruptions then.
	spansSeen       time.Time
	spansSeenBreaks uint64
}

// traceLock makes calls for one trace follow each other. It is there as long as
// somebody holds it or waits for it.
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

func newMemory() *memory {
	return &memory{
		failed: newLRU[trace.TraceID, time.Time](maxRecent), done: newLRU[trace.TraceID, struct{}](maxRecent),
		artifactsOnly: newLRU[trace.TraceID, uint64](maxRecent),
		evaluations:   newLRU[evaluationKey, string](maxEvaluations),
		locks:         map[trace.TraceID]*traceLock{}, live: map[trace.TraceID]liveRun{},
	}
}

// newLRU makes a map of the size keys used last.
func newLRU[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // the size is a constant
	}
	return c
}

// lock makes calls for one trace follow each other.
func (m *memory) lock(ctx context.Context, id trace.TraceID) (unlock func(), err error) {
	m.mu.Lock()
	l := m.locks[id]
	if l == nil {
		l = &traceLock{held: make(chan struct{}, 1)}
		m.locks[id] = l
	}
	l.users++
	m.mu.Unlock()
	leave := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(m.locks, id)
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

// locked reports whether a call for the trace is under way.
func (m *memory) locked(id trace.TraceID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.locks[id] != nil
}

func (m *memory) setDelivered(id trace.TraceID) {
	m.mu.Lock()
	delete(m.live, id)
	m.mu.Unlock()
	m.failed.Remove(id)
	m.artifactsOnly.Remove(id)
	m.done.Add(id, struct{}{})
}

// setPartial remembers that the runs of a trace are complete, and that the next
// attempt, which searches for them, has to bring the rest.
func (m *memory) setPartial(id trace.TraceID) {
	m.setDelivered(id)
	m.failed.Add(id, time.Time{})
}

// setArtifactsOnly remembers, after setPartial, that only artifacts are to come of
// these spans. Others of the same trace, such as a late part, are delivered as usual.
func (m *memory) setArtifactsOnly(id trace.TraceID, td *tracepb.TracesData) {
	m.artifactsOnly.Add(id, fingerprint(td))
}

func (m *memory) onlyArtifactsMissing(id trace.TraceID, td *tracepb.TracesData) bool {
	of, known := m.artifactsOnly.Peek(id)
	return known && of == fingerprint(td)
}

// setStoreDown takes note of whether the store of artifacts took none lately.
func (m *memory) setStoreDown(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.storeDown = down
}

// storeTook takes note of an artifact that got through.
func (m *memory) storeTook(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.storeDown, m.storeTookAt = false, now
}

func (m *memory) storeTookSince(t time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.storeTookAt.After(t)
}

// setSpansSeen takes note that the server had the spans that were sent to it.
func (m *memory) setSpansSeen(at time.Time, breaks uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spansSeen, m.spansSeenBreaks = at, breaks
}

// spansSeenSince reports whether it had since t, and was not away meanwhile.
func (m *memory) spansSeenSince(t time.Time, breaks uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spansSeen.After(t) && m.spansSeenBreaks == breaks
}

func (m *memory) storeIsDown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.storeDown
}

func (m *memory) delivered(id trace.TraceID) bool { return m.done.Contains(id) }

// setFailed remembers a failed attempt, whose create may be processed until then.
func (m *memory) setFailed(id trace.TraceID, ambiguousUntil time.Time) {
	m.failed.Add(id, ambiguousUntil)
}

// ambiguousUntil reports whether the last attempt failed, and when what it
// created is certainly there, if it ever will be.
func (m *memory) ambiguousUntil(id trace.TraceID) (time.Time, bool) { return m.failed.Peek(id) }

func (m *memory) liveRun(id trace.TraceID) (liveRun, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.live[id]
	return r, ok
}

// roomForLive is false when so many live runs are open that a further one could
// not be remembered.
func (m *memory) roomForLive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live) < maxLive
}

func (m *memory) setLive(id trace.TraceID, r liveRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live[id] = r
}

func (m *memory) pauseStarts(until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.startsPausedUntil = until
}

func (m *memory) startsPaused(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return now.Before(m.startsPausedUntil)
}
