package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite" // also registers the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyTimeout is how long other writers of the file are waited for.
const busyTimeout = 10 * time.Second

// prepareLock ends the name of the lock of those who prepare the file.
const prepareLock = ".migrate.lock"

// sqliteEngine keeps everything in one file. It uses a single connection, as
// SQLite has a single writer; several processes of one host may share the file.
type sqliteEngine struct {
	db     *sql.DB
	file   string
	hub    *hub
	client *river.Client[*sql.Tx] // inserts only
	cfg    config
}

func openSQLite(ctx context.Context, file string, cfg config) (engine, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the database: %w; set COMMENTATOR_DATABASE_URL or DB_PATH to a file that can be written", err)
	}
	// Created here, so that only its owner can read what people shared.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w; set COMMENTATOR_DATABASE_URL or DB_PATH to a file that can be written", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	q := url.Values{
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-4000)"},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", file, err)
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if err := connect(ctx, db, file); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w; it must be an SQLite file that can be written", file, err), db.Close())
	}
	e := &sqliteEngine{db: db, file: file, cfg: cfg}
	e.hub = newHub(e.dataVersion)
	e.client, err = river.NewClient(sqliteDriver{riversqlite.New(db), e.hub}, &river.Config{Logger: quiet(cfg.log)})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up the queue: %w", err), db.Close())
	}
	return e, nil
}

// connect makes the first connection. Those who make a file together must not
// switch it to write-ahead logging at the same time: SQLite then gives up at
// once with SQLITE_BUSY, whatever its timeout (sqlite.org/wal.html, "Sometimes
// Queries Return SQLITE_BUSY In WAL Mode").
func connect(ctx context.Context, db *sql.DB, file string) error {
	lock, err := lockFile(ctx, file+prepareLock)
	if err != nil {
		return err
	}
	defer lock.release()
	for limit := time.Now().Add(busyTimeout); ; {
		_, err = db.ExecContext(ctx, "PRAGMA user_version")
		var e *sqlite.Error
		if !errors.As(err, &e) || e.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(limit) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// sqliteFile is the file that a sqlite URL names. As in SQLAlchemy (and so in
// MLflow) sqlite:///a/b is relative and sqlite:////a/b absolute; where only
// the folder /a exists, the former is read as /a/b.
func sqliteFile(raw string) (string, error) {
	path, ok := strings.CutPrefix(raw, "sqlite:///")
	if !ok || path == "" {
		return "", fmt.Errorf("database URL %q names no file: write sqlite:////folder/file.sqlite for an absolute path", raw)
	}
	if i := strings.IndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	if !filepath.IsAbs(path) && !isDir(filepath.Dir(path)) && isDir(filepath.Dir("/"+path)) {
		return "/" + path, nil
	}
	return path, nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (e *sqliteEngine) name() string      { return e.file }
func (e *sqliteEngine) forUpdate() string { return "" } // transactions are immediate
func (e *sqliteEngine) close() error      { return e.db.Close() }

func (e *sqliteEngine) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return sqlQuerier{e.db}.exec(ctx, query, args...)
}

func (e *sqliteEngine) query(ctx context.Context, query string, args ...any) (rows, error) {
	return sqlQuerier{e.db}.query(ctx, query, args...)
}

func (e *sqliteEngine) inTx(ctx context.Context, do func(transaction) error) error {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	t := &sqliteTx{sqlQuerier: sqlQuerier{tx}, tx: tx, client: e.client}
	if err := do(t); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", errors.Join(err, ignoreDone(tx.Rollback())))
	}
	for _, q := range t.queues {
		e.hub.inserted(q)
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func (e *sqliteEngine) migrate(ctx context.Context, own func(querier) error) error {
	lock, err := lockFile(ctx, e.file+prepareLock)
	if err != nil {
		return fmt.Errorf("wait for another process that prepares the database: %w", err)
	}
	defer lock.release()
	m, err := rivermigrate.New(riversqlite.New(e.db), &rivermigrate.Config{Logger: quiet(e.cfg.log)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	return e.inTx(ctx, func(t transaction) error { return own(t) })
}

func (e *sqliteEngine) worker(c *river.Config) (runner, error) {
	return river.NewClient(sqliteDriver{riversqlite.New(e.db), e.hub}, c)
}

// dataVersion changes when another connection, thus another process, has
// committed. It costs no I/O.
func (e *sqliteEngine) dataVersion(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var v int64
	err := e.db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v, err
}

// sqlQuerier is a querier over a connection or transaction of database/sql.
type sqlQuerier struct {
	db interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (q sqlQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := q.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (q sqlQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := q.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return sqlRows{r}, nil
}

type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }

type sqliteTx struct {
	sqlQuerier
	tx     *sql.Tx
	client *river.Client[*sql.Tx]
	queues []string // to wake after commit
}

func (t *sqliteTx) insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (int64, error) {
	r, err := t.client.InsertTx(ctx, t.tx, args, opts)
	if err != nil {
		return 0, err
	}
	t.queues = append(t.queues, opts.Queue)
	return r.Job.ID, nil
}
