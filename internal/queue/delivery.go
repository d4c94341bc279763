package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// DeliveryState is where a post to Slack stands.
type DeliveryState string

// The states of a delivery. One that is Sending may have been posted or not:
// nobody knows until Slack was asked.
const (
	Planned DeliveryState = "planned"
	Sending DeliveryState = "sending"
	Sent    DeliveryState = "sent"
	// Adopted is a post of an earlier revision of the link, to be changed.
	Adopted DeliveryState = "adopted"
	Deleted DeliveryState = "deleted"
)

// Notice is the job id of posts that belong to no link.
const Notice = "notice"

// Delivery is one post to Slack, made effectively once.
type Delivery struct {
	Key       string // also in the message's metadata
	JobID     string
	Part      int // of the replies of a job, from 0
	State     DeliveryState
	Channel   string
	ThreadTS  string
	TS        string // once sent
	Permalink string
	Updated   time.Time
}

// BeginDelivery notes that d is about to be posted, and returns the delivery
// as it was before: Sending means that an earlier try may have succeeded, Sent
// that nothing is left to do. A delivery that belongs to a link is only begun
// by the worker that holds the link.
func (s *Store) BeginDelivery(ctx context.Context, d Delivery) (before Delivery, err error) {
	err = s.db.inTx(ctx, func(t transaction) error {
		if err := s.holds(ctx, t, d.JobID); err != nil {
			return err
		}
		var found bool
		if before, found, err = s.delivery(ctx, t, d.Key, s.db.forUpdate()); err != nil {
			return err
		}
		if found && before.State != Planned && before.State != Deleted {
			return nil
		}
		if !found {
			before = d
			before.State = Planned
		}
		_, err := t.exec(ctx, `INSERT INTO commentator_deliveries (key, job_id, part, state, channel, thread_ts, updated_ms)
			VALUES ($1, $2, $3, 'sending', $4, $5, $6) ON CONFLICT (key) DO UPDATE SET state = 'sending', updated_ms = excluded.updated_ms`,
			d.Key, d.JobID, d.Part, d.Channel, d.ThreadTS, ms(s.now()))
		return err
	})
	if err != nil {
		return Delivery{}, fmt.Errorf("begin the delivery: %w", err)
	}
	return before, nil
}

// holds says ErrCancelled or ErrNotOurs when this process may not post for
// the link. Ids of other things than links pass.
func (s *Store) holds(ctx context.Context, q querier, jobID string) error {
	var state, owner string
	found, err := one(ctx, q, `SELECT state, owner FROM commentator_links WHERE id = $1`, []any{jobID}, &state, &owner)
	switch {
	case err != nil:
		return err
	case found && State(state) == Cancelled:
		return ErrCancelled
	case found && State(state) == Running && owner != s.id:
		return ErrNotOurs
	}
	return nil
}

func (s *Store) delivery(ctx context.Context, q querier, key, suffix string) (d Delivery, found bool, err error) {
	err = each(ctx, q, `SELECT key, job_id, part, state, channel, thread_ts, ts, permalink, updated_ms
		FROM commentator_deliveries WHERE key = $1`+suffix, []any{key}, func(r rows) error {
		found = true
		d, err = scanDelivery(r)
		return err
	})
	return d, found, err
}

func scanDelivery(r rows) (Delivery, error) {
	var d Delivery
	var state string
	var updated int64
	err := r.Scan(&d.Key, &d.JobID, &d.Part, &state, &d.Channel, &d.ThreadTS, &d.TS, &d.Permalink, &updated)
	d.State, d.Updated = DeliveryState(state), fromMS(updated)
	return d, err
}

// FinishDelivery notes that the delivery was posted as ts.
func (s *Store) FinishDelivery(ctx context.Context, key, ts string) error {
	return s.setDelivery(ctx, `state = 'sent', ts = $3`, key, ts)
}

// KeepSending notes that an open delivery is about to be posted once more,
// after Slack was asked and did not have it.
func (s *Store) KeepSending(ctx context.Context, key string) error {
	return s.setDelivery(ctx, `state = 'sending'`, key)
}

