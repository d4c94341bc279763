package slack

import (
	"cmp"
	"context"
	"fmt"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/retry"
)

// help answers a mention without a link.
func (w *Worker) help(ctx context.Context, t target) error {
	return w.notice(ctx, "help/"+t.Channel+"/"+t.TS, t.Channel, cmp.Or(t.Thread, t.TS),
		"*What I can do*\n"+
			"• Share a link, and I comment on it in its thread\n"+
			"• Mention me there with a question, and I answer from what I have read\n"+
			"• Mention me without a word below a link, and I read that\n"+
			"• Mention me with `digest`, and I list the comments of the week\n"+usage)
}

// shared points to the earlier comment on a link, or answers it after all when there is none.
// It asks how the earlier link stands now: between the admission and this task it may have
// failed, and a pointer to a failure helps nobody.
func (w *Worker) shared(ctx context.Context, n job.SharedNotice) error {
	first, err := w.bot.stores.Queue.Link(ctx, n.Seen.JobID)
	if err != nil {
		return retry.Passing(err)
	}
	failed := first == nil || first.State == job.LinkFailed || first.State == job.LinkCancelled ||
		first.State == job.LinkDone && first.Outcome != "success"
	if failed {
		return w.accept(ctx, job.Submission{
			Kind: "shared", Keys: []string{"shared-anew/" + n.Link.ID}, Links: []job.NewLink{{Link: n.Link, Fresh: true}},
		})
	}
	link, what := "", "message"
	posts, err := w.bot.stores.Posts.OfJob(ctx, n.Seen.JobID)
	if err != nil {
		return retry.Passing(err)
	}
	for _, post := range posts {
		if post.State == job.PostSent && post.Part == 0 {
			link, what = w.bot.poster.permalink(ctx, post), "comment"
		}
	}
	if link == "" {
		if link, err = w.bot.api.Permalink(ctx, n.Link.Channel, n.Seen.MessageTS); err != nil && retry.Retryable(err) {
			return err
		}
	}
	by := "before"
	if n.Seen.User != "" {
		by = "by <@" + n.Seen.User + ">"
	}
	text := fmt.Sprintf("%s was already shared %s on %s", slackutilsx.EscapeMessage(redact.Short(n.Link.URL)), by,
		n.Seen.At.UTC().Format("2 January 2006"))
	if link != "" {
		text += fmt.Sprintf(" → <%s|%s>", link, what)
	}
	return w.notice(ctx, "shared/"+n.Link.ID, n.Link.Channel, n.Link.Thread(), text+". React with 🔁 to that comment to have it written anew.")
}

// full tells people that the queue took a link no more. One notice stands for all of a channel's
// minute, see the key of the task.
func (w *Worker) full(ctx context.Context, l job.Link) error {
	return w.notice(ctx, "full/"+l.ID, l.Channel, l.Thread(),
		"I have too many links to read at the moment and can't take this one. React with 🔁 to the message later, and I will.")
}

// gaveUp tells people that a link ended without a word: the worker died on it each time, or Slack
// took none. It posts under the key of the job's own reply: if an attempt had posted before, that
// reply stays and nothing is said twice.
func (w *Worker) gaveUp(ctx context.Context, l job.Link) error {
	reason := l.Error
	if reason == "" {
		reason = "an internal fault; the log has more"
	}
	m := w.format.Messages(job.Reply{URL: redact.URL(l.URL), Question: l.Question, Outcome: job.OutcomeError, Reasons: []string{reason}})[0]
	_, err := w.bot.poster.post(ctx, job.Post{Key: postKey(l.ID, 0), JobID: l.ID, Channel: l.Channel, ThreadTS: l.Thread()},
		Outgoing{Text: m.Text, Blocks: m.Blocks})
	if err != nil {
		return err
	}
	return w.mark(ctx, target{Channel: l.Channel, TS: l.MessageTS})
}

// notice posts a line in a thread, once. key names the occasion, so that a repeated task posts
// no second line.
func (w *Worker) notice(ctx context.Context, key, channel, thread, text string) error {
	_, err := w.bot.poster.post(ctx, job.Post{Key: key, JobID: job.Notice, Channel: channel, ThreadTS: thread}, Outgoing{Text: text})
	return err
}
