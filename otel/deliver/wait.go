package deliver

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// NotDeliveredError: the wait ended before the delivery did. The trace stays in
// the outbox, and is delivered later by this process or the next.
type NotDeliveredError struct {
	TraceID string
	Err     error // why the wait ended
	Last    error // of the last attempt; nil when there was none
}

func (e *NotDeliveredError) Error() string {
	s := fmt.Sprintf("trace %s is not delivered yet and stays in the outbox", e.TraceID)
	if e.Last != nil {
		return s + ": " + e.Last.Error()
	}
	return s + ": " + e.Err.Error()
}
func (e *NotDeliveredError) Unwrap() error { return e.Err }

// Wait blocks until a trace that is, or will soon be, in the spool is delivered.
// A refused trace is a *BuriedError; when ctx ends first, a *NotDeliveredError.
func (q *Queue) Wait(ctx context.Context, traceID trace.TraceID) (Result, error) {
	return q.wait(ctx, traceID, func() error { return nil })
}

// WaitAttempt waits as Wait does, but no longer than until an attempt failed or
// the server is known to be away: for a command that has nothing else to do. The
// reason is then in the *NotDeliveredError, and beside the trace in the spool.
func (q *Queue) WaitAttempt(ctx context.Context, traceID trace.TraceID) (Result, error) {
	return q.wait(ctx, traceID, func() error { return q.hopeless(traceID) })
}

// wait gives up early when stop, which is called under mu, gives a reason.
func (q *Queue) wait(ctx context.Context, traceID [16]byte, stop func() error) (Result, error) {
	done := make(chan outcome, 1)
	q.mu.Lock()
	// A result counts only while no further part of the trace waits.
	if o, ok := q.results.get(traceID); ok && q.traces[traceID] == nil {
		q.mu.Unlock()
		return o.result, o.err
	}
	q.waiters[traceID] = append(q.waiters[traceID], done)
	reason, trouble := stop(), q.trouble
	q.mu.Unlock()
	for reason == nil {
		select {
		case o := <-done:
			return o.result, o.err
		case <-ctx.Done():
			reason = ctx.Err()
			continue
		case <-trouble:
		}
		q.mu.Lock()
		reason, trouble = stop(), q.trouble
		q.mu.Unlock()
	}
	return q.giveUp(traceID, done, reason)
}

func (q *Queue) giveUp(traceID [16]byte, done chan outcome, reason error) (Result, error) {
	o, e, untried := q.leave(traceID, done, reason)
	if e == nil {
		return o.result, o.err
	}
	if untried { // for `outbox list` only
		for _, part := range q.spool.Entries() {
			if part.TraceID == traceID {
				_ = q.spool.Note(part.ID, 0, time.Time{}, reason.Error())
			}
		}
	}
	return Result{}, e
}

// leave ends a wait, unless the outcome came just now. untried: the server
// failed others, and this trace's turn has not come.
func (q *Queue) leave(traceID [16]byte, done chan outcome, reason error) (_ outcome, _ error, untried bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiters[traceID] = slices.DeleteFunc(q.waiters[traceID], func(c chan outcome) bool { return c == done })
	if len(q.waiters[traceID]) == 0 {
		delete(q.waiters, traceID)
	}
	select {
	case o := <-done:
		return o, nil, false
	default:
	}
	e := &NotDeliveredError{TraceID: hex.EncodeToString(traceID[:]), Err: reason}
	w := q.traces[traceID]
	if w != nil && w.err != nil {
		e.Last = w.err
	}
	return outcome{}, e, q.circuit.open && (w == nil || w.attempts == 0)
}

// hopeless says why an attempt now would fail, or why the last one did.
func (q *Queue) hopeless(traceID [16]byte) error {
	if w := q.traces[traceID]; w != nil && w.err != nil {
		return w.err
	}
	if q.circuit.open && q.stats.LastError != "" {
		return errors.New(q.stats.LastError)
	}
	return nil
}

// tellTrouble wakes those who wait for an attempt; called under mu.
func (q *Queue) tellTrouble() {
	close(q.trouble)
	q.trouble = make(chan struct{})
}
