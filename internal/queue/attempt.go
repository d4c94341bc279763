package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// maxCuts is how often one attempt may be cut by crashes. A link that takes the process down
// each time is given up then. It is a bound of its own beside that of failures, since a crash
// records no end: without it, a page on which the process dies would be taken up for ever, by
// one worker after another.
const maxCuts = 5

// asksMax bounds how often a server may put an attempt off by asking to wait, in multiples of
// the bound of failures. Such an attempt is no failure, so without this bound a server that
// always asks to wait would keep its link in the queue for ever.
const asksMax = 5

// decision is what begin has found out about a link.
type decision int

const (
	skip    decision = iota // nothing left to do
	later                   // in other hands
	proceed                 // ours
	gaveUp
)

// begin takes the link, unless it is done or in other hands. From its commit until the row's
// owner is cleared, no other worker begins the link. Three things clear it: the record of the
// end, handBack, and the takeover after this member's death.
func (q *Queue) begin(ctx context.Context, id string) (job.Attempt, decision, error) {
	var a job.Attempt
	d := skip
	err := q.db.InTx(ctx, func(t database.Tx) error {
		a, d = job.Attempt{}, skip
		l, err := lockLink(ctx, t, id)
		if err != nil || l == nil || l.State.Final() {
			return err
		}
		held, err := q.held(ctx, t, l)
		if err != nil {
			return err
		}
		if held {
			d = later
			return nil
		}
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		var cuts int
		a, cuts = q.cfg.next(l, now)
		if cuts > maxCuts {
			d = gaveUp
			return q.giveUp(ctx, t, &a, cuts, now)
		}
		d = proceed
		a.State, a.Started = job.LinkRunning, now
		_, err = t.Exec(ctx, `UPDATE commentator_links SET state = 'running', owner = $2, began = $3, cuts = $4, started_ms = $5 WHERE id = $1`,
			id, q.members.ID(), a.Number, cuts, database.Millis(now))
		return err
	})
	if err != nil {
		return job.Attempt{}, later, fmt.Errorf("take link %s: %w", id, err)
	}
	return a, d, nil
}

// held reports whether somebody works on the link at this moment: another member that is
// alive, or this process. A row with this process as its owner but no attempt in it is left
// over from an end that could not be written; it is free to be begun again.
func (q *Queue) held(ctx context.Context, t database.Tx, l *linkRow) (bool, error) {
	switch {
	case l.State != job.LinkRunning:
		return false, nil
	case l.owner == q.members.ID():
		return q.attempts.runs(l.ID), nil
	}
	return q.members.Alive(ctx, t, l.owner)
}

// next is the attempt that follows from the row, and how often it was cut before. An attempt
// that was begun and has not ended keeps its number. The column began is written when an
// attempt begins, attempt when one ends: began is one more than attempt exactly while an
// attempt is open.
func (c Config) next(l *linkRow, now time.Time) (a job.Attempt, cuts int) {
	a = job.Attempt{Link: l.Link, Number: l.Attempt + 1}
	a.Resumed = l.began == a.Number
	a.Final = a.Failures+1 >= c.Attempts || a.Number >= asksMax*c.Attempts
	a.QueueWait = max(0, now.Sub(database.Time(l.available)))
	if a.Resumed {
		cuts = l.cuts + 1
	}
	return a, cuts
}

