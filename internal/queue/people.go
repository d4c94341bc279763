package queue

import (
	"context"
	"fmt"
	"time"
)

// Mute is a channel or a domain whose links are left alone.
type Mute struct {
	Scope string // channel or domain
	Value string
	User  string
	Since time.Time
}

// maxMutes bounds the number of mutes.
const maxMutes = 1000

// SetMute mutes a channel or a domain.
func (s *Store) SetMute(ctx context.Context, m Mute) error {
	var n int
	if _, err := one(ctx, s.db, `SELECT count(*) FROM commentator_mutes`, nil, &n); err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	if n >= maxMutes {
		return fmt.Errorf("mute %s: there are %d mutes already, take one away first", m.Value, n)
	}
	_, err := s.db.exec(ctx, `INSERT INTO commentator_mutes (scope, value, user_id, since_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (scope, value) DO NOTHING`, m.Scope, m.Value, m.User, ms(s.now()))
	if err != nil {
		return fmt.Errorf("mute %s: %w", m.Value, err)
	}
	return nil
}

// Unmute takes a mute away; existed tells whether there was one.
func (s *Store) Unmute(ctx context.Context, scope, value string) (existed bool, err error) {
	n, err := s.db.exec(ctx, `DELETE FROM commentator_mutes WHERE scope = $1 AND value = $2`, scope, value)
	if err != nil {
		return false, fmt.Errorf("unmute %s: %w", value, err)
	}
	return n > 0, nil
}

// Mutes lists the mutes.
func (s *Store) Mutes(ctx context.Context) ([]Mute, error) {
	var out []Mute
	err := each(ctx, s.db, `SELECT scope, value, user_id, since_ms FROM commentator_mutes ORDER BY scope, value`, nil, func(r rows) error {
		var m Mute
		var since int64
		err := r.Scan(&m.Scope, &m.Value, &m.User, &since)
		m.Since = fromMS(since)
		out = append(out, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list mutes: %w", err)
	}
	return out, nil
}

// Feedback is what a person said of a comment.
type Feedback struct {
	JobID, User, Name, Value string
}

// SaveFeedback keeps feedback; a person's later word on the same name
// replaces the earlier.
func (s *Store) SaveFeedback(ctx context.Context, f Feedback) error {
	_, err := s.db.exec(ctx, `INSERT INTO commentator_feedback (job_id, user_id, name, value, given_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (job_id, user_id, name) DO UPDATE SET value = excluded.value, given_ms = excluded.given_ms`,
		f.JobID, f.User, f.Name, f.Value, ms(s.now()))
	if err != nil {
		return fmt.Errorf("store feedback: %w", err)
	}
	return nil
}

// FeedbackOf lists the feedback on a job.
func (s *Store) FeedbackOf(ctx context.Context, jobID string) ([]Feedback, error) {
	var out []Feedback
	err := each(ctx, s.db, `SELECT job_id, user_id, name, value FROM commentator_feedback WHERE job_id = $1 ORDER BY given_ms`, []any{jobID}, func(r rows) error {
		var f Feedback
		err := r.Scan(&f.JobID, &f.User, &f.Name, &f.Value)
		out = append(out, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list feedback: %w", err)
	}
	return out, nil
}

// Mark reads a value kept under a name; empty when there is none.
func (s *Store) Mark(ctx context.Context, name string) (string, error) {
	var v string
	if _, err := one(ctx, s.db, `SELECT value FROM commentator_marks WHERE name = $1`, []any{name}, &v); err != nil {
		return "", fmt.Errorf("read mark %s: %w", name, err)
	}
	return v, nil
}

// RaiseMark sets a value if it is greater, as text, than the one there.
func (s *Store) RaiseMark(ctx context.Context, name, value string) error {
	return raiseMark(ctx, s.db, name, value)
}

func raiseMark(ctx context.Context, q querier, name, value string) error {
	_, err := q.exec(ctx, `INSERT INTO commentator_marks (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE commentator_marks.value < excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("raise mark %s: %w", name, err)
	}
	return nil
}

// Lease takes a name for this instance for a while, unless another has it. It
// is renewed by taking it again.
func (s *Store) Lease(ctx context.Context, name string, d time.Duration) (bool, error) {
	now := s.now()
	n, err := s.db.exec(ctx, `INSERT INTO commentator_marks (name, value, owner, until_ms) VALUES ($1, '', $2, $3)
		ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_ms = excluded.until_ms
		WHERE commentator_marks.owner = $2 OR commentator_marks.until_ms < $4`, name, s.id, ms(now.Add(d)), ms(now))
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", name, err)
	}
	return n == 1, nil
}

// Release gives a lease back.
func (s *Store) Release(ctx context.Context, name string) error {
	_, err := s.db.exec(ctx, `UPDATE commentator_marks SET until_ms = 0 WHERE name = $1 AND owner = $2`, name, s.id)
	if err != nil {
		return fmt.Errorf("release %s: %w", name, err)
	}
	return nil
}
