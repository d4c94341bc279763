package runprocessor

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// openSpanBytes is what an open span is taken to weigh: its attributes are
	// its own until it ends.
	openSpanBytes = 1 << 10
	// maxDone bounds the traces remembered after they rest.
	maxDone = 8192
	// maxSpare bounds the span slices kept for reuse.
	maxSpare = 64
)

// ErrQueueFull says that spans were dropped because the disk could not keep up.
var ErrQueueFull = errors.New("spans dropped: the outbox cannot keep up")

// handover is a part of a trace on its way to the disk.
type handover struct {
	t          *tracked // not evicted while its writing is above 0
	number     int
	complete   bool
	start      time.Time
	spans      []sdktrace.ReadOnlySpan // ended
	unfinished []sdktrace.ReadOnlySpan // still open: to be marked
	bytes      int64
	seq        uint64
}

func (h handover) count() uint64 { return uint64(len(h.spans) + len(h.unfinished)) }

type limits struct {
	traceSpans int
	traceBytes int64
	heldBytes  int64
	queueBytes int64 // handed over; 0: as heldBytes
	maxAge     time.Duration
	linger     time.Duration
}

// counts are what happened since the start, in spans unless said otherwise.
type counts struct {
	started, ended  uint64
	stored          uint64 // on disk
	unfinished      uint64 // of these, written while still open
	late            uint64 // started after their trace was complete
	unknown         uint64 // ended without a start seen
	afterShutdown   uint64
	droppedQueue    uint64
	droppedOutbox   uint64
	droppedNoSpace  uint64
	droppedOther    uint64
	traces          uint64 // completed, in traces
	parts           uint64 // handed over, in parts
	cutsSize        uint64 // parts cut because their trace was big
	cutsMemory      uint64 // … because all traces together were
	swept           uint64 // traces given up by age or memory
	startsForgotten uint64 // start notices lost, in roots
	lastError       error  // of droppedOther
}

// tree assembles spans into traces. One mutex and one map: measured, sharding
// gains nothing below many cores. No I/O and no conversion happens under mu.
type tree struct {
	limits limits
	// send takes a part without blocking, or refuses it. Called under mu.
	send func(handover) bool
	// nudge wakes the keeper. Never blocks. Called under mu.
	nudge func()

	mu     sync.Mutex // guards everything below
	closed bool
	traces map[trace.TraceID]*tracked
	live   list // by born
	done   list // by completion
	free   *tracked
	spare  [][]sdktrace.ReadOnlySpan

	endedBytes  int64 // of ended spans held by live traces
	openSpans   int64
	heldSpans   int64 // ended spans held by live traces
	queuedBytes int64 // handed over, not on disk yet
	queuedSpans int64
	counts      counts
	lingering   []lingerer
	starts      startQueue
}

type lingerer struct {
	t  *tracked
	at time.Time // stale unless it equals t.idleAt
}

func newTree(l limits, send func(handover) bool, nudge func()) *tree {
	if l.queueBytes == 0 {
		l.queueBytes = l.heldBytes
	}
	return &tree{limits: l, send: send, nudge: nudge, traces: map[trace.TraceID]*tracked{}}
}

// begin takes a span that starts.
func (tr *tree) begin(sc trace.SpanContext, remoteParent, localParent bool, s sdktrace.ReadWriteSpan) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.closed {
		return
	}
	t := tr.traces[sc.TraceID()]
	root := remoteParent || t == nil
	switch {
	case t == nil:
		t = tr.track(sc.TraceID())
	case !t.live:
		if localParent {
			tr.counts.late++
		}
		tr.revive(t)
	}
	t.idleAt = time.Time{}
	t.open.add(sc.SpanID(), s)
	tr.openSpans++
	tr.counts.started++
	if root && !tr.starts.off {
		tr.announce(sc)
	}
	tr.relieve()
}

