package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// riverClock gives River the clock of the database. River takes its own process's clock for the
// times to which it puts jobs off, and the database's for the question whether they are due: with
// clocks that differ, waits would be as much too long or too short. The field for it stands
// among River's settings for tests, and has no other effect in v0.50.0 to v0.51.2.
type riverClock struct{ db *database.DB }

// Now is the time on the database's clock.
func (c riverClock) Now() time.Time { return c.db.Estimate() }

// NowOrNil leaves what is written by SQL to the database's own clock, unless a test has another.
func (c riverClock) NowOrNil() *time.Time {
	if !c.db.ClockIsSet() {
		return nil
	}
	now := c.db.Estimate()
	return &now
}

// longestWait is further in the future than anything is ever put off to.
const longestWait = 24 * time.Hour

// BringBack corrects the waits that were set while the clock was ahead, which would last until it
// is there again: a link that was to wait ten seconds would wait as much longer as the clock was
// wrong. What was fetched or made in the future, as its row says, waits from now on as long as it
// was to wait then; what is due waits no longer. It may be called at any time, by any number of
// processes, and is called every minute.
func (q *Queue) BringBack(ctx context.Context) error {
	now, err := q.db.Now(ctx, q.db)
	if err != nil {
		return err
	}
	n, err := q.river.tables().bringBack(ctx, q.db, now)
	if err != nil {
		return fmt.Errorf("bring waits back: %w", err)
	}
	if err := q.bringLinksBack(ctx, now); err != nil {
		return err
	}
	if n > 0 {
		q.cfg.Log.Warn("jobs that were put off while the clock was ahead are brought back", "jobs", n)
		q.river.wake()
	}
	return nil
}

// bringLinksBack is BringBack for our own rows. A link that waits was begun before: where that lies
// in the future, its wait is as long as from then on. One that is queued waits for nothing. A peer
// is left alone for a while that is known.
func (q *Queue) bringLinksBack(ctx context.Context, now time.Time) error {
	at, future := database.Millis(now), database.Millis(now.Add(backTolerance))
	for _, s := range []struct {
		query string
		args  []any
	}{
		{`UPDATE commentator_links SET available_ms = CASE WHEN available_ms > started_ms THEN $1 + available_ms - started_ms ELSE $1 END,
			started_ms = $1 WHERE state = 'waiting' AND started_ms > $2`, []any{at, future}},
		{`UPDATE commentator_links SET available_ms = $1 WHERE state = 'queued' AND available_ms > $2`, []any{at, future}},
		{`UPDATE commentator_links SET available_ms = $1 WHERE state = 'waiting' AND available_ms > $2`,
			[]any{at, database.Millis(now.Add(longestWait))}},
		{`UPDATE commentator_peers SET next_ms = $1 WHERE next_ms > $2`, []any{at, database.Millis(now.Add(2 * peerLongest))}},
	} {
		if _, err := q.db.Exec(ctx, s.query, s.args...); err != nil {
			return fmt.Errorf("bring waits back: %w", err)
		}
	}
	return nil
}

// Redate corrects what was written while the clock was ahead, see [database.Redate].
func (q *Queue) Redate(ctx context.Context, now time.Time) error {
	// First, as it goes by what is corrected below.
	if err := q.bringLinksBack(ctx, now); err != nil {
		return err
	}
	for _, t := range []struct {
		table   string
		columns []string
	}{
		{"commentator_links", []string{"created_ms", "started_ms", "ended_ms", "away_ms", "failed_ms"}},
		{"commentator_peers", []string{"up_ms"}},
		{"commentator_inbox", []string{"received_ms"}},
		{"commentator_unreadable", []string{"received_ms"}},
		{"commentator_checkpoints", []string{"saved_ms"}},
		{"commentator_evidence", []string{"kept_ms"}},
		{"commentator_comments", []string{"answered_ms"}},
		{"commentator_seen", []string{"seen_ms"}},
	} {
		if err := database.Redate(ctx, q.db, now, t.table, t.columns...); err != nil {
			return err
		}
	}
	return nil
}