// giveUp ends a link that was cut too often. The telling of it is a task with a key, so that
// it happens once even if giveUp is repeated.
func (q *Queue) giveUp(ctx context.Context, t database.Tx, a *job.Attempt, cuts int, now time.Time) error {
	a.State, a.Outcome = job.LinkFailed, "error"
	a.Error = fmt.Sprintf("attempt %d was cut %d times by a crash", a.Number, cuts)
	_, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'failed', outcome = 'error', error = $2, owner = '', ended_ms = $3
		WHERE id = $1`,
		a.ID, a.Error, database.Millis(now))
	if err != nil {
		return err
	}
	if err := unsee(ctx, t, a.Link); err != nil {
		return err
	}
	return q.enqueueTask(ctx, t, job.Task{Kind: job.TaskGaveUp, Key: "gave_up/" + a.ID, Payload: a.Link})
}

// end records the attempt and returns the wait before the next, or 0 if none follows. If the
// link is not ours any more, nothing is recorded. It is safe to call again after an error:
// what was committed without our learning of it leaves a row whose owner is empty, which the
// second call does not touch. A link that then waits for an attempt has lost its River job;
// enqueueLost brings it back.
func (q *Queue) end(ctx context.Context, a job.Attempt, v job.Verdict) (wait time.Duration, err error) {
	text := ""
	if v.Err != nil {
		text = truncate(q.cfg.redacted(v.Err.Error()), maxErrorText) // in this order: half a secret is not found
	}
	err = q.db.InTx(ctx, func(t database.Tx) (err error) {
		wait = 0
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		if v.Err != nil && v.Retry && !a.Final {
			wait, err = q.endForNow(ctx, t, a, v, text, now)
			return err
		}
		return q.endForGood(ctx, t, a, v, text, now)
	})
	if err != nil {
		return 0, fmt.Errorf("record the end of link %s: %w", a.ID, err)
	}
	return wait, nil
}

// maxErrorText is how many bytes of an error are stored. Errors may quote what a server has
// answered; the row is for people who look, the log has it all.
const maxErrorText = 2000

// endForNow records an attempt after which another follows, and returns when. A wait that a
// service of ours asked for is no failure. The condition on owner and state fences off a worker that
// was taken for dead: its late record does not overwrite what the next owner has written.
func (q *Queue) endForNow(
	ctx context.Context, t database.Tx, a job.Attempt, v job.Verdict, text string, now time.Time,
) (time.Duration, error) {
	failures, wait := a.Failures+1, q.cfg.backoff().Wait(a.Failures)
	switch {
	case v.After > 0 && v.Counts:
		wait = max(wait, min(v.After, q.cfg.RetryLongest))
	case v.After > 0:
		failures, wait = a.Failures, min(v.After, maxRetryAfter)
	}
	n, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'waiting', owner = '', attempt = $2, failures = $3, outcome = $4, error = $5,
		trace_id = $6, available_ms = $7 WHERE id = $1 AND owner = $8 AND state = 'running'`,
		a.ID, a.Number, failures, v.Outcome, text, v.TraceID, database.Millis(now.Add(wait)), q.members.ID())
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, q.endCancelled(ctx, t, a, v, now)
	}
	return wait, nil
}

// endForGood records the last attempt and the end of the link. The tasks of the verdict are
// enqueued in the same transaction: a crash loses neither or both. After any outcome but
// success the link is forgotten as seen, so that sharing it again is a new try.
func (q *Queue) endForGood(ctx context.Context, t database.Tx, a job.Attempt, v job.Verdict, text string, now time.Time) error {
	state := job.LinkDone
	if v.Err != nil {
		state = job.LinkFailed
	}
	n, err := t.Exec(ctx, `UPDATE commentator_links SET state = $2, owner = '', attempt = $3, outcome = $4, error = $5, trace_id = $6,
		ended_ms = $7 WHERE id = $1 AND owner = $8 AND state = 'running'`,
		a.ID, string(state), a.Number, v.Outcome, text, v.TraceID, database.Millis(now), q.members.ID())
	if err != nil {
		return err
	}
	if n == 0 {
		return q.endCancelled(ctx, t, a, v, now)
	}
	if _, err := t.Exec(ctx, `DELETE FROM commentator_checkpoints WHERE job_id = $1`, a.ID); err != nil {
		return err
	}
	for _, task := range v.Then {
		if err := q.enqueueTask(ctx, t, task); err != nil {
			return err
		}
	}
	if v.Outcome != string(job.OutcomeSuccess) {
		return unsee(ctx, t, a.Link)
	}
	return nil
}

// endCancelled records the end of an attempt whose link was cancelled while it
// ran. The row may also be in other hands; then nothing is touched.
func (q *Queue) endCancelled(ctx context.Context, t database.Tx, a job.Attempt, v job.Verdict, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE commentator_links SET owner = '', attempt = $2, trace_id = $3, ended_ms = $4
		WHERE id = $1 AND owner = $5 AND state = 'cancelled'`, a.ID, a.Number, v.TraceID, database.Millis(now), q.members.ID())
	return err
}

// handBack gives the link up without counting the attempt. One that was cancelled meanwhile
// stays so, but is nobody's any more. A shutdown must not count as a cut: begin will add one
// when it finds the attempt open, so one is taken off here. Only crashes then bring a link
// nearer to maxCuts.
func (q *Queue) handBack(ctx context.Context, a job.Attempt) error {
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return fmt.Errorf("hand back link %s: %w", a.ID, err)
	}
	_, err = q.db.Exec(ctx, `UPDATE commentator_links SET state = CASE WHEN state = 'running' THEN 'queued' ELSE state END, owner = '',
		cuts = CASE WHEN cuts > 0 THEN cuts - 1 ELSE 0 END, available_ms = $3
		WHERE id = $1 AND owner = $2 AND state IN ('running', 'cancelled')`, a.ID, q.members.ID(), database.Millis(now))
	if err != nil {
		return fmt.Errorf("hand back link %s: %w", a.ID, err)
	}
	return nil
}

// truncate cuts s after n bytes. A character that is cut in two is replaced, see
// [database.Text].
func truncate(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return database.Text([]byte(s))
}
