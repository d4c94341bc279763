package queue

import (
	"context"
	"time"
)

const (
	pruneEvery = time.Hour
	// inboxRetention is far above the 5 minutes within which Slack redelivers.
	inboxRetention = 14 * 24 * time.Hour
	// pruneBatch keeps a deletion from holding the database for long.
	pruneBatch = 500
	// maxEnded bounds the number of finished links, whatever their age.
	maxEnded = 200_000
)

// prune deletes what is older than its retention, now and then every hour.
func (s *Store) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if _, err := s.Prune(ctx); err != nil && ctx.Err() == nil {
			s.cfg.log.Warn("delete old rows", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Prune deletes what is older than its retention, and the oldest finished
// links beyond the bound. It returns how many rows went.
func (s *Store) Prune(ctx context.Context) (int64, error) {
	now := s.now()
	old := ms(now.Add(-s.cfg.retention))
	inbox := ms(now.Add(-min(inboxRetention, s.cfg.retention)))
	var over int64
	if found, err := one(ctx, s.db, `SELECT ended_ms FROM commentator_links WHERE ended_ms > 0 ORDER BY ended_ms DESC LIMIT 1 OFFSET $1`, []any{maxEnded}, &over); err != nil {
		return 0, err
	} else if found {
		old = max(old, over)
	}
	var total int64
	for _, d := range []struct {
		query string
		limit int64
	}{
		{`DELETE FROM commentator_links WHERE id IN (SELECT id FROM commentator_links WHERE ended_ms > 0 AND ended_ms <= $1 AND owner = '' LIMIT $2)`, old},
		{`DELETE FROM commentator_deliveries WHERE key IN (SELECT key FROM commentator_deliveries d WHERE updated_ms <= $1 AND NOT EXISTS (SELECT 1 FROM commentator_links l WHERE l.id = d.job_id) LIMIT $2)`, old},
		{`DELETE FROM commentator_checkpoints WHERE job_id IN (SELECT job_id FROM commentator_checkpoints c WHERE saved_ms <= $1 AND NOT EXISTS (SELECT 1 FROM commentator_links l WHERE l.id = c.job_id AND l.ended_ms = 0) LIMIT $2)`, ms(now.Add(-time.Hour))},
		{`DELETE FROM commentator_feedback WHERE job_id IN (SELECT job_id FROM commentator_feedback WHERE given_ms <= $1 LIMIT $2)`, old},
		{`DELETE FROM commentator_inbox WHERE key IN (SELECT key FROM commentator_inbox WHERE received_ms <= $1 LIMIT $2)`, inbox},
		{`DELETE FROM commentator_unreadable WHERE event IN (SELECT event FROM commentator_unreadable WHERE received_ms <= $1 LIMIT $2)`, inbox},
		{`DELETE FROM commentator_seen WHERE job_id IN (SELECT job_id FROM commentator_seen WHERE seen_ms <= $1 LIMIT $2)`, ms(now.Add(-max(s.cfg.seenWindow, time.Hour)))},
	} {
		for {
			n, err := s.db.exec(ctx, d.query, d.limit, pruneBatch)
			if err != nil {
				return total, err
			}
			total += n
			if n < pruneBatch {
				break
			}
		}
	}
	return total, nil
}
