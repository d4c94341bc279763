package database

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says how a database is opened.
type Config struct {
	// Connections is the least number of connections to a server that may be
	// open at a time. SQLite has one in any case.
	Connections int
	// Clock is asked for the time in the place of the database's clock. It is for
	// tests; nil otherwise.
	Clock func() time.Time
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine
	clock clock
	watch clockWatch

	mu      sync.Mutex
	changed chan struct{} // closed and replaced by Notify
}

// Querier runs SQL that is the same on both databases. A [DB] is one, and so is a [Tx]:
// functions that take a Querier work inside a transaction or without one, as their caller
// needs.
type Querier interface {
	// Exec runs a statement and returns how many rows it touched.
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	// Query runs a SELECT. The rows must be closed.
	Query(ctx context.Context, query string, args ...any) (Rows, error)
}

// Rows are the rows of a query, read one after another. It is the part that database/sql and
// pgx have in common. Err must be asked after Next has returned false: a connection that broke
// ends the rows like their end does.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Tx is a transaction. It belongs to the goroutine that began it and must not be used after
// InTx has returned.
type Tx interface {
	Querier
	// Lock runs a SELECT whose rows nobody else changes until the transaction
	// ends.
	Lock(ctx context.Context, query string, args ...any) (Rows, error)
	// OnCommit calls f after the transaction has been committed, and not at all
	// when it is not.
	OnCommit(f func())
	// SQLite is the transaction of database/sql, nil on Postgres; Postgres is
	// the one of pgx, nil on SQLite. They are for libraries that write beside us
	// in the same transaction.
	SQLite() *sql.Tx
	Postgres() pgx.Tx
}

// engine is one of the two databases.
type engine interface {
	Querier
	// InTx runs do in a transaction, which is committed when do returns nil. What
	// do reads may be changed by others meanwhile, unless it reads by [Tx.Lock].
	InTx(ctx context.Context, do func(Tx) error) error
	// ChangeSchema runs do while no other process of this database is in its
	// own ChangeSchema.
	ChangeSchema(ctx context.Context, do func(ctx context.Context) error) error
	// SQLite is the handle of the SQLite file, nil on Postgres; Postgres is the
	// pool of connections to the server, nil on SQLite.
	SQLite() *sql.DB
	Postgres() *pgxpool.Pool
	// Listens reports whether a session of the database hears what others notify
	// of, by LISTEN and NOTIFY. SQLite has none of it, and Postgres behind a pooler
	// that keeps no session has not either.
	Listens() bool
	// File is the absolute path of the SQLite file, empty on Postgres.
	File() string
	// Present returns an error when the SQLite file is no longer where it was opened: it was deleted,
	// moved or replaced. What is written goes on to be kept in the former file, which nobody opens again.
	Present() error
	// Name is what messages call the database; it holds no secrets.
	Name() string
	Close() error
}

// Open opens or creates the database that rawURL names, postgres://… or sqlite:///… (or simply
// a file), and brings our tables up to date. The caller closes it. Errors name the setting
// that can put them right and hold no password; one that may pass by itself is an
// [UnavailableError]. A database whose schema is newer than this program's is refused, see
// migrate.
func Open(ctx context.Context, rawURL string, cfg Config) (*DB, error) {
	var e engine
	var err error
	switch scheme, _, found := strings.Cut(rawURL, "://"); {
	case !found:
		e, err = openSQLite(ctx, rawURL)
	case scheme == "sqlite":
		var file string
		if file, err = sqliteFile(rawURL); err == nil {
			e, err = openSQLite(ctx, file)
		}
	case scheme == "postgres" || scheme == "postgresql":
		e, err = openPostgres(ctx, rawURL, cfg.Connections)
	default:
		err = fmt.Errorf("database URL of the kind %q is not known: "+
			"write postgres://user:password@host/name or sqlite:////folder/file.sqlite", scheme)
	}
	if err != nil {
		return nil, err
	}
	db := &DB{engine: e, clock: clock{own: cfg.Clock}, changed: make(chan struct{})}
	if !isCurrent(ctx, db) { // mostly it is, and nobody has to wait for anybody
		err = db.ChangeSchema(ctx, func(ctx context.Context) error {
			return db.InTx(ctx, func(t Tx) error { return migrate(ctx, t) })
		})
	}
	if err == nil {
		err = db.Ping(ctx) // a user who may only read is told of it now, and not at the first link
	}
	if err == nil {
		_, err = db.CheckClock(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("prepare the database %s: %w%s", db.Name(), Unavailable(err), mend(err))
	}
	return db, nil
}

// Ping reports whether the database answers and can be written: the error is nil when it can.
// It writes a row, since a full disk or a read-only server answers every question but takes
// nothing, and looks whether an SQLite file is still there.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.Present(); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `INSERT INTO commentator_marks (name, value) VALUES ('ping', '')
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	if err != nil {
		return fmt.Errorf("write to the database %s: %w", db.Name(), err)
	}
	return nil
}

// Changed is closed at the next [DB.Notify]. Take it before looking at the database, so that
// no change falls between the look and the wait. It tells of this process's changes only; who
// waits for others' needs a timer beside it.
func (db *DB) Changed() <-chan struct{} {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.changed
}

// Notify wakes those of this process who wait for a change. It is called after a commit, by
// those who changed what somebody may wait for.
func (db *DB) Notify() {
	db.mu.Lock()
	defer db.mu.Unlock()
	close(db.changed)
	db.changed = make(chan struct{})
}
