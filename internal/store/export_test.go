package store

import "context"

// LookAtClock is a round of what [Store.Run] does every minute; it prunes.
func (s *Store) LookAtClock(ctx context.Context) error {
	var problem string
	return s.lookAtClock(ctx, &problem, true)
}
