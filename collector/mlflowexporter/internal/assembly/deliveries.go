package assembly

import (
	"container/heap"
	"container/list"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Job is a trace handed out for delivery.
type Job struct {
	ID    ID
	Parts []Part
	Memo
	Waited time.Duration // since its first part came
	Rooted bool          // a root that has ended is among the parts
	Idle   bool          // it has no root of its own: silence ends it, and it may go on after that
	End    End           // why it is delivered for good although its root has not come
}

// Began is when the first of the parts came.
func (j *Job) Began() (first time.Time) {
	for _, p := range j.Parts {
		if first.IsZero() || p.Received.Before(first) {
			first = p.Received
		}
	}
	return first
}

// Take hands out the trace that is due longest, if one is due, and otherwise
// says when one will be. ok is false when there is none at all.
func (t *Table) Take(now time.Time) (job *Job, next time.Time, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.due) > 0 {
		tr := t.due[0]
		if tr.due.After(now) {
			return nil, tr.due, true
		}
		heap.Pop(&t.due)
		t.unlink(tr)
		if t.staysOpen(tr, now) {
			continue
		}
		tr.state, tr.stale, tr.entered, tr.grown = Delivering, false, false, false
		job = &Job{ID: tr.id, Memo: tr.Memo, Waited: now.Sub(tr.first), Rooted: tr.rooted, Idle: tr.idle, End: tr.end}
		job.Parts, job.Piecemeal = t.piece(tr)
		return job, time.Time{}, true
	}
	return nil, time.Time{}, false
}

// piece gives the parts of one delivery: all, or as many as the bounds of a trace
// allow, but at least one.
func (t *Table) piece(tr *entry) (parts []Part, piecemeal bool) {
	spans, bytes, raw := 0, int64(0), int64(0)
	for i, p := range tr.parts {
		spans += p.Spans
		bytes += p.Bytes
		raw += p.Raw
		if i > 0 && (spans > t.cfg.TraceSpans || bytes > t.cfg.TraceBytes || t.cfg.TraceRaw > 0 && raw > t.cfg.TraceRaw) {
			return append(parts, tr.parts[:i]...), true
		}
	}
	return append(parts, tr.parts...), tr.Piecemeal
}

// Done records a delivery: runs are those on the server, nil when the trace was left out
// on purpose. What it returns is to be
// removed from the journal; mark is to be written there unless 0.
func (t *Table) Done(job *Job, runs map[trace.SpanID]string, now time.Time) (remove []uint64, unmark, mark uint64) {
	return t.done(job, runs, now, false)
}

// DoneAwaiting is Done for a trace whose root may still come: it is kept for longer.
func (t *Table) DoneAwaiting(job *Job, runs map[trace.SpanID]string, now time.Time) (remove []uint64, unmark, mark uint64) {
	return t.done(job, runs, now, t.cfg.MaxOpen > 0)
}

func (t *Table) done(job *Job, runs map[trace.SpanID]string, now time.Time, awaits bool) (remove []uint64, unmark, mark uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return nil, 0, 0
	}
	tr.Attempts, tr.FirstTry = 0, time.Time{}
	// Another delivery may come, and finds these runs.
	tr.Delivered, tr.SearchFirst, tr.Runs = true, true, runs
	tr.Skipped = runs == nil
	tr.Piecemeal = tr.Piecemeal || job.Piecemeal
	unmark = tr.Mark
	tr.Mark, tr.shown = 0, now
	if tr.Piecemeal || t.cfg.LateWindow <= 0 && !awaits { // nobody will need these parts again
		remove = t.removeParts(tr, job)
	} else {
		for _, p := range job.Parts {
			mark = max(mark, p.Number)
		}
		tr.Mark = mark
	}
	if tr.idle && tr.Piecemeal {
		t.beginAnew(tr, now)
		return remove, unmark, mark
	}
	switch {
	case tr.stale || tr.Piecemeal && len(tr.parts) > 0:
		t.stay(tr)
		tr.first = now
		t.assemble(tr, now)
	case awaits && !tr.Piecemeal:
		t.await(tr, now)
	default:
		t.keep(tr, now)
	}
	return remove, unmark, mark
}

// beginAnew lets what is left of a trace that ends by silence, and of which a piece was
// delivered, be a trace of its own: it has no root that could hold the pieces together.
func (t *Table) beginAnew(tr *entry, now time.Time) {
	t.stay(tr)
	tr.Memo, tr.openEntry, tr.first = Memo{}, openEntry{began: now, idle: true, grown: true}, now
	if len(tr.parts) == 0 {
		t.drop(tr)
		return
	}
	t.assemble(tr, now)
}

// removeParts removes delivered parts from a trace.
func (t *Table) removeParts(tr *entry, job *Job) (numbers []uint64) {
	gone := map[uint64]bool{}
	for _, p := range job.Parts {
		gone[p.Number] = true
	}
	rest := tr.parts[:0:0]
	for _, p := range tr.parts {
		if !gone[p.Number] {
			rest = append(rest, p)
			continue
		}
		numbers = append(numbers, p.Number)
		tr.spans -= p.Spans // its trace is in no list that counts them: it is under delivery
		tr.bytes -= p.Bytes
		tr.raw -= p.Raw
		t.stats.Spans -= p.Spans
		t.stats.Bytes -= p.Bytes
	}
	tr.parts = rest
	return numbers
}

// Retry records a failed attempt; the next is not before due. search: it may have
// left something on the server.
func (t *Table) Retry(job *Job, now, due time.Time, search bool) {
	t.reschedule(job, now, due, Waiting, search)
}

