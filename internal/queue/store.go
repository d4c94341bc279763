package queue

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	db  engine
	cfg config
	id  string // of this instance

	rejected atomic.Int64 // links refused because the queue was full
	fullLog  sync.Once

	// local are the attempts running in this process, by link.
	mu    sync.Mutex
	local map[string]*running
	// changed is closed and replaced when a link's state or a delivery changes
	// in this process.
	changed chan struct{}
}

// Open opens or creates the database that rawURL names, postgres://… or
// sqlite:///… (or simply a file), and brings its schema up to date.
func Open(ctx context.Context, rawURL string, opts ...Option) (*Store, error) {
	cfg := newConfig(opts)
	var db engine
	var err error
	switch scheme, _, found := strings.Cut(rawURL, "://"); {
	case !found:
		db, err = openSQLite(ctx, rawURL, cfg)
	case scheme == "sqlite":
		var file string
		if file, err = sqliteFile(rawURL); err == nil {
			db, err = openSQLite(ctx, file, cfg)
		}
	case scheme == "postgres" || scheme == "postgresql":
		db, err = openPostgres(ctx, rawURL, cfg)
	default:
		err = fmt.Errorf("database URL of the kind %q is not known: write postgres://user:password@host/name or sqlite:////folder/file.sqlite", scheme)
	}
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx, func(q querier) error { return migrateOwn(ctx, q) }); err != nil {
		_ = db.close()
		return nil, fmt.Errorf("prepare the database %s: %w", db.name(), err)
	}
	return &Store{db: db, cfg: cfg, id: newID(), local: map[string]*running{}, changed: make(chan struct{})}, nil
}

// Close closes the database. [Store.Run] must have returned.
func (s *Store) Close() error { return s.db.close() }

// Ping tells whether the database answers and can be written.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.db.exec(ctx, `INSERT INTO commentator_marks (name, value) VALUES ('ping', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, s.id)
	if err != nil {
		return fmt.Errorf("write to the database %s: %w", s.db.name(), err)
	}
	return nil
}

// Name is what messages call the database; it holds no secrets.
func (s *Store) Name() string { return s.db.name() }

func (s *Store) now() time.Time { return s.cfg.now() }

// signal wakes those who wait for a change in this process.
func (s *Store) signal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Store) changes() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// quiet keeps River's routine messages out of the log.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(minLevel{l.Handler(), slog.LevelWarn}) }

type minLevel struct {
	slog.Handler
	min slog.Level
}

func (h minLevel) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.min && h.Handler.Enabled(ctx, l)
}

func (h minLevel) WithAttrs(a []slog.Attr) slog.Handler {
	return minLevel{h.Handler.WithAttrs(a), h.min}
}
func (h minLevel) WithGroup(g string) slog.Handler { return minLevel{h.Handler.WithGroup(g), h.min} }
