package queue

import (
	"context"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// HandedBack reports, of an attempt of this process at the end of its work, whether another will
// end it: it was cut by a shutdown or by the loss of the database, or its link is in other hands.
// A process that was stopped for a while, and whose work others took over meanwhile, learns of it
// here, before it writes anything down: the heartbeat would tell it only at its next look. err is
// how the attempt failed, if it did, and ctx as for [WillRunAgain].
//
// An attempt that was found lost is cancelled, so that its end is not recorded either. Where the
// database does not answer, it is lost once others may have taken it over.
func (q *Queue) HandedBack(ctx context.Context, id string, err error) bool {
	if err != nil && WillRunAgain(ctx) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.members.Every())
	defer cancel()
	held, holdsErr := q.holds(ctx, id)
	switch {
	case holdsErr == nil && held, holdsErr != nil && !q.silent():
		return false
	case holdsErr != nil:
		q.attempts.cancel(id, errCutOff)
	default:
		q.attempts.cancel(id, ErrFenced)
	}
	return true
}

// holds reports whether a link is this member's to end, and will be for as long as others wait
// before they take a silent member's work over: one that was silent says first that it lives.
func (q *Queue) holds(ctx context.Context, id string) (bool, error) {
	if q.silent() {
		lost, err := q.beat(ctx)
		if lost || err != nil {
			return false, err
		}
	}
	return database.One(ctx, q.db, `SELECT 1 FROM commentator_links WHERE id = $1 AND owner = $2`, []any{id, q.members.ID()}, new(int))
}

// beat says that this member lives, and notes when. The time is that before the question: the
// database has it a little later.
func (q *Queue) beat(ctx context.Context) (lost bool, err error) {
	at := time.Now()
	if lost, err = q.members.Beat(ctx); err == nil && !lost {
		q.lastBeat.Store(&at)
	}
	return lost, err
}

// silent reports whether this member has not said for so long that it lives that it has to stop
// its work. The monotonic clock goes on while a process is stopped (SIGSTOP).
func (q *Queue) silent() bool {
	last := q.lastBeat.Load()
	return last == nil || time.Since(*last) > q.members.CutOffAfter()
}
