package database

import (
	"context"
	"strings"
	"time"
)

// One reads at most one row, and reports whether there was one. Further rows are left unread.
// Without a row, dest stays as it is. On SQLite's single connection the rows are closed before
// it returns, so that the next query does not wait for them.
func One(ctx context.Context, q Querier, query string, args []any, dest ...any) (found bool, err error) {
	r, err := q.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer r.Close()
	if !r.Next() {
		return false, r.Err()
	}
	if err := r.Scan(dest...); err != nil {
		return false, err
	}
	r.Close()
	return true, r.Err()
}

// Each calls row for every row, until row returns an error. row must not query q, whose
// connection is busy with the rows.
func Each(ctx context.Context, q Querier, query string, args []any, row func(Rows) error) error {
	r, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		if err := row(r); err != nil {
			return err
		}
	}
	return r.Err()
}

// Millis is a time as it is stored, in Unix milliseconds; 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the time that [Millis] has stored.
func Time(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}

// Text makes bytes storable as text in both databases: Postgres takes neither
// NUL nor invalid UTF-8.
func Text(b []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\x00", "\uFFFD")
}
