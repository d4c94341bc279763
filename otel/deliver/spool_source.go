package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/spool"
)

// spoolSource is the Source of the traces in a spool. It keeps an index by trace,
// which is read anew when the spool got something: parts of one trace are handed
// out together. The spool knows nothing of it.
//
// mu is held while the index is read from the spool, and so comes before the
// spool's own lock. No file is read or written under it.
type spoolSource struct {
	spool *spool.Spool

	mu     sync.Mutex
	traces map[trace.TraceID]*spooledTrace
	seen   uint64 // additions to the spool that the index knows of
	stale  bool   // the index has to be read whatever seen says
}

// spooledTrace is one trace in the spool. All of it is guarded by the source's
// mu, but parts of an active trace, which nobody changes until Record.
type spooledTrace struct {
	source *spoolSource
	id     trace.TraceID
	parts  []spool.Entry // in order; none: it vanished from the spool

	active   bool // handed out
	grown    bool // parts came while it was
	attempts int  // all that failed, for the wait
	faults   int  // those that failed on a healthy server
	next     time.Time
	// released says that the last attempt met a server that was down and asked
	// for no wait: the trace is due once the server is up again.
	released bool
}

func newSpoolSource(s *spool.Spool) *spoolSource {
	return &spoolSource{spool: s, traces: map[trace.TraceID]*spooledTrace{}, stale: true}
}

func (s *spoolSource) Added() <-chan struct{} { return s.spool.Added() }

// refresh takes over what lies in the spool; called under mu.
func (s *spoolSource) refresh() {
	additions := s.spool.Additions() // before the entries: what comes in between is seen again
	if additions == s.seen && !s.stale {
		return
	}
	s.seen, s.stale = additions, false
	byTrace := map[trace.TraceID][]spool.Entry{}
	for _, e := range s.spool.Entries() {
		byTrace[e.TraceID] = append(byTrace[e.TraceID], e)
	}
	for id, parts := range byTrace {
		s.update(id, parts)
	}
	for id, t := range s.traces {
		if byTrace[id] == nil && !t.active {
			t.parts = nil // for takeLost
		}
	}
}

func (s *spoolSource) update(id trace.TraceID, parts []spool.Entry) {
	t, known := s.traces[id]
	if !known {
		t = &spooledTrace{source: s, id: id}
		for _, e := range parts { // what an earlier process, or this one, noted
			t.attempts = max(t.attempts, e.Attempts)
		}
		s.traces[id] = t
	}
	if t.active {
		t.grown = t.grown || len(parts) != len(t.parts)
		return
	}
	t.parts = parts
	// The noted wait counts for a trace that is new here, and when a person
	// cleared it; in between Release may have.
	if noted := notedWait(parts); !known || noted.IsZero() {
		t.next = noted
	}
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

// Take picks the trace that has been due for longest: what was never tried goes before
// what waited for another try, so that traces which keep failing let new ones through.
// Of those that are due alike it is the oldest.
func (s *spoolSource) Take(now time.Time) (Work, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	var best *spooledTrace
	var next time.Time
	for _, t := range s.traces {
		switch {
		case t.active || !t.ready():
		case t.next.After(now):
			if next.IsZero() || t.next.Before(next) {
				next = t.next
			}
		case best == nil || t.before(best):
			best = t
		}
	}
	if best == nil {
		return nil, next
	}
	best.active, best.grown = true, false
	return best, time.Time{}
}

// takeLost implements lostSource: a trace that vanished is handed out once more, so
// that those who wait for it get an answer.
func (s *spoolSource) takeLost() Work {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	for _, t := range s.traces {
		if !t.active && len(t.parts) == 0 {
			t.active, t.grown = true, false
			return t
		}
	}
	return nil
}

// ready reports whether a trace can be delivered: it is complete, or was left by a
// process that will add nothing to it.
func (t *spooledTrace) ready() bool {
	return slices.ContainsFunc(t.parts, func(e spool.Entry) bool { return e.Complete || e.FoundAtOpen })
}

// before reports whether a trace is due before another one, or is older. Ids sort by time.
func (t *spooledTrace) before(other *spooledTrace) bool {
	if c := t.next.Compare(other.next); c != 0 {
		return c < 0
	}
	return t.parts[0].ID < other.parts[0].ID
}

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
		}
	}
}

