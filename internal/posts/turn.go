package posts

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// turnPoll is how often other processes' progress is looked at. Those of this process come by
// a notification. It bounds how much later a reply comes whose turn another process has made
// free.
const turnPoll = 200 * time.Millisecond

// WaitTurn waits until the links that stand before l in its message have their
// post, have ended, or wait for another attempt, but at most for the given time,
// so that the replies of one message come in the message's order without one slow
// page holding up the others for ever. It returns an error only when ctx ends or
// the database does not answer.
func (s *Store) WaitTurn(ctx context.Context, l job.Link, atMost time.Duration) error {
	if l.Position == 0 {
		return nil
	}
	limit := time.NewTimer(atMost)
	defer limit.Stop()
	tick := time.NewTicker(turnPoll)
	defer tick.Stop()
	for {
		changed := s.db.Changed() // before the look, see there
		free, err := s.isTurn(ctx, l)
		if free || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return nil
		case <-changed:
		case <-tick.C:
		}
	}
}

// isTurn reports whether no link ahead of l is still without its post. The list of links ahead
// already leaves out those that ended or failed once.
func (s *Store) isTurn(ctx context.Context, l job.Link) (bool, error) {
	ahead, err := s.links.Ahead(ctx, l)
	if err != nil {
		return false, err
	}
	for _, id := range ahead {
		sent, err := database.One(ctx, s.db, `SELECT 1 FROM commentator_deliveries WHERE job_id = $1 AND state = 'sent' LIMIT 1`,
			[]any{id}, new(int))
		if err != nil {
			return false, fmt.Errorf("look for earlier replies of the message: %w", err)
		}
		if !sent {
			return false, nil
		}
	}
	return true, nil
}
