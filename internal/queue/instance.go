package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sweepEvery is the period of looking for links that River has lost.
const sweepEvery = time.Minute

// keepEvery is the period of the heartbeat and of the look for the dead.
func (c config) keepEvery() time.Duration { return c.deadAfter / 5 }

// cutOffAfter is when an instance that can't write its heartbeat stops its own
// work. Others take it over at deadAfter; the distance is what a stop may take.
func (c config) cutOffAfter() time.Duration { return c.deadAfter * 2 / 3 }

// membership says which instances are alive.
type membership interface {
	join(ctx context.Context, now time.Time) error
	// beat says that this instance is alive. lost: others think otherwise.
	beat(ctx context.Context) (lost bool, err error)
	leave()
	// stillDead is a further condition on the row of a dead instance $1, so
	// that a late heartbeat is not overlooked.
	stillDead() string
	// riverHeldBy is a condition on river_job for jobs fetched by client $1.
	riverHeldBy() string
	riverNow() string
}

// alive tells whether an instance still runs.
func (s *Store) alive(ctx context.Context, q querier, id string) (bool, error) {
	if e, ok := s.db.(*sqliteEngine); ok {
		return e.lockHeld(id)
	}
	return one(ctx, q, `SELECT 1 FROM commentator_instances WHERE id = $1 AND beat_ms > (extract(epoch from clock_timestamp()) * 1000)::bigint - $2`,
		[]any{id, s.cfg.deadAfter.Milliseconds()}, new(int))
}

// keep writes the heartbeat, takes over the work of dead instances and repairs
// what River lost. It returns only when ctx ends, or with ErrFenced.
func (s *Store) keep(ctx context.Context, m membership) error {
	tick := time.NewTicker(s.cfg.keepEvery())
	defer tick.Stop()
	last, swept := time.Now(), time.Now()
	var orphans map[int64]bool
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		bctx, cancel := context.WithTimeout(ctx, s.cfg.keepEvery())
		lost, err := m.beat(bctx)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case lost:
			return ErrFenced
		case err == nil:
			last = time.Now()
		case time.Since(last) > s.cfg.cutOffAfter():
			s.cfg.log.Error("the database can't be reached: running links are stopped", "error", err)
			s.cancelLocal(errCutOff)
			continue
		default:
			s.cfg.log.Warn("heartbeat failed", "error", err)
			continue
		}
		if err := s.rescue(ctx, m); err != nil && ctx.Err() == nil {
			s.cfg.log.Warn("look for crashed workers", "error", err)
		}
		if orphans, err = s.adoptOrphans(ctx, m, orphans); err != nil && ctx.Err() == nil {
			s.cfg.log.Warn("look for jobs without a worker", "error", err)
		}
		if time.Since(swept) > sweepEvery {
			swept = time.Now()
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.cfg.log.Warn("look for links without a job", "error", err)
			}
		}
	}
}

