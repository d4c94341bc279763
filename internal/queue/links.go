package queue

import (
	"context"
	"fmt"
	"time"
)

// Link finds a link by its id; nil when there is none.
func (s *Store) Link(ctx context.Context, id string) (*Link, error) {
	ls, err := s.links(ctx, `id = $1`, id)
	if err != nil || len(ls) == 0 {
		return nil, err
	}
	return &ls[0], nil
}

// LinksOf lists the links of a message, each in its last revision, in order.
func (s *Store) LinksOf(ctx context.Context, channel, messageTS string) ([]Link, error) {
	all, err := s.links(ctx, `channel = $1 AND message_ts = $2 ORDER BY position, canonical, revision DESC`, channel, messageTS)
	if err != nil {
		return nil, err
	}
	var out []Link
	seen := map[string]bool{}
	for _, l := range all {
		if key := l.Team + "\x00" + l.Canonical; !seen[key] {
			seen[key] = true
			out = append(out, l)
		}
	}
	return out, nil
}

// Recent lists links of a channel, newest first.
func (s *Store) Recent(ctx context.Context, channel string, n int) ([]Link, error) {
	return s.links(ctx, `channel = $1 ORDER BY created_ms DESC LIMIT $2`, channel, n)
}

func (s *Store) links(ctx context.Context, where string, args ...any) ([]Link, error) {
	var out []Link
	err := each(ctx, s.db, `SELECT `+linkColumns+` FROM commentator_links WHERE `+where, args, func(r rows) error {
		l, err := scanLink(r)
		out = append(out, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	return out, nil
}

// Cancel withdraws a link: it will not be worked on, a running attempt is
// stopped, and nothing more is posted for it. running says that an attempt has
// not ended yet. A link that ended stays as it is.
func (s *Store) Cancel(ctx context.Context, id string) (running bool, err error) {
	err = s.db.inTx(ctx, func(t transaction) error {
		var state, owner string
		found, err := one(ctx, t, `SELECT state, owner FROM commentator_links WHERE id = $1`+s.db.forUpdate(), []any{id}, &state, &owner)
		if err != nil || !found {
			return err
		}
		running = owner != ""
		if State(state).Final() {
			return nil
		}
		if _, err := t.exec(ctx, `UPDATE commentator_links SET state = 'cancelled', outcome = 'cancelled', ended_ms = $2 WHERE id = $1`, id, ms(s.now())); err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM commentator_seen WHERE job_id = $1`, id)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("cancel link %s: %w", id, err)
	}
	s.mu.Lock()
	if r := s.local[id]; r != nil {
		r.cancel(ErrCancelled)
	}
	s.mu.Unlock()
	s.signal()
	return running, nil
}

// Withdraw marks a finished link as withdrawn, so that sharing it again, in
// the same message or another, is a new job.
func (s *Store) Withdraw(ctx context.Context, id string) error {
	err := s.db.inTx(ctx, func(t transaction) error {
		if _, err := t.exec(ctx, `UPDATE commentator_links SET state = 'cancelled' WHERE id = $1 AND state IN ('done', 'failed')`, id); err != nil {
			return err
		}
		_, err := t.exec(ctx, `DELETE FROM commentator_seen WHERE job_id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("withdraw link %s: %w", id, err)
	}
	return nil
}

// inTurnPoll is how often other processes' progress is looked at.
const inTurnPoll = 200 * time.Millisecond

// InTurn waits until the links that stand before l in its message have their
// reply, have ended, or wait for another attempt, but at most for the given
// time, so that the replies of one message come in the message's order
// without one slow page holding up the others for ever.
func (s *Store) InTurn(ctx context.Context, l Link, atMost time.Duration) error {
	if l.Position == 0 {
		return nil
	}
	ctx2, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	for {
		changed := s.changes()
		var before int
		_, err := one(ctx, s.db, `SELECT count(*) FROM commentator_links l WHERE channel = $1 AND message_ts = $2 AND team = $3 AND position < $4
			AND canonical <> $5 AND state IN ('queued', 'running') AND failures = 0
			AND NOT EXISTS (SELECT 1 FROM commentator_deliveries d WHERE d.job_id = l.id AND d.state = 'sent')`,
			[]any{l.Channel, l.MessageTS, l.Team, l.Position, l.Canonical}, &before)
		if err != nil {
			return fmt.Errorf("look for earlier links of the message: %w", err)
		}
		if before == 0 {
			return nil
		}
		select {
		case <-ctx2.Done():
			return ctx.Err() // nil when only the wait is over
		case <-changed:
		case <-time.After(inTurnPoll):
		}
	}
}
