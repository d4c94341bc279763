package membership

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/database"
)

// DefaultDeadAfter is how long a worker on Postgres may be silent. Five heartbeats fit into
// it, so that a slow answer or two kill nobody.
const DefaultDeadAfter = 15 * time.Second

// Config says when a member is dead.
type Config struct {
	// DeadAfter is how long, on Postgres, a worker may be silent before others
	// take its work over. All workers of a database must agree. SQLite knows at
	// once, and uses it for the period of the look only.
	DeadAfter time.Duration
}

// Every is the period of the heartbeat and of the look for the dead.
func (c Config) Every() time.Duration { return c.DeadAfter / 5 }

// CutOffAfter is when a member that can't write its heartbeat stops its own work.
// Others take it over at DeadAfter; the distance is what a stop may take.
func (c Config) CutOffAfter() time.Duration { return c.DeadAfter * 2 / 3 }

// Members are the workers of one database, as one of them sees it. It is safe for concurrent
// use. Most of its calls ask the database each time; nothing is cached.
type Members struct {
	Config
	db   *database.DB
	sign signOfLife

	mu     sync.Mutex // guards what follows
	id     string
	joined bool // under this id, now or before
}

// signOfLife is how a member shows that it lives.
type signOfLife interface {
	// join adds the member id.
	join(ctx context.Context, id string) error
	// beat says that id is alive. lost: others have removed it.
	beat(ctx context.Context, id string) (lost bool, err error)
	// alive reports whether id lives.
	alive(ctx context.Context, q database.Querier, id string) (bool, error)
	// remove deletes the row of id unless it has come back to life, and reports
	// whether it was this call that did.
	remove(ctx context.Context, t database.Tx, id string) (bool, error)
	// leave ends what join began, but for the row.
	leave(id string)
	// cleanUp removes what a dead member has left behind beside its row.
	cleanUp(id string)
}

// New makes a member of the workers of db. It is one of them from [Members.Join]
// on.
func New(db *database.DB, cfg Config) *Members {
	m := &Members{Config: cfg, db: db, id: newID(), sign: &heartbeat{db: db, deadAfter: cfg.DeadAfter}}
	if file := db.File(); file != "" {
		m.sign = &lockFile{db: db, dir: file + ".workers"}
	}
	return m
}

// newID is 16 hexadecimal digits. Each start is a new member, so that a restarted process finds
// its own earlier work as that of a dead one.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// ID names this member. It changes with each further [Members.Join].
func (m *Members) ID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.id
}

// Join makes this process a member. It must come before the first link is taken: work of an
// owner without a row counts as nobody's. A process that joins once more, since others took it for
// dead, is another member: nothing of what the former did may still be under way.
func (m *Members) Join(ctx context.Context) error {
	m.mu.Lock()
	if m.joined {
		m.id = newID()
	}
	m.joined = true
	id := m.id
	m.mu.Unlock()
	if err := m.sign.join(ctx, id); err != nil {
		return fmt.Errorf("join the workers: %w", err)
	}
	return nil
}

// Beat says that this member is alive. lost means that others think otherwise:
// its work is in their hands.
func (m *Members) Beat(ctx context.Context) (lost bool, err error) { return m.sign.beat(ctx, m.ID()) }

// Alive reports whether a member still runs, as q sees it.
func (m *Members) Alive(ctx context.Context, q database.Querier, id string) (bool, error) {
	return m.sign.alive(ctx, q, id)
}

// leaveTimeout bounds the goodbye to the database.
const leaveTimeout = 5 * time.Second

// Leave ends the membership. With unfinished work the row stays, for the others to find it and
// take the work over. It has no context of the caller's: it is called while shutting down,
// when that has ended.
func (m *Members) Leave(unfinished bool) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	id := m.ID()
	if !unfinished {
		// Without an answer the row stays: that costs the others a look.
		_, _ = m.db.Exec(ctx, `DELETE FROM commentator_instances WHERE id = $1`, id)
	}
	m.sign.leave(id)
}

// TakeOver calls work for each dead member, in the transaction that removes it: of several
// survivors one does. work gives the member's work free. done is called after the commit. An
// error of one dead member leaves those after it to the next call.
func (m *Members) TakeOver(
	ctx context.Context, work func(ctx context.Context, t database.Tx, dead string) error, done func(dead string),
) error {
	var others []string
	err := database.Each(ctx, m.db, `SELECT id FROM commentator_instances WHERE id <> $1`, []any{m.ID()}, func(r database.Rows) error {
		var id string
		err := r.Scan(&id)
		others = append(others, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("list workers: %w", err)
	}
	for _, id := range others {
		alive, err := m.sign.alive(ctx, m.db, id)
		if err != nil {
			return fmt.Errorf("worker %s: %w", id, err)
		}
		if alive {
			continue
		}
		if err := m.takeOver(ctx, id, work, done); err != nil {
			return fmt.Errorf("worker %s: %w", id, err)
		}
	}
	return nil
}

// takeOver removes one dead member and frees its leases and work, all or nothing. The files that
// it left are removed after the commit, as they can't be brought back.
func (m *Members) takeOver(
	ctx context.Context, dead string, work func(context.Context, database.Tx, string) error, done func(string),
) error {
	ours := false
	err := m.db.InTx(ctx, func(t database.Tx) (err error) {
		if ours, err = m.sign.remove(ctx, t, dead); err != nil || !ours {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE commentator_marks SET until_ms = 0 WHERE owner = $1`, dead); err != nil {
			return err
		}
		return work(ctx, t, dead)
	})
	if err != nil || !ours {
		return err
	}
	m.sign.cleanUp(dead)
	done(dead)
	return nil
}
