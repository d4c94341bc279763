package queue

import (
	"context"
	"fmt"
	"time"
)

// Status is a picture of the queue.
type Status struct {
	Queued, Running, Waiting int
	// Oldest is how long the oldest link that could be worked on has waited.
	Oldest time.Duration
	// Ended counts links by outcome, as far as they are kept.
	Ended map[string]int
	// Rejected counts links refused by this process because the queue was full.
	Rejected int64
	Depth    int // the bound
	// Unreadable counts events that could not be understood.
	Unreadable int
	Workers    int // instances that work
}

// Status reads the picture of the queue.
func (s *Store) Status(ctx context.Context) (Status, error) {
	st := Status{Ended: map[string]int{}, Rejected: s.rejected.Load(), Depth: s.cfg.depth}
	now := s.now()
	err := each(ctx, s.db, `SELECT state, outcome, count(*), min(available_ms) FROM commentator_links GROUP BY state, outcome`, nil, func(r rows) error {
		var state, outcome string
		var n int
		var oldest int64
		if err := r.Scan(&state, &outcome, &n, &oldest); err != nil {
			return err
		}
		switch State(state) {
		case Queued:
			st.Queued += n
			st.Oldest = max(st.Oldest, now.Sub(fromMS(oldest)))
		case Running:
			st.Running += n
		case Waiting:
			st.Waiting += n
			st.Oldest = max(st.Oldest, now.Sub(fromMS(oldest)))
		default:
			st.Ended[outcome] += n
		}
		return nil
	})
	if err == nil {
		_, err = one(ctx, s.db, `SELECT count(*) FROM commentator_unreadable`, nil, &st.Unreadable)
	}
	if err == nil {
		_, err = one(ctx, s.db, `SELECT count(*) FROM commentator_instances`, nil, &st.Workers)
	}
	if err != nil {
		return Status{}, fmt.Errorf("read the state of the queue: %w", err)
	}
	return st, nil
}
