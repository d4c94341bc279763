package database

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

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"modernc.org/sqlite" // also registers the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/technoshare/commentator/internal/retry"
)

// busyTimeout is how long other writers of the file are waited for. SQLite waits for them
// itself, see the pragma below; only the first connection has to be tried by us.
const busyTimeout = 10 * time.Second

// lockPoll is how often a lock or a database that others hold is tried.
const lockPoll = 20 * time.Millisecond

// prepareLock ends the name of the lock of those who prepare the file.
const prepareLock = ".migrate.lock"

// sqliteEngine keeps everything in one file. It uses a single connection, as
// SQLite has a single writer; several processes of one host may share the file.
type sqliteEngine struct {
	sqlQuerier
	db   *sql.DB
	file string
	is   os.FileInfo // the file that was opened
}

// openSQLite makes the file and its folder if need be, and the first connection to it. An error that
// may pass, such as that of a full disk, is an [UnavailableError].
func openSQLite(ctx context.Context, file string) (_ engine, err error) {
	defer func() {
		if err != nil && mayPass(err) {
			err = &UnavailableError{err}
		}
	}()
	file, err = filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	const hint = "set COMMENTATOR_DATABASE_URL or DB_PATH to a file that can be written"
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the database: %w; %s", err, hint)
	}
	// Created here, so that only its owner can read what people shared.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w; %s", err, hint)
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if !info.Mode().IsRegular() { // SQLite would read from a pipe, or say of a device that its disk fails
		return nil, fmt.Errorf("open the database: %s is no regular file (%s); %s", file, info.Mode().Type(), hint)
	}
	// All who use a file must find the locks beside it, also those who come by a link.
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	// With WAL, readers don't wait for the writer. FULL syncs the log at each commit: what was
	// acknowledged to Slack must survive a power cut, which NORMAL does not promise in WAL mode.
	// The cache is 4 MB. Immediate transactions take the write lock when they begin. A deferred
	// one that reads and then writes can fail with SQLITE_BUSY at once, whatever the timeout, if
	// another process wrote in between.
	q := url.Values{
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)",
			"foreign_keys(1)", "cache_size(-4000)",
		},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", file, err)
	}
	// A second connection would wait for the first, up to the busy timeout, within one process.
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	e := &sqliteEngine{sqlQuerier: sqlQuerier{db}, db: db, file: file, is: info}
	if err := e.ChangeSchema(ctx, e.connect); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w; it must be an SQLite file that can be written", file, err), db.Close())
	}
	return e, nil
}

// connect makes the first connection. Those who make a file together must not
// switch it to write-ahead logging at the same time, which is why the caller
// holds the lock of ChangeSchema: SQLite then gives up at once with SQLITE_BUSY,
// whatever its timeout (sqlite.org/wal.html, "Sometimes Queries Return
// SQLITE_BUSY In WAL Mode").
func (e *sqliteEngine) connect(ctx context.Context) error {
	// The low byte of the code is the primary one; extended codes such as SQLITE_BUSY_RECOVERY
	// carry more.
	for limit := time.Now().Add(busyTimeout); ; {
		_, err := e.db.ExecContext(ctx, "PRAGMA user_version")
		var busy *sqlite.Error
		if !errors.As(err, &busy) || busy.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(limit) {
			return err
		}
		if retry.Sleep(ctx, lockPoll) != nil {
			return err
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

// isDir reports whether there is a folder of that name.
func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (e *sqliteEngine) SQLite() *sql.DB         { return e.db }
func (e *sqliteEngine) Postgres() *pgxpool.Pool { return nil }
func (e *sqliteEngine) File() string            { return e.file }
func (e *sqliteEngine) Name() string            { return e.file }
func (e *sqliteEngine) Listens() bool           { return false }
func (e *sqliteEngine) Close() error            { return e.db.Close() }

func (e *sqliteEngine) Present() error {
	is, err := os.Stat(e.file)
	if err == nil && !os.SameFile(e.is, is) {
		err = errors.New("another file is in its place")
	}
	if err != nil {
		return fmt.Errorf("the database %s was deleted, moved or replaced while it was in use: %w; restart the worker", e.file, err)
	}
	return nil
}

// ChangeSchema holds the lock of a file beside the database. The file stays: to
// delete it would let two processes hold locks of the same name.
func (e *sqliteEngine) ChangeSchema(ctx context.Context, do func(context.Context) error) error {
	lock := flock.New(e.file+prepareLock, flock.SetFlag(os.O_CREATE|os.O_RDWR))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("wait for another process that prepares the database: %w", err)
	}
	return errors.Join(do(ctx), lock.Close())
}

// InTx keeps every other query of this process waiting until it returns, see the package's
// comment.
func (e *sqliteEngine) InTx(ctx context.Context, do func(Tx) error) (err error) {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	// Also when do panics: there is no other connection.
	defer func() { err = errors.Join(err, ignoreDone(tx.Rollback())) }()
	t := &sqliteTx{sqlQuerier: sqlQuerier{tx}, tx: tx}
	if err := do(t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, f := range t.committed {
		f()
	}
	return nil
}

// ignoreDone drops the error of a rollback after a commit, where there is nothing left to roll
// back.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// sqlQuerier is a Querier over a connection or transaction of database/sql.
type sqlQuerier struct {
	q interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (q sqlQuerier) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := q.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (q sqlQuerier) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	r, err := q.q.QueryContext(ctx, query, args...) //nolint:rowserrcheck // whoever reads the rows asks for their error
	if err != nil {
		return nil, err
	}
	return sqlRows{r}, nil
}

// sqlRows adapts Close: what it could report, Err has reported already.
type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }

// sqliteTx is a transaction of database/sql with what is to be called after it.
type sqliteTx struct {
	sqlQuerier
	tx        *sql.Tx
	committed []func()
}

// Lock has nothing to lock: transactions are immediate, so that this one holds
// the whole file since it began.
func (t *sqliteTx) Lock(ctx context.Context, query string, args ...any) (Rows, error) {
	return t.Query(ctx, query, args...)
}

func (t *sqliteTx) OnCommit(f func()) { t.committed = append(t.committed, f) }
func (t *sqliteTx) SQLite() *sql.Tx   { return t.tx }
func (t *sqliteTx) Postgres() pgx.Tx  { return nil }
