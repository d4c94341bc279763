package runprocessor

import (
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// maxStarts bounds the start notices that wait for their delay. Losing one is
// harmless: the run is created when the trace is complete.
const maxStarts = 1024

// lateStart is how late a start may be shown. A notice that comes later was held up by something
// that held the whole process up: others may have taken its work over and written the
// trace meanwhile, and a run that is made now would stand beside theirs.
const lateStart = 5 * time.Second

// startQueue holds local roots until they ran long enough to be shown. The delay is
// the same for all, so the queue is in order of its due times.
type startQueue struct {
	off   bool
	delay time.Duration
	queue []startNotice
}

type startNotice struct {
	traceID trace.TraceID
	spanID  trace.SpanID
	due     time.Time
}

// announce queues a local root. Called under mu.
func (tr *tree) announce(sc trace.SpanContext) {
	q := &tr.starts
	if len(q.queue) >= maxStarts {
		tr.counts.startsForgotten++
		return
	}
	q.queue = append(q.queue, startNotice{sc.TraceID(), sc.SpanID(), time.Now().Add(q.delay)})
	if len(q.queue) == 1 {
		tr.wakeKeeper()
	}
}

// dueStarts takes the roots that are still open after their delay.
func (tr *tree) dueStarts(now time.Time) []sdktrace.ReadWriteSpan {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var due []sdktrace.ReadWriteSpan
	q := &tr.starts
	n := 0
	for ; n < len(q.queue) && !q.queue[n].due.After(now); n++ {
		notice := q.queue[n]
		if now.Sub(notice.due) > lateStart {
			tr.counts.startsForgotten++
			continue
		}
		t := tr.traces[notice.traceID]
		if t == nil {
			continue
		}
		if i := t.open.find(notice.spanID); i >= 0 {
			due = append(due, t.open.list[i].span)
		}
	}
	q.queue = append(q.queue[:0], q.queue[n:]...)
	return due
}

// lostStart counts a root that is not shown while it runs.
func (tr *tree) lostStart() {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.counts.startsForgotten++
}
