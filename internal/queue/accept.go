package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// Accept stores a submission and what follows from it in one transaction. When it returns
// without error, the event may be acknowledged: it won't be lost. It is called by the
// listeners, within the three seconds that Slack waits for its acknowledgement, so nothing
// here talks to anybody but the database. An SQLite file that was taken away or replaced takes nothing
// in. A rejected link is no error: its task tells people.
func (q *Queue) Accept(ctx context.Context, sub job.Submission) (job.Accepted, error) {
	if len(sub.Keys) == 0 {
		return job.Accepted{}, errors.New("accept a submission: it has no key")
	}
	var out job.Accepted
	if err := q.db.Present(); err != nil { // what was stored now would be nowhere after a restart
		return out, fmt.Errorf("store the event: %w", err)
	}
	err := q.db.InTx(ctx, func(t database.Tx) (err error) {
		out, err = q.accept(ctx, t, sub)
		return err
	})
	if err != nil {
		return job.Accepted{}, fmt.Errorf("store the event: %w", err)
	}
	for _, l := range out.Links {
		if l.Admission == job.Rejected {
			q.rejected.Add(1)
			q.fullLog.Do(func() {
				q.cfg.Log.Warn("the queue is full, links are rejected; see commentator_links_rejected for how many", "depth", q.cfg.Depth)
			})
		}
	}
	return out, nil
}

// accept is [Queue.Accept] within a transaction. What is counted or logged belongs outside of
// it, since the commit may fail.
func (q *Queue) accept(ctx context.Context, t database.Tx, sub job.Submission) (out job.Accepted, err error) {
	now, err := q.db.Now(ctx, t)
	if err != nil {
		return out, err
	}
	if sub.Mark != "" {
		if err := q.members.RaiseMarkIn(ctx, t, sub.Mark, sub.MarkValue); err != nil {
			return out, err
		}
	}
	// All keys are recorded even once one of them turned out to be known: message and
	// app_mention of one gesture share the message's key, and each has an event id of its own,
	// either of which may come again.
	for _, key := range sub.Keys {
		isNew, err := record(ctx, t, key, sub.Keys[0], sub.Kind, now)
		if err != nil {
			return out, err
		}
		if !isNew {
			out.Duplicate = true
		}
	}
	if out.Duplicate {
		return out, nil // the keys that were new lead to the same gesture from now on
	}
	if err := note(ctx, t, sub.Versions, sub.Links, now); err != nil {
		return out, err
	}
	for _, l := range sub.Links {
		outdated, err := outdated(ctx, t, sub.Versions, l.Canonical)
		if err != nil {
			return out, err
		}
		if outdated {
			l.ID = linkID(l.Link)
			out.Links = append(out.Links, job.AcceptedLink{Link: l.Link, Admission: job.Outdated})
			continue
		}
		a, err := q.admit(ctx, t, l, now)
		if err != nil {
			return out, fmt.Errorf("enqueue a link: %w", err)
		}
		out.Links = append(out.Links, a)
	}
	for _, task := range sub.Tasks {
		if err := q.enqueueTask(ctx, t, task); err != nil {
			return out, err
		}
	}
	return out, nil
}

// admit decides what becomes of a link, and enqueues it if it is admitted. The order of the
// questions matters: a link that is known already is not said to be muted or rejected, and one
// that is muted or was answered before takes no place in a full queue.
func (q *Queue) admit(ctx context.Context, t database.Tx, n job.NewLink, now time.Time) (job.AcceptedLink, error) {
	l := n.Link
	if l.ThreadTS == l.MessageTS {
		l.ThreadTS = ""
	}
	isNew, err := revise(ctx, t, &l, n.Again)
	if err != nil {
		return job.AcceptedLink{}, err
	}
	if !isNew {
		return job.AcceptedLink{Link: l, Admission: job.Known}, nil
	}
	l.State, l.Created = job.LinkQueued, now
	if !l.Source.Asked() {
		admission, err := q.unasked(ctx, t, l, n.Fresh, now)
		if err != nil || admission != job.Admitted {
			return job.AcceptedLink{Link: l, Admission: admission}, err
		}
	}
	full, err := q.full(ctx, t)
	if err != nil {
		return job.AcceptedLink{}, err
	}
	if full {
		// One notice a channel and minute: many replies would not help.
		err := q.enqueueTask(ctx, t, job.Task{Kind: job.TaskFull, Key: fmt.Sprintf("full/%s/%d", l.Channel, now.Unix()/60), Payload: l})
		return job.AcceptedLink{Link: l, Admission: job.Rejected}, err
	}
	admission, err := q.insertLink(ctx, t, l, now)
	return job.AcceptedLink{Link: l, Admission: admission}, err
}

