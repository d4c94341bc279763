package runprocessor

import (
	"context"
	"errors"
	"slices"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	// writers share one flush of the folder, so a few of them multiply what
	// the disk takes. The parts of one trace stay in order: they have one writer.
	writers = 4
	// queued bounds the parts that wait for one writer.
	queued = 256
)

// ErrQueueFull says that spans were dropped because the disk could not keep up.
var ErrQueueFull = errors.New("spans dropped: the outbox cannot keep up")

// handover is a part of a trace on its way to the disk.
type handover struct {
	t          *tracked // not evicted while its inFlight is above 0
	number     int
	complete   bool
	start      time.Time
	spans      []sdktrace.ReadOnlySpan // ended
	unfinished []sdktrace.ReadOnlySpan // still open: to be marked
	records    []sdklog.Record
	bytes      int64
	seq        uint64 // within its lane, from 1
}

func (h handover) count() uint64 { return uint64(len(h.spans) + len(h.unfinished)) }

// partQueue carries parts from the tree to the writers, in one lane for each. The
// tree owns it: all but receiving from a lane happens under tree.mu.
type partQueue struct {
	lanes    [writers]lane
	flushers []flusher
}

// lane is one writer's queue. sent and stored are sequence numbers.
type lane struct {
	parts        chan handover // capacity queued; never closed
	sent, stored uint64
}

// flusher waits for what each lane had been sent when it came.
type flusher struct {
	upTo [writers]uint64
	done chan struct{}
}

func (q *partQueue) init() {
	for i := range q.lanes {
		q.lanes[i].parts = make(chan handover, queued)
	}
}

func (q *partQueue) laneOf(h handover) *lane { return &q.lanes[h.t.id[15]%writers] }

// offer gives a part to the writer of its trace, or reports false. It never blocks.
func (q *partQueue) offer(h handover) bool {
	l := q.laneOf(h)
	h.seq = l.sent + 1
	select {
	case l.parts <- h:
		l.sent++
		return true
	default:
		return false
	}
}

// wait returns a channel that is closed when all that was sent is stored.
func (q *partQueue) wait() chan struct{} {
	f := flusher{done: make(chan struct{})}
	for i := range q.lanes {
		f.upTo[i] = q.lanes[i].sent
	}
	q.flushers = append(q.flushers, f)
	q.wake()
	return f.done
}

// leave ends a wait.
func (q *partQueue) leave(done chan struct{}) {
	q.flushers = slices.DeleteFunc(q.flushers, func(f flusher) bool { return f.done == done })
}

// wake ends the waits that have what they wait for.
func (q *partQueue) wake() {
	q.flushers = slices.DeleteFunc(q.flushers, func(f flusher) bool {
		for i := range q.lanes {
			if q.lanes[i].stored < f.upTo[i] {
				return false
			}
		}
		close(f.done)
		return true
	})
}

// handOver sends a part on its way. Called under mu.
func (tr *tree) handOver(h handover) {
	t := h.t
	t.parts++
	h.number, h.start = t.parts, t.start
	t.inFlight++
	tr.queuedBytes += h.bytes
	tr.queuedSpans += int64(h.count())
	tr.counts.parts++
	// One part alone is taken whatever its size, or it could never leave.
	fits := tr.queuedBytes == h.bytes || tr.queuedBytes <= tr.limits.queueBytes
	switch {
	case tr.closed:
		tr.rest = append(tr.rest, h)
	case !fits || !tr.queue.offer(h):
		tr.record(h, ErrQueueFull)
		tr.wakeKeeper() // to report it
	}
}

// record notes that a part is on disk, or why it is not. Called under mu.
func (tr *tree) record(h handover, err error) {
	t := h.t
	t.inFlight--
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

// stored is called by a writer when it is done with a part of its lane.
func (tr *tree) stored(l *lane, h handover, err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	l.stored = h.seq
	tr.record(h, err)
	tr.queue.wake()
	if err != nil {
		tr.wakeKeeper()
	}
}

// close ends the tree: what is open is given up, and what still starts or ends is
// only counted. It returns the parts that were left, which have no place in the
// lanes yet.
func (tr *tree) close() []handover {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.closed = true
	for tr.live.head != nil {
		tr.abandon(tr.live.head)
	}
	tr.starts.queue, tr.lingering = nil, nil
	rest := tr.rest
	tr.rest = nil
	return rest
}

// handOverRest gives the writers what close returned, for which they have to make
// room first. What has no room before ctx ends is dropped with ErrShutdown.
func (tr *tree) handOverRest(ctx context.Context, rest []handover) {
	for _, h := range rest {
		tr.mu.Lock()
		l := tr.queue.laneOf(h)
		h.seq = l.sent + 1
		tr.mu.Unlock()
		var err error
		select {
		case l.parts <- h:
		case <-ctx.Done():
			err = ErrShutdown
		}
		tr.mu.Lock()
		if err == nil {
			l.sent++
		} else {
			tr.record(h, err)
		}
		tr.mu.Unlock()
	}
}
