package queue

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"
	"riverqueue.com/riverui/uiendpoints"

	"github.com/technoshare/commentator/internal/database"
)

// scheduler is River on one of the two databases.
type scheduler interface {
	// migrated reports whether River's tables are up to date. An error counts as no.
	migrated(ctx context.Context) bool
	// migrate brings River's tables up to date. The caller sees to it that nobody
	// else does so at the same time.
	migrate(ctx context.Context) error
	// insert enqueues as a part of t: the job exists exactly when the rows
	// written beside it do.
	insert(ctx context.Context, t database.Tx, args river.JobArgs, opts *river.InsertOpts) (riverID int64, err error)
	// worker makes the part of River that runs jobs. It is not started.
	worker(c *river.Config) (runner, error)
	// wake makes workers of this process look for jobs that became available in
	// another way than by insert.
	wake()
	tables() riverTables
	pages() uiendpoints.Bundle
}

// runner is the part of a River client that runs. It is what the clients for both databases
// have in common, whose types differ by their transactions.
type runner interface {
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	Stopped() <-chan struct{}
}

// newScheduler makes River for the kind of database that db is.
func newScheduler(db *database.DB, log *slog.Logger) (scheduler, error) {
	if db.Postgres() != nil {
		return newPostgresRiver(db, log)
	}
	return newSQLiteRiver(db, log)
}