// AbandonDelivery notes that the post certainly did not take effect, so that
// it can be tried again without asking Slack.
func (s *Store) AbandonDelivery(ctx context.Context, key string) error {
	return s.setDelivery(ctx, `state = CASE WHEN state = 'sending' THEN 'planned' ELSE state END`, key)
}

// ForgetDelivery notes that the post was deleted.
func (s *Store) ForgetDelivery(ctx context.Context, key string) error {
	return s.setDelivery(ctx, `state = 'deleted'`, key)
}

// SetPermalink notes the address of a post.
func (s *Store) SetPermalink(ctx context.Context, key, permalink string) error {
	return s.setDelivery(ctx, `permalink = $3`, key, permalink)
}

func (s *Store) setDelivery(ctx context.Context, set, key string, args ...any) error {
	n, err := s.db.exec(ctx, `UPDATE commentator_deliveries SET updated_ms = $2, `+set+` WHERE key = $1`,
		append([]any{key, ms(s.now())}, args...)...)
	if err == nil && n == 0 {
		err = errors.New("it was never begun")
	}
	if err != nil {
		return fmt.Errorf("update delivery %s: %w", key, err)
	}
	s.signal()
	return nil
}

// Deliveries lists what was posted for a job, by part.
func (s *Store) Deliveries(ctx context.Context, jobID string) ([]Delivery, error) {
	return s.deliveries(ctx, `job_id = $1 ORDER BY part`, jobID)
}

// DeliveryAt finds the delivery that was posted as that message.
func (s *Store) DeliveryAt(ctx context.Context, channel, ts string) (*Delivery, error) {
	ds, err := s.deliveries(ctx, `channel = $1 AND ts = $2 AND state IN ('sent', 'adopted')`, channel, ts)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	return &ds[0], nil
}

// NoticesIn lists the notices that stand in a thread.
func (s *Store) NoticesIn(ctx context.Context, channel, thread string) ([]Delivery, error) {
	return s.deliveries(ctx, `channel = $1 AND thread_ts = $2 AND job_id = $3 AND state IN ('sending', 'sent')`, channel, thread, Notice)
}

func (s *Store) deliveries(ctx context.Context, where string, args ...any) ([]Delivery, error) {
	var out []Delivery
	err := each(ctx, s.db, `SELECT key, job_id, part, state, channel, thread_ts, ts, permalink, updated_ms
		FROM commentator_deliveries WHERE `+where, args, func(r rows) error {
		d, err := scanDelivery(r)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return out, nil
}

// Adopt lets job take over the posts of an earlier revision of the same link,
// so that a re-run changes them instead of posting beside them.
func (s *Store) Adopt(ctx context.Context, job Link, key func(part int) string) error {
	if job.Revision == 0 {
		return nil
	}
	return s.db.inTx(ctx, func(t transaction) error {
		var before string
		found, err := one(ctx, t, `SELECT id FROM commentator_links WHERE team = $1 AND channel = $2 AND message_ts = $3 AND canonical = $4 AND revision < $5
			AND EXISTS (SELECT 1 FROM commentator_deliveries d WHERE d.job_id = commentator_links.id AND d.state IN ('sent', 'adopted'))
			ORDER BY revision DESC LIMIT 1`, []any{job.Team, job.Channel, job.MessageTS, job.Canonical, job.Revision}, &before)
		if err != nil || !found {
			return err
		}
		ds := map[int]string{}
		if err := each(ctx, t, `SELECT key, part FROM commentator_deliveries WHERE job_id = $1 AND state IN ('sent', 'adopted')`, []any{before}, func(r rows) error {
			var k string
			var part int
			err := r.Scan(&k, &part)
			ds[part] = k
			return err
		}); err != nil {
			return err
		}
		for part, old := range ds {
			if _, err := t.exec(ctx, `UPDATE commentator_deliveries SET key = $2, job_id = $3, state = 'adopted' WHERE key = $1
				AND NOT EXISTS (SELECT 1 FROM commentator_deliveries WHERE key = $2)`, old, key(part), job.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