// revise gives the link its id and revision, and reports whether that is a new job: the first
// of its kind in the message, or a further one after a withdrawal or on request. When it is
// not new, l has the id of the job that there is.
func revise(ctx context.Context, t database.Tx, l *job.Link, again bool) (isNew bool, err error) {
	var revision int
	var state string
	found, err := database.One(ctx, t, `SELECT revision, state FROM commentator_links
		WHERE channel = $1 AND message_ts = $2 AND team = $3 AND canonical = $4 ORDER BY revision DESC LIMIT 1`,
		[]any{l.Channel, l.MessageTS, l.Team, l.Canonical}, &revision, &state)
	if err != nil {
		return false, err
	}
	before := job.LinkState(state)
	isNew = !found || before == job.LinkCancelled || again && before.Final()
	l.Revision = revision
	if found && isNew {
		l.Revision++
	}
	l.ID = linkID(*l)
	return isNew, nil
}

// unasked decides on a link that nobody asked for: it may be muted, the channel's links may be
// answered on request only, or it was answered before, here or in another channel. job.Admitted
// means that nothing speaks against it. For job.Shared and job.Elsewhere the task that points to the
// earlier answer is enqueued here.
func (q *Queue) unasked(ctx context.Context, t database.Tx, l job.Link, fresh bool, now time.Time) (job.Admission, error) {
	muted, err := q.mutes.Muted(ctx, t, l.Channel, l.Domain)
	if err != nil || muted {
		return job.Muted, err
	}
	if answers, err := q.set.Answers(ctx, t, l.Channel); err != nil || answers != job.AnswersAll {
		return job.Unasked, err
	}
	seen, err := q.seen(ctx, t, l, now)
	switch {
	case err != nil:
		return "", err
	case seen == nil && fresh:
		return job.Admitted, nil
	case seen == nil:
		return q.elsewhere(ctx, t, l, now)
	case seen.MessageTS == l.ThreadTS:
		return job.Known, nil // the thread under the comment itself
	case fresh:
		return job.Admitted, nil
	}
	err = q.enqueueTask(ctx, t, job.Task{Kind: job.TaskShared, Key: "shared/" + l.ID, Payload: job.SharedNotice{Link: l, Seen: *seen}})
	return job.Shared, err
}

// insertLink enqueues a link. job.Known means that another listener was faster.
func (q *Queue) insertLink(ctx context.Context, t database.Tx, l job.Link, now time.Time) (job.Admission, error) {
	turn, err := newTurn(ctx, t, l, now)
	if err != nil {
		return "", err
	}
	riverID, err := q.river.insert(ctx, t, linkArgs{ID: l.ID}, linkInsertOpts(l.Source))
	if err != nil {
		return "", err
	}
	// On Postgres another listener may have committed the same id since revise has looked; the
	// key decides.
	added, err := t.Exec(ctx, `INSERT INTO commentator_links (id, team, channel, message_ts, thread_ts, user_id, url, canonical, domain,
		position, revision, source, origin, question, about, session_ts, state, river_id, created_ms, available_ms, turn, priority)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $18, $19, $20, 'queued', $14, $15, $15, $16, $17)
		ON CONFLICT (id) DO NOTHING`,
		l.ID, l.Team, l.Channel, l.MessageTS, l.ThreadTS, l.User, l.URL, l.Canonical, l.Domain,
		l.Position, l.Revision, string(l.Source), l.Origin, riverID, database.Millis(now), turn, priority(l.Source),
		l.Question, l.About, l.SessionTS)
	if err != nil {
		return "", err
	}
	if added == 0 {
		return job.Known, nil // the spare River job finds the link in other hands
	}
	if l.Question != "" {
		return job.Admitted, nil // nothing was shared
	}
	// The newest sharing is the one to be pointed to from now on, also when people asked for it.
	_, err = t.Exec(ctx, `INSERT INTO commentator_seen (channel, canonical, job_id, user_id, message_ts, seen_ms)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (channel, canonical) DO UPDATE SET job_id = excluded.job_id, user_id = excluded.user_id,
			message_ts = excluded.message_ts, seen_ms = excluded.seen_ms`,
		l.Channel, l.Canonical, l.ID, l.User, l.MessageTS, database.Millis(now))
	return job.Admitted, err
}

