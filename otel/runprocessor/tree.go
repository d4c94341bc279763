package runprocessor

import (
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// maxDone bounds the complete traces that are remembered.
const maxDone = 8192

// limits are those of the options; zero ones are off.
type limits struct {
	traceSpans int   // of a part
	traceBytes int64 // of a part
	heldBytes  int64 // in memory, of traces that are not complete
	queueBytes int64 // in memory, handed over; 0: as heldBytes
	maxAge     time.Duration
	linger     time.Duration
}

// tree assembles spans into traces, and hands over what is complete to the
// writers' lanes. It knows nobody: the writers and the keeper come and fetch. One
// mutex and one map: measured, sharding gains nothing below many cores. No I/O and
// no conversion happens under mu, and no other lock is taken under it.
type tree struct {
	limits limits
	wake   chan struct{} // capacity 1: something is due earlier, or has to be reported

	mu     sync.Mutex // guards everything below
	closed bool
	traces map[trace.TraceID]*tracked
	live   list // by liveSince
	done   list // by completion
	free   *tracked
	spare  [][]sdktrace.ReadOnlySpan

	queue partQueue
	rest  []handover // handed over once closed

	endedBytes  int64 // of ended spans and log records held by live traces
	openSpans   int64
	heldSpans   int64 // ended spans held by live traces
	queuedBytes int64 // handed over, not on disk yet
	queuedSpans int64
	counts      counts
	lingering   []lingerer
	starts      startQueue
}

func newTree(l limits) *tree {
	if l.queueBytes == 0 {
		l.queueBytes = l.heldBytes
	}
	tr := &tree{limits: l, wake: make(chan struct{}, 1), traces: map[trace.TraceID]*tracked{}}
	tr.queue.init()
	return tr
}

// wakeKeeper makes the keeper look again. It never blocks.
func (tr *tree) wakeKeeper() {
	select {
	case tr.wake <- struct{}{}:
	default:
	}
}

// begin takes a span that starts. remoteParent makes it a local root; localParent
// says that it belongs below another span of this process.
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
		tr.reopen(t)
	}
	t.idleAt = time.Time{}
	t.open.add(sc.SpanID(), s)
	tr.openSpans++
	tr.counts.started++
	if root && !tr.starts.off {
		tr.announce(sc)
	}
	tr.enforceBound()
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
	case t != nil && t.abandoned > 0:
		t.abandoned--
		t.gatherEnds = true
		if !t.live {
			tr.reopen(t)
		}
	default:
		tr.counts.unknown++
		return
	}
	tr.counts.ended++
	tr.hold(t, s, size)
	full := tr.isFull(t)
	switch {
	case len(t.open.list) > 0:
		if full {
			tr.counts.cutsSize++
			tr.cut(t, false)
		}
	case full:
		tr.complete(t)
	case t.gatherEnds && t.abandoned > 0: // until the sweep
	case tr.limits.linger == 0:
		tr.complete(t)
	default:
		tr.linger(t)
	}
	tr.enforceBound()
}

// isFull reports whether what is held of t makes a part of its own.
func (tr *tree) isFull(t *tracked) bool {
	return t.held() >= tr.limits.traceSpans || t.bytes >= tr.limits.traceBytes
}

// hold keeps an ended span until its trace is cut.
func (tr *tree) hold(t *tracked, s sdktrace.ReadOnlySpan, size int64) {
	if t.ended == nil {
		t.ended = tr.spareSlice()
	}
	t.ended = append(t.ended, s)
	t.bytes += size
	tr.endedBytes += size
	tr.heldSpans++
}

// track begins a trace that was not known.
func (tr *tree) track(id trace.TraceID) *tracked {
	t := tr.free
	if t != nil {
		tr.free = nil
	} else {
		t = &tracked{}
	}
	now := time.Now()
	t.id, t.start = id, now
	t.open.list = t.inline[:0]
	tr.traces[id] = t
	tr.makeLive(t, now)
	return t
}

// reopen makes a trace live again that was complete.
func (tr *tree) reopen(t *tracked) {
	tr.done.remove(t)
	tr.makeLive(t, time.Now())
}

// makeLive begins a time in which spans of the trace are open.
func (tr *tree) makeLive(t *tracked, now time.Time) {
	t.live, t.liveSince = true, now
	tr.live.push(t)
}

// cut hands over the ended spans of t. A part that completes its trace is the
// business of complete.
func (tr *tree) cut(t *tracked, complete bool) {
	h := tr.takeHeld(t)
	h.complete = complete
	tr.handOver(h)
}

// takeHeld makes a part of all that is held of t.
func (tr *tree) takeHeld(t *tracked) handover {
	h := handover{t: t, spans: t.ended, records: t.records, bytes: t.bytes}
	tr.endedBytes -= t.bytes
	tr.heldSpans -= int64(len(t.ended))
	t.ended, t.records, t.bytes = nil, nil, 0
	return h
}

// complete ends the life of t: nothing of it is open.
func (tr *tree) complete(t *tracked) {
	tr.counts.traces++
	tr.retire(t)
	if t.held() > 0 {
		tr.cut(t, true)
	}
	t.wake()
	tr.evict()
}

// retire moves a trace from the live ones to those remembered.
func (tr *tree) retire(t *tracked) {
	tr.live.remove(t)
	t.live, t.gatherEnds, t.idleAt = false, false, time.Time{}
	t.inline = [4]openSpan{} // nothing is open, but growing left copies
	t.open.list = t.inline[:0]
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
	t.abandoned += len(open)
	tr.retire(t)
	h := tr.takeHeld(t)
	for {
		n := min(len(open), max(tr.limits.traceSpans-len(h.spans)-len(h.records), 1))
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
