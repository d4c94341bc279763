package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Event is one thing that happened in Slack, reduced to what follows from it.
type Event struct {
	// Keys name the event; the first is its own id. If the store knows any of
	// them, the event is a repetition and nothing follows from it.
	Keys  []string
	Kind  string // for people who look into the inbox
	Links []NewLink
	Tasks []Task
	// Mark, if set, is raised to MarkValue in the same transaction.
	Mark, MarkValue string
}

// NewLink is a link that an event brings.
type NewLink struct {
	Link
	// Again makes a further revision of a link of this message that ended.
	Again bool
	// Fresh answers the link even if the channel has seen it before.
	Fresh bool
}

// Admission is what the store did with a link.
type Admission string

// The admissions.
const (
	Admitted Admission = "admitted"
	Known    Admission = "known"    // this link of this message is a job already
	Shared   Admission = "shared"   // seen in this channel before; a task points there
	Muted    Admission = "muted"    // the channel or the domain is muted
	Rejected Admission = "rejected" // the queue is full; a task says so
)

// AcceptedLink is a link with what became of it.
type AcceptedLink struct {
	Link
	Admission Admission
}

// Accepted is what followed from an event.
type Accepted struct {
	Duplicate bool
	Links     []AcceptedLink
}

// Seen is the first sharing of a link in a channel.
type Seen struct {
	JobID     string    `json:"job_id"`
	User      string    `json:"user"`
	MessageTS string    `json:"message_ts"`
	At        time.Time `json:"at"`
}

// SharedNotice is the payload of the task [TaskShared].
type SharedNotice struct {
	Link Link `json:"link"`
	Seen Seen `json:"seen"`
}

