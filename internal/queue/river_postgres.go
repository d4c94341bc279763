package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"riverqueue.com/riverui"
	"riverqueue.com/riverui/uiendpoints"

	"github.com/technoshare/commentator/internal/database"
)

// postgresRiver is River on Postgres.
type postgresRiver struct {
	pool    *pgxpool.Pool
	listens bool                  // the session hears notices of new jobs
	client  *river.Client[pgx.Tx] // inserts only
	log     *slog.Logger
}

func newPostgresRiver(db *database.DB, log *slog.Logger) (*postgresRiver, error) {
	pool := db.Postgres()
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: log, Test: river.TestConfig{Time: riverClock{db}}})
	return &postgresRiver{pool: pool, listens: db.Listens(), client: client, log: log}, err
}

func (r *postgresRiver) migrated(ctx context.Context) bool {
	m, err := rivermigrate.New(riverpgxv5.New(r.pool), &rivermigrate.Config{Logger: r.log})
	if err != nil {
		return false
	}
	found, err := m.Validate(ctx, nil)
	return err == nil && found.OK
}

func (r *postgresRiver) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(riverpgxv5.New(r.pool), &rivermigrate.Config{Logger: r.log})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// insert needs no hub: River sends a NOTIFY in the same transaction, which wakes the workers of
// all processes.
func (r *postgresRiver) insert(ctx context.Context, t database.Tx, args river.JobArgs, opts *river.InsertOpts) (int64, error) {
	inserted, err := r.client.InsertTx(ctx, t.Postgres(), args, opts)
	if err != nil {
		return 0, err
	}
	return inserted.Job.ID, nil
}

// pooledPoll is how often new jobs are looked for where nobody tells of them: behind a pooler
// that keeps no session. It is the most that a lone link waits there before it is begun.
const pooledPoll = 250 * time.Millisecond

// worker makes a second client. The one that inserts has no workers and never starts.
func (r *postgresRiver) worker(c *river.Config) (runner, error) {
	if !r.listens {
		c.PollOnly, c.FetchPollInterval = true, pooledPoll
		r.log.Warn("the database is behind a pooler that keeps no session, such as PgBouncer in its transaction mode: " +
			"new links are looked for instead of being told of; give COMMENTATOR_DATABASE_URL the server's own address to avoid it")
	}
	return river.NewClient(riverpgxv5.New(r.pool), c)
}

// wake has nothing to do: River polls each second, and a takeover has no hurry.
func (r *postgresRiver) wake() {}

func (r *postgresRiver) tables() riverTables       { return postgresTables }
func (r *postgresRiver) pages() uiendpoints.Bundle { return riverui.NewEndpoints(r.client, nil) }