// seen finds an earlier message of the channel that shared the link, unless
// its comment failed or was withdrawn.
func (q *Queue) seen(ctx context.Context, from database.Querier, l job.Link, now time.Time) (*job.Seen, error) {
	if q.cfg.SeenWindow <= 0 {
		return nil, nil
	}
	var seen job.Seen
	var at int64
	since, err := q.seenSince(ctx, from, now)
	if err != nil {
		return nil, err
	}
	found, err := database.One(ctx, from, `SELECT job_id, user_id, message_ts, seen_ms FROM commentator_seen
		WHERE channel = $1 AND canonical = $2 AND message_ts <> $3 AND seen_ms > $4`,
		[]any{l.Channel, l.Canonical, l.MessageTS, since},
		&seen.JobID, &seen.User, &seen.MessageTS, &at)
	if !found || err != nil {
		return nil, err
	}
	seen.At = database.Time(at)
	return &seen, nil
}

// seenSince is how far back a link is known, in Unix milliseconds. A clock that leaps ahead makes
// nobody's link new.
func (q *Queue) seenSince(ctx context.Context, from database.Querier, now time.Time) (int64, error) {
	safe, err := q.db.SafeNow(ctx, from)
	if safe.Before(now) {
		now = safe
	}
	return database.Millis(now.Add(-q.cfg.SeenWindow)), err
}

// maxElsewhere bounds the other channels that a task asks for an answer to point to.
const maxElsewhere = 5

// elsewhere leaves a link that other channels have seen to a task, which asks Slack who may read
// there; job.Admitted means that there is none.
func (q *Queue) elsewhere(ctx context.Context, t database.Tx, l job.Link, now time.Time) (job.Admission, error) {
	if q.cfg.SeenWindow <= 0 {
		return job.Admitted, nil
	}
	since, err := q.seenSince(ctx, t, now)
	if err != nil {
		return "", err
	}
	n := job.ElsewhereNotice{Link: l}
	err = database.Each(ctx, t, `SELECT channel, job_id, user_id, message_ts, seen_ms FROM commentator_seen
		WHERE canonical = $1 AND channel <> $2 AND seen_ms > $3 ORDER BY seen_ms DESC LIMIT $4`,
		[]any{l.Canonical, l.Channel, since, maxElsewhere}, func(r database.Rows) error {
			var s job.Seen
			var at int64
			err := r.Scan(&s.Channel, &s.JobID, &s.User, &s.MessageTS, &at)
			s.At = database.Time(at)
			n.Seen = append(n.Seen, s)
			return err
		})
	if err != nil || len(n.Seen) == 0 {
		return job.Admitted, err
	}
	return job.Elsewhere, q.enqueueTask(ctx, t, job.Task{Kind: job.TaskElsewhere, Key: "elsewhere/" + l.ID, Payload: n})
}

// unsee lets the link be answered again when it is shared again. Only the row that this very
// job wrote goes: a later sharing of the same link may have replaced it.
func unsee(ctx context.Context, t database.Tx, l job.Link) error {
	_, err := t.Exec(ctx, `DELETE FROM commentator_seen WHERE channel = $1 AND canonical = $2 AND job_id = $3`, l.Channel, l.Canonical, l.ID)
	return err
}
