package slack

import (
	"context"
	"errors"
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
// back. What fails for one link or reply keeps none of the others.
func (w *Worker) retract(ctx context.Context, t target) error {
	ls, err := w.bot.stores.Queue.LinksOf(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	var failed []error
	for _, l := range ls {
		failed = append(failed, w.retractLink(ctx, t, l))
	}
	if t.Deleted {
		posts, err := w.bot.stores.Posts.NoticesIn(ctx, t.Channel, t.TS)
		failed = append(failed, retry.Passing(err), w.withdrawAll(ctx, posts))
	}
	if !t.Deleted && len(ls) > 0 && errors.Join(failed...) == nil {
		return w.mark(ctx, target{Channel: t.Channel, TS: t.TS})
	}
	return repeatable(failed)
}

// repeatable joins errors, with what may pass before what stays: whoever asks whether to try again
// asks the first that knows.
func repeatable(errs []error) error {
	slices.SortStableFunc(errs, func(a, b error) int {
		switch pa, pb := a != nil && retry.Retryable(a), b != nil && retry.Retryable(b); {
		case pa && !pb:
			return -1
		case pb && !pa:
			return 1
		}
		return 0
	})
	return errors.Join(errs...)
}

// retractLink does for one link what retract does, if it is meant.
func (w *Worker) retractLink(ctx context.Context, t target, l job.Link) error {
	meant, err := w.meant(ctx, t, l)
	if err != nil || !meant {
		return err
	}
	running, err := w.bot.stores.Queue.Cancel(ctx, l.ID)
	if err != nil {
		return retry.Passing(err)
	}
	if running { // it may be posting at this moment
		return &Error{Method: "retract", Code: "still_running", own: true, retryable: true, after: retractPoll}
	}
	posts, err := w.bot.stores.Posts.OfJob(ctx, l.ID)
	if err != nil {
		return retry.Passing(err)
	}
	posts = slices.DeleteFunc(posts, func(p job.Post) bool { return p.State == job.PostPlanned || p.State == job.PostDeleted })
	if err := w.withdrawAll(ctx, posts); err != nil {
		return err
	}
	if len(posts) > 0 {
		w.bot.log.Info("reply withdrawn: its link is gone", "job_id", l.ID)
	}
	return retry.Passing(w.bot.stores.Queue.Withdraw(ctx, l.ID))
}

// withdrawAll withdraws each of the posts that can be withdrawn.
func (w *Worker) withdrawAll(ctx context.Context, posts []job.Post) error {
	var failed []error
	for _, post := range posts {
		failed = append(failed, w.bot.poster.withdraw(ctx, post))
	}
	return repeatable(failed)
}

// meant reports whether a retraction is about a link of its message.
func (w *Worker) meant(ctx context.Context, t target, l job.Link) (bool, error) {
	if t.Deleted || !slices.Contains(t.Canonical, l.Canonical) || t.Version == "" {
		return t.Deleted || slices.Contains(t.Canonical, l.Canonical), nil
	}
	back, err := w.bot.stores.Queue.BroughtBack(ctx, t.Channel, t.TS, l.Canonical, t.Version)
	return !back, retry.Passing(err)
}
