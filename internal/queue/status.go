package queue

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Status reads the picture of the queue. It reads one group for each state and outcome, so it
// costs a scan of the table: it is for health checks and people, not for each event. A link
// that waits for its next attempt counts into Oldest once it is due; until then its wait is
// negative and changes nothing.
func (q *Queue) Status(ctx context.Context) (job.QueueStatus, error) {
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return job.QueueStatus{}, fmt.Errorf("read the state of the queue: %w", err)
	}
	st := job.QueueStatus{Ended: map[string]int{}, Rejected: q.rejected.Load(), Depth: q.cfg.Depth}
	const byState = `SELECT state, outcome, count(*), min(available_ms) FROM commentator_links GROUP BY state, outcome`
	err = database.Each(ctx, q.db, byState, nil, func(r database.Rows) error {
		var state, outcome string
		var n int
		var oldest int64
		if err := r.Scan(&state, &outcome, &n, &oldest); err != nil {
			return err
		}
		switch job.LinkState(state) {
		case job.LinkQueued:
			st.Queued += n
			st.Oldest = max(st.Oldest, now.Sub(database.Time(oldest)))
		case job.LinkRunning:
			st.Running += n
		case job.LinkWaiting:
			st.Waiting += n
			st.Oldest = max(st.Oldest, now.Sub(database.Time(oldest)))
		default:
			st.Ended[outcome] += n
		}
		return nil
	})
	if err == nil {
		_, err = database.One(ctx, q.db, `SELECT count(*) FROM commentator_unreadable`, nil, &st.Unreadable)
	}
	if err != nil {
		return job.QueueStatus{}, fmt.Errorf("read the state of the queue: %w", err)
	}
	return st, nil
}
