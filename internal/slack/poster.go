package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/retry"
)

// Poster posts replies effectively once, although Slack's API has no
// idempotency key: each message has a row that says planned, sending or sent,
// and carries the row's key in its metadata. A row found in state sending, and
// any answer that leaves open whether the post took effect, is settled by
// looking for the key in the thread before anything is posted again.
type Poster struct {
	api    API
	store  *queue.Store
	pace   *pace
	inTurn time.Duration
	log    *slog.Logger
	now    func() time.Time
}

var _ job.Poster = (*Poster)(nil)

const (
	// maxWait is how long a 429 is waited out before the job goes back into
	// the queue.
	maxWait = 30 * time.Second
	// settle is how long after a post that may have taken effect Slack is asked
	// for it: what takes effect at all is readable by then.
	settle = 1500 * time.Millisecond
	// stale is how old a permission to post may be: longer, and this process may
	// have been asleep while another took the job over.
	stale = 5 * time.Second
	// maxTries bounds posts of one message in one attempt that Slack failed at,
	// and questions after it.
	maxTries = 3
	// maxLooked bounds the messages looked at in a thread.
	maxLooked = 2000
)

// Post posts the messages of a job into its thread, in order, after those of
// the links before it. A job that was run again changes the earlier reply.
func (p *Poster) Post(ctx context.Context, j job.Job, messages []job.Message) (job.Posted, error) {
	if err := ctx.Err(); err != nil {
		return job.Posted{}, err
	}
	link, err := p.store.Link(ctx, j.ID)
	if err != nil {
		return job.Posted{}, retry.Passing(err)
	}
	if link != nil {
		if err := p.store.InTurn(ctx, *link, p.inTurn); err != nil {
			return job.Posted{}, retry.Passing(err)
		}
		if err := p.store.Adopt(ctx, *link, func(part int) string { return deliveryKey(j.ID, part) }); err != nil {
			return job.Posted{}, retry.Passing(err)
		}
	}
	thread := j.ThreadTS
	if thread == "" {
		thread = j.MessageTS
	}
	var first queue.Delivery
	for i, m := range messages {
		d, err := p.deliver(ctx, queue.Delivery{Key: deliveryKey(j.ID, i), JobID: j.ID, Part: i, Channel: j.Channel, ThreadTS: thread},
			Outgoing{Text: m.Text, Blocks: m.Blocks})
		if err != nil {
			return job.Posted{}, err
		}
		if i == 0 {
			first = d
		}
	}
	p.deleteRest(ctx, j.ID, len(messages))
	return job.Posted{Channel: first.Channel, TS: first.TS, Permalink: p.permalink(ctx, first)}, nil
}

func deliveryKey(jobID string, part int) string { return fmt.Sprintf("%s/%d", jobID, part) }

// deliver posts one message, or changes the one that stands there already.
func (p *Poster) deliver(ctx context.Context, d queue.Delivery, m Outgoing) (queue.Delivery, error) {
	m.Channel, m.Thread, m.Key = d.Channel, d.ThreadTS, d.Key
	began, looks, tries := p.now(), 0, 0
	for {
		if err := p.pace.wait(ctx, d.Channel); err != nil {
			return d, err
		}
		begun := p.now()
		before, err := p.store.BeginDelivery(ctx, d)
		if err != nil {
			return d, beginError(err)
		}
		switch before.State {
		case queue.Sent:
			return before, nil
		case queue.Adopted:
			done, err := p.change(ctx, before, m)
			if err != nil || done {
				return before, err
			}
		case queue.Sending:
			ts, err := p.find(ctx, before)
			if err != nil {
				if err := waitOut(ctx, err, looks, p.now().Sub(began)); err != nil {
					return d, err
				}
				looks++
				continue
			}
			if ts != "" {
				return p.sent(ctx, before, ts)
			}
			if err := p.store.KeepSending(ctx, d.Key); err != nil {
				return d, retry.Passing(err)
			}
		}
		if before.State == queue.Planned && p.now().Sub(begun) > stale {
			continue
		}
		ts, err := p.api.Post(ctx, m)
		if err == nil {
			return p.sent(ctx, d, ts)
		}
		if retryAfterOf(err) == 0 { // a 429 is bounded by maxWait
			tries++
		}
		if err = p.failed(ctx, d, err, tries, began); err != nil {
			return d, err
		}
	}
}

// failed settles a failed post as far as possible. It returns nil when the
// post may be tried again now: the row says whether Slack has to be asked first.
func (p *Poster) failed(ctx context.Context, d queue.Delivery, err error, try int, began time.Time) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if !e.Unclear {
		// What is recorded here spares a question later; without it nothing breaks.
		if aerr := p.store.AbandonDelivery(context.WithoutCancel(ctx), d.Key); aerr != nil {
			p.log.Warn("a delivery stays open", "key", d.Key, "error", aerr)
		}
	}
	if ctx.Err() != nil {
		return err
	}
	if e.after > 0 {
		if e.Code == codeRateLimited {
			p.pace.hold(d.Channel, e.after)
		}
		if p.now().Sub(began)+e.after > maxWait {
			return err
		}
		return nil // the pace waits
	}
	if !e.retryable || try >= maxTries {
		return err
	}
	return nil
}

