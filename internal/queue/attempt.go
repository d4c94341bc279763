package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// asksMax bounds how often a server may put an attempt off by asking to wait, in multiples of
// the bound of failures. Such an attempt is no failure, so without this bound a server that
// always asks to wait would keep its link in the queue for ever.
const asksMax = 5

// decision is what begin has found out about a link.
type decision int

const (
	skip    decision = iota // nothing left to do
	later                   // not now
	blocked                 // not before something has ended in this process
	proceed                 // ours
)

// take takes the link, unless it is done or in other hands. From the commit until the row's
// owner is cleared, no other worker begins the link. Three things clear it: the record of the
// end, handBack, and the takeover after this member's death. The attempt is noted among those
// of the process here, so that what is decided next counts it; the caller takes it back if the
// transaction fails.
func (q *Queue) take(ctx context.Context, t database.Tx, id string, now time.Time) (job.Attempt, decision, error) {
	l, err := lockLink(ctx, t, id)
	if err != nil || l == nil || l.State.Final() {
		return job.Attempt{}, skip, err
	}
	held, err := q.held(ctx, t, l)
	if err != nil || held {
		return job.Attempt{}, later, err
	}
	if l.State == job.LinkRunning && l.owner != q.members.ID() {
		// Its process is gone, and nobody has taken its work over yet.
		gaveUp, err := q.cut(ctx, t, l, now)
		switch {
		case err != nil || gaveUp:
			return job.Attempt{}, skip, err
		case l.State == job.LinkWaiting:
			return job.Attempt{}, later, nil
		}
	}
	free, err := q.mayRun(ctx, t, l)
	if err != nil || !free {
		return job.Attempt{}, blocked, err
	}
	if gone, err := q.messageDeleted(ctx, t, l.Channel, l.MessageTS); err != nil || gone {
		return job.Attempt{}, skip, errors.Join(err, q.withdraw(ctx, t, l, gone, now))
	}
	safe, err := q.db.SafeNow(ctx, t)
	if err != nil {
		return job.Attempt{}, later, err
	}
	a := q.cfg.next(l, now, safe)
	up, err := upSince(ctx, t, l)
	if err != nil {
		return job.Attempt{}, later, err
	}
	a.MayWait = a.MayWait && !up
	if err := q.askPeer(ctx, t, l, now); err != nil {
		return job.Attempt{}, later, err
	}
	a.State, a.Started = job.LinkRunning, now
	lone := 0
	if l.suspect {
		lone = 1
	}
	if _, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'running', owner = $2, began = $3, lone = $4, started_ms = $5
		WHERE id = $1`, id, q.members.ID(), a.Number, lone, database.Millis(now)); err != nil {
		return job.Attempt{}, later, err
	}
	q.attempts.add(id, running{lone: l.suspect})
	return a, proceed, nil
}

// mayRun reports whether the link may be begun beside what runs. A suspect runs alone in its
// process, and no other runs elsewhere.
func (q *Queue) mayRun(ctx context.Context, t database.Tx, l *linkRow) (bool, error) {
	if q.attempts.lone() {
		return false, nil
	}
	if !l.suspect {
		return true, nil
	}
	if q.attempts.others(l.ID) > 0 {
		return false, nil
	}
	elsewhere, err := loneRuns(ctx, t, l.ID)
	return !elsewhere, err
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

// next is the attempt that follows from the row. An attempt that was begun and has not ended
// keeps its number. The column began is written when an attempt begins, attempt when one ends:
// began is one more than attempt exactly while an attempt is open.
// How long a peer has been away is judged by safe, the time of a clock that can't leap: a link
// is given up by it.
func (c Config) next(l *linkRow, now, safe time.Time) job.Attempt {
	a := job.Attempt{Link: l.Link, Number: l.Attempt + 1, MayWait: c.Outage > 0}
	a.Resumed = l.began == a.Number
	a.Final = a.Failures+1 >= c.Attempts || a.Number >= asksMax*c.Attempts
	a.QueueWait = max(0, now.Sub(database.Time(l.available)))
	if l.away > 0 {
		a.Waited = safe.Sub(database.Time(l.away))
		if a.Waited >= c.Outage {
			a.MayWait, a.Final = false, true
		}
	}
	return a
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
		// Peers are looked at under the lock of turns, by those who begin too.
		if len(v.Reached) > 0 || v.PutOff {
			if err := lockTurns(ctx, t); err != nil {
				return err
			}
		}
		if err := q.reached(ctx, t, v.Reached, now); err != nil {
			return err
		}
		if v.Err != nil && v.PutOff && a.MayWait {
			wait, err = q.putOff(ctx, t, a, v, text, now)
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

// cleared takes back what was held against a link, or hindered it, since it has run to an end.
const cleared = `suspect = 0, lone = 0, cuts = 0, lone_cuts = 0, peer = '', away_ms = 0, failed_ms = 0`

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
		trace_id = $6, available_ms = $7, `+cleared+` WHERE id = $1 AND owner = $8 AND state = 'running'`,
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
		ended_ms = $7, `+cleared+` WHERE id = $1 AND owner = $8 AND state = 'running'`,
		a.ID, string(state), a.Number, v.Outcome, text, v.TraceID, database.Millis(now), q.members.ID())
	if err != nil {
		return err
	}
	if n == 0 {
		return q.endCancelled(ctx, t, a, v, now)
	}
	if err := keepEvidence(ctx, t, a.Link, state, now); err != nil {
		return err
	}
	if err := keepComment(ctx, t, a.Link, v.Comment, now); err != nil {
		return err
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
	_, err := t.Exec(ctx, `UPDATE commentator_links SET owner = '', attempt = $2, trace_id = $3, ended_ms = $4, suspect = 0, lone = 0
		WHERE id = $1 AND owner = $5 AND state = 'cancelled'`, a.ID, a.Number, v.TraceID, database.Millis(now), q.members.ID())
	return err
}

// handBack gives the link up without counting the attempt. One that was cancelled meanwhile
// stays so, but is nobody's any more. A shutdown is no crash: the link is suspected of none, but
// one that was stays so.
func (q *Queue) handBack(ctx context.Context, a job.Attempt) error {
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return fmt.Errorf("hand back link %s: %w", a.ID, err)
	}
	_, err = q.db.Exec(ctx, `UPDATE commentator_links SET state = CASE WHEN state = 'running' THEN 'queued' ELSE state END, owner = '',
		lone = 0, available_ms = $3 WHERE id = $1 AND owner = $2 AND state IN ('running', 'cancelled')`,
		a.ID, q.members.ID(), database.Millis(now))
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
