// Package people is what people want and think: mutes, which leave a channel or a
// domain alone, reactions to comments, and the reasons for them. In go their words, out
// come the answers to "is this muted?" and "what stands of the reactions?".
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

// Store keeps mutes, reactions and reasons.
type Store struct{ db *database.DB }

// New keeps all of it in db.
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

// SaveReaction keeps a reaction, or that it was taken back, unless a later event about the same
// emoji of the same person was kept. Said again it changes nothing.
func (s *Store) SaveReaction(ctx context.Context, r job.Reaction) error {
	now, err := s.db.Now(ctx, s.db)
	if err != nil {
		return fmt.Errorf("store a reaction: %w", err)
	}
	removed := 0
	if r.Removed {
		removed = 1
	}
	_, err = s.db.Exec(ctx, `INSERT INTO commentator_reactions (job_id, user_id, emoji, name, value, version, removed, given_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (job_id, user_id, emoji) DO UPDATE SET name = excluded.name, value = excluded.value, version = excluded.version,
			removed = excluded.removed, given_ms = excluded.given_ms
		WHERE excluded.version > commentator_reactions.version`,
		r.JobID, r.User, r.Emoji, r.Name, r.Value, r.Version, removed, database.Millis(now))
	if err != nil {
		return fmt.Errorf("store a reaction: %w", err)
	}
	return nil
}

// Feedback is what stands of the reactions to a job's comment by now.
func (s *Store) Feedback(ctx context.Context, jobID, user, name string) (job.Feedback, error) {
	out := job.Feedback{JobID: jobID, User: user, Name: name}
	// One query, so that the two belong together.
	err := database.Each(ctx, s.db, `SELECT user_id, value FROM commentator_reactions
		WHERE job_id = $1 AND name = $2 AND removed = 0 ORDER BY version DESC, emoji`, []any{jobID, name},
		func(r database.Rows) error {
			var by, value string
			if err := r.Scan(&by, &value); err != nil {
				return err
			}
			if out.Newest == "" {
				out.Newest = value
			}
			if out.Value == "" && by == user {
				out.Value = value
			}
			return nil
		})
	if err == nil && out.Value == "false" {
		var why job.Reason
		why, err = s.Reason(ctx, jobID, user, name)
		out.Why, out.Better = why.Why, why.Better
	}
	if err != nil {
		return out, fmt.Errorf("read what stands of the reactions: %w", err)
	}
	return out, nil
}

// SaveReason keeps a reason, unless one of a later press was kept. Said again it changes nothing.
func (s *Store) SaveReason(ctx context.Context, r job.Reason) error {
	now, err := s.db.Now(ctx, s.db)
	if err != nil {
		return fmt.Errorf("store a reason: %w", err)
	}
	_, err = s.db.Exec(ctx, `INSERT INTO commentator_reasons (job_id, user_id, name, why, better, version, given_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (job_id, user_id, name) DO UPDATE SET why = excluded.why, better = excluded.better, version = excluded.version,
			given_ms = excluded.given_ms
		WHERE excluded.version > commentator_reasons.version`,
		r.JobID, r.User, r.Name, r.Why, r.Better, r.Version, database.Millis(now))
	if err != nil {
		return fmt.Errorf("store a reason: %w", err)
	}
	return nil
}

// Reason is what a person said last about a job's comment; without words where nothing was said.
func (s *Store) Reason(ctx context.Context, jobID, user, name string) (job.Reason, error) {
	r := job.Reason{JobID: jobID, User: user, Name: name}
	_, err := database.One(ctx, s.db, `SELECT why, better, version FROM commentator_reasons WHERE job_id = $1 AND user_id = $2 AND name = $3`,
		[]any{jobID, user, name}, &r.Why, &r.Better, &r.Version)
	if err != nil {
		return r, fmt.Errorf("read a reason: %w", err)
	}
	return r, nil
}

// Prune deletes reactions and reasons given before a time, as far as bounds let it. Mutes stay until
// they are taken away. It returns how many rows went.
func (s *Store) Prune(ctx context.Context, before time.Time, bounds database.Bounds) (int64, error) {
	all := int64(0)
	for _, table := range []string{"commentator_reactions", "commentator_reasons"} {
		cutoff, err := bounds.Cutoff(ctx, s.db, table, "given_ms", before)
		if err != nil {
			return all, fmt.Errorf("prune %s: %w", table, err)
		}
		n, err := database.DeleteInBatches(ctx, s.db, `DELETE FROM `+table+`
			WHERE job_id IN (SELECT job_id FROM `+table+` WHERE given_ms <= $1 LIMIT $2)`, cutoff)
		if all += n; err != nil {
			return all, fmt.Errorf("prune %s: %w", table, err)
		}
	}
	return all, nil
}

// Redate corrects what was written while the clock was ahead, see [database.Redate].
func (s *Store) Redate(ctx context.Context, now time.Time) error {
	return errors.Join(database.Redate(ctx, s.db, now, "commentator_mutes", "since_ms"),
		database.Redate(ctx, s.db, now, "commentator_reactions", "given_ms"),
		database.Redate(ctx, s.db, now, "commentator_reasons", "given_ms"))
}
