package queue

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"riverqueue.com/riverui"
	"riverqueue.com/riverui/uiendpoints"

	"github.com/technoshare/commentator/internal/database"
)

// sqliteRiver is River on SQLite, with our hub for its listener.
type sqliteRiver struct {
	db     *sql.DB
	hub    *hub
	client *river.Client[*sql.Tx] // inserts only
	log    *slog.Logger
}

// newSQLiteRiver makes the client that inserts; both clients share the hub.
func newSQLiteRiver(of *database.DB, log *slog.Logger) (*sqliteRiver, error) {
	db := of.SQLite()
	r := &sqliteRiver{db: db, log: log}
	r.hub = newHub(r.dataVersion)
	var err error
	r.client, err = river.NewClient(sqliteDriver{riversqlite.New(db), r.hub}, &river.Config{
		Logger: log, Test: river.TestConfig{Time: riverClock{of}},
	})
	return r, err
}

func (r *sqliteRiver) migrated(ctx context.Context) bool {
	m, err := rivermigrate.New(riversqlite.New(r.db), &rivermigrate.Config{Logger: r.log})
	if err != nil {
		return false
	}
	found, err := m.Validate(ctx, nil)
	return err == nil && found.OK
}

func (r *sqliteRiver) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(riversqlite.New(r.db), &rivermigrate.Config{Logger: r.log})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func (r *sqliteRiver) insert(ctx context.Context, t database.Tx, args river.JobArgs, opts *river.InsertOpts) (int64, error) {
	inserted, err := r.client.InsertTx(ctx, t.SQLite(), args, opts)
	if err != nil {
		return 0, err
	}
	t.OnCommit(func() { r.hub.inserted(opts.Queue) })
	return inserted.Job.ID, nil
}

// worker makes a second client, which listens on the hub; the one that inserts never starts.
func (r *sqliteRiver) worker(c *river.Config) (runner, error) {
	return river.NewClient(sqliteDriver{riversqlite.New(r.db), r.hub}, c)
}

// wake wakes for all queues: what a takeover has freed may be in either.
func (r *sqliteRiver) wake() {
	for _, q := range allQueues {
		r.hub.inserted(q)
	}
}

func (r *sqliteRiver) tables() riverTables       { return sqliteTables }
func (r *sqliteRiver) pages() uiendpoints.Bundle { return riverui.NewEndpoints(r.client, nil) }

// versionTimeout is how long the connection may be busy with something else
// before a question for its version is given up.
const versionTimeout = time.Second

// dataVersion changes when another connection, thus another process, has committed. It costs
// no I/O. Commits of the own connection do not change it (sqlite.org/pragma.html,
// "data_version"); those reach the hub by insert. It holds for as long as the handle has a
// single connection.
func (r *sqliteRiver) dataVersion(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	var v int64
	err := r.db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v, err
}