// finish takes a span that ended, with its size.
func (tr *tree) finish(sc trace.SpanContext, s sdktrace.ReadOnlySpan, size int64) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.closed {
		tr.counts.afterShutdown++
		return
	}
	t := tr.traces[sc.TraceID()]
	switch {
	case t != nil && t.open.remove(sc.SpanID()):
		tr.openSpans--
	case t != nil && t.letGo > 0:
		t.letGo--
		t.gather = true
		if !t.live {
			tr.revive(t)
		}
	default:
		tr.counts.unknown++
		return
	}
	tr.counts.ended++
	tr.hold(t, s, size)
	full := len(t.ended) >= tr.limits.traceSpans || t.bytes >= tr.limits.traceBytes
	switch {
	case len(t.open.list) > 0:
		if full {
			tr.counts.cutsSize++
			tr.cut(t, false)
		}
	case full:
		tr.complete(t)
	case t.gather && t.letGo > 0: // until the sweep
	case tr.limits.linger == 0:
		tr.complete(t)
	default:
		tr.linger(t)
	}
	tr.relieve()
}

func (tr *tree) hold(t *tracked, s sdktrace.ReadOnlySpan, size int64) {
	if t.ended == nil {
		t.ended = tr.spareSlice()
	}
	t.ended = append(t.ended, s)
	t.bytes += size
	tr.endedBytes += size
	tr.heldSpans++
}

func (tr *tree) track(id trace.TraceID) *tracked {
	t := tr.free
	if t != nil {
		tr.free = nil
	} else {
		t = &tracked{}
	}
	now := time.Now()
	t.id, t.start = id, now
	t.open.list = t.few[:0]
	tr.traces[id] = t
	tr.enliven(t, now)
	return t
}

// revive brings back a trace that was complete.
func (tr *tree) revive(t *tracked) {
	tr.done.remove(t)
	tr.enliven(t, time.Now())
}

func (tr *tree) enliven(t *tracked, now time.Time) {
	t.live, t.born = true, now
	tr.live.push(t)
}

// cut hands over the ended spans of t. A part that completes its trace is the
// business of complete.
func (tr *tree) cut(t *tracked, complete bool) {
	h := handover{t: t, complete: complete, spans: t.ended, bytes: t.bytes}
	tr.endedBytes -= t.bytes
	tr.heldSpans -= int64(len(t.ended))
	t.ended, t.bytes = nil, 0
	tr.handOver(h)
}

func (tr *tree) handOver(h handover) {
	t := h.t
	t.parts++
	h.number, h.start = t.parts, t.start
	// One part alone is taken whatever its size, or it could never leave.
	fits := tr.queuedBytes == 0 || tr.queuedBytes+h.bytes <= tr.limits.queueBytes || tr.closed
	t.writing++
	tr.queuedBytes += h.bytes
	tr.queuedSpans += int64(h.count())
	tr.counts.parts++
	if !fits || !tr.send(h) {
		tr.settle(h, ErrQueueFull)
		tr.nudge() // to tell about it
	}
}

// settle takes note that a part is on disk, or why it is not.
func (tr *tree) settle(h handover, err error) {
	t := h.t
	t.writing--
	tr.queuedBytes -= h.bytes
	tr.queuedSpans -= int64(h.count())
	tr.countOutcome(h, err)
	if err != nil {
		t.failed = err
	}
	tr.recycle(h.spans)
	t.wake()
	tr.evict()
}

// complete ends the life of t: nothing of it is open.
func (tr *tree) complete(t *tracked) {
	tr.counts.traces++
	tr.rest(t)
	if len(t.ended) > 0 {
		tr.cut(t, true)
	}
	t.wake()
	tr.evict()
}

func (tr *tree) rest(t *tracked) {
	tr.live.remove(t)
	t.live, t.gather, t.idleAt = false, false, time.Time{}
	t.few = [4]openSpan{} // nothing is open, but growing left copies
	t.open.list = t.few[:0]
	tr.done.push(t)
}

