package database

import (
	"context"
	"fmt"
	"time"
)

// deleteBatch keeps a deletion from holding the database for long, in rows. Between two
// batches others get the database: SQLite has one writer, and the listeners must answer Slack
// within three seconds.
const deleteBatch = 500

// DeleteInBatches runs a DELETE until it finds nothing more, and returns how many rows went. The
// query takes its bound of time as $1 and a LIMIT as $2. Postgres knows no LIMIT on a DELETE, so
// the query selects keys in a subquery:
//
//	DELETE FROM t WHERE key IN (SELECT key FROM t WHERE at_ms <= $1 LIMIT $2)
//
// What went before an error stays deleted.
func DeleteInBatches(ctx context.Context, q Querier, query string, before time.Time) (total int64, err error) {
	for {
		n, err := q.Exec(ctx, query, Millis(before), deleteBatch)
		total += n
		if err != nil || n < deleteBatch {
			return total, err
		}
	}
}

// Bounds say how many rows of a table are kept, whatever their age.
type Bounds struct {
	// Keep is how many of the newest never go for their age: a floor, in case the
	// age is not what it seems.
	Keep int
	// Most is how many stay at most; 0 is no bound.
	Most int
}

// Cutoff is the time up to which rows of a table may go that is before, moved by the bounds of
// their number. column holds the rows' time; where it is 0, a row does not count. The zero time
// means that none may go.
func (b Bounds) Cutoff(ctx context.Context, q Querier, table, column string, before time.Time) (time.Time, error) {
	// When the newest n are skipped, the first row that is left is the newest that may go.
	beyond := func(n int) (time.Time, error) {
		var millis int64
		_, err := One(ctx, q, `SELECT `+column+` FROM `+table+` WHERE `+column+` > 0 ORDER BY `+column+` DESC LIMIT 1 OFFSET $1`,
			[]any{n}, &millis)
		if err != nil {
			return time.Time{}, fmt.Errorf("count %s: %w", table, err)
		}
		return Time(millis), nil
	}
	if b.Keep > 0 {
		kept, err := beyond(b.Keep)
		if err != nil || kept.IsZero() {
			return time.Time{}, err
		}
		if kept.Before(before) {
			before = kept
		}
	}
	if b.Most > 0 {
		over, err := beyond(max(b.Most, b.Keep))
		if err != nil {
			return time.Time{}, err
		}
		if over.After(before) {
			before = over
		}
	}
	return before, nil
}
