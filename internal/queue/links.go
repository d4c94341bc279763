package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Link finds a link by its id; nil when there is none. Ids that are no link's, such as
// [job.Notice], and links that were pruned are found the same: not.
func (q *Queue) Link(ctx context.Context, id string) (*job.Link, error) {
	ls, err := q.links(ctx, `id = $1`, id)
	if err != nil || len(ls) == 0 {
		return nil, err
	}
	return &ls[0], nil
}

// LinksOf lists the links of a message, each in its last revision, in order. Revisions of a
// link come together and the last one first, so the first of each is kept.
func (q *Queue) LinksOf(ctx context.Context, channel, messageTS string) ([]job.Link, error) {
	all, err := q.links(ctx, `channel = $1 AND message_ts = $2 ORDER BY position, canonical, revision DESC`, channel, messageTS)
	if err != nil {
		return nil, err
	}
	var out []job.Link
	seen := map[string]bool{}
	for _, l := range all {
		if key := l.Team + "\x00" + l.Canonical; !seen[key] {
			seen[key] = true
			out = append(out, l)
		}
	}
	return out, nil
}

// Revisions lists all revisions of a link, the newest first.
func (q *Queue) Revisions(ctx context.Context, l job.Link) ([]job.Link, error) {
	return q.links(ctx, `team = $1 AND channel = $2 AND message_ts = $3 AND canonical = $4 ORDER BY revision DESC`,
		l.Team, l.Channel, l.MessageTS, l.Canonical)
}

// Recent lists at most n links of a channel, newest first.
func (q *Queue) Recent(ctx context.Context, channel string, n int) ([]job.Link, error) {
	return q.links(ctx, `channel = $1 ORDER BY created_ms DESC LIMIT $2`, channel, n)
}

// Ahead lists the ids of the links that stand before l in its message and may still be
// answered by their first attempt. Links that failed once are left out, since their next
// attempt may be a quarter of an hour away, and so are those that wait for something until
// they are due.
func (q *Queue) Ahead(ctx context.Context, l job.Link) ([]string, error) {
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return nil, err
	}
	ids, err := linkIDs(ctx, q.db, `channel = $1 AND message_ts = $2 AND team = $3 AND position < $4
		AND canonical <> $5 AND (state IN ('queued', 'running') OR state = 'waiting' AND available_ms <= $6) AND failures = 0`,
		l.Channel, l.MessageTS, l.Team, l.Position, l.Canonical, database.Millis(now))
	if err != nil {
		return nil, fmt.Errorf("look for earlier links of the message: %w", err)
	}
	return ids, nil
}

// Earlier lists the ids of earlier revisions of a link, the newest first.
func (q *Queue) Earlier(ctx context.Context, from database.Querier, l job.Link) ([]string, error) {
	ids, err := linkIDs(ctx, from, `team = $1 AND channel = $2 AND message_ts = $3 AND canonical = $4
		AND revision < $5 ORDER BY revision DESC`,
		l.Team, l.Channel, l.MessageTS, l.Canonical, l.Revision)
	if err != nil {
		return nil, fmt.Errorf("look for earlier revisions of the link: %w", err)
	}
	return ids, nil
}

// linkIDs lists the ids for which where holds, as from sees it: inside a transaction with its
// rows.
func linkIDs(ctx context.Context, from database.Querier, where string, args ...any) ([]string, error) {
	var ids []string
	err := database.Each(ctx, from, `SELECT id FROM commentator_links WHERE `+where, args, func(r database.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// MayPost returns job.ErrCancelled or job.ErrNotOurs when this process may not post for the
// link. Ids of other things than links pass. It is asked inside the transaction that begins a
// post, so that a cancellation either comes before it, and nothing is posted, or after, and
// finds a post to delete. A link that is not running passes: a notice on its end is posted by
// a task.
func (q *Queue) MayPost(ctx context.Context, from database.Querier, jobID string) error {
	var state, owner string
	found, err := database.One(ctx, from, `SELECT state, owner FROM commentator_links WHERE id = $1`, []any{jobID}, &state, &owner)
	switch {
	case err != nil:
		return err
	case found && job.LinkState(state) == job.LinkCancelled:
		return job.ErrCancelled
	case found && job.LinkState(state) == job.LinkRunning && owner != q.members.ID():
		return job.ErrNotOurs
	}
	return nil
}

// Cancel withdraws a link: it will not be worked on, a running attempt is stopped, and nothing
// more is posted for it. running says that an attempt has not ended yet. A link that ended
// stays as it is. An attempt in another process notices when it wants to post, by
// [Queue.MayPost].
func (q *Queue) Cancel(ctx context.Context, id string) (running bool, err error) {
	err = q.db.InTx(ctx, func(t database.Tx) error {
		l, err := lockLink(ctx, t, id)
		if err != nil || l == nil {
			return err
		}
		running = l.owner != ""
		if l.State.Final() {
			return nil
		}
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'cancelled', outcome = 'cancelled', ended_ms = $2 WHERE id = $1`,
			id, database.Millis(now)); err != nil {
			return err
		}
		if err := errors.Join(forgetEvidence(ctx, t, id), forgetComment(ctx, t, id)); err != nil {
			return err
		}
		_, err = t.Exec(ctx, `DELETE FROM commentator_seen WHERE job_id = $1`, id)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("cancel link %s: %w", id, err)
	}
	q.attempts.cancel(id, job.ErrCancelled)
	q.db.Notify()
	return running, nil
}

// Withdraw marks a finished link as withdrawn, so that sharing it again, in the same message
// or another, is a new job. The caller has deleted its posts. The outcome stays as it was, for
// the record.
func (q *Queue) Withdraw(ctx context.Context, id string) error {
	err := q.db.InTx(ctx, func(t database.Tx) error {
		if _, err := t.Exec(ctx, `UPDATE commentator_links SET state = 'cancelled'
			WHERE id = $1 AND state IN ('done', 'failed')`, id); err != nil {
			return err
		}
		if err := errors.Join(forgetEvidence(ctx, t, id), forgetComment(ctx, t, id)); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `DELETE FROM commentator_seen WHERE job_id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("withdraw link %s: %w", id, err)
	}
	return nil
}
