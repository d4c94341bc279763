package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Attempt is one attempt at a link.
type Attempt struct {
	Link
	// Number counts from 1. It stays the same when an attempt is run again
	// because a crash or a shutdown cut it.
	Number  int
	Resumed bool // it was cut before
	Final   bool // no other follows if this one fails
	// QueueWait is the time from when the link could have been worked on.
	QueueWait time.Duration
}

// Verdict is how an attempt ended.
type Verdict struct {
	Outcome string // for the record
	Err     error  // nil: the link is done, whatever the outcome
	// Retry says that another attempt may succeed; After when, if known.
	Retry   bool
	After   time.Duration
	TraceID string
	// Then are tasks to do once no other attempt follows.
	Then []Task
}

// maxCuts is how often one attempt may be cut by crashes. A link that takes
// the process down each time is given up then.
const maxCuts = 5

// asksMax bounds how often a server may put an attempt off by asking to wait,
// in multiples of the bound of failures.
const asksMax = 5

type decision int

const (
	skip    decision = iota // nothing left to do
	later                   // in other hands
	proceed                 // ours
	gaveUp
)

// begin takes the link, unless it is done or in other hands.
func (s *Store) begin(ctx context.Context, id string) (Attempt, decision, error) {
	var a Attempt
	d := skip
	err := s.db.inTx(ctx, func(t transaction) error {
		a, d = Attempt{}, skip
		now := s.now()
		r, err := t.query(ctx, `SELECT `+linkColumns+`, owner, began, cuts, available_ms FROM commentator_links WHERE id = $1`+s.db.forUpdate(), id)
		if err != nil {
			return err
		}
		var owner string
		var began, cuts int
		var available int64
		found := r.Next()
		if found {
			a.Link, err = scanLink(r, &owner, &began, &cuts, &available)
		}
		r.Close()
		if err = errors.Join(err, r.Err()); err != nil || !found {
			return err
		}
		if a.State.Final() {
			return nil
		}
		if a.State == Running {
			if owner == s.id && s.isLocal(id) {
				d = later
				return nil
			}
			if owner != s.id {
				alive, err := s.alive(ctx, t, owner)
				if err != nil {
					return err
				}
				if alive {
					d = later
					return nil
				}
			}
		}
		a.Number = a.Attempt + 1
		a.Resumed = began == a.Number
		a.Final = a.Failures+1 >= s.cfg.maxAttempts || a.Number >= asksMax*s.cfg.maxAttempts
		a.QueueWait = max(0, now.Sub(fromMS(available)))
		if a.Resumed {
			cuts++
		} else {
			cuts = 0
		}
		if cuts > maxCuts {
			d = gaveUp
			a.State, a.Outcome = Failed, "error"
			a.Error = fmt.Sprintf("attempt %d was cut %d times by a crash", a.Number, cuts)
			if _, err := t.exec(ctx, `UPDATE commentator_links SET state = 'failed', outcome = 'error', error = $2, owner = '', ended_ms = $3 WHERE id = $1`,
				id, a.Error, ms(now)); err != nil {
				return err
			}
			if err := forget(ctx, t, a.Link); err != nil {
				return err
			}
			return s.enqueueTask(ctx, t, Task{Kind: TaskGaveUp, Key: "gave_up/" + id, Payload: a.Link})
		}
		d = proceed
		a.State, a.Started = Running, now
		_, err = t.exec(ctx, `UPDATE commentator_links SET state = 'running', owner = $2, began = $3, cuts = $4, started_ms = $5 WHERE id = $1`,
			id, s.id, a.Number, cuts, ms(now))
		return err
	})
	if err != nil {
		return Attempt{}, later, fmt.Errorf("take link %s: %w", id, err)
	}
	return a, d, nil
}

// end records the attempt and returns the wait before the next, or 0 if none
// follows. If the link is not ours any more, nothing is recorded.
func (s *Store) end(ctx context.Context, a Attempt, v Verdict) (time.Duration, error) {
	var wait time.Duration
	err := s.db.inTx(ctx, func(t transaction) error {
		wait = 0
		now := s.now()
		text := ""
		if v.Err != nil {
			text = truncate(v.Err.Error(), 2000)
		}
		if v.Err != nil && v.Retry && !a.Final {
			failures := a.Failures + 1
			wait = backoff(s.cfg.retryBase, s.cfg.retryMax, a.Failures)
			if v.After > 0 {
				failures = a.Failures
				wait = min(v.After, maxRetryAfter)
			}
			n, err := t.exec(ctx, `UPDATE commentator_links SET state = 'waiting', owner = '', attempt = $2, failures = $3, outcome = $4, error = $5,
				trace_id = $6, available_ms = $7 WHERE id = $1 AND owner = $8 AND state = 'running'`,
				a.ID, a.Number, failures, v.Outcome, text, v.TraceID, ms(now.Add(wait)), s.id)
			if err != nil {
				return err
			}
			if n == 0 {
				wait = 0
				return s.endCancelled(ctx, t, a, v, now)
			}
			return nil
		}
		state := Done
		if v.Err != nil {
			state = Failed
		}
		n, err := t.exec(ctx, `UPDATE commentator_links SET state = $2, owner = '', attempt = $3, outcome = $4, error = $5, trace_id = $6, ended_ms = $7
			WHERE id = $1 AND owner = $8 AND state = 'running'`, a.ID, string(state), a.Number, v.Outcome, text, v.TraceID, ms(now), s.id)
		if err != nil {
			return err
		}
		if n == 0 {
			return s.endCancelled(ctx, t, a, v, now)
		}
		if _, err := t.exec(ctx, `DELETE FROM commentator_checkpoints WHERE job_id = $1`, a.ID); err != nil {
			return err
		}
		for _, task := range v.Then {
			if err := s.enqueueTask(ctx, t, task); err != nil {
				return err
			}
		}
		if v.Outcome != "success" {
			return forget(ctx, t, a.Link)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("record the end of link %s: %w", a.ID, err)
	}
	return wait, nil
}

// endCancelled records the end of an attempt whose link was cancelled while it
// ran. The row may also be in other hands; then nothing is touched.
func (s *Store) endCancelled(ctx context.Context, t transaction, a Attempt, v Verdict, now time.Time) error {
	_, err := t.exec(ctx, `UPDATE commentator_links SET owner = '', attempt = $2, trace_id = $3, ended_ms = $4
		WHERE id = $1 AND owner = $5 AND state = 'cancelled'`, a.ID, a.Number, v.TraceID, ms(now), s.id)
	return err
}

// handBack gives the link up without counting the attempt.
func (s *Store) handBack(ctx context.Context, a Attempt) error {
	_, err := s.db.exec(ctx, `UPDATE commentator_links SET state = 'queued', owner = '', cuts = CASE WHEN cuts > 0 THEN cuts - 1 ELSE 0 END, available_ms = $3
		WHERE id = $1 AND owner = $2 AND state = 'running'`, a.ID, s.id, ms(s.now()))
	if err != nil {
		return fmt.Errorf("hand back link %s: %w", a.ID, err)
	}
	return nil
}

// forget lets the link be answered again when it is shared again.
func forget(ctx context.Context, q querier, l Link) error {
	_, err := q.exec(ctx, `DELETE FROM commentator_seen WHERE channel = $1 AND canonical = $2 AND job_id = $3`, l.Channel, l.Canonical, l.ID)
	return err
}

func truncate(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return toText([]byte(s))
}
