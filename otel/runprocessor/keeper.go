package runprocessor

import (
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	sweepInterval = 30 * time.Second
	// maxStarts bounds the start notices that wait for their delay. Losing one
	// is harmless: the run is created when the trace is complete.
	maxStarts = 1024
)

// startQueue holds local roots until it is worth telling that they run. The
// delay is the same for all, so the queue is in order of its due times.
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
		tr.nudge()
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

// linger puts off the completion of a trace with nothing open. Called under mu.
func (tr *tree) linger(t *tracked) {
	t.idleAt = time.Now()
	tr.lingering = append(tr.lingering, lingerer{t, t.idleAt})
	if len(tr.lingering) == 1 {
		tr.nudge()
	}
}

// dueLingerers completes traces that stayed idle for the linger time.
func (tr *tree) dueLingerers(now time.Time) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	n := 0
	for ; n < len(tr.lingering); n++ {
		l := tr.lingering[n]
		switch {
		case !l.at.Equal(l.t.idleAt): // went on, or is complete
			continue
		case now.Sub(l.at) < tr.limits.linger:
		default:
			tr.complete(l.t)
			continue
		}
		break
	}
	clear(tr.lingering[:n])
	tr.lingering = append(tr.lingering[:0], tr.lingering[n:]...)
}

// nextDue is the earliest time at which a start notice or a lingering trace
// needs the keeper; zero if none does.
func (tr *tree) nextDue() time.Time {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var next time.Time
	if len(tr.starts.queue) > 0 {
		next = tr.starts.queue[0].due
	}
	if len(tr.lingering) > 0 {
		if at := tr.lingering[0].at.Add(tr.limits.linger); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// keep does all that depends on time, until the processor closes.
func (p *Processor) keep() {
	sweeps := time.NewTicker(sweepInterval)
	defer sweeps.Stop()
	timer := time.NewTimer(sweepInterval)
	defer timer.Stop()
	for {
		if due := p.tree.nextDue(); due.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(due))
		}
		select {
		case <-p.closing:
			return
		case now := <-sweeps.C:
			p.tree.sweep(now)
		case <-timer.C:
		case <-p.nudges:
		}
		p.tellDrops()
		now := time.Now()
		p.tree.dueLingerers(now)
		for _, root := range p.tree.dueStarts(now) {
			p.notify(root)
		}
	}
}

// notify passes a long-running root on. Telling takes a network call, so it has
// a goroutine of its own that may fall behind.
func (p *Processor) notify(root sdktrace.ReadWriteSpan) {
	select {
	case p.notices <- root:
	default:
		p.tree.mu.Lock()
		p.tree.counts.startsForgotten++
		p.tree.mu.Unlock()
	}
}
