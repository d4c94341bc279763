package queue

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Queue is the queue of one database, as one process sees it. It is safe for
// concurrent use.
type Queue struct {
	db      *database.DB
	members Members
	mutes   Mutes
	set     Channels
	river   scheduler
	cfg     Config

	depth    depth                     // links that are held
	attempts attempts                  // that run in this process
	rejected atomic.Int64              // links refused because the queue was full
	lastBeat atomic.Pointer[time.Time] // when this member last said that it lives
	fullLog  sync.Once

	maintained func() // called after each round of maintenance, for tests; may be nil
}

var _ job.Checkpoints = (*Queue)(nil)

// Members are the workers that share the queue's database. Package membership implements it. A
// member is a process, from Join to Leave; see there for how its death is noticed.
type Members interface {
	// ID names this process among them.
	ID() string
	Join(ctx context.Context) error
	// Leave ends the membership; unfinished says that work of it is left.
	Leave(unfinished bool)
	// Beat says that this process lives. lost: others took it for dead.
	Beat(ctx context.Context) (lost bool, err error)
	Alive(ctx context.Context, q database.Querier, id string) (bool, error)
	// TakeOver calls work for each dead worker, in the transaction that removes
	// it, and done after that.
	TakeOver(ctx context.Context, work func(ctx context.Context, t database.Tx, dead string) error, done func(dead string)) error
	// Every is the period of Beat and TakeOver, CutOffAfter the time without a
	// successful Beat after which this process has to stop its work.
	Every() time.Duration
	CutOffAfter() time.Duration
	// RaiseMarkIn sets a value if it is greater, as text, than the one there.
	RaiseMarkIn(ctx context.Context, q database.Querier, name, value string) error
}

// Mutes say which links are left alone.
type Mutes interface {
	Muted(ctx context.Context, q database.Querier, channel, domain string) (bool, error)
}

// Channels keep what is set for a channel, and what its links have cost. Package channels implements it.
type Channels interface {
	// Answers says which links of a channel are answered unasked.
	Answers(ctx context.Context, q database.Querier, channel string) (job.Answers, error)
	// Paid adds what an analysis has cost.
	Paid(ctx context.Context, q database.Querier, jobID, channel string, a *job.Analysis) error
}

// New makes the queue of db and brings River's tables up to date. It starts nothing: a queue
// that is never run still accepts, for processes that only listen.
func New(ctx context.Context, db *database.DB, members Members, mutes Mutes, set Channels, cfg Config) (*Queue, error) {
	q := &Queue{db: db, members: members, mutes: mutes, set: set, cfg: cfg}
	var err error
	if q.river, err = newScheduler(db, warnings(cfg.Log)); err != nil {
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	if q.river.migrated(ctx) {
		return q, nil
	}
	if err := db.ChangeSchema(ctx, q.river.migrate); err != nil {
		return nil, fmt.Errorf("prepare the database %s: %w", db.Name(), database.Unavailable(err))
	}
	return q, nil
}

// warnings keeps River's routine messages out of the log.
func warnings(l *slog.Logger) *slog.Logger { return slog.New(minLevel{l.Handler(), slog.LevelWarn}) }

// minLevel is a handler that drops records below a level.
type minLevel struct {
	slog.Handler
	min slog.Level
}

// Enabled asks the handler too: its own level may be higher.
func (h minLevel) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.min && h.Handler.Enabled(ctx, l)
}

func (h minLevel) WithAttrs(a []slog.Attr) slog.Handler {
	return minLevel{h.Handler.WithAttrs(a), h.min}
}

func (h minLevel) WithGroup(g string) slog.Handler { return minLevel{h.Handler.WithGroup(g), h.min} }
