package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/spool"
)

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

// Destination implements Destined. MLflow has a trace once, so that all of it goes where its
// first part belongs; what belongs to another server is not among the parts.
func (t *spooledTrace) Destination() spool.Destination { return t.to }

// Read merges the parts. A part that vanished or is damaged is left out: the
// spool took care of it.
func (t *spooledTrace) Read(context.Context) (*tracepb.TracesData, error) {
	var all *tracepb.TracesData
	t.to = spool.Destination{}
	for _, e := range t.parts {
		td, to, err := t.source.spool.ReadDestined(e.ID)
		if spool.IsNotFound(err) || spool.IsCorrupt(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s from the outbox: %w", e.ID, err)
		}
		if t.to.IsZero() {
			t.to = to
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
		reason = &PostponedError{Until: o.Next, Reason: o.Reason}
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
	s.refresh() // of what the outcome did to the spool, while the trace is still handed out
	t.active, t.released = false, false
	switch o.Kind {
	case Retried, Postponed:
		t.next = o.Next
		if o.Err != nil {
			t.attempts++
			t.released = IsOutage(o.Err) && RetryAfter(o.Err) == 0 && !o.Fault
		}
		if o.Fault {
			t.faults++
		}
	case Delivered, Skipped, Lost, DeadLettered:
		t.attempts, t.faults, t.next = 0, 0, time.Time{}
		if t.kept() { // a part that could not be moved: not again at once
			t.next = s.now().Add(keptWait)
		}
	case Stopped:
	}
	switch {
	case len(t.inside) > 0:
	case o.Kind == Retried, o.Kind == Postponed, o.Kind == Stopped:
		s.lost = append(s.lost, t) // somebody dropped it meanwhile
	default:
		delete(s.traces, t.id)
	}
	t.parts = nil
	s.place(t)
}

// keptWait is until parts are tried again that should be out of the spool.
const keptWait = time.Minute

// kept reports whether a part that was handed out is in the spool still.
func (t *spooledTrace) kept() bool {
	return slices.ContainsFunc(t.parts, func(p spool.Entry) bool {
		return slices.ContainsFunc(t.inside, func(e spool.Entry) bool { return e.ID == p.ID })
	})
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
