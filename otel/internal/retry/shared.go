package retry

import (
	"context"
	"time"
)

// Shared is the last failure of a question that many ask behind one lock. Whoever waited
// for the lock while it failed takes that failure for an answer: with a server that
// answers nothing each would else wait for a timeout after the other. The zero Shared is
// none. It is guarded by the same lock.
type Shared struct {
	at  time.Time
	err error
}

// Since returns the failure when it came after asked, else nil.
func (s *Shared) Since(asked time.Time) error {
	if s.at.After(asked) {
		return s.err
	}
	return nil
}

// Keep takes note of err, unless it is nil or the end of ctx, which is of its owner alone.
func (s *Shared) Keep(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.at, s.err = time.Now(), err
	}
}
