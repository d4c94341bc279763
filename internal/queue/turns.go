package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// River's job of a link is a turn: it says that something may be begun, not what. Each
// unfinished link has one, by the column river_id, and which link takes a turn is decided when
// River gives it out. The two links then swap their jobs, so that each keeps one. What decides:
//
//   - A link that is suspected of a crash goes first, and alone, see suspects.go.
//   - Channels share the worker, so that a flood in one does not hold up the others: the column
//     turn is a start tag of start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996), in which
//     each link costs one.
//   - Within a channel, what people asked for goes before what was shared, and that before what
//     was looked up later.
//   - A link that waits for a peer is begun when the peer is asked again, see peers.go.

// order are the columns by which links are begun, the first first.
const order = `turn, priority, id`

// newTurn is the start tag of a new link: the time of the queue, unless the channel is ahead of it
// already. The time of the queue is the tag of the link that is next, or of what runs when none
// waits. A channel is as far as its last link of the same priority or a higher one.
func newTurn(ctx context.Context, t database.Tx, l job.Link, now time.Time) (turn int64, err error) {
	// One question for each state and priority: each is answered by the end of an index.
	for p := 1; p <= priority(l.Source); p++ {
		for _, state := range []job.LinkState{job.LinkQueued, job.LinkRunning} {
			var after int64
			if _, err := database.One(ctx, t, `SELECT coalesce(max(turn) + 1, 0) FROM commentator_links
				WHERE channel = $1 AND state = $2 AND priority = $3`, []any{l.Channel, string(state), p}, &after); err != nil {
				return 0, err
			}
			turn = max(turn, after)
		}
	}
	var next int64
	found, err := database.One(ctx, t, `SELECT turn FROM commentator_links WHERE state = 'queued' AND suspect = 0 ORDER BY `+order+` LIMIT 1`,
		nil, &next)
	if err != nil {
		return 0, err
	}
	var due, running int64
	if _, err := database.One(ctx, t, `SELECT coalesce(min(turn), -1) FROM commentator_links WHERE state = 'waiting' AND available_ms <= $1`,
		[]any{database.Millis(now)}, &due); err != nil {
		return 0, err
	}
	switch {
	case found && due >= 0:
		next = min(next, due)
	case due >= 0:
		next = due
	case !found:
		if _, err := database.One(ctx, t, `SELECT coalesce(max(turn), 0) FROM commentator_links
			WHERE state = 'running'`, nil, &running); err != nil {
			return 0, err
		}
		next = running
	}
	return max(turn, next), nil
}

// lockTurns lets one process decide at a time who is next. On SQLite, transactions do so anyway.
func lockTurns(ctx context.Context, t database.Tx) error {
	r, err := t.Lock(ctx, `SELECT 1 FROM commentator_locks WHERE name = 'turn'`)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
	}
	return r.Err()
}

// candidate is a link that may be begun.
type candidate struct {
	id             string
	river          int64
	turn, priority int64
}

// before reports whether c is to be begun before o, by [order].
func (c *candidate) before(o *candidate) bool {
	switch {
	case c.turn != o.turn:
		return c.turn < o.turn
	case c.priority != o.priority:
		return c.priority < o.priority
	}
	return c.id < o.id
}

// Conditions of links that are due at the time $1. The plus keeps SQLite from its index by that
// time, which would have it sort all that are queued: nearly each of them is due.
const (
	dueQueued  = `state = 'queued' AND +available_ms <= $1`
	dueWaiting = `state = 'waiting' AND available_ms <= $1`
)

// first is the first link for which where holds, nil when there is none. $1 is the time.
func first(ctx context.Context, t database.Tx, where string, now time.Time) (*candidate, error) {
	var c candidate
	found, err := database.One(ctx, t, `SELECT id, river_id, turn, priority FROM commentator_links l WHERE `+where+
		` AND `+peerIsAsked+` ORDER BY `+order+` LIMIT 1`, []any{database.Millis(now)}, &c.id, &c.river, &c.turn, &c.priority)
	if err != nil || !found {
		return nil, err
	}
	return &c, nil
}

