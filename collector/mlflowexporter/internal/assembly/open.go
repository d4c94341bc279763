package assembly

import (
	"time"

	"go.opentelemetry.io/otel/trace"
)

// A trace whose root has not come within MaxWait is Open: its program may work for hours,
// and its steps come long before the span that holds them together. It grows as its parts
// come, and is delivered from time to time as it is (Refresh), until its root comes, or it
// ends without one (End).
//
//	            no root           it comes
//	Assembling ─────────► Open ─────────────► Assembling
//	                      │  ▲ │
//	        grown, Refresh│  │ │ silence, no room
//	                      ▼  │ ▼
//	                     Delivering ──► Kept or Awaited
//
// Whether a root is missing only its spans can tell, so that the caller decides by them:
// KeepOpen, DoneAwaiting for a trace that is whole but for a root in another process, or
// Done.

// End is why a trace is delivered for good although its root has not come.
type End int

// The ends. All but the first and Idle give a trace up.
const (
	NoEnd     End = iota
	Idle          // nothing came for IdleEnd: the usual end of a trace that has no root
	Silent        // nothing came for MaxOpen
	Displaced     // others need its room
	TooLarge      // it has outgrown the bounds of one trace
	Closing       // the process ends, and keeps nothing
)

// openEntry is what the table knows of a trace while its root has not come.
type openEntry struct {
	began   time.Time // arrival of the first part
	shown   time.Time // its last delivery; zero: none
	settled time.Time // since when it is Kept or Awaited
	grown   bool      // parts came since it was handed out last
	entered bool      // a part with Entry came since then
	idle    bool      // silence is its usual end
	end     End
	leaving amount // counted in Table.leaving
}

// pressure is the share of a bound, in tenths, from which on open traces make room.
const pressure = 9

// pause is how long an open trace rests after a delivery. It grows with the trace's age,
// as the deliveries do with its size.
func (tr *entry) pause(least, most time.Duration) time.Duration {
	return min(max(least, tr.shown.Sub(tr.began)/8), max(least, most))
}

// limit is the silence that ends an open trace.
func (t *Table) limit(tr *entry) (time.Duration, End) {
	if tr.idle {
		return t.cfg.IdleEnd, Idle
	}
	return t.cfg.MaxOpen, Silent
}

// openDue says when something has to be done about an open trace.
func (t *Table) openDue(tr *entry) time.Time {
	silence, _ := t.limit(tr)
	due := tr.last.Add(silence)
	if tr.grown && t.cfg.Refresh > 0 {
		if next := tr.shown.Add(tr.pause(t.cfg.Refresh, 10*t.cfg.Refresh)); next.Before(due) {
			due = next
		}
	}
	return due
}

// grow takes note of a further part of an open trace.
func (t *Table) grow(tr *entry, now time.Time) {
	if tr.rooted || tr.entered || t.tooLarge(tr) {
		tr.first = now
		t.assemble(tr, now)
		return
	}
	t.open.MoveToBack(tr.place)
	t.schedule(tr, t.openDue(tr))
}

// staysOpen looks at a trace that is due and out of the heap. It reports whether nothing
// is to be delivered of it now, after it was put back; otherwise it sets the end of one
// that ends without its root.
func (t *Table) staysOpen(tr *entry, now time.Time) bool {
	if tr.rooted || tr.Piecemeal || tr.end != NoEnd {
		return false
	}
	silence, end := t.limit(tr)
	switch {
	case t.closing:
		tr.end = Closing
	case now.Sub(tr.last) >= silence:
		tr.end = end
	case tr.state == Open:
		if tr.grown && t.cfg.Refresh > 0 {
			return false
		}
		t.reopen(tr)
		return true
	case tr.state == Assembling && t.cfg.Refresh <= 0 && !tr.entered && !tr.Delivered:
		// Without a span whose parent is in another process it is the root that is missing.
		t.reopen(tr)
		return true
	}
	return false
}

// reopen lets a trace wait for its root.
func (t *Table) reopen(tr *entry) {
	t.stay(tr)
	t.link(tr, Open)
	t.schedule(tr, t.openDue(tr))
}

// KeepOpen records that the root of a trace is missing, and what runs are on the server:
// nil when nothing was delivered. The parts stay in the journal without a mark, so that
// the next process goes on with them. What it returns is to be unmarked there unless 0.
func (t *Table) KeepOpen(job *Job, runs map[trace.SpanID]string, now time.Time) (unmark uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return 0
	}
	tr.Attempts, tr.FirstTry, tr.shown = 0, time.Time{}, now
	if runs != nil {
		tr.SearchFirst, tr.Runs = true, runs
	}
	tr.Place, tr.Of = job.Place, job.Of
	unmark, tr.Mark = tr.Mark, 0
	if tr.stale && (tr.rooted || tr.entered || t.tooLarge(tr)) {
		tr.first = now
		t.assemble(tr, now)
		return unmark
	}
	t.reopen(tr)
	t.relieve(now)
	return unmark
}

// Close gives up all open traces, and those that would become open.
func (t *Table) Close(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closing = true
	for t.open.Len() > 0 {
		t.giveUp(t.open.Front().Value.(*entry), Closing, now)
	}
}

// relieve gives up open traces, those first that have been silent for longest, until what
// cannot be evicted keeps off the bounds: open traces make room before spans are refused.
// They do so by being delivered, so that this begins in time.
func (t *Table) relieve(now time.Time) {
	for t.open.Len() > 0 && t.pressed() {
		tr := t.open.Front().Value.(*entry)
		t.giveUp(tr, Displaced, now)
		tr.leaving = tr.size()
		t.leaving.add(tr.leaving)
	}
}

// pressed reports whether the bounds are near. What makes room anyway does not count.
func (t *Table) pressed() bool {
	used := amount{len(t.traces), t.stats.Spans, t.stats.Bytes}
	used.sub(t.spare)
	used.sub(t.leaving)
	return 10*used.traces > pressure*t.cfg.MaxTraces || 10*used.spans > pressure*t.cfg.MaxSpans ||
		used.bytes > t.cfg.MaxBytes/10*pressure
}

// giveUp makes an open trace due, for good.
func (t *Table) giveUp(tr *entry, why End, now time.Time) {
	t.unlink(tr)
	tr.end, tr.state = why, Assembling
	t.schedule(tr, now)
}

// stay takes a trace out of those that are about to make room.
func (t *Table) stay(tr *entry) {
	t.leaving.sub(tr.leaving)
	tr.leaving = amount{}
}
