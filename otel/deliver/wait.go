package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// NotDeliveredError says that a wait ended before the delivery did. The trace
// stays in the outbox, and is delivered later by this process or the next.
type NotDeliveredError struct {
	TraceID trace.TraceID
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

// Unwrap gives why the wait ended.
func (e *NotDeliveredError) Unwrap() error { return e.Err }

// errEnded says why nothing comes of a wait.
var errEnded = errors.New("the delivery has ended, as the program does")

// Wait blocks until a trace that is, or will soon be, in the Source is
// delivered. A refused trace is a *DeadLetterError, one that disappeared a
// *LostError; when ctx or Run ends first, the error is a *NotDeliveredError, and the
// Result says what the last attempt left on the server.
func (q *Queue) Wait(ctx context.Context, id trace.TraceID) (Result, error) {
	return q.wait(ctx, id, func() error { return nil })
}

// WaitAttempt waits as Wait does, but no longer than until an attempt failed or
// the server is known to be away: for a command that has nothing else to do. The
// reason is then in the *NotDeliveredError, and beside the trace in the outbox.
func (q *Queue) WaitAttempt(ctx context.Context, id trace.TraceID) (Result, error) {
	return q.wait(ctx, id, func() error { return q.hopeless(id) })
}

// wait gives up early when stop, which is called under mu, gives a reason.
func (q *Queue) wait(ctx context.Context, id trace.TraceID, stop func() error) (Result, error) {
	done := make(chan outcome, 1)
	q.mu.Lock()
	if o, ok := q.known(id); ok {
		q.mu.Unlock()
		return o.result, o.err
	}
	q.waiters[id] = append(q.waiters[id], done)
	reason, failed := stop(), q.failed
	q.mu.Unlock()
	for reason == nil {
		select {
		case o := <-done:
			return o.result, o.err
		case <-ctx.Done():
			reason = ctx.Err()
			continue
		case <-q.ended: // nobody else delivers it
			reason = errEnded
			continue
		case <-failed:
		}
		q.mu.Lock()
		reason, failed = stop(), q.failed
		q.mu.Unlock()
	}
	return q.giveUp(id, done, reason)
}

// known gives the final outcome of a trace. It counts only while no further part
// of the trace waits. Called under mu.
func (q *Queue) known(id trace.TraceID) (outcome, bool) {
	o, ok := q.outcomes.Get(id)
	if !ok || !o.final || q.active[id] > 0 || q.source.Pending(id) {
		return outcome{}, false
	}
	return o, true
}

func (q *Queue) giveUp(id trace.TraceID, done chan outcome, reason error) (Result, error) {
	o, untried, e := q.unregister(id, done, reason)
	if e == nil {
		return o.result, o.err
	}
	if n, ok := q.source.(Noter); ok && untried && !errors.Is(reason, errEnded) {
		n.Note(id, reason.Error())
	}
	return o.result, e
}

// unregister ends a wait, unless the outcome came just now. untried says that the
// server failed others, and this trace's turn has not come.
func (q *Queue) unregister(id trace.TraceID, done chan outcome, reason error) (_ outcome, untried bool, _ error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiters[id] = slices.DeleteFunc(q.waiters[id], func(c chan outcome) bool { return c == done })
	if len(q.waiters[id]) == 0 {
		delete(q.waiters, id)
	}
	select {
	case o := <-done:
		return o, false, nil
	default:
	}
	last := q.lastFailure(id)
	return last, q.circuit.open && last.err == nil, &NotDeliveredError{TraceID: id, Err: reason, Last: last.err}
}

// lastFailure is the outcome of the last attempt, if that failed; called under mu.
func (q *Queue) lastFailure(id trace.TraceID) outcome {
	if o, ok := q.outcomes.Peek(id); ok && !o.final {
		return o
	}
	return outcome{}
}

// hopeless says why an attempt now would fail, or why the last one did; called
// under mu.
func (q *Queue) hopeless(id trace.TraceID) error {
	if o := q.lastFailure(id); o.err != nil {
		return o.err
	}
	if q.circuit.open && q.stats.LastError != "" {
		return errors.New(q.stats.LastError)
	}
	return nil
}
