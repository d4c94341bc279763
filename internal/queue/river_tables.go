package queue

import (
	"context"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// riverTables is everything that is done to River's own tables, past River. River
// hands a crashed client's jobs on only after RescueStuckJobsAfter, eleven minutes
// and more; we know within seconds, see package membership. It has no other way to
// give back what a client holds.
//
// These statements rely on, and write, nothing but:
//
//	river_job     id            bigint, never changes
//	              kind          what JobArgs.Kind returned
//	              state         "available": to be fetched from scheduled_at on;
//	                            "running": fetched by the last client in attempted_by;
//	                            "completed", "cancelled", "discarded": ended
//	              scheduled_at  timestamp; as text in SQLite's own format there
//	              created_at    when it was inserted, in the same form
//	              attempted_at  when it was fetched last, in the same form; else NULL
//	              attempt       how often it was fetched
//	              attempted_by  ids of the clients that fetched it, the newest last:
//	                            an array of text on Postgres, of JSON on SQLite
//	river_leader  leader_id     id of the client that leads
//
// A client's id is [river.Config].ID, which is the member's. The tests in
// river_tables_test.go run every statement on what River itself wrote, and let River
// work on what is left. They hold for v0.50.0 to v0.51.2; scripts/river_test.sh runs
// them with another version than the one in go.mod.
type riverTables struct {
	// heldBy is the condition that a job was fetched last by client $1.
	heldBy string
	// now is the time in the form of scheduled_at.
	now string
	// back is what bringBack runs. $1 is the time, $2 a little later, $3 longestWait.
	back string
	// param gives the three in the form that the statement takes.
	param func(now time.Time) []any
}

var (
	sqliteTables = riverTables{
		heldBy: `json_extract(attempted_by, '$[#-1]') = $1`,
		now:    `strftime('%Y-%m-%d %H:%M:%f', 'now')`,
		back: `UPDATE river_job SET
			scheduled_at = CASE WHEN state = 'available' THEN $1 ELSE strftime('%Y-%m-%d %H:%M:%f', julianday($1) + max(0, min($3,
				julianday(scheduled_at) - julianday(max(created_at, coalesce(attempted_at, created_at)))))) END,
			created_at = min(created_at, $1), attempted_at = min(attempted_at, $1)
			WHERE state = 'available' AND scheduled_at > $2 OR state IN ('scheduled', 'retryable') AND scheduled_at > $2
			AND (max(created_at, coalesce(attempted_at, created_at)) > $2 OR julianday(scheduled_at) > julianday($1) + $3)`,
		param: func(now time.Time) []any {
			const form = "2006-01-02 15:04:05.000" // as River writes it
			return []any{now.UTC().Format(form), now.Add(backTolerance).UTC().Format(form), longestWait.Hours() / 24}
		},
	}
	postgresTables = riverTables{
		heldBy: `attempted_by[array_upper(attempted_by, 1)] = $1`,
		now:    `now()`,
		back: `UPDATE river_job SET
			scheduled_at = CASE WHEN state = 'available' THEN $1::timestamptz ELSE $1::timestamptz + greatest(interval '0',
				least($3::interval, scheduled_at - greatest(created_at, attempted_at))) END,
			created_at = least(created_at, $1::timestamptz), attempted_at = least(attempted_at, $1::timestamptz)
			WHERE state = 'available' AND scheduled_at > $2::timestamptz OR state IN ('scheduled', 'retryable') AND scheduled_at > $2::timestamptz
			AND (greatest(created_at, attempted_at) > $2::timestamptz OR scheduled_at > $1::timestamptz + $3::interval)`,
		param: func(now time.Time) []any { return []any{now, now.Add(backTolerance), longestWait} },
	}
)

// resign ends the leadership of a client, so that another is elected at once, and reports
// whether it led. Otherwise River's leadership stays with the dead client until its lease runs
// out.
func (r riverTables) resign(ctx context.Context, q database.Querier, client string) (led bool, err error) {
	n, err := q.Exec(ctx, `DELETE FROM river_leader WHERE leader_id = $1`, client)
	return n > 0, err
}

// releaseAll makes all jobs available that a client has fetched and not ended, as if it had
// not fetched them. It returns how many. River counts an attempt when it fetches; it is taken
// back, since the attempt never ended.
func (r riverTables) releaseAll(ctx context.Context, q database.Querier, client string) (int64, error) {
	return q.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = `+r.now+`,
		attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END WHERE state = 'running' AND `+r.heldBy, client)
}

// release makes one job available that a client has fetched and not ended.
func (r riverTables) release(ctx context.Context, q database.Querier, client string, id int64) error {
	_, err := q.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = `+r.now+`
		WHERE id = $2 AND state = 'running' AND `+r.heldBy, client, id)
	return err
}

