package posts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Links is what a Store asks about the links that posts answer. Package queue implements it.
// The questions that take a [database.Querier] are asked inside a transaction of the Store, so
// that link and post are seen at the same moment.
type Links interface {
	// MayPost returns an error that is job.ErrCancelled or job.ErrNotOurs when
	// this process may not post for the link. Ids of other things than links
	// pass.
	MayPost(ctx context.Context, q database.Querier, jobID string) error
	// Earlier lists the ids of earlier revisions of a link, the newest first.
	Earlier(ctx context.Context, q database.Querier, l job.Link) ([]string, error)
	// Ahead lists the ids of the links that stand before l in its message, and
	// may still be answered by their first attempt.
	Ahead(ctx context.Context, l job.Link) ([]string, error)
}

// Store keeps posts.
type Store struct {
	db    *database.DB
	links Links
}

// New keeps posts in db.
func New(db *database.DB, links Links) *Store { return &Store{db, links} }

// Begin records that p is about to be made, and returns the post as it was before:
// job.PostSending means that an earlier try may have succeeded, job.PostSent that nothing is
// left to do. A post that belongs to a link is only begun by the worker that holds the link,
// see [Links]. The row is locked while it is looked at: of two workers that begin the same
// post, the second finds what the first has written. For a post that was sent, is being sent
// or was adopted nothing is written; the caller decides with Slack's help and says so by one
// of the Mark functions.
func (s *Store) Begin(ctx context.Context, p job.Post) (before job.Post, err error) {
	err = s.db.InTx(ctx, func(t database.Tx) error {
		if err := s.links.MayPost(ctx, t, p.JobID); err != nil {
			return err
		}
		found, err := lock(ctx, t, p.Key, &before)
		if err != nil {
			return err
		}
		// Sending, sent or adopted: what is in Slack decides, so nothing is written yet.
		if found && before.State != job.PostPlanned && before.State != job.PostDeleted {
			return nil
		}
		if !found {
			before = p
			before.State = job.PostPlanned
		}
		now, err := s.db.Now(ctx, t)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, `INSERT INTO commentator_deliveries (key, job_id, part, state, channel, thread_ts, updated_ms)
			VALUES ($1, $2, $3, 'sending', $4, $5, $6) ON CONFLICT (key) DO UPDATE SET state = 'sending', updated_ms = excluded.updated_ms`,
			p.Key, p.JobID, p.Part, p.Channel, p.ThreadTS, database.Millis(now))
		return err
	})
	if err != nil {
		return job.Post{}, fmt.Errorf("begin the post: %w", err)
	}
	return before, nil
}

// MarkSent records that the post stands in Slack as ts. It fails for a key that was never
// begun, as do the other Mark functions.
func (s *Store) MarkSent(ctx context.Context, key, ts string) error {
	return s.update(ctx, `state = 'sent', ts = $3`, key, ts)
}