// Accept stores an event and what follows from it in one transaction. When it
// returns without error, the event may be acknowledged: it won't be lost.
func (s *Store) Accept(ctx context.Context, ev Event) (Accepted, error) {
	if len(ev.Keys) == 0 {
		return Accepted{}, errors.New("accept an event: it has no key")
	}
	var out Accepted
	err := s.db.inTx(ctx, func(t transaction) error {
		out = Accepted{}
		now := s.now()
		if ev.Mark != "" {
			if err := raiseMark(ctx, t, ev.Mark, ev.MarkValue); err != nil {
				return err
			}
		}
		for _, key := range ev.Keys {
			n, err := t.exec(ctx, `INSERT INTO commentator_inbox (key, event, kind, received_ms) VALUES ($1, $2, $3, $4)
				ON CONFLICT (key) DO NOTHING`, key, ev.Keys[0], ev.Kind, ms(now))
			if err != nil {
				return err
			}
			if n == 0 {
				out.Duplicate = true
			}
		}
		if out.Duplicate {
			return nil // the keys that were new lead to the same gesture from now on
		}
		for _, l := range ev.Links {
			a, err := s.admit(ctx, t, l, now)
			if err != nil {
				return fmt.Errorf("enqueue a link: %w", err)
			}
			out.Links = append(out.Links, a)
		}
		for _, task := range ev.Tasks {
			if err := s.enqueueTask(ctx, t, task); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Accepted{}, fmt.Errorf("store the event: %w", err)
	}
	for _, l := range out.Links {
		if l.Admission == Rejected {
			s.rejected.Add(1)
			s.fullLog.Do(func() {
				s.cfg.log.Warn("the queue is full, links are rejected; see commentator_links_rejected for how many", "depth", s.cfg.depth)
			})
		}
	}
	return out, nil
}

func (s *Store) admit(ctx context.Context, t transaction, n NewLink, now time.Time) (AcceptedLink, error) {
	l := n.Link
	if l.ThreadTS == l.MessageTS {
		l.ThreadTS = ""
	}
	var revision int
	var state string
	found, err := one(ctx, t, `SELECT revision, state FROM commentator_links
		WHERE channel = $1 AND message_ts = $2 AND team = $3 AND canonical = $4 ORDER BY revision DESC LIMIT 1`,
		[]any{l.Channel, l.MessageTS, l.Team, l.Canonical}, &revision, &state)
	if err != nil {
		return AcceptedLink{}, err
	}
	l.Revision = revision
	if found {
		again := State(state) == Cancelled || n.Again && State(state).Final()
		if !again {
			l.ID = linkID(l)
			return AcceptedLink{l, Known}, nil
		}
		l.Revision++
	}
	l.ID, l.State, l.Created = linkID(l), Queued, now

	if !l.Source.asked() {
		muted, err := one(ctx, t, `SELECT 1 FROM commentator_mutes WHERE (scope = 'channel' AND value = $1) OR (scope = 'domain' AND value = $2) LIMIT 1`,
			[]any{l.Channel, l.Domain}, new(int))
		if err != nil || muted {
			return AcceptedLink{l, Muted}, err
		}
		seen, err := s.seen(ctx, t, l, now)
		if err != nil {
			return AcceptedLink{}, err
		}
		if seen != nil && seen.MessageTS == l.ThreadTS {
			return AcceptedLink{l, Known}, nil // the thread under the comment itself
		}
		if seen != nil && !n.Fresh {
			err := s.enqueueTask(ctx, t, Task{Kind: TaskShared, Key: "shared/" + l.ID, Payload: SharedNotice{Link: l, Seen: *seen}})
			return AcceptedLink{l, Shared}, err
		}
	}
	var depth int
	if _, err := one(ctx, t, `SELECT count(*) FROM commentator_links WHERE state IN ('queued', 'waiting', 'running')`, nil, &depth); err != nil {
		return AcceptedLink{}, err
	}
	if depth >= s.cfg.depth {
		// One notice a channel and minute: many replies would not help.
		err := s.enqueueTask(ctx, t, Task{Kind: TaskFull, Key: fmt.Sprintf("full/%s/%d", l.Channel, now.Unix()/60), Payload: l})
		return AcceptedLink{l, Rejected}, err
	}
	riverID, err := t.insert(ctx, linkArgs{ID: l.ID}, linkInsertOpts(l.Source))
	if err != nil {
		return AcceptedLink{}, err
	}
	added, err := t.exec(ctx, `INSERT INTO commentator_links (id, team, channel, message_ts, thread_ts, user_id, url, canonical, domain,
		position, revision, source, origin, state, river_id, created_ms, available_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'queued', $14, $15, $15) ON CONFLICT (id) DO NOTHING`,
		l.ID, l.Team, l.Channel, l.MessageTS, l.ThreadTS, l.User, l.URL, l.Canonical, l.Domain,
		l.Position, l.Revision, string(l.Source), l.Origin, riverID, ms(now))
	if err != nil {
		return AcceptedLink{}, err
	}
	if added == 0 { // another listener was faster; the spare River job finds the link in other hands
		return AcceptedLink{l, Known}, nil
	}
	_, err = t.exec(ctx, `INSERT INTO commentator_seen (channel, canonical, job_id, user_id, message_ts, seen_ms)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (channel, canonical) DO UPDATE SET job_id = excluded.job_id, user_id = excluded.user_id,
			message_ts = excluded.message_ts, seen_ms = excluded.seen_ms`,
		l.Channel, l.Canonical, l.ID, l.User, l.MessageTS, ms(now))
	return AcceptedLink{l, Admitted}, err
}

// seen finds an earlier message of the channel that shared the link, unless
// its comment failed or was withdrawn.
func (s *Store) seen(ctx context.Context, q querier, l Link, now time.Time) (*Seen, error) {
	if s.cfg.seenWindow <= 0 {
		return nil, nil
	}
	var seen Seen
	var at int64
	found, err := one(ctx, q, `SELECT job_id, user_id, message_ts, seen_ms FROM commentator_seen
		WHERE channel = $1 AND canonical = $2 AND message_ts <> $3 AND seen_ms > $4`,
		[]any{l.Channel, l.Canonical, l.MessageTS, ms(now.Add(-s.cfg.seenWindow))},
		&seen.JobID, &seen.User, &seen.MessageTS, &at)
	if !found || err != nil {
		return nil, err
	}
	seen.At = fromMS(at)
	return &seen, nil
}

// KnowsEvent tells whether the store has accepted an event with that key.
func (s *Store) KnowsEvent(ctx context.Context, key string) (bool, error) {
	found, err := one(ctx, s.db, `SELECT 1 FROM commentator_inbox WHERE key = $1`, []any{key}, new(int))
	if err != nil {
		return false, fmt.Errorf("look for an event: %w", err)
	}
	return found, nil
}

// maxUnreadable is how many bytes of an unreadable event are kept.
const maxUnreadable = 64 << 10

// KeepUnreadable stores an event that could not be understood, for a person
// to look at. It is no error to store it again.
func (s *Store) KeepUnreadable(ctx context.Context, id, reason string, payload []byte) error {
	if len(payload) > maxUnreadable {
		payload = payload[:maxUnreadable]
	}
	_, err := s.db.exec(ctx, `INSERT INTO commentator_unreadable (event, reason, payload, received_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (event) DO NOTHING`, id, reason, toText(payload), ms(s.now()))
	if err != nil {
		return fmt.Errorf("store an unreadable event: %w", err)
	}
	return nil
}
