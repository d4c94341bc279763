package deliver

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/trace"
)

// QueueStats counts what a Queue did since it was made, and says how it stands.
type QueueStats struct {
	Delivered    uint64 // traces
	Late         uint64 // of them: further parts of traces delivered before
	Retried      uint64 // failed attempts that will be repeated
	DeadLettered uint64 // traces refused for good
	Poison       uint64 // spans refused for good, their traces otherwise delivered
	Incomplete   uint64 // traces delivered but for parts that the server does not take
	Killed       uint64 // runs of dead processes ended
	Running      int    // deliveries under way now
	// ServerDown reports whether the last answer was none, so that a single
	// trace probes.
	ServerDown bool
	// LastError is of the newest failed attempt; empty after a success.
	LastError string
}

// Stats is a snapshot. It may be called at any time.
func (q *Queue) Stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.ServerDown, s.Running = q.circuit.open, q.running
	return s
}

// DeadLetterError says that a trace was refused for good.
type DeadLetterError struct {
	TraceID trace.TraceID
	Err     error
}

func (e *DeadLetterError) Error() string {
	return fmt.Sprintf("trace %s cannot be delivered and lies in the outbox's dead letters: %v", e.TraceID, e.Err)
}

// Unwrap gives the server's reason.
func (e *DeadLetterError) Unwrap() error { return e.Err }

// LostError says that a trace left the outbox without being delivered: dropped
// by a person, or its file was damaged.
type LostError struct{ TraceID trace.TraceID }

func (e *LostError) Error() string {
	return fmt.Sprintf("trace %s is not in the outbox any more: it was dropped, or its file is damaged", e.TraceID)
}

// record gives a work back to its Source, and notifies everybody of what became
// of it.
func (q *Queue) record(w Work, o Outcome) {
	late := w.Origin().Late // the work is not ours any more once it is recorded
	if err := w.Record(o); err != nil {
		switch o.Kind {
		case Delivered, Skipped: // delivering again changes nothing on the server
			attempts, _ := w.Failures()
			o = Outcome{Kind: Retried, Result: o.Result, Err: &sourceError{fmt.Errorf("record a delivered trace: %w", err)}}
			o.Next = q.cfg.now().Add(q.cfg.backoff.Wait(attempts+1, 0))
			_ = w.Record(o) // the error that counts is in o
		default:
			o.Err = errors.Join(o.Err, err)
		}
	}
	if o.Kind == Delivered {
		q.serverIsUp()
	}
	q.conclude(w.TraceID(), o, late)
	q.observe(w.TraceID(), o)
}

// observe calls the Observer, outside all locks.
func (q *Queue) observe(id trace.TraceID, o Outcome) {
	switch o.Kind {
	case Delivered:
		if n := len(o.Result.Poison); n > 0 {
			q.cfg.observer.Dropped(DroppedSpan, n)
		}
		q.cfg.observer.Delivered(o.Result, o.Took)
	case DeadLettered:
		q.cfg.observer.Dropped(DroppedTrace, 1)
	case Retried:
		q.cfg.observer.Retried(id, o.Err, o.Next)
	case Postponed:
		if o.Err != nil {
			q.cfg.observer.Retried(id, o.Err, o.Next)
		}
	case Skipped, Lost, Stopped:
	}
}

// conclude counts an outcome and answers those who wait for it.
func (q *Queue) conclude(id trace.TraceID, o Outcome, late bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.end(id)
	switch o.Kind {
	case Delivered:
		q.stats.LastError = ""
		q.stats.Delivered++
		if late {
			q.stats.Late++
		}
		q.stats.Poison += uint64(len(o.Result.Poison))
		if len(o.Result.Missing) > 0 {
			q.stats.Incomplete++
		}
		q.answer(id, outcome{result: o.Result})
	case Skipped:
		q.answer(id, outcome{result: o.Result})
	case Lost:
		q.answer(id, outcome{err: &LostError{TraceID: id}})
	case DeadLettered:
		q.stats.DeadLettered++
		q.stats.LastError = o.Err.Error()
		q.answer(id, outcome{result: o.Result, err: &DeadLetterError{TraceID: id, Err: o.Err}})
	case Retried:
		q.countFailure(id, o)
	case Postponed:
		if o.Err != nil {
			q.countFailure(id, o)
		}
	case Stopped:
	}
}

// countFailure is called under mu.
func (q *Queue) countFailure(id trace.TraceID, o Outcome) {
	q.stats.Retried++
	q.stats.LastError = o.Err.Error()
	q.outcomes.Add(id, outcome{result: o.Result, err: o.Err})
	q.notifyFailed()
}

// answer ends the wait of everybody who waits for a trace; called under mu.
func (q *Queue) answer(id trace.TraceID, o outcome) {
	o.final = true
	q.outcomes.Add(id, o)
	for _, c := range q.waiters[id] {
		c <- o // capacity 1
	}
	delete(q.waiters, id)
}

// notifyFailed wakes those who wait for an attempt; called under mu.
func (q *Queue) notifyFailed() {
	close(q.failed)
	q.failed = make(chan struct{})
}
