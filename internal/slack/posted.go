package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// What a Poster does to messages that stand in Slack, or may.

// find looks for the message of a post in state sending in its thread; empty when it certainly
// isn't there. The row's own time is when the post was begun: it can't stand further up than
// that. An hour is added for clocks that differ, in the channel; a thread is read from its
// root.
func (p *Poster) find(ctx context.Context, row job.Post) (ts string, err error) {
	if wait := visibleAfter - p.now().Sub(row.Updated); wait > 0 {
		if err := retry.Sleep(ctx, min(wait, visibleAfter)); err != nil {
			return "", err
		}
	}
	looked := 0
	look := func(m Message) bool {
		if looked++; m.Key == row.Key {
			ts = m.TS
		}
		return ts == "" && looked < maxLooked
	}
	if row.ThreadTS == "" {
		err = p.api.History(ctx, row.Channel, slackTime(row.Updated.Add(-time.Hour)), look)
	} else {
		err = p.api.Thread(ctx, row.Channel, row.ThreadTS, "", look)
	}
	// Not to have found it among the first messages does not say that it isn't there, and to
	// post twice is worse than not at all.
	if err == nil && ts == "" && looked >= maxLooked {
		return "", &Error{Method: "conversations.replies", Code: "thread_too_long",
			Hint: fmt.Sprintf("whether the reply was posted can't be told from the first %d messages of the thread, so it is not posted again",
				maxLooked)}
	}
	return ts, err
}

// change puts m in the place of an earlier reply. done is false when that can't be changed any
// more, and m is to be posted. Unlike a post, a change need not be looked
// for after an unclear answer: it is made again.
func (p *Poster) change(ctx context.Context, row job.Post, m Outgoing) (done bool, err error) {
	for try := 1; ; try++ {
		err = p.api.Update(ctx, row.TS, m)
		var e *Error
		switch {
		case err == nil:
			_, err = p.sent(ctx, row, row.TS)
			return true, err
		case IsCode(err, "message_not_found", "cant_update_message", "edit_window_closed"):
			return false, nil
		case !errors.As(err, &e) || !e.retryable || e.after > maxWait || try >= maxTries:
			return false, err
		}
		if err := retry.Sleep(ctx, max(e.after, visibleAfter)); err != nil { // the same change twice is one change
			return false, err
		}
	}
}

// deleteRest deletes replies of an earlier revision that had more parts. The new reply stands
// already, so an old part that stays is logged and does not fail the job.
func (p *Poster) deleteRest(ctx context.Context, jobID string, parts int) {
	ds, err := p.posts.OfJob(ctx, jobID)
	if err != nil {
		p.log.Warn("earlier replies stay", "job_id", jobID, "error", err)
		return
	}
	for _, row := range ds {
		if row.Part < parts || row.State != job.PostAdopted {
			continue
		}
		if err := p.withdraw(ctx, row); err != nil {
			p.log.Warn("an earlier reply stays", "job_id", jobID, "error", err)
		}
	}
}

// withdraw deletes a posted message. A post that may be on its way is looked for first. One
// that is not there, or in a channel that is gone, counts as deleted.
func (p *Poster) withdraw(ctx context.Context, row job.Post) error {
	if row.State == job.PostSending {
		ts, err := p.find(ctx, row)
		if err != nil && !IsCode(err, "thread_not_found", "message_not_found") {
			return err
		}
		row.TS = ts
	}
	if row.TS != "" {
		if err := p.api.Delete(ctx, row.Channel, row.TS); err != nil && !IsCode(err, "message_not_found", "channel_not_found", "is_archived") {
			return err
		}
	}
	return p.posts.MarkDeleted(ctx, row.Key)
}

// permalink is best effort: a reply is no worse without.
func (p *Poster) permalink(ctx context.Context, row job.Post) string {
	if row.Permalink != "" || row.TS == "" {
		return row.Permalink
	}
	link, err := p.api.Permalink(ctx, row.Channel, row.TS)
	if err == nil {
		err = p.posts.SetPermalink(ctx, row.Key, link)
	}
	if err != nil {
		p.log.Debug("no permalink", "key", row.Key, "error", err)
	}
	return link
}
