package slack

import (
	"context"
	"slices"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// retractPoll is how long a retraction waits for a running attempt to stop.
const retractPoll = 2 * time.Second

// retract stops what is under way for links that are gone, and deletes replies to them. It has
// to be safe to repeat, as it asks to be while an attempt still runs: Cancel leaves an ended
// link as it is, and what is deleted already is skipped. With Deleted set all links of the
// message are meant, and its notices, otherwise those of t.Canonical that no later edit has brought
// back.
func (w *Worker) retract(ctx context.Context, t target) error {
	ls, err := w.bot.stores.Queue.LinksOf(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	busy := false
	for _, l := range ls {
		meant, err := w.meant(ctx, t, l)
		if err != nil {
			return err
		}
		if !meant {
			continue
		}
		running, err := w.bot.stores.Queue.Cancel(ctx, l.ID)
		if err != nil {
			return retry.Passing(err)
		}
		if running {
			busy = true // it may be posting at this moment
			continue
		}
		posts, err := w.bot.stores.Posts.OfJob(ctx, l.ID)
		if err != nil {
			return retry.Passing(err)
		}
		for _, post := range posts {
			if post.State == job.PostPlanned || post.State == job.PostDeleted {
				continue
			}
			if err := w.bot.poster.withdraw(ctx, post); err != nil {
				return err
			}
			w.bot.log.Info("reply withdrawn: its link is gone", "job_id", l.ID)
		}
		if err := w.bot.stores.Queue.Withdraw(ctx, l.ID); err != nil {
			return retry.Passing(err)
		}
	}
	if t.Deleted {
		posts, err := w.bot.stores.Posts.NoticesIn(ctx, t.Channel, t.TS)
		if err != nil {
			return retry.Passing(err)
		}
		for _, post := range posts {
			if err := w.bot.poster.withdraw(ctx, post); err != nil {
				return err
			}
		}
	}
	if busy {
		return &Error{Method: "retract", Code: "still_running", own: true, retryable: true, after: retractPoll}
	}
	if !t.Deleted && len(ls) > 0 {
		return w.mark(ctx, target{Channel: t.Channel, TS: t.TS})
	}
	return nil
}

// meant reports whether a retraction is about a link of its message.
func (w *Worker) meant(ctx context.Context, t target, l job.Link) (bool, error) {
	if t.Deleted || !slices.Contains(t.Canonical, l.Canonical) || t.Version == "" {
		return t.Deleted || slices.Contains(t.Canonical, l.Canonical), nil
	}
	back, err := w.bot.stores.Queue.BroughtBack(ctx, t.Channel, t.TS, l.Canonical, t.Version)
	return !back, retry.Passing(err)
}
