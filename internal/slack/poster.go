package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Poster posts replies effectively once, although Slack's API has no idempotency key: each
// message has a row that says planned, sending or sent, and carries the row's key in its
// metadata. A row found in state sending, and any answer that leaves open whether the post
// took effect, is decided by looking for the key in the thread before anything is posted
// again. It is safe for concurrent use: pace has its own lock, and what is known of a post is
// in its row, where Begin decides between two who post the same.
type Poster struct {
	api    API
	posts  Posts
	queue  Queue
	pace   *pace
	inTurn time.Duration
	log    *slog.Logger
	now    func() time.Time
	wall   func() time.Time // without the process's own clock, see since
}

var _ job.Poster = (*Poster)(nil)

const (
	// maxWait is how long a 429 is waited out before the job goes back into
	// the queue.
	maxWait = 30 * time.Second
	// visibleAfter is how long after a post that may have taken effect Slack is asked
	// for it: what takes effect at all is readable by then.
	visibleAfter = 1500 * time.Millisecond
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
	link, err := p.queue.Link(ctx, j.ID)
	if err != nil {
		return job.Posted{}, retry.Passing(err)
	}
	// A job without a link in the queue, as of a command line, has no place among others and no
	// earlier reply.
	if link != nil {
		if err := p.posts.WaitTurn(ctx, *link, p.inTurn); err != nil {
			return job.Posted{}, retry.Passing(err)
		}
		if err := p.posts.Adopt(ctx, *link, func(part int) string { return postKey(j.ID, part) }); err != nil {
			return job.Posted{}, retry.Passing(err)
		}
	}
	var first job.Post
	for i, m := range messages {
		made, err := p.post(ctx, job.Post{Key: postKey(j.ID, i), JobID: j.ID, Part: i, Channel: j.Channel, ThreadTS: j.Thread()},
			Outgoing{Text: m.Text, Blocks: m.Blocks})
		if err != nil {
			return job.Posted{}, err
		}
		if i == 0 {
			first = made
		}
	}
	p.deleteRest(ctx, j.ID, len(messages))
	return job.Posted{Channel: first.Channel, TS: first.TS, Permalink: p.permalink(ctx, first)}, nil
}

// postKey is the key of a part of a job's reply. Those of notices and commands begin with a
// word, which no job id is.
func postKey(jobID string, part int) string { return fmt.Sprintf("%s/%d", jobID, part) }

// post posts one message, or changes the one that stands there already. Each round begins with
// the row as it is by now, since a failure, a wait or another process may have changed it.
// looks and tries bound questions and posts apart: neither uses the other's up.
func (p *Poster) post(ctx context.Context, row job.Post, m Outgoing) (job.Post, error) {
	m.Channel, m.Thread, m.Key = row.Channel, row.ThreadTS, row.Key
	began, looks, tries := p.now(), 0, 0
	for {
		if err := p.pace.wait(ctx, row.Channel, maxWait-min(p.now().Sub(began), maxWait)); err != nil {
			return row, err
		}
		begun := p.moment()
		before, err := p.posts.Begin(ctx, row)
		if err != nil {
			return row, beginError(err)
		}
		switch before.State {
		// An attempt before this one, cut after the post, or another part of the same attempt
		// repeated.
		case job.PostSent:
			return before, nil
		case job.PostAdopted:
			done, err := p.change(ctx, before, m)
			if err != nil || done {
				return before, err
			}
		case job.PostSending:
			ts, err := p.find(ctx, before)
			if err != nil {
				if err := waitOut(ctx, err, looks, p.now().Sub(began)); err != nil {
					return row, err
				}
				looks++
				continue
			}
			if ts != "" {
				return p.sent(ctx, before, ts)
			}
		}
		if before.State == job.PostSending || before.State == job.PostAdopted {
			begun = p.moment()
			mine, err := p.posts.MarkSending(ctx, before)
			if err != nil {
				return row, beginError(err)
			}
			if !mine {
				continue // another process has posted since Slack was asked
			}
		}
		// The permission to post has grown old, as when the process was stopped or the machine asleep: it is
		// asked for again. The row says sending by now, so the next round asks Slack first, which is no
		// harm.
		if p.since(begun) > stale {
			continue
		}
		ts, err := p.api.Post(ctx, m)
		if err == nil {
			return p.sent(ctx, row, ts)
		}
		if retry.After(err) == 0 { // a 429 is bounded by maxWait
			tries++
		}
		if err = p.afterFailure(ctx, row, err, tries, began); err != nil {
			return row, err
		}
	}
}

// moment is a time on two clocks: that of the process stands still while the machine is asleep, that of the wall
// may be set back.
type moment struct{ process, wall time.Time }

func (p *Poster) moment() moment { return moment{p.now(), p.wall()} }

// since is the time since m on the clock that says more.
func (p *Poster) since(m moment) time.Duration {
	return max(p.now().Sub(m.process), p.wall().Sub(m.wall))
}

// afterFailure records what a failed post means. It returns nil when the post may be tried
// again now: the row says whether Slack has to be asked first. A limit holds the whole
// channel, not only this post. The pace waits it out for all who post there.
func (p *Poster) afterFailure(ctx context.Context, row job.Post, err error, try int, began time.Time) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if !e.Unclear {
		// What is recorded here spares a question later; without it nothing breaks.
		if aerr := p.posts.MarkUnsent(context.WithoutCancel(ctx), row.Key); aerr != nil {
			p.log.Warn("it is open whether a post took effect", "key", row.Key, "error", aerr)
		}
	}
	if ctx.Err() != nil {
		return err
	}
	if e.after > 0 {
		if e.Code == codeRateLimited {
			p.pace.hold(row.Channel, e.after)
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

// waitOut waits after a question that Slack did not answer until it may be asked again; times
// is how often that happened before. Otherwise it returns err. spent is how long the post has
// taken so far: beyond maxWait the job goes back into the queue.
func waitOut(ctx context.Context, err error, times int, spent time.Duration) error {
	var e *Error
	if !errors.As(err, &e) || !e.retryable || e.after == 0 && times+1 >= maxTries {
		return err
	}
	wait := max(e.after, visibleAfter)
	if spent+wait > maxWait || retry.Sleep(ctx, wait) != nil {
		return err
	}
	return nil
}

// sent records that the message stands at ts. The message is there already, so
// this is tried even if the job is being stopped.
func (p *Poster) sent(ctx context.Context, row job.Post, ts string) (job.Post, error) {
	row.TS, row.State = ts, job.PostSent
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := p.posts.MarkSent(rctx, row.Key, ts); err != nil {
		return row, retry.Passing(err) // the next attempt finds the message by its key
	}
	return row, nil
}

// beginError keeps what can't succeed later from being tried again. A link that was withdrawn
// or is in other hands stays so; all else is the database's trouble.
func beginError(err error) error {
	if errors.Is(err, job.ErrCancelled) || errors.Is(err, job.ErrNotOurs) {
		return err
	}
	return retry.Passing(err)
}
