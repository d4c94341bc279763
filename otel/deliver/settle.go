package deliver

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// settled decides what becomes of a trace after an attempt.
func (q *Queue) settled(w *waiting, parts []spool.Entry, read, late bool, r Result, err error) {
	now := q.cfg.now()
	var permanent bool
	if n := len(r.Poison); err == nil && n > 0 {
		q.cfg.observer.Dropped("refused_span", n)
	}
	if err != nil && !IsStopped(err) {
		q.mu.Lock()
		w.attempts++
		var local *outboxError
		switch {
		case errors.As(err, &local): // says nothing about server and trace
		case serverDown(err):
			q.circuit.failure(now, mlflow.RetryAfter(err), q.cfg.jitter)
		default:
			w.faults++
			permanent = IsPermanent(err) || w.faults >= q.cfg.maxAttempts
			if apiError(err) != nil {
				q.serverIsUp()
			}
		}
		next := now.Add(q.cfg.backoff.wait(w.attempts, RetryAfter(err), q.cfg.jitter))
		w.next = next
		q.mu.Unlock()
		if permanent {
			err = q.bury(parts, err)
		} else {
			q.cfg.observer.Retried(hex.EncodeToString(w.tid[:]), err, next)
			for _, e := range parts {
				// For `outbox list` and the next process; losing it costs
				// nothing but an attempt too early.
				_ = q.spool.Note(e.ID, w.attempts, next, err.Error())
			}
		}
	}
	if q.conclude(w, read, late, permanent, r, err) {
		q.refresh()
	}
}

// conclude books an attempt, and reports whether parts came meanwhile.
func (q *Queue) conclude(w *waiting, read, late, permanent bool, r Result, err error) (stale bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w.active, w.err = false, err
	q.busy--
	stale = w.stale
	switch {
	case err == nil && !read: // dropped by a person, or damaged
		delete(q.traces, w.tid)
		q.answer(w.tid, outcome{err: &LostError{TraceID: hex.EncodeToString(w.tid[:])}})
	case err == nil:
		delete(q.traces, w.tid)
		q.serverIsUp()
		q.stats.LastError = ""
		q.stats.Delivered++
		if late {
			q.stats.Late++
		}
		q.stats.Poison += uint64(len(r.Poison))
		q.answer(w.tid, outcome{result: r})
	case IsStopped(err):
	case permanent:
		delete(q.traces, w.tid)
		q.stats.Buried++
		q.stats.LastError = err.Error()
		q.answer(w.tid, outcome{result: r, err: &BuriedError{TraceID: hex.EncodeToString(w.tid[:]), Err: err}})
	default:
		q.stats.Retried++
		q.stats.LastError = err.Error()
		q.tellTrouble()
	}
	return stale
}

// serverIsUp lets all traces that met an outage go on at once; called under mu.
func (q *Queue) serverIsUp() {
	if !q.circuit.open {
		return
	}
	q.circuit.success()
	for _, w := range q.traces {
		if !w.active && w.err != nil && serverDown(w.err) && RetryAfter(w.err) == 0 {
			w.next = time.Time{}
		}
	}
}

func (q *Queue) bury(parts []spool.Entry, cause error) error {
	for _, e := range parts {
		if err := q.spool.Bury(e.ID, cause.Error()); err != nil && !spool.IsNotFound(err) {
			cause = errors.Join(cause, fmt.Errorf("bury %s: %w", e.ID, err))
		}
	}
	q.cfg.observer.Dropped("refused_trace", 1)
	return cause
}

// outboxError: the trouble is on this side.
type outboxError struct{ err error }

func (e *outboxError) Error() string { return e.err.Error() }
func (e *outboxError) Unwrap() error { return e.err }
