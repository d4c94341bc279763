package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/technoshare/commentator/internal/retry"
)

// migrateLock is the advisory lock under which the schema is changed; the number is arbitrary.
// It must be the same in all versions of this program that may start at the same time, and
// differ from that of other programs in the same database.
const migrateLock = 7_214_365_001

// pgEngine keeps everything in a Postgres database, shared by any number of
// processes. Nothing of it rests on the state of a session, so that a pooler which gives each
// transaction another connection, such as PgBouncer in its transaction mode, may stand in
// between: there are no named prepared statements, no settings and no locks that outlive a
// transaction. Only LISTEN can't do without; whether it works is found out, see listens.
type pgEngine struct {
	pgQuerier
	pool    *pgxpool.Pool
	shown   string
	notices bool // LISTEN works
}

// connectTimeout bounds one try to connect, unless the URL (connect_timeout) or PGCONNECT_TIMEOUT
// says otherwise. reachTimeout bounds the first question too: a server may take the connection and
// say nothing.
const (
	connectTimeout = 10 * time.Second
	reachTimeout   = 20 * time.Second
)

// openPostgres connects once to see that the server answers. connections raises pgx's own bound,
// or the one in the URL (pool_max_conns), and never lowers it.
func openPostgres(ctx context.Context, raw string, connections int) (engine, error) {
	shown := "the Postgres database"
	u, err := url.Parse(raw)
	if err == nil {
		shown = "postgres://" + u.Host + u.Path
	}
	pc, err := pgxpool.ParseConfig(raw)
	if err != nil { // pgx masks the password, but quotes the rest
		return nil, errors.New("COMMENTATOR_DATABASE_URL can't be read: write postgres://user:password@host:5432/name")
	}
	pc.MaxConns = max(pc.MaxConns, int32(connections))
	if pc.ConnConfig.ConnectTimeout == 0 {
		pc.ConnConfig.ConnectTimeout = connectTimeout
	}
	if !u.Query().Has("default_query_exec_mode") {
		// The types of a statement's parameters are remembered here, not a statement in the session.
		pc.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", shown, noSecrets(err))
	}
	e := &pgEngine{pgQuerier: pgQuerier{pool}, pool: pool, shown: shown}
	reach, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	if err := pool.Ping(reach); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach %s: %w; is it running, and are COMMENTATOR_DATABASE_URL's host, user and password right?",
			shown, Unavailable(err))
	}
	if err := keepsAnyText(reach, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("look at the encoding of %s: %w", shown, Unavailable(err))
	}
	if e.notices, err = listens(reach, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("look whether %s keeps a session: %w", shown, Unavailable(err))
	}
	return e, nil
}

// keepsAnyText returns an error for a database in an encoding that lacks characters: a message with one
// could be stored by nobody, however often Slack delivers it. SQL_ASCII keeps bytes as they are.
func keepsAnyText(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		switch encoding := c.Conn().PgConn().ParameterStatus("server_encoding"); encoding {
		case "UTF8", "SQL_ASCII", "": // a pooler may not say
			return nil
		default:
			return fmt.Errorf("it is %s, which has not every character; "+
				"make a database by CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", encoding)
		}
	})
}

// mend says what to do about an error of the server that a person can put right; empty where there is
// nothing to say.
func mend(err error) string {
	pe, _ := errors.AsType[*pgconn.PgError](err)
	switch {
	case pe == nil:
	case pe.Code == "42501":
		return "; the user of COMMENTATOR_DATABASE_URL must own the tables that are there, and be able to make others: " +
			"GRANT USAGE, CREATE ON SCHEMA public TO …"
	case pe.Code == "3F000":
		return "; make the schema that search_path names, or set another one"
	case pe.Code == "08P01" && strings.Contains(pe.Message, "query_wait_timeout"):
		return "; the pooler must have two connections to the server for this program"
	case pe.Code == "08P01" && strings.Contains(pe.Message, "statement pooling mode"):
		return "; set pool_mode = transaction (or session) in PgBouncer for this database"
	}
	return ""
}

// noSecrets reduces a connection error to its cause: pgx puts user and
// database into the text, never the password, but a URL may hold more.
func noSecrets(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s (SQLSTATE %s)", pe.Message, pe.Code)
	}
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		if inner := errors.Unwrap(ce); inner != nil {
			// One line for each way it was tried, with and without TLS; the
			// last says it all.
			lines := strings.Split(inner.Error(), "\n")
			return errors.New(lines[len(lines)-1])
		}
	}
	return err
}

func (e *pgEngine) SQLite() *sql.DB         { return nil }
func (e *pgEngine) Postgres() *pgxpool.Pool { return e.pool }
func (e *pgEngine) File() string            { return "" }
func (e *pgEngine) Present() error          { return nil }
func (e *pgEngine) Name() string            { return e.shown }
func (e *pgEngine) Listens() bool           { return e.notices }
func (e *pgEngine) Close() error            { e.pool.Close(); return nil }

// InTx runs at Postgres's default level, read committed. Callbacks run only once pgx has
// committed: an error of the commit itself leaves them out.
func (e *pgEngine) InTx(ctx context.Context, do func(Tx) error) error {
	var committed []func()
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		t := &pgTx{pgQuerier: pgQuerier{tx}, tx: tx}
		err := do(t)
		committed = t.committed
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range committed {
		f()
	}
	return nil
}

// ChangeSchema holds an advisory lock for the length of a transaction, on a connection of its
// own while do uses others of the pool: a pooler must have two to the server for us. A process
// that dies loses the transaction and the lock with it. Who has to wait for the lock does so
// without a transaction, which would keep a connection of the pooler from the one that has it.
func (e *pgEngine) ChangeSchema(ctx context.Context, do func(context.Context) error) error {
	for {
		got := false
		err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
			// A server that ends idle transactions would end the lock amid the change.
			if _, err := tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(migrateLock)).Scan(&got); err != nil || !got {
				return err
			}
			return do(ctx)
		})
		if got || err != nil {
			return err
		}
		if err := retry.Sleep(ctx, lockPoll); err != nil {
			return fmt.Errorf("wait for another process that prepares the database: %w", err)
		}
	}
}

// pgQuerier is a Querier over a pool or transaction of pgx.
type pgQuerier struct {
	q interface {
		Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	}
}

func (q pgQuerier) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := q.q.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (q pgQuerier) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	return q.q.Query(ctx, query, args...) //nolint:sqlclosecheck // whoever reads the rows closes them
}

// pgTx is a transaction of pgx with what is to be called after it.
type pgTx struct {
	pgQuerier
	tx        pgx.Tx
	committed []func()
}

// Lock needs a SELECT that can end in FOR UPDATE: of one table, without grouping.
func (t *pgTx) Lock(ctx context.Context, query string, args ...any) (Rows, error) {
	return t.Query(ctx, query+" FOR UPDATE", args...)
}

func (t *pgTx) OnCommit(f func()) { t.committed = append(t.committed, f) }
func (t *pgTx) SQLite() *sql.Tx   { return nil }
func (t *pgTx) Postgres() pgx.Tx  { return t.tx }
