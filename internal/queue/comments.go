package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// What is kept of comments, for digests.

const (
	// maxComments bounds how many are kept; maxKept how much of one, in bytes of a title and of the JSON
	// of its sentences.
	maxComments = 200_000
	maxTitle    = 500
	maxKept     = 8 << 10
)

// keepComment keeps the first part of a comment with the end of its link.
func keepComment(ctx context.Context, t database.Tx, l job.Link, c *job.Kept, now time.Time) error {
	if c == nil || l.Question != "" {
		return nil
	}
	tldr, err := json.Marshal(c.TLDR)
	if err != nil || len(tldr) > maxKept {
		tldr = []byte("[]") // the title and the link say what it was
	}
	_, err = t.Exec(ctx, `INSERT INTO commentator_comments (job_id, channel, title, tldr, answered_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (job_id) DO UPDATE SET title = excluded.title, tldr = excluded.tldr, answered_ms = excluded.answered_ms`,
		l.ID, l.Channel, database.Text([]byte(truncate(c.Title, maxTitle))), database.Text(tldr), database.Millis(now))
	return err
}

// forgetComment drops what is kept of a comment that was withdrawn.
func forgetComment(ctx context.Context, t database.Tx, id string) error {
	_, err := t.Exec(ctx, `DELETE FROM commentator_comments WHERE job_id = $1`, id)
	return err
}

// Answered lists the links of a channel that were answered after from and no later than to, the newest
// at most and newest first, each in its last revision. more is how many there are beside them.
func (q *Queue) Answered(ctx context.Context, channel string, from, to time.Time, most int) (out []job.Answered, more int, err error) {
	const newest = ` FROM commentator_comments c JOIN commentator_links l ON l.id = c.job_id
		WHERE c.channel = $1 AND c.answered_ms > $2 AND c.answered_ms <= $3 AND l.state = 'done' AND NOT EXISTS (
			SELECT 1 FROM commentator_links n JOIN commentator_comments k ON k.job_id = n.id WHERE n.team = l.team
			AND n.channel = l.channel AND n.message_ts = l.message_ts AND n.canonical = l.canonical AND n.revision > l.revision)`
	span := []any{channel, database.Millis(from), database.Millis(to)}
	var all int
	if _, err := database.One(ctx, q.db, `SELECT count(*)`+newest, span, &all); err != nil {
		return nil, 0, fmt.Errorf("count comments: %w", err)
	}
	var tldrs []string
	err = database.Each(ctx, q.db, `SELECT
		l.id, l.url, l.user_id, l.channel, l.message_ts, l.thread_ts, c.title, c.tldr, c.answered_ms`+newest+`
		ORDER BY c.answered_ms DESC, l.id LIMIT $4`, append(span, most), func(r database.Rows) error {
		var a job.Answered
		var tldr string
		var at int64
		err := r.Scan(&a.ID, &a.URL, &a.User, &a.Channel, &a.MessageTS, &a.ThreadTS, &a.Title, &tldr, &at)
		a.Ended = database.Time(at)
		out, tldrs = append(out, a), append(tldrs, tldr)
		return err
	})
	for i := range out {
		if err == nil {
			_ = json.Unmarshal([]byte(tldrs[i]), &out[i].TLDR) // what can't be read is left out
			out[i].Good, out[i].Bad, err = verdicts(ctx, q.db, out[i].ID)
		}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list comments: %w", err)
	}
	return out, all - len(out), nil
}

// verdicts counts people by the verdict on a comment that they gave last.
func verdicts(ctx context.Context, q database.Querier, id string) (good, bad int, err error) {
	seen := map[string]bool{}
	err = database.Each(ctx, q, `SELECT user_id, value FROM commentator_reactions WHERE job_id = $1 AND removed = 0
		ORDER BY version DESC, emoji`, []any{id}, func(r database.Rows) error {
		var user, value string
		if err := r.Scan(&user, &value); err != nil {
			return err
		}
		switch {
		case seen[user]:
		case value == "true":
			good++
		default:
			bad++
		}
		seen[user] = true
		return nil
	})
	return good, bad, err
}

// Activity says of each channel how its links stand, those that ended since a time and those that have
// not. It scans the table, as [Queue.Status] does.
func (q *Queue) Activity(ctx context.Context, since time.Time) (map[string]job.ChannelActivity, error) {
	out := map[string]job.ChannelActivity{}
	err := database.Each(ctx, q.db, `SELECT channel, state, outcome, count(*) FROM commentator_links
		WHERE question = '' AND (ended_ms = 0 OR ended_ms >= $1) GROUP BY channel, state, outcome`, []any{database.Millis(since)},
		func(r database.Rows) error {
			var channel, state, outcome string
			var n int
			if err := r.Scan(&channel, &state, &outcome, &n); err != nil {
				return err
			}
			a := out[channel]
			switch s := job.LinkState(state); {
			case s == job.LinkRunning:
				a.Running += n
			case s == job.LinkCancelled:
			case !s.Final():
				a.Waiting += n
			case outcome == string(job.OutcomeSuccess):
				a.Answered += n
			default:
				a.Failed += n
			}
			out[channel] = a
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read how channels stand: %w", err)
	}
	return out, nil
}
