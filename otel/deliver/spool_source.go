package deliver

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/internal/retry"
	"github.com/technoshare/commentator/otel/spool"
)

// spoolSource is the Source of the traces in a spool. It keeps an index by trace, into
// which it takes what changed in the spool: parts of one trace are handed out together.
// No step looks at all that waits, since that may be tens of thousands of traces. The
// spool knows nothing of it.
//
// mu is held while the spool is asked what changed, and so comes before the spool's own
// lock. No file is read or written under it.
type spoolSource struct {
	spool   *spool.Spool
	longest time.Duration // no wait that is kept in the spool is longer
	now     func() time.Time

	mu     sync.Mutex
	asked  uint64 // which changes of the spool are taken over; see spool.Changes.Next
	traces map[trace.TraceID]*spooledTrace
	fresh  traceHeap       // what is due and was never tried, the newest first
	due    traceHeap       // all that can be delivered, what has been due for longest first
	lost   []*spooledTrace // those that vanished, perhaps; see takeLost
	turn   int
}

// backlogShare is of how many traces that are handed out one is that which has been due
// for longest, while the others are the newest.
const backlogShare = 3

// spooledTrace is one trace in the spool. All of it is guarded by the source's
// mu, but parts and to of an active trace, which nobody else touches until Record.
type spooledTrace struct {
	source *spoolSource
	id     trace.TraceID
	parts  []spool.Entry     // that were handed out, in order
	to     spool.Destination // of those, as Read found it; of who has them in hand
	inside []spool.Entry     // that are in the spool, in order; none: it vanished

	active   bool // handed out
	attempts int  // all that failed, for the wait
	faults   int  // those that failed on a healthy server
	next     time.Time
	// released says that the last attempt met a server that was down and asked
	// for no wait: the trace is due once the server is up again.
	released bool

	order order      // by which the heaps have it; set by place alone, or they would not find it
	at    [heaps]int // its places in the heaps, from 1; 0: none
}

// order is what decides between two traces.
type order struct {
	next  time.Time
	first string // id of the first part, which sorts by time
}

// newSpoolSource makes a source whose traces wait at most as long as the longest of the
// waits that a server may ask for and those between attempts.
func newSpoolSource(s *spool.Spool, backoff Backoff, now func() time.Time) *spoolSource {
	longest := max(retry.MaxRetryAfter+backoff.Initial, time.Duration(float64(backoff.Max)*(1+backoff.Randomization)))
	return &spoolSource{
		spool: s, longest: longest + waitSlack, now: now, traces: map[trace.TraceID]*spooledTrace{},
		fresh: traceHeap{slot: freshSlot, less: (*spooledTrace).newer}, due: traceHeap{slot: dueSlot, less: (*spooledTrace).before},
	}
}

// waitSlack is for clocks of a process and the next that differ a little.
const waitSlack = time.Minute

func (s *spoolSource) Added() <-chan struct{} { return s.spool.Added() }

// refresh takes over what changed in the spool; called under mu.
func (s *spoolSource) refresh() {
	changes := s.spool.ChangesSince(s.asked)
	s.asked = changes.Next
	changed := map[trace.TraceID]*spooledTrace{}
	if changes.All {
		for _, t := range s.traces {
			t.inside, changed[t.id] = nil, t
		}
	}
	for _, e := range changes.Pending {
		t := s.traces[e.TraceID]
		if e.Elsewhere { // nobody here delivers it
			if t != nil && t.remove(e.ID) {
				changed[t.id] = t
			}
			continue
		}
		if t == nil {
			t = &spooledTrace{source: s, id: e.TraceID}
			s.traces[e.TraceID] = t
		}
		known := len(t.inside) > 0 || t.active
		t.put(e)
		if !known { // what an earlier process, or this one, noted
			t.attempts, t.next = max(t.attempts, e.Attempts), s.plausible(e.NextAttempt)
		}
		changed[t.id] = t
	}
	for _, e := range changes.Gone {
		if t := s.traces[e.TraceID]; t != nil && t.remove(e.ID) {
			changed[t.id] = t
		}
	}
	for _, t := range changed {
		// The noted wait counts for a trace that is new here, and when a person
		// cleared it; in between Release may have.
		if !t.active && notedWait(t.inside).IsZero() {
			t.next = time.Time{}
		}
		s.place(t)
		if !t.active && len(t.inside) == 0 {
			s.lost = append(s.lost, t)
		}
	}
}