// choose finds the link that is next in this process. blocked says that something has to end
// before anything may be begun here.
func (q *Queue) choose(ctx context.Context, t database.Tx, now time.Time) (next *candidate, blocked bool, err error) {
	if q.attempts.lone() {
		return nil, true, nil
	}
	suspect, err := firstDue(ctx, t, 1, now)
	if err != nil {
		return nil, false, err
	}
	if suspect != nil {
		elsewhere, err := loneRuns(ctx, t, "")
		if err != nil {
			return nil, false, err
		}
		if !elsewhere {
			// What runs here ends first, and nothing is begun meanwhile.
			return suspect, q.attempts.others("") > 0, nil
		}
	}
	next, err = firstDue(ctx, t, 0, now)
	return next, false, err
}

// firstDue is the first of the links that are due, of the suspects or of the others.
func firstDue(ctx context.Context, t database.Tx, suspect int, now time.Time) (*candidate, error) {
	which := fmt.Sprintf(` AND suspect = %d`, suspect)
	fresh, err := first(ctx, t, dueQueued+which, now)
	if err != nil {
		return nil, err
	}
	again, err := first(ctx, t, dueWaiting+which, now)
	if err != nil || fresh == nil || again != nil && again.before(fresh) {
		return again, err
	}
	return fresh, nil
}

// beginTurn uses a turn that River has given out: it begins the link that is next. wait is when
// River is to ask again, for decision later.
func (q *Queue) beginTurn(ctx context.Context, river int64) (a job.Attempt, d decision, wait time.Duration, err error) {
	reserved := ""
	err = q.db.InTx(ctx, func(t database.Tx) error {
		a, d, wait = job.Attempt{}, skip, askAgain
		if err := lockTurns(ctx, t); err != nil {
			return err
		}
		var own string
		found, err := database.One(ctx, t, `SELECT id FROM commentator_links WHERE river_id = $1`, []any{river}, &own)
		if err != nil || !found {
			return err // a spare job: its link has another
		}
		l, err := lockLink(ctx, t, own)
		if err != nil || l == nil || l.State.Final() {
			return err
		}
		now, err := q.db.Now(ctx, t)
		if err != nil {
			return err
		}
		if l.State != job.LinkRunning { // else it is held, or left over and to be gone on with
			next, stop, err := q.choose(ctx, t, now)
			switch {
			case err != nil:
				return err
			case stop:
				d = blocked
				return nil
			case next == nil:
				d = later
				wait, err = q.postpone(ctx, t, l, now)
				return err
			case next.id != own:
				if err := q.swap(ctx, t, own, river, next); err != nil {
					return err
				}
				own = next.id
			}
		}
		if a, d, err = q.take(ctx, t, own, now); d == proceed {
			reserved = own
		}
		return err
	})
	if err != nil {
		if reserved != "" {
			q.attempts.remove(reserved)
		}
		return job.Attempt{}, later, askAgain, fmt.Errorf("take a link: %w", err)
	}
	return a, d, wait, nil
}

// swap gives next the turn of own, and own that of next, which is to come at once: next was due.
func (q *Queue) swap(ctx context.Context, t database.Tx, own string, river int64, next *candidate) error {
	for _, s := range []struct {
		id    string
		river int64
	}{{own, next.river}, {next.id, river}} {
		if _, err := t.Exec(ctx, `UPDATE commentator_links SET river_id = $2 WHERE id = $1`, s.id, s.river); err != nil {
			return err
		}
	}
	return q.river.tables().hurry(ctx, t, next.river)
}

// postpone says when a turn is to come back that nothing can use now, for the sake of the link
// that it belongs to.
func (q *Queue) postpone(ctx context.Context, t database.Tx, l *linkRow, now time.Time) (time.Duration, error) {
	if wait := database.Time(l.available).Sub(now); wait > 0 {
		return min(wait, maxRetryAfter), nil
	}
	wait, err := q.untilAsked(ctx, t, l.peer, now)
	if err != nil || wait == 0 {
		return askAgain, err
	}
	_, err = t.Exec(ctx, `UPDATE commentator_links SET available_ms = $2 WHERE id = $1`, l.ID, database.Millis(now.Add(wait)))
	return wait, err
}
