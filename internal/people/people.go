// Package people is what people want and think: mutes, which leave a channel or a
// domain alone, and feedback on comments. In go their words, out come the answers
// to "is this muted?"; feedback is kept for those who look into the database.
//
// A [Store] is safe for concurrent use and has neither goroutines nor locks.
package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Store keeps mutes and feedback.
type Store struct{ db *database.DB }

// New keeps mutes and feedback in db.
func New(db *database.DB) *Store { return &Store{db} }

// maxMutes bounds the number of mutes. They come from anybody in the workspace, by slash
// command, and all of them are listed by another.
const maxMutes = 1000

// Mute leaves a channel or a domain alone from now on. It is no error to mute again what is
// muted; Since is ignored. The first who muted is the one that is shown. Two at the same time
// may pass the bound by one.
func (s *Store) Mute(ctx context.Context, m job.Mute) error {
	var n int
	if _, err := database.One(ctx, s.db, `SELECT count(*) FROM commentator_mutes`, nil, &n); err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	if n >= maxMutes {
		return fmt.Errorf("mute %s: there are %d mutes already, take one away first", m.Value, n)
	}
	now, err := s.db.Now(ctx, s.db)
	if err != nil {
		return fmt.Errorf("mute %s: %w", m.Value, err)
	}
	_, err = s.db.Exec(ctx, `INSERT INTO commentator_mutes (scope, value, user_id, since_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (scope, value) DO NOTHING`, m.Scope, m.Value, m.User, database.Millis(now))
	if err != nil {
		return fmt.Errorf("mute %s: %w", m.Value, err)
	}
	return nil
}

// Unmute takes a mute away; existed reports whether there was one.
func (s *Store) Unmute(ctx context.Context, scope, value string) (existed bool, err error) {
	n, err := s.db.Exec(ctx, `DELETE FROM commentator_mutes WHERE scope = $1 AND value = $2`, scope, value)
	if err != nil {
		return false, fmt.Errorf("unmute %s: %w", value, err)
	}
	return n > 0, nil
}

// Mutes lists the mutes, by scope and value.
func (s *Store) Mutes(ctx context.Context) ([]job.Mute, error) {
	var out []job.Mute
	err := database.Each(ctx, s.db, `SELECT scope, value, user_id, since_ms FROM commentator_mutes ORDER BY scope, value`, nil,
		func(r database.Rows) error {
			var m job.Mute
			var since int64
			err := r.Scan(&m.Scope, &m.Value, &m.User, &since)
			m.Since = database.Time(since)
			out = append(out, m)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list mutes: %w", err)
	}
	return out, nil
}

// Muted reports whether links to domain in channel are left alone, as q sees it. The domain is
// compared as a whole: to mute example.com leaves docs.example.com alone. The queue asks it
// for each link that nobody asked for.
func (s *Store) Muted(ctx context.Context, q database.Querier, channel, domain string) (bool, error) {
	muted, err := database.One(ctx, q, `SELECT 1 FROM commentator_mutes
		WHERE (scope = 'channel' AND value = $1) OR (scope = 'domain' AND value = $2) LIMIT 1`, []any{channel, domain}, new(int))
	if err != nil {
		return false, fmt.Errorf("look for a mute: %w", err)
	}
	return muted, nil
}

// SaveFeedback keeps feedback; a person's later word on the same name replaces the earlier.
// The task that calls it may be repeated, which changes nothing but the time.
func (s *Store) SaveFeedback(ctx context.Context, f job.Feedback) error {
	now, err := s.db.Now(ctx, s.db)
	if err != nil {
		return fmt.Errorf("store feedback: %w", err)
	}
	_, err = s.db.Exec(ctx, `INSERT INTO commentator_feedback (job_id, user_id, name, value, given_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (job_id, user_id, name) DO UPDATE SET value = excluded.value, given_ms = excluded.given_ms`,
		f.JobID, f.User, f.Name, f.Value, database.Millis(now))
	if err != nil {
		return fmt.Errorf("store feedback: %w", err)
	}
	return nil
}

// Prune deletes feedback given before a time, as far as bounds let it. Mutes stay until they are
// taken away. It returns how many rows went.
func (s *Store) Prune(ctx context.Context, before time.Time, bounds database.Bounds) (int64, error) {
	before, err := bounds.Cutoff(ctx, s.db, "commentator_feedback", "given_ms", before)
	if err != nil {
		return 0, fmt.Errorf("prune feedback: %w", err)
	}
	n, err := database.DeleteInBatches(ctx, s.db, `DELETE FROM commentator_feedback
		WHERE job_id IN (SELECT job_id FROM commentator_feedback WHERE given_ms <= $1 LIMIT $2)`, before)
	if err != nil {
		return n, fmt.Errorf("prune feedback: %w", err)
	}
	return n, nil
}

// Redate corrects what was written while the clock was ahead, see [database.Redate].
func (s *Store) Redate(ctx context.Context, now time.Time) error {
	return errors.Join(database.Redate(ctx, s.db, now, "commentator_mutes", "since_ms"),
		database.Redate(ctx, s.db, now, "commentator_feedback", "given_ms"))
}