// MarkSending records that a post which was begun is about to be made once more, after Slack
// was asked and did not have it. before is the post as it was when that was asked: mine is false, and
// nothing is recorded, where somebody else has changed it since. As in [Store.Begin], only the worker that holds the
// link may. The time of the row starts anew: that is how long ago Slack may have been asked.
func (s *Store) MarkSending(ctx context.Context, before job.Post) (mine bool, err error) {
	err = s.db.InTx(ctx, func(t database.Tx) error {
		mine = false
		if err := s.links.MayPost(ctx, t, before.JobID); err != nil {
			return err
		}
		var now job.Post
		found, err := lock(ctx, t, before.Key, &now)
		switch {
		case err != nil:
			return err
		case !found:
			return errors.New("it was never begun")
		case now.State != before.State || now.TS != before.TS || !now.Updated.Equal(before.Updated):
			return nil
		}
		at, err := s.db.Now(ctx, t)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE commentator_deliveries SET state = 'sending', updated_ms = $2 WHERE key = $1`,
			before.Key, max(database.Millis(at), database.Millis(now.Updated)+1)) // another time, by which the next sees it
		mine = err == nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("begin the post %s again: %w", before.Key, err)
	}
	s.db.Notify()
	return mine, nil
}

// MarkUnsent records that the post certainly did not take effect, so that it can be tried
// again without asking Slack. In any other state than sending nothing changes: somebody else
// may have sent it meanwhile.
func (s *Store) MarkUnsent(ctx context.Context, key string) error {
	return s.update(ctx, `state = CASE WHEN state = 'sending' THEN 'planned' ELSE state END`, key)
}

// MarkDeleted records that the post was deleted.
func (s *Store) MarkDeleted(ctx context.Context, key string) error {
	return s.update(ctx, `state = 'deleted'`, key)
}

// SetPermalink records the address of a post. Slack makes it on request only, and it never
// changes, so it is kept once asked for.
func (s *Store) SetPermalink(ctx context.Context, key, permalink string) error {
	return s.update(ctx, `permalink = $3`, key, permalink)
}

// update sets columns of a post that was begun, from $3 on. Who waits for its turn is woken,
// see [Store.WaitTurn].
func (s *Store) update(ctx context.Context, set, key string, args ...any) error {
	now, err := s.db.Now(ctx, s.db)
	if err != nil {
		return fmt.Errorf("update post %s: %w", key, err)
	}
	n, err := s.db.Exec(ctx, `UPDATE commentator_deliveries SET updated_ms = $2, `+set+` WHERE key = $1`,
		append([]any{key, database.Millis(now)}, args...)...)
	if err == nil && n == 0 {
		err = errors.New("it was never begun")
	}
	if err != nil {
		return fmt.Errorf("update post %s: %w", key, err)
	}
	s.db.Notify()
	return nil
}

// Adopt lets l take over the posts of an earlier revision of the same link, so that a re-run
// changes them instead of posting beside them. key names a post of l by its part. It is called
// before the first post of each attempt, and does nothing the second time. Adopted parts that
// the new reply does not use are the caller's to delete.
func (s *Store) Adopt(ctx context.Context, l job.Link, key func(part int) string) error {
	if l.Revision == 0 {
		return nil
	}
	err := s.db.InTx(ctx, func(t database.Tx) error {
		earlier, err := s.links.Earlier(ctx, t, l)
		if err != nil {
			return err
		}
		// The newest revision that has posts is the one whose posts stand in Slack: what older
		// ones had was adopted by it, or deleted. A key that exists already was adopted by an
		// attempt before this one.
		for _, id := range earlier {
			found, err := list(ctx, t, `job_id = $1 AND state IN ('sent', 'adopted')`, id)
			if err != nil {
				return err
			}
			for _, p := range found {
				if _, err := t.Exec(ctx, `UPDATE commentator_deliveries SET key = $2, job_id = $3, state = 'adopted' WHERE key = $1
					AND NOT EXISTS (SELECT 1 FROM commentator_deliveries WHERE key = $2)`, p.Key, key(p.Part), l.ID); err != nil {
					return err
				}
			}
			if len(found) > 0 {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("adopt earlier posts: %w", err)
	}
	return nil
}

// Prune deletes posts last changed before a time whose link is gone, as far as bounds let it. It
// returns how many rows went. Those of links that are kept stay, since a re-run or a deletion must
// find them. Notices belong to no link and go by age alone.
func (s *Store) Prune(ctx context.Context, before time.Time, bounds database.Bounds) (int64, error) {
	before, err := bounds.Cutoff(ctx, s.db, "commentator_deliveries", "updated_ms", before)
	if err != nil {
		return 0, fmt.Errorf("prune posts: %w", err)
	}
	n, err := database.DeleteInBatches(ctx, s.db, `DELETE FROM commentator_deliveries WHERE key IN (
		SELECT key FROM commentator_deliveries d WHERE updated_ms <= $1
		AND NOT EXISTS (SELECT 1 FROM commentator_links l WHERE l.id = d.job_id) LIMIT $2)`, before)
	if err != nil {
		return n, fmt.Errorf("prune posts: %w", err)
	}
	return n, nil
}

// Redate corrects what was written while the clock was ahead, see [database.Redate].
func (s *Store) Redate(ctx context.Context, now time.Time) error {
	return database.Redate(ctx, s.db, now, "commentator_deliveries", "updated_ms")
}