// rescue hands back what dead instances held.
func (s *Store) rescue(ctx context.Context, m membership) error {
	var others []string
	err := each(ctx, s.db, `SELECT id FROM commentator_instances WHERE id <> $1`, []any{s.id}, func(r rows) error {
		var id string
		err := r.Scan(&id)
		others = append(others, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range others {
		alive, err := s.alive(ctx, s.db, id)
		if err != nil {
			return err
		}
		if alive {
			continue
		}
		if err := s.handOver(ctx, m, id); err != nil {
			return fmt.Errorf("instance %s: %w", id, err)
		}
	}
	return nil
}

// handOver makes the work of a dead instance available. Whoever deletes the
// instance's row does it; a second one finds nothing to do.
func (s *Store) handOver(ctx context.Context, m membership, dead string) error {
	var n int64
	err := s.db.inTx(ctx, func(t transaction) error {
		gone, err := t.exec(ctx, `DELETE FROM commentator_instances WHERE id = $1`+m.stillDead(), dead)
		if err != nil || gone == 0 {
			n = -1
			return err
		}
		if _, err := t.exec(ctx, `UPDATE commentator_links SET state = 'queued', owner = '' WHERE owner = $1 AND state = 'running'`, dead); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE commentator_links SET owner = '' WHERE owner = $1`, dead); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE commentator_marks SET until_ms = 0 WHERE owner = $1`, dead); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM river_leader WHERE leader_id = $1`, dead); err != nil {
			return err
		}
		n, err = t.exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = `+m.riverNow()+`,
			attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END WHERE state = 'running' AND `+m.riverHeldBy(), dead)
		return err
	})
	if err != nil || n < 0 {
		return err
	}
	if e, ok := s.db.(*sqliteEngine); ok {
		_ = os.Remove(e.lockName(dead))
		for _, q := range allQueues {
			e.hub.inserted(q)
		}
	}
	s.cfg.log.Warn("took over the work of a crashed worker", "instance", dead, "jobs", n)
	return nil
}

// adoptOrphans makes River jobs available that this instance fetched but does
// not run: their end could not be written. before are the candidates of the
// previous look; only what was a candidate then too is touched, as a job that
// just ended is still to be written.
func (s *Store) adoptOrphans(ctx context.Context, m membership, before map[int64]bool) (map[int64]bool, error) {
	ours := map[int64]bool{}
	s.mu.Lock()
	for _, r := range s.local {
		ours[r.river] = true
	}
	s.mu.Unlock()
	candidates := map[int64]bool{}
	err := each(ctx, s.db, `SELECT id FROM river_job WHERE state = 'running' AND kind = 'link' AND `+m.riverHeldBy(), []any{s.id}, func(r rows) error {
		var id int64
		if err := r.Scan(&id); err != nil {
			return err
		}
		if !ours[id] {
			candidates[id] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for id := range candidates {
		if !before[id] {
			continue
		}
		if _, err := s.db.exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = `+m.riverNow()+`
			WHERE id = $2 AND state = 'running' AND `+m.riverHeldBy(), s.id, id); err != nil {
			return nil, err
		}
		s.cfg.log.Warn("a job whose end could not be written is taken up again", "river_job", id)
	}
	return candidates, nil
}

// sweep enqueues links again whose River job has ended or gone without them.
func (s *Store) sweep(ctx context.Context) error {
	type lost struct {
		id     string
		source Source
	}
	var found []lost
	err := each(ctx, s.db, `SELECT l.id, l.source, l.owner FROM commentator_links l LEFT JOIN river_job r ON r.id = l.river_id
		WHERE l.state IN ('queued', 'waiting', 'running') AND l.available_ms < $1 AND (r.id IS NULL OR r.state IN ('completed', 'cancelled', 'discarded'))
		LIMIT 100`, []any{ms(s.now().Add(-sweepEvery))}, func(r rows) error {
		var l lost
		var source, owner string
		if err := r.Scan(&l.id, &source, &owner); err != nil {
			return err
		}
		l.source = Source(source)
		if owner != s.id || !s.isLocal(l.id) {
			found = append(found, l)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range found {
		err := s.db.inTx(ctx, func(t transaction) error {
			id, err := t.insert(ctx, linkArgs{ID: l.id}, linkInsertOpts(l.source))
			if err != nil {
				return err
			}
			_, err = t.exec(ctx, `UPDATE commentator_links SET river_id = $2 WHERE id = $1`, l.id, id)
			return err
		})
		if err != nil {
			return err
		}
		s.cfg.log.Warn("a link without a job is queued again", "job_id", l.id)
	}
	return nil
}

// sqliteMember is membership by file lock.
type sqliteMember struct {
	e    *sqliteEngine
	id   string
	lock *fileLock
}

func (e *sqliteEngine) lockName(id string) string {
	return filepath.Join(e.file+".workers", id)
}

// lockHeld tells whether a process holds the lock of the instance.
func (e *sqliteEngine) lockHeld(id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	l, err := tryLockFile(e.lockName(id), false)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case l == nil:
		return true, nil
	}
	l.release()
	return false, nil
}

func (e *sqliteEngine) members(id string) (membership, error) {
	if err := os.MkdirAll(e.file+".workers", 0o700); err != nil {
		return nil, err
	}
	l, err := tryLockFile(e.lockName(id), true)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, fmt.Errorf("instance %s runs already", id)
	}
	return &sqliteMember{e: e, id: id, lock: l}, nil
}

func (m *sqliteMember) join(ctx context.Context, now time.Time) error {
	_, err := m.e.exec(ctx, `INSERT INTO commentator_instances (id, started_ms, beat_ms) VALUES ($1, $2, $2)`, m.id, ms(now))
	return err
}

// beat has nothing to write: the lock is the heartbeat.
func (m *sqliteMember) beat(context.Context) (bool, error) { return false, nil }

func (m *sqliteMember) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// Links that did not stop keep the row, for the next worker to find them.
	_, _ = m.e.exec(ctx, `DELETE FROM commentator_instances WHERE id = $1
		AND NOT EXISTS (SELECT 1 FROM river_job WHERE state = 'running' AND `+m.riverHeldBy()+`)`, m.id)
	m.lock.remove()
}

func (m *sqliteMember) stillDead() string   { return "" } // a lock once free is never taken again
func (m *sqliteMember) riverHeldBy() string { return `json_extract(attempted_by, '$[#-1]') = $1` }
func (m *sqliteMember) riverNow() string    { return `strftime('%Y-%m-%d %H:%M:%f', 'now')` }

// pgMember is membership by heartbeat, on the database's clock.
type pgMember struct {
	e  *pgEngine
	id string
}

const pgNow = `(extract(epoch from clock_timestamp()) * 1000)::bigint`

func (e *pgEngine) members(id string) (membership, error) { return &pgMember{e, id}, nil }

func (m *pgMember) join(ctx context.Context, _ time.Time) error {
	_, err := m.e.exec(ctx, `INSERT INTO commentator_instances (id, started_ms, beat_ms) VALUES ($1, `+pgNow+`, `+pgNow+`)`, m.id)
	return err
}

func (m *pgMember) beat(ctx context.Context) (bool, error) {
	n, err := m.e.exec(ctx, `UPDATE commentator_instances SET beat_ms = `+pgNow+` WHERE id = $1`, m.id)
	return err == nil && n == 0, err
}

func (m *pgMember) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = m.e.exec(ctx, `DELETE FROM commentator_instances WHERE id = $1
		AND NOT EXISTS (SELECT 1 FROM river_job WHERE state = 'running' AND `+m.riverHeldBy()+`)`, m.id)
}

func (m *pgMember) stillDead() string {
	return fmt.Sprintf(" AND beat_ms <= "+pgNow+" - %d", m.e.cfg.deadAfter.Milliseconds())
}
func (m *pgMember) riverHeldBy() string { return `attempted_by[array_upper(attempted_by, 1)] = $1` }
func (m *pgMember) riverNow() string    { return `now()` }
