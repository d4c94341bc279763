package mlflowexporter

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/journal"
)

// writeAgain is how often changes are tried again that the storage did not take, beside each further change.
const writeAgain = time.Minute

// unwritten is what has left the table, or was delivered, and is still in the storage as it was, since that took
// no change: its disk is full, as a rule. Each is of a part that is stored, so that there are no more of them than
// the storage has room for.
type unwritten struct {
	mu     sync.Mutex
	change journal.Change
	failed time.Time // the last try
	said   pausingLog
}

// leastPause is between two tries: each is of all that there is.
const leastPause = time.Second

// with gives all that is to be written, with c as the last; nil: not now.
func (u *unwritten) with(c *journal.Change, now time.Time) *journal.Change {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.change
	all.Add(c)
	if now.Sub(u.failed) < leastPause {
		u.change = all
		return nil
	}
	u.change = journal.Change{}
	return &all
}

func (u *unwritten) putBack(c *journal.Change, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	c.Add(&u.change) // what came meanwhile is younger
	u.change, u.failed = *c, now
}

// write stores what may be lost in a crash: a trace would be delivered again. What the storage does not take is
// tried again with the next change, or it would stay there until a restart, and take the room of others.
func (s *source) write(c *journal.Change) {
	all := s.unwritten.with(c, time.Now())
	if all == nil {
		return
	}
	err := s.journal.Apply(context.Background(), all)
	if err == nil {
		return
	}
	n, now := all.Len(), time.Now()
	s.unwritten.putBack(all, now)
	if s.unwritten.said.due(now) {
		s.log.Error("the storage does not take changes, which are tried again; before that, a restart may deliver traces again",
			zap.Int("changes", n), zap.Error(err))
	}
}