// plausible returns a noted time for the next attempt, or zero where it is farther away
// than any wait: the clock was wrong then, or is now.
func (s *spoolSource) plausible(next time.Time) time.Time {
	if next.Sub(s.now()) > s.longest {
		return time.Time{}
	}
	return next
}

// put takes a part in, or what is new about it.
func (t *spooledTrace) put(e spool.Entry) {
	i, there := slices.BinarySearchFunc(t.inside, e.ID, func(x spool.Entry, id string) int { return cmp.Compare(x.ID, id) })
	if there {
		t.inside[i] = e
		return
	}
	t.inside = slices.Insert(t.inside, i, e)
}

// remove reports whether the part was inside.
func (t *spooledTrace) remove(id string) bool {
	n := len(t.inside)
	t.inside = slices.DeleteFunc(t.inside, func(e spool.Entry) bool { return e.ID == id })
	return len(t.inside) < n
}

// place gives a trace its places among those that can be handed out; called under mu.
func (s *spoolSource) place(t *spooledTrace) {
	ready := !t.active && t.ready()
	if ready {
		t.order = order{next: t.next, first: t.inside[0].ID}
	}
	s.due.set(t, ready)
	s.fresh.set(t, ready && t.attempts == 0 && t.next.IsZero())
}

// notedWait is the time that the spool keeps for the next attempt.
func notedWait(parts []spool.Entry) (next time.Time) {
	for _, e := range parts {
		if e.NextAttempt.After(next) {
			next = e.NextAttempt
		}
	}
	return next
}

// Take picks the newest trace that was never tried, and every backlogShare-th time the one
// that has been due for longest: what is new does not wait behind a backlog, which gets on
// beside it. Of those that have been due for longest, what was never tried goes before what
// waited for another try, so that traces which keep failing let others through.
func (s *spoolSource) Take(now time.Time) (Work, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	t := s.due.first()
	switch {
	case t == nil:
		return nil, time.Time{}
	case t.next.After(now):
		return nil, t.next
	}
	if s.turn++; s.turn%backlogShare != 0 && s.fresh.first() != nil {
		t = s.fresh.first()
	}
	t.handOut()
	return t, time.Time{}
}

// handOut is called under mu.
func (t *spooledTrace) handOut() {
	t.active, t.parts = true, slices.Clone(t.inside)
	t.source.place(t)
}

// takeLost implements lostSource: a trace that vanished is handed out once more, so
// that those who wait for it get an answer.
func (s *spoolSource) takeLost() Work {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	for len(s.lost) > 0 {
		t := s.lost[0]
		s.lost = s.lost[1:]
		if s.traces[t.id] == t && !t.active && len(t.inside) == 0 {
			t.handOut()
			return t
		}
	}
	return nil
}

// ready reports whether a trace can be delivered: it is complete, or was left by a
// process that will add nothing to it.
func (t *spooledTrace) ready() bool {
	return slices.ContainsFunc(t.inside, func(e spool.Entry) bool { return e.Complete || e.FoundAtOpen })
}

// before reports whether a trace is due before another one, or is older.
func (t *spooledTrace) before(other *spooledTrace) bool {
	if c := t.order.next.Compare(other.order.next); c != 0 {
		return c < 0
	}
	return t.order.first < other.order.first
}

// newer reports whether a trace began after another one.
func (t *spooledTrace) newer(other *spooledTrace) bool { return t.order.first > other.order.first }

// Pending also knows of what was put just now.
func (s *spoolSource) Pending(id trace.TraceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	return s.traces[id] != nil
}

// deadTraces implements deadLetterSource. What cannot be read counts as absent.
func (s *spoolSource) deadTraces() map[trace.TraceID]bool {
	dead, _ := s.spool.Dead()
	ids := make(map[trace.TraceID]bool, len(dead))
	for _, e := range dead {
		ids[e.TraceID] = true
	}
	return ids
}

func (s *spoolSource) Release(time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.traces {
		if !t.active && t.released {
			t.next = time.Time{}
			s.place(t)
		}
	}
}

// Note writes down, for those who list the outbox, why a trace that was not tried
// yet still waits. It leaves the wait of a postponed one as it is. Losing it costs
// nothing.
func (s *spoolSource) Note(id trace.TraceID, reason string) {
	s.mu.Lock()
	s.refresh() // it may have been put just now
	var parts []spool.Entry
	if t := s.traces[id]; t != nil && t.attempts == 0 {
		parts = slices.Clone(t.inside)
	}
	s.mu.Unlock()
	for _, part := range parts {
		_ = s.spool.Note(part.ID, 0, part.NextAttempt, reason)
	}
}