// waiting is the condition that a job is to be fetched, now or later.
const waiting = `state IN ('available', 'scheduled', 'retryable')`

// hurry makes a job available at once that is to be fetched later.
func (r riverTables) hurry(ctx context.Context, q database.Querier, id int64) error {
	_, err := q.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = `+r.now+` WHERE id = $1 AND `+waiting, id)
	return err
}

// hurryFor makes the jobs of all links available at once that wait for a peer.
func (r riverTables) hurryFor(ctx context.Context, q database.Querier, peer string) error {
	_, err := q.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = `+r.now+` WHERE `+waiting+
		` AND id IN (SELECT river_id FROM commentator_links WHERE peer = $1 AND state = 'waiting')`, peer)
	return err
}

// holds reports whether a client has fetched jobs that it has not ended. It covers tasks as
// well as links: either is a reason to leave the member's row to the others.
func (r riverTables) holds(ctx context.Context, q database.Querier, client string) (bool, error) {
	return database.One(ctx, q, `SELECT 1 FROM river_job WHERE state = 'running' AND `+r.heldBy+` LIMIT 1`, []any{client}, new(int))
}

// backTolerance is how far in the future a moment of the past may lie without being taken for one
// of a clock that was ahead.
const backTolerance = 2 * time.Second

// bringBack puts jobs that were put off by a clock that was ahead to where they were meant to be,
// see [Queue.BringBack], and returns how many.
func (r riverTables) bringBack(ctx context.Context, q database.Querier, now time.Time) (int64, error) {
	return q.Exec(ctx, r.back, r.param(now)...)
}

// heldLinks lists the jobs for links that a client has fetched and not ended.
func (r riverTables) heldLinks(ctx context.Context, q database.Querier, client string) ([]int64, error) {
	var ids []int64
	err := database.Each(ctx, q, `SELECT id FROM river_job WHERE state = 'running' AND kind = '`+linkKind+`' AND `+r.heldBy, []any{client},
		func(r database.Rows) error {
			var id int64
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// lostLink is a link whose job has ended or gone without it.
type lostLink struct {
	id, owner string
	source    job.LinkSource
}

// maxLost is how many lost links are looked at in one go. What is left over is found by the
// next look.
const maxLost = 100

// lostLinks lists unfinished links that nobody will come for, if they could have been worked
// on since before a time. The join is from our table to River's: a job may also have been
// deleted, by its retention or by hand in River UI. A job in state retryable, scheduled or
// available will come by itself.
func (r riverTables) lostLinks(ctx context.Context, q database.Querier, availableBefore time.Time) ([]lostLink, error) {
	var out []lostLink
	err := database.Each(ctx, q, `SELECT l.id, l.source, l.owner FROM commentator_links l LEFT JOIN river_job r ON r.id = l.river_id
		WHERE l.state IN ('queued', 'waiting', 'running') AND l.available_ms < $1
		AND (r.id IS NULL OR r.state IN ('completed', 'cancelled', 'discarded')) LIMIT $2`,
		[]any{database.Millis(availableBefore), maxLost}, func(r database.Rows) error {
			var l lostLink
			var source string
			err := r.Scan(&l.id, &source, &l.owner)
			l.source = job.LinkSource(source)
			out = append(out, l)
			return err
		})
	return out, err
}
