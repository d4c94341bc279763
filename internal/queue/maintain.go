package queue

import (
	"context"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// lostEvery is the period of looking for links that River has lost, and how long a link must
// have been available to count as lost. A minute is far above the moments between two writes
// of which the second is still to come.
const lostEvery = time.Minute

// maintain says that this process lives, takes over the work of dead workers and repairs what
// River lost. It returns only when ctx ends, or with ErrFenced. [Queue.Run] runs it on a
// goroutine of its own, for as long as attempts may run: it goes on beating while a shutdown
// waits for them.
func (q *Queue) maintain(ctx context.Context) error {
	tick := time.NewTicker(q.members.Every())
	defer tick.Stop()
	lastLost := time.Now()
	var orphans map[int64]bool
	away := false // the database; said once
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		// A heartbeat that hangs must not keep the next one, nor the look at the clock below,
		// from happening.
		bctx, cancel := context.WithTimeout(ctx, q.members.Every())
		fenced, err := q.beat(bctx)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case fenced:
			return ErrFenced
		case err == nil:
			if away {
				away = false
				q.cfg.Log.Info("the database is back")
			}
		case q.silent():
			if !away {
				away = true
				q.cfg.Log.Error("the database can't be reached: running links are stopped, and wait for it", "error", err)
			}
			q.attempts.cancelAll(errCutOff)
			continue
		default:
			q.cfg.Log.Warn("heartbeat failed", "error", err)
			continue
		}
		if err := q.takeOver(ctx); err != nil && ctx.Err() == nil {
			q.cfg.Log.Warn("look for crashed workers", "error", err)
		}
		if orphans, err = q.releaseOrphans(ctx, orphans); err != nil && ctx.Err() == nil {
			q.cfg.Log.Warn("look for jobs without a worker", "error", err)
		}
		if time.Since(lastLost) > lostEvery {
			lastLost = time.Now()
			if err := q.enqueueLost(ctx, q.db.Estimate().Add(-lostEvery)); err != nil && ctx.Err() == nil {
				q.cfg.Log.Warn("look for links without a job", "error", err)
			}
		}
		if q.maintained != nil {
			q.maintained()
		}
	}
}

// takeOver makes the work of dead workers available. It runs at the start and in each round of
// maintenance. Everything happens in the transaction that removes the member: a survivor that
// dies amid it leaves the member to the next one.
func (q *Queue) takeOver(ctx context.Context) error {
	var jobs int64
	return q.members.TakeOver(ctx, func(ctx context.Context, t database.Tx, dead string) (err error) {
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		if err := q.freeLinksOf(ctx, t, dead, now); err != nil {
			return err
		}
		if _, err := q.river.tables().resign(ctx, t, dead); err != nil {
			return err
		}
		jobs, err = q.river.tables().releaseAll(ctx, t, dead)
		return err
	}, func(dead string) {
		q.river.wake()
		q.cfg.Log.Warn("took over the work of a crashed worker", "instance", dead, "jobs", jobs)
	})
}

// releaseOrphans makes River's jobs available that this process fetched but does not run:
// their end could not be written. before are the candidates of the previous look; only what
// was a candidate then too is touched, as a job that just ended is still to be written. It
// returns the candidates of this look. A job that was fetched between the two questions, or
// whose attempt has just ended, is a candidate by chance; it is none at the next look.
func (q *Queue) releaseOrphans(ctx context.Context, before map[int64]bool) (map[int64]bool, error) {
	ours := q.attempts.riverJobs()
	fetched, err := q.river.tables().heldLinks(ctx, q.db, q.members.ID())
	if err != nil {
		return nil, err
	}
	candidates := map[int64]bool{}
	for _, id := range fetched {
		if !ours[id] {
			candidates[id] = true
		}
	}
	for id := range candidates {
		if !before[id] {
			continue
		}
		if err := q.river.tables().release(ctx, q.db, q.members.ID(), id); err != nil {
			return nil, err
		}
		q.cfg.Log.Warn("a job whose end could not be written is taken up again", "river_job", id)
	}
	return candidates, nil
}

// enqueueLost enqueues links again whose River job has ended or gone without them, if they
// could have been worked on since before availableBefore. Two workers may enqueue the same
// link at the same time. That does no harm: begin lets one of the two jobs have it, and the
// row remembers one of them.
func (q *Queue) enqueueLost(ctx context.Context, availableBefore time.Time) error {
	lost, err := q.river.tables().lostLinks(ctx, q.db, availableBefore)
	if err != nil {
		return err
	}
	for _, l := range lost {
		if l.owner == q.members.ID() && q.attempts.runs(l.id) {
			continue
		}
		err := q.db.InTx(ctx, func(t database.Tx) error {
			id, err := q.river.insert(ctx, t, linkArgs{ID: l.id}, linkInsertOpts(l.source))
			if err != nil {
				return err
			}
			_, err = t.Exec(ctx, `UPDATE commentator_links SET river_id = $2 WHERE id = $1`, l.id, id)
			return err
		})
		if err != nil {
			return err
		}
		q.cfg.Log.Warn("a link without a job is queued again", "job_id", l.id)
	}
	return nil
}
