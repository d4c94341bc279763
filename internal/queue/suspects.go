package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Suspects are the links that ran when their process died: one of them may have killed it, such
// as by a page on which it runs out of memory. They are run one at a time across all processes,
// and each alone in its process, so that a further death says which it was. Only a death during
// such a lone run is charged; it costs no attempt either. An attempt that ends, in whatever way,
// clears the link.
//
// A process may also die of something else: killed by an operator, by the system for another's
// sake, by a loss of power. Two things keep that from being charged to a long link. Lone runs are
// further and further apart, see suspectBackoff. And a death during which no suspect ran takes one
// charge from each: the process dies without them too.

const (
	// maxCuts is how many lone runs in which the process died give a link up.
	maxCuts = 3
	// maxLoneCuts is the same for lone runs whose charges were taken back, so that a link does
	// not take processes down for ever beside others that do.
	maxLoneCuts = 10
)

// suspectBackoff is the wait after a lone run in which the process died: 20 s, 2 min and 12 min by
// default. Others run meanwhile.
func (c Config) suspectBackoff() retry.Backoff {
	return retry.Backoff{First: 2 * c.RetryFirst, Longest: c.RetryLongest, Factor: 6}
}

// loneRuns reports whether a suspect other than except runs, in whatever process. One whose process
// died counts until its work is taken over.
func loneRuns(ctx context.Context, t database.Tx, except string) (bool, error) {
	return database.One(ctx, t, `SELECT 1 FROM commentator_links WHERE state IN ('running', 'cancelled') AND suspect = 1
		AND lone = 1 AND owner <> '' AND id <> $1 LIMIT 1`,
		[]any{except}, new(int))
}

// freeLinksOf makes the links available that ran in a process which died. A link that was
// cancelled while it ran only lacks its end.
func (q *Queue) freeLinksOf(ctx context.Context, t database.Tx, dead string, now time.Time) error {
	if err := lockTurns(ctx, t); err != nil {
		return err
	}
	lone, err := linkIDs(ctx, t, `owner = $1 AND state = 'running' AND lone = 1`, dead)
	if err != nil {
		return err
	}
	for _, id := range lone {
		l, err := lockLink(ctx, t, id)
		if err != nil || l == nil {
			return err
		}
		if _, err := q.cut(ctx, t, l, now); err != nil {
			return err
		}
	}
	if _, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'queued', owner = '', suspect = 1
		WHERE owner = $1 AND state = 'running'`, dead); err != nil {
		return err
	}
	ended, err := t.Exec(ctx, `UPDATE commentator_links SET owner = '', suspect = 0 WHERE owner = $1 AND lone = 1`, dead)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE commentator_links SET owner = '' WHERE owner = $1`, dead); err != nil {
		return err
	}
	if len(lone) > 0 || ended > 0 {
		return nil
	}
	_, err = t.Exec(ctx, `UPDATE commentator_links SET cuts = cuts - 1
		WHERE state IN ('queued', 'waiting') AND suspect = 1 AND cuts > 0`)
	return err
}

// cut notes that the process died in which a link ran, and brings l up to date. A link that ran
// alone is charged, and given up in the end.
func (q *Queue) cut(ctx context.Context, t database.Tx, l *linkRow, now time.Time) (gaveUp bool, err error) {
	if !l.lone {
		l.State, l.owner, l.suspect = job.LinkQueued, "", true
		_, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'queued', owner = '', suspect = 1 WHERE id = $1`, l.ID)
		return false, err
	}
	l.cuts, l.loneCuts = l.cuts+1, l.loneCuts+1
	if l.cuts >= maxCuts || l.loneCuts >= maxLoneCuts {
		return true, q.giveUp(ctx, t, l, now)
	}
	l.available = database.Millis(now.Add(q.cfg.suspectBackoff().Wait(l.cuts - 1)))
	l.State, l.owner, l.lone = job.LinkWaiting, "", false
	_, err = t.Exec(ctx, `UPDATE commentator_links SET state = 'waiting', owner = '', lone = 0, cuts = $2, lone_cuts = $3, available_ms = $4
		WHERE id = $1`, l.ID, l.cuts, l.loneCuts, l.available)
	return false, err
}

// giveUp ends a link that took its process down too often. The telling of it is a task with a
// key, so that it happens once even if giveUp is repeated.
func (q *Queue) giveUp(ctx context.Context, t database.Tx, l *linkRow, now time.Time) error {
	l.State, l.Outcome, l.owner, l.lone = job.LinkFailed, string(job.OutcomeError), "", false
	l.Error = fmt.Sprintf("the worker died %d times while it worked on this link alone; the log of the worker, or of what ended it, "+
		"says of what", l.loneCuts)
	_, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'failed', outcome = 'error', error = $2, owner = '', lone = 0, suspect = 0,
		cuts = $3, lone_cuts = $4, ended_ms = $5 WHERE id = $1`, l.ID, l.Error, l.cuts, l.loneCuts, database.Millis(now))
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `DELETE FROM commentator_checkpoints WHERE job_id = $1`, l.ID); err != nil {
		return err
	}
	if err := unsee(ctx, t, l.Link); err != nil {
		return err
	}
	id, cuts := l.ID, l.loneCuts
	t.OnCommit(func() {
		q.cfg.Log.Error("gave up a link on which the worker died each time", "job_id", id, "deaths", cuts)
	})
	return q.enqueueTask(ctx, t, job.Task{Kind: job.TaskGaveUp, Key: "gave_up/" + l.ID, Payload: l.Link})
}