// waitOut waits after a question that Slack did not answer until it may be
// asked again; times is how often that happened before. Otherwise it returns err.
func waitOut(ctx context.Context, err error, times int, spent time.Duration) error {
	var e *Error
	if !errors.As(err, &e) || !e.retryable || e.after == 0 && times+1 >= maxTries {
		return err
	}
	wait := max(e.after, settle)
	if spent+wait > maxWait || retry.Sleep(ctx, wait) != nil {
		return err
	}
	return nil
}

// sent records that the message stands at ts. The message is there already, so
// this is tried even if the job is being stopped.
func (p *Poster) sent(ctx context.Context, d queue.Delivery, ts string) (queue.Delivery, error) {
	d.TS, d.State = ts, queue.Sent
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := p.store.FinishDelivery(rctx, d.Key, ts); err != nil {
		return d, retry.Passing(err) // the next attempt finds the message by its key
	}
	return d, nil
}

// find looks for the message of an open delivery in its thread; empty when it
// certainly isn't there.
func (p *Poster) find(ctx context.Context, d queue.Delivery) (ts string, err error) {
	if wait := settle - p.now().Sub(d.Updated); wait > 0 {
		if err := retry.Sleep(ctx, min(wait, settle)); err != nil {
			return "", err
		}
	}
	looked := 0
	look := func(m Message) bool {
		if looked++; m.Key == d.Key {
			ts = m.TS
		}
		return ts == "" && looked < maxLooked
	}
	if d.ThreadTS == "" {
		err = p.api.History(ctx, d.Channel, slackTime(d.Updated.Add(-time.Hour)), look)
	} else {
		err = p.api.Thread(ctx, d.Channel, d.ThreadTS, "", look)
	}
	if err == nil && ts == "" && looked >= maxLooked {
		return "", &Error{Method: "conversations.replies", Code: "thread_too_long",
			Hint: fmt.Sprintf("whether the reply was posted can't be told from the first %d messages of the thread, so it is not posted again", maxLooked)}
	}
	return ts, err
}

// change puts m in the place of an earlier reply. done is false when that
// can't be changed any more; the row then says that m is being posted.
func (p *Poster) change(ctx context.Context, d queue.Delivery, m Outgoing) (done bool, err error) {
	for try := 1; ; try++ {
		err = p.api.Update(ctx, d.TS, m)
		var e *Error
		switch {
		case err == nil:
			_, err = p.sent(ctx, d, d.TS)
			return true, err
		case IsCode(err, "message_not_found", "cant_update_message", "edit_window_closed"):
			if err := p.store.KeepSending(ctx, d.Key); err != nil {
				return false, retry.Passing(err)
			}
			return false, nil
		case !errors.As(err, &e) || !e.retryable || e.after > maxWait || try >= maxTries:
			return false, err
		}
		if err := retry.Sleep(ctx, max(e.after, settle)); err != nil { // the same change twice is one change
			return false, err
		}
	}
}

// deleteRest deletes replies of an earlier revision that had more parts.
func (p *Poster) deleteRest(ctx context.Context, jobID string, parts int) {
	ds, err := p.store.Deliveries(ctx, jobID)
	if err != nil {
		p.log.Warn("earlier replies stay", "job_id", jobID, "error", err)
		return
	}
	for _, d := range ds {
		if d.Part < parts || d.State != queue.Adopted {
			continue
		}
		if err := p.withdraw(ctx, d); err != nil {
			p.log.Warn("an earlier reply stays", "job_id", jobID, "error", err)
		}
	}
}

// withdraw deletes a posted message.
func (p *Poster) withdraw(ctx context.Context, d queue.Delivery) error {
	if d.State == queue.Sending {
		ts, err := p.find(ctx, d)
		if err != nil && !IsCode(err, "thread_not_found", "message_not_found") {
			return err
		}
		d.TS = ts
	}
	if d.TS != "" {
		if err := p.api.Delete(ctx, d.Channel, d.TS); err != nil && !IsCode(err, "message_not_found", "channel_not_found", "is_archived") {
			return err
		}
	}
	return p.store.ForgetDelivery(ctx, d.Key)
}

// permalink is best effort: a reply is no worse without.
func (p *Poster) permalink(ctx context.Context, d queue.Delivery) string {
	if d.Permalink != "" || d.TS == "" {
		return d.Permalink
	}
	link, err := p.api.Permalink(ctx, d.Channel, d.TS)
	if err == nil {
		err = p.store.SetPermalink(ctx, d.Key, link)
	}
	if err != nil {
		p.log.Debug("no permalink", "key", d.Key, "error", err)
	}
	return link
}

// beginError keeps what can't succeed later from being tried again.
func beginError(err error) error {
	if errors.Is(err, queue.ErrCancelled) || errors.Is(err, queue.ErrNotOurs) {
		return err
	}
	return retry.Passing(err)
}
