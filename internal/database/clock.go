package database

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// PostgresMillis is the time of a Postgres server in Unix milliseconds, as SQL. It is the clock's,
// not that of the transaction's start, which now() would be: a transaction that waited would see
// what others have written as younger than it is.
const PostgresMillis = `(extract(epoch from clock_timestamp()) * 1000)::bigint`

// clock is the clock that all who use a database share.
type clock struct {
	own func() time.Time // in the place of the database's, for tests; else nil

	mu   sync.Mutex // guards read; never held during a query
	read reading    // the last look at a server's clock
}

// reading is what a clock said, and when that was by the monotonic clock of this process.
type reading struct{ said, at time.Time }

// now is what the clock says by now, if it goes on as time does.
func (r reading) now() time.Time { return r.said.Add(time.Since(r.at)) }

// Now is the time on the clock that all processes of the database share, as far as times are
// stored and compared: that of the host on SQLite, whose file is one host's, and that of the server
// on Postgres, whose processes may have clocks that differ. It may be wrong, and jump: see
// [DB.SafeNow]. On Postgres it asks q, so it can be asked within a transaction.
func (db *DB) Now(ctx context.Context, q Querier) (time.Time, error) {
	if db.clock.own != nil {
		return db.clock.own(), nil
	}
	if db.Postgres() == nil {
		return time.Now(), nil
	}
	var millis int64
	if _, err := One(ctx, q, `SELECT `+PostgresMillis, nil, &millis); err != nil {
		return time.Time{}, fmt.Errorf("ask the database for the time: %w", err)
	}
	said := time.UnixMilli(millis)
	db.clock.mu.Lock()
	defer db.clock.mu.Unlock()
	db.clock.read = reading{said, time.Now()}
	return said, nil
}

// ClockIsSet reports whether the database's clock is a test's.
func (db *DB) ClockIsSet() bool { return db.clock.own != nil }

// Estimate is [DB.Now] without a question: what the clock said last, and how long ago that was.
func (db *DB) Estimate() time.Time {
	if db.clock.own != nil {
		return db.clock.own()
	}
	db.clock.mu.Lock()
	defer db.clock.mu.Unlock()
	if db.clock.read.at.IsZero() {
		return time.Now()
	}
	return db.clock.read.now()
}

// Redate gives the time now to what says that it is of the future: it was written while the clock
// was ahead. Otherwise it would count as new until the clock is there. columns are those of a
// table that hold a moment of the past. It is not to be called while the clock is behind, see
// [ClockState].
func Redate(ctx context.Context, q Querier, now time.Time, table string, columns ...string) error {
	for _, c := range columns {
		if _, err := q.Exec(ctx, `UPDATE `+table+` SET `+c+` = $1 WHERE `+c+` > $2`, Millis(now), Millis(now.Add(clockTolerance))); err != nil {
			return fmt.Errorf("correct the times of %s: %w", table, err)
		}
	}
	return nil
}
