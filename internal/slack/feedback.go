package slack

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// judged keeps 👍 or 👎 and passes it on. Reactions on anything but a reply of ours mean nothing
// here. The database keeps the verdict first, so that it is not lost when MLflow can't be
// reached; the task is then repeated, and both take the same verdict twice without harm.
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
	if l.TraceID == "" { // quicker than the record of the job's end
		return &Error{Method: "feedback", Code: "not_ended", own: true, retryable: true, after: retractPoll}
	}
	given := job.Feedback{JobID: l.ID, User: t.User, Name: FeedbackName, Value: fmt.Sprint(t.Good)}
	if err := w.bot.stores.People.SaveFeedback(ctx, given); err != nil {
		return retry.Passing(err)
	}
	if w.feedback == nil {
		return nil
	}
	return w.feedback(ctx, l.TraceID, t.User, FeedbackName, t.Good)
}
