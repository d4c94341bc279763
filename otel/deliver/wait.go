package deliver

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
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
func (q *Queue) Wait(ctx context.Context, traceID [16]byte) (Result, error) {
	done := make(chan outcome, 1)
	q.mu.Lock()
	// A result counts only while no further part of the trace waits.
	if o, ok := q.results.get(traceID); ok && q.traces[traceID] == nil {
		q.mu.Unlock()
		return o.result, o.err
	}
	q.waiters[traceID] = append(q.waiters[traceID], done)
	q.mu.Unlock()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiters[traceID] = slices.DeleteFunc(q.waiters[traceID], func(c chan outcome) bool { return c == done })
	if len(q.waiters[traceID]) == 0 {
		delete(q.waiters, traceID)
	}
	select {
	case o := <-done: // just so
		return o.result, o.err
	default:
	}
	e := &NotDeliveredError{TraceID: hex.EncodeToString(traceID[:]), Err: ctx.Err()}
	if w := q.traces[traceID]; w != nil {
		e.Last = w.err
	}
	return Result{}, e
}