// abandon writes t as it is, its open spans marked unfinished, and lets go of
// them. Ends that still come make further parts.
func (tr *tree) abandon(t *tracked) {
	if len(t.open.list) == 0 {
		tr.complete(t)
		return
	}
	tr.counts.swept++
	open := t.open.take()
	tr.openSpans -= int64(len(open))
	t.letGo += len(open)
	tr.rest(t)
	h := handover{t: t, spans: t.ended, bytes: t.bytes}
	tr.endedBytes -= t.bytes
	tr.heldSpans -= int64(len(t.ended))
	t.ended, t.bytes = nil, 0
	for {
		n := min(len(open), max(tr.limits.traceSpans-len(h.spans), 1))
		h.unfinished, open = open[:n], open[n:]
		h.bytes += int64(n) * openSpanBytes
		h.complete = len(open) == 0
		tr.handOver(h)
		if h.complete {
			break
		}
		h = handover{t: t}
	}
	t.wake()
	tr.evict()
}

// relieve brings what is held back under its bound: by cutting the fattest
// traces while ended spans are the most of it, else by letting go of the oldest
// trace, which has leaked spans.
func (tr *tree) relieve() {
	limit := tr.limits.heldBytes
	if tr.held() <= limit {
		return
	}
	if 2*tr.endedBytes >= limit {
		// A quarter of the bound at once, so that looking for the fattest,
		// which visits all, is rare.
		for _, t := range tr.fattest() {
			if tr.endedBytes <= limit/4 {
				break
			}
			tr.counts.cutsMemory++
			if len(t.open.list) == 0 {
				tr.complete(t)
			} else {
				tr.cut(t, false)
			}
		}
	}
	for tr.held() > limit && tr.live.head != nil {
		tr.abandon(tr.live.head)
	}
}

func (tr *tree) held() int64 { return tr.endedBytes + tr.openSpans*openSpanBytes }

func (tr *tree) fattest() []*tracked {
	var fat []*tracked
	for t := tr.live.head; t != nil; t = t.next {
		if t.bytes > 0 {
			fat = append(fat, t)
		}
	}
	slices.SortFunc(fat, func(a, b *tracked) int { return cmp.Compare(b.bytes, a.bytes) })
	return fat
}

// sweep gives up what is too old, and completes what only waited for the sweep.
func (tr *tree) sweep(now time.Time) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var next *tracked
	for t := tr.live.head; t != nil; t = next {
		next = t.next
		switch {
		case now.Sub(t.born) >= tr.limits.maxAge:
			tr.abandon(t)
		case t.gather && len(t.open.list) == 0:
			tr.complete(t)
		}
	}
}

// finishIdle completes traces that have nothing open, whatever they wait for.
func (tr *tree) finishIdle() {
	var next *tracked
	for t := tr.live.head; t != nil; t = next {
		next = t.next
		if len(t.open.list) == 0 {
			tr.complete(t)
		}
	}
}

// evict forgets the oldest resting traces beyond maxDone.
func (tr *tree) evict() {
	for tr.done.n > maxDone && tr.done.head.rests() {
		t := tr.done.head
		tr.done.remove(t)
		delete(tr.traces, t.id)
		*t = tracked{}
		tr.free = t
	}
}

func (tr *tree) spareSlice() []sdktrace.ReadOnlySpan {
	last := len(tr.spare) - 1
	if last < 0 {
		return make([]sdktrace.ReadOnlySpan, 0, 8)
	}
	s := tr.spare[last]
	tr.spare[last] = nil
	tr.spare = tr.spare[:last]
	return s
}

func (tr *tree) recycle(s []sdktrace.ReadOnlySpan) {
	if len(tr.spare) < maxSpare && cap(s) > 0 && cap(s) <= 1024 {
		clear(s)
		tr.spare = append(tr.spare, s[:0])
	}
}
