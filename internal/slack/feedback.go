package slack

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// Feedback passes on what stands of the reactions to a comment, by the trace of its job. It may be
// called again with the same arguments. An error is retried by the queue as a retry.Hint says.
type Feedback func(ctx context.Context, traceID string, f job.Feedback) error

// judged keeps 👍 or 👎, or that it was taken back, and passes on what stands then. Reactions on
// anything but a reply of ours mean nothing here. The database keeps the reaction first, so that it
// is not lost when MLflow can't be reached; the task is then repeated. A comment that was made anew
// stands in the place of the one that the reaction was given to: what is taken back is taken back of
// both.
func (w *Worker) judged(ctx context.Context, t target) error {
	post, err := w.bot.stores.Posts.At(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	if post == nil {
		return nil
	}
	l, err := w.bot.stores.Queue.Link(ctx, post.JobID)
	if err != nil {
		return retry.Passing(err)
	}
	if l == nil {
		return nil
	}
	about := []job.Link{*l}
	if t.Removed {
		if about, err = w.bot.stores.Queue.Revisions(ctx, *l); err != nil {
			return retry.Passing(err)
		}
	}
	for _, l := range about {
		r := job.Reaction{
			JobID: l.ID, User: t.User, Emoji: t.emoji(), Name: job.FeedbackName, Value: fmt.Sprint(t.Good),
			Version: t.Version, Removed: t.Removed,
		}
		if err := w.bot.stores.People.SaveReaction(ctx, r); err != nil {
			return retry.Passing(err)
		}
	}
	for _, l := range about {
		if err := w.passOn(ctx, l, t.User); err != nil {
			return err
		}
	}
	return nil
}

// emoji is the reaction that the task is about. Tasks of earlier versions have none.
func (t target) emoji() string {
	switch {
	case t.Emoji != "":
		return t.Emoji
	case t.Good:
		return goodEmoji[0]
	}
	return badEmoji[0]
}

// maxSettle bounds how often what stands is passed on because it changed meanwhile.
const maxSettle = 5

// passOn passes on what stands of a person's reactions to the comment of a link. Tasks run beside
// one another and in any order, so it looks again after it has passed something on: who passed on
// last has then passed on what stands.
func (w *Worker) passOn(ctx context.Context, l job.Link, user string) error {
	switch {
	case w.feedback == nil, l.TraceID == "" && l.State.Final():
		return nil
	case l.TraceID == "": // quicker than the record of the job's end
		return unsettled("not_ended")
	}
	stands, err := w.bot.stores.People.Feedback(ctx, l.ID, user, job.FeedbackName)
	for range maxSettle {
		if err != nil {
			return retry.Passing(err)
		}
		said := stands
		if said.Value != "" {
			said.UserName = w.bot.names.of(ctx, user)
		}
		if err := w.feedback(ctx, l.TraceID, said); err != nil {
			return err
		}
		passed := stands
		if stands, err = w.bot.stores.People.Feedback(ctx, l.ID, user, job.FeedbackName); err == nil && stands == passed {
			return nil
		}
	}
	return unsettled("changing")
}

// unsettled says that feedback can't be passed on yet.
func unsettled(code string) error {
	return &Error{Method: "feedback", Code: code, own: true, retryable: true, after: retractPoll}
}
