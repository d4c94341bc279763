package queue

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"riverqueue.com/riverui/uiendpoints"
)

// querier runs SQL that is the same on both databases: placeholders are $1…,
// times are Unix milliseconds, JSON is text.
type querier interface {
	exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
}

type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// transaction is a querier that can also enqueue: the job exists exactly when
// the rows written beside it do.
type transaction interface {
	querier
	insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (riverID int64, err error)
}

// runner is the part of a River client that runs.
type runner interface {
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	Stopped() <-chan struct{}
}

// engine is one of the two databases.
type engine interface {
	querier
	inTx(ctx context.Context, do func(transaction) error) error
	migrate(ctx context.Context, own func(querier) error) error
	worker(c *river.Config) (runner, error)
	members(id string) (membership, error)
	pages() uiendpoints.Bundle
	forUpdate() string // appended to a SELECT inside a transaction
	close() error
	// name is what errors call the database, without secrets.
	name() string
}

// one reads at most one row.
func one(ctx context.Context, q querier, query string, args []any, dest ...any) (found bool, err error) {
	r, err := q.query(ctx, query, args...)
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

// each calls row for every row.
func each(ctx context.Context, q querier, query string, args []any, row func(rows) error) error {
	r, err := q.query(ctx, query, args...)
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

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
