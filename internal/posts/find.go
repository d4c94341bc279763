package posts

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// columns are those that scan reads.
const columns = `key, job_id, part, state, channel, thread_ts, ts, permalink, updated_ms`

// OfJob lists the posts of a job, by part. It lists posts in every state, deleted ones
// included.
func (s *Store) OfJob(ctx context.Context, jobID string) ([]job.Post, error) {
	return list(ctx, s.db, `job_id = $1 ORDER BY part`, jobID)
}

// At finds the post that stands in Slack as that message; nil when it is none of ours. A ts is
// unique in its channel, so there is at most one.
func (s *Store) At(ctx context.Context, channel, ts string) (*job.Post, error) {
	found, err := list(ctx, s.db, `channel = $1 AND ts = $2 AND state IN ('sent', 'adopted')`, channel, ts)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// NoticesIn lists the notices that stand in a thread, or may. It is asked when the message
// above them was deleted. Replies to links are found by their jobs instead.
func (s *Store) NoticesIn(ctx context.Context, channel, thread string) ([]job.Post, error) {
	return list(ctx, s.db, `channel = $1 AND thread_ts = $2 AND job_id = $3 AND state IN ('sending', 'sent')`, channel, thread, job.Notice)
}

// list lists the posts for which where, our own SQL with its order, holds.
func list(ctx context.Context, q database.Querier, where string, args ...any) ([]job.Post, error) {
	var out []job.Post
	err := database.Each(ctx, q, `SELECT `+columns+` FROM commentator_deliveries WHERE `+where, args, func(r database.Rows) error {
		p, err := scan(r)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list posts: %w", err)
	}
	return out, nil
}

// lock reads a post that nobody else changes until t ends.
func lock(ctx context.Context, t database.Tx, key string, into *job.Post) (found bool, err error) {
	r, err := t.Lock(ctx, `SELECT `+columns+` FROM commentator_deliveries WHERE key = $1`, key)
	if err != nil {
		return false, err
	}
	defer r.Close()
	if !r.Next() {
		return false, r.Err()
	}
	*into, err = scan(r)
	return err == nil, err
}

// scan reads a row of [columns], in their order.
func scan(r database.Rows) (job.Post, error) {
	var p job.Post
	var state string
	var updated int64
	err := r.Scan(&p.Key, &p.JobID, &p.Part, &state, &p.Channel, &p.ThreadTS, &p.TS, &p.Permalink, &updated)
	p.State, p.Updated = job.PostState(state), database.Time(updated)
	return p, err
}