// Refuse records that the server refuses a trace, or spans of it, for now.
// Refused traces are bounded: the oldest beyond are returned.
func (t *Table) Refuse(job *Job, now, due time.Time, runs map[trace.SpanID]string) []Evicted {
	t.reschedule(job, now, due, Refused, true)
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr := t.traces[job.ID]; tr != nil && runs != nil {
		tr.Runs = runs
	}
	out := t.boundIncomplete()
	for t.refused.Len() > t.cfg.MaxRefused {
		out = append(out, t.drop(t.refused.Front().Value.(*entry)))
	}
	return out
}

// KeepIncomplete records a delivery that left out what this server does not take. The
// trace is kept until Reopen, as far as there is room: nothing is lost without it but
// the chance of a better server. The parts stay in the journal without a mark, so that
// the next process tries them too.
func (t *Table) KeepIncomplete(job *Job, runs map[trace.SpanID]string, now time.Time) (unmark uint64, evicted []Evicted) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return 0, nil
	}
	tr.Attempts, tr.FirstTry = 0, time.Time{}
	tr.Delivered, tr.SearchFirst, tr.Runs = true, true, runs
	unmark, tr.Mark = tr.Mark, 0
	t.stay(tr)
	if tr.stale {
		tr.first = now
		t.assemble(tr, now)
		return unmark, nil
	}
	t.link(tr, Incomplete)
	return unmark, t.boundIncomplete()
}

// boundIncomplete evicts the oldest incomplete traces beyond what refused ones leave
// of the bound.
func (t *Table) boundIncomplete() (out []Evicted) {
	for t.incomplete.Len() > 0 && t.incomplete.Len()+t.refused.Len() > t.cfg.MaxRefused {
		out = append(out, t.drop(t.incomplete.Front().Value.(*entry)))
	}
	return out
}

// Reopen makes all incomplete traces due: the server may take now what it did not.
func (t *Table) Reopen(now time.Time) (traces int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := t.incomplete.Front(); e != nil; e = t.incomplete.Front() {
		tr := e.Value.(*entry)
		t.unlink(tr)
		tr.state, tr.first = Waiting, now
		t.schedule(tr, now)
		traces++
	}
	return traces
}

// reschedule gives a job back that is to come again. What the job has learned is
// kept for the next one.
func (t *Table) reschedule(job *Job, now, due time.Time, s State, search bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return
	}
	if tr.Attempts == 0 {
		tr.FirstTry = now
	}
	tr.Attempts++
	tr.SearchFirst = tr.SearchFirst || search
	tr.Place, tr.Of = job.Place, job.Of
	tr.Piecemeal = tr.Piecemeal || job.Piecemeal
	tr.state = s
	if s == Refused {
		t.link(tr, Refused)
		if tr.stale { // what came may change the verdict
			t.unlink(tr)
			tr.first = now
			t.assemble(tr, now)
			return
		}
	}
	t.schedule(tr, due)
}

// Stopped gives a trace back whose delivery was broken off by the shutdown.
func (t *Table) Stopped(job *Job, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr := t.traces[job.ID]; tr != nil {
		tr.state, tr.SearchFirst = Waiting, true
		t.schedule(tr, now)
	}
}

// Drop removes a trace, delivered or not.
func (t *Table) Drop(job *Job) (Evicted, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return Evicted{}, false
	}
	return t.drop(tr), true
}

// RemoveParts takes unreadable parts out of a trace under delivery.
func (t *Table) RemoveParts(job *Job, numbers []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr := t.traces[job.ID]; tr != nil {
		lost := &Job{ID: job.ID}
		for _, n := range numbers {
			lost.Parts = append(lost.Parts, Part{Number: n})
		}
		t.removeParts(tr, lost)
	}
}

// Expire evicts traces that were kept for long enough, and says when the next one will
// have been; zero when there is none.
func (t *Table) Expire(now time.Time) (out []Evicted, next time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range []*list.List{t.kept, t.awaited} {
		for e := l.Front(); e != nil; e = l.Front() {
			tr := e.Value.(*entry)
			if tr.due.After(now) {
				if next.IsZero() || tr.due.Before(next) {
					next = tr.due
				}
				break
			}
			out = append(out, t.drop(tr))
		}
	}
	return out, next
}

// Redo makes a trace due that was delivered, and not left out, since what is known beside it
// has changed. It reports whether that is now, and not after a delivery that is under way.
func (t *Table) Redo(id ID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[id]
	switch {
	case tr == nil || tr.Skipped:
		return false
	case tr.state == Delivering: // it may not know yet
		tr.stale = true
		return false
	case tr.state != Kept && tr.state != Awaited && tr.state != Incomplete:
		return false // it is due anyway
	}
	t.unlink(tr)
	tr.state, tr.first = Waiting, now
	t.schedule(tr, now)
	return true
}

// MakeDue makes the traces in these states due at once.
func (t *Table) MakeDue(now time.Time, states ...State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tr := range t.due {
		for _, s := range states {
			if tr.state == s && tr.due.After(now) {
				tr.due = now
			}
		}
	}
	heap.Init(&t.due)
}

// Pending reports whether a trace is stored and not delivered: under way and
// refused ones too, as well as a delivered one that got more parts, or is tried again.
func (t *Table) Pending(id ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[id]
	return tr != nil && tr.state != Kept && tr.state != Awaited && tr.state != Incomplete
}

// Undelivered counts what is not delivered for good yet, refused traces aside.
func (t *Table) Undelivered() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.traces) - t.kept.Len() - t.awaited.Len() - t.refused.Len() - t.incomplete.Len()
}
