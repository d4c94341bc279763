package queue

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// migrateLock is the advisory lock under which the schema is changed; the
// number is arbitrary.
const migrateLock = 7_214_365_001

// pgEngine keeps everything in a Postgres database, shared by any number of
// processes.
type pgEngine struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx] // inserts only
	cfg    config
	shown  string
}

func openPostgres(ctx context.Context, raw string, cfg config) (engine, error) {
	shown := "the Postgres database"
	if u, err := url.Parse(raw); err == nil {
		shown = "postgres://" + u.Host + u.Path
	}
	pc, err := pgxpool.ParseConfig(raw)
	if err != nil { // pgx masks the password, but quotes the rest
		return nil, errors.New("COMMENTATOR_DATABASE_URL can't be read: write postgres://user:password@host:5432/name")
	}
	if pc.MaxConns < int32(cfg.workers)+6 {
		pc.MaxConns = int32(cfg.workers) + 6
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", shown, noSecrets(err))
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach %s: %w; is it running, and are COMMENTATOR_DATABASE_URL's host, user and password right?", shown, noSecrets(err))
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet(cfg.log)})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	return &pgEngine{pool: pool, client: client, cfg: cfg, shown: shown}, nil
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

func (e *pgEngine) name() string      { return e.shown }
func (e *pgEngine) forUpdate() string { return " FOR UPDATE" }
func (e *pgEngine) close() error      { e.pool.Close(); return nil }

func (e *pgEngine) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return pgQuerier{e.pool}.exec(ctx, query, args...)
}

func (e *pgEngine) query(ctx context.Context, query string, args ...any) (rows, error) {
	return pgQuerier{e.pool}.query(ctx, query, args...)
}

func (e *pgEngine) inTx(ctx context.Context, do func(transaction) error) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		return do(&pgTx{pgQuerier: pgQuerier{tx}, tx: tx, client: e.client})
	})
}

func (e *pgEngine) migrate(ctx context.Context, own func(querier) error) error {
	m, err := rivermigrate.New(riverpgxv5.New(e.pool), &rivermigrate.Config{Logger: quiet(e.cfg.log)})
	if err != nil {
		return err
	}
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		return err
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrateLock))
	}()
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	return e.inTx(ctx, func(t transaction) error { return own(t) })
}

func (e *pgEngine) worker(c *river.Config) (runner, error) {
	return river.NewClient(riverpgxv5.New(e.pool), c)
}

type pgQuerier struct {
	db interface {
		Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	}
}

func (q pgQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := q.db.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (q pgQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	return q.db.Query(ctx, query, args...)
}

type pgTx struct {
	pgQuerier
	tx     pgx.Tx
	client *river.Client[pgx.Tx]
}

func (t *pgTx) insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (int64, error) {
	r, err := t.client.InsertTx(ctx, t.tx, args, opts)
	if err != nil {
		return 0, err
	}
	return r.Job.ID, nil
}
