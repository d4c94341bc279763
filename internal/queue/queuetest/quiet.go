// Package queuetest tells tests when a queue has nothing left to do, so that they
// need not wait for what should not come.
package queuetest

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/technoshare/commentator/internal/database"
)

// Quiet reports whether every link and task of the queue has ended. What is to be
// tried again has not.
func Quiet(ctx context.Context, db *database.DB) (bool, error) {
	params := river.NewJobListParams().First(1).States(rivertype.JobStateAvailable, rivertype.JobStatePending,
		rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled)
	list, err := lister(db)
	if err != nil {
		return false, fmt.Errorf("look into the queue: %w", err)
	}
	found, err := list(ctx, params)
	if err != nil {
		return false, fmt.Errorf("look into the queue: %w", err)
	}
	return len(found.Jobs) == 0, nil
}

// lister is River's own list of jobs, on either database; it needs no client that runs.
func lister(db *database.DB) (func(context.Context, *river.JobListParams) (*river.JobListResult, error), error) {
	if pool := db.Postgres(); pool != nil {
		c, err := river.NewClient[pgx.Tx](riverpgxv5.New(pool), &river.Config{})
		return c.JobList, err
	}
	c, err := river.NewClient[*sql.Tx](riversqlite.New(db.SQLite()), &river.Config{})
	return c.JobList, err
}