// Note writes down, for those who list the outbox, why a trace that was not tried
// yet still waits. It leaves the wait of a postponed one as it is. Losing it costs
// nothing.
func (s *spoolSource) Note(id trace.TraceID, reason string) {
	s.mu.Lock()
	t := s.traces[id]
	tried := t != nil && t.attempts > 0
	s.mu.Unlock()
	if tried {
		return
	}
	for _, part := range s.spool.Entries() {
		if part.TraceID == id {
			_ = s.spool.Note(part.ID, 0, part.NextAttempt, reason)
		}
	}
}

func (t *spooledTrace) TraceID() trace.TraceID { return t.id }

func (t *spooledTrace) Failures() (attempts, faults int) {
	t.source.mu.Lock()
	defer t.source.mu.Unlock()
	return t.attempts, t.faults
}

// Origin is that of spans out of a Go SDK in this process or an earlier one.
func (t *spooledTrace) Origin() Origin {
	attempts, _ := t.Failures()
	return Origin{
		SearchFirst: attempts > 0 || slices.ContainsFunc(t.parts, func(e spool.Entry) bool { return e.FoundAtOpen }),
		Late:        len(t.parts) > 0 && t.parts[0].Part > 1,
		SampledFlag: true,
	}
}

// Read merges the parts. A part that vanished or is damaged is left out: the
// spool took care of it.
func (t *spooledTrace) Read(context.Context) (*tracepb.TracesData, error) {
	var all *tracepb.TracesData
	for _, e := range t.parts {
		td, err := t.source.spool.Read(e.ID)
		if spool.IsNotFound(err) || spool.IsCorrupt(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s from the outbox: %w", e.ID, err)
		}
		if all == nil {
			all = td
			continue
		}
		all.ResourceSpans = append(all.ResourceSpans, td.GetResourceSpans()...)
	}
	return all, nil
}

func (t *spooledTrace) Record(o Outcome) error {
	var err error
	switch o.Kind {
	case Delivered, Skipped:
		if err := t.clear(o.Result); err != nil {
			return err
		}
	case DeadLettered:
		err = t.moveToDead(o.Err.Error())
	case Retried, Postponed:
		t.note(o)
	case Lost, Stopped:
	}
	t.release(o)
	return err
}

// note writes a wait and its reason down for those who list the outbox, and for
// the next process; losing it costs nothing but an attempt too early. It comes
// before release: a refresh in between would take an absent wait for a cleared one.
func (t *spooledTrace) note(o Outcome) {
	attempts, _ := t.Failures()
	reason := o.Err
	if reason == nil { // postponed without an attempt
		reason = &PostponedError{Until: o.Next}
	} else {
		attempts++
	}
	for _, e := range t.parts {
		_ = t.source.spool.Note(e.ID, attempts, o.Next, reason.Error())
	}
}

// release gives the trace back to the index.
func (t *spooledTrace) release(o Outcome) {
	s := t.source
	s.mu.Lock()
	defer s.mu.Unlock()
	t.active, t.released = false, false
	switch o.Kind {
	case Retried, Postponed:
		t.next = o.Next
		if o.Err != nil {
			t.attempts++
			t.released = IsOutage(o.Err) && RetryAfter(o.Err) == 0
		}
		if o.Fault {
			t.faults++
		}
	case Delivered, Skipped, Lost, DeadLettered:
		delete(s.traces, t.id)
	case Stopped:
	}
	s.stale = s.stale || t.grown
}

// clear takes delivered parts out of the spool; those of which something is missing
// become dead letters, whole: what was delivered of them is delivered again without
// harm once somebody has repaired the cause.
func (t *spooledTrace) clear(r Result) error {
	if missing := r.Incomplete(); missing != "" {
		return t.moveToDead(deliveredBut + missing)
	}
	ids := make([]string, len(t.parts))
	for i, e := range t.parts {
		ids[i] = e.ID
	}
	if err := t.source.spool.Remove(ids...); err != nil && !spool.IsNotFound(err) {
		return fmt.Errorf("take delivered trace out of the outbox: %w", err)
	}
	return nil
}

func (t *spooledTrace) moveToDead(reason string) error {
	var errs error
	for _, e := range t.parts {
		if err := t.source.spool.MoveToDead(e.ID, reason); err != nil && !spool.IsNotFound(err) {
			errs = errors.Join(errs, fmt.Errorf("move %s to the dead letters: %w", e.ID, err))
		}
	}
	return errs
}
