package slack

import (
	"context"
	"fmt"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/retry"
)

// elsewhere points from a link to the comment on it in another channel, if everybody in the workspace
// may read there, and has it commented on otherwise. What a private channel has seen leads to nothing,
// as if it had not; so does a comment in another language. A comment that is still being made is waited
// for.
func (w *Worker) elsewhere(ctx context.Context, n job.ElsewhereNotice) error {
	here, err := w.bot.stores.Channels.Settings(ctx, n.Link.Channel)
	if err != nil {
		return retry.Passing(err)
	}
	for _, seen := range n.Seen {
		info, err := w.bot.api.Channel(ctx, seen.Channel)
		if err != nil && retry.Retryable(err) {
			return err
		}
		if err != nil || info.Private || info.IsArchived || !info.Member {
			continue
		}
		there, err := w.bot.stores.Channels.Settings(ctx, seen.Channel)
		if err != nil {
			return retry.Passing(err)
		}
		if there.Language != here.Language {
			continue
		}
		first, err := w.bot.stores.Queue.Link(ctx, seen.JobID)
		switch {
		case err != nil:
			return retry.Passing(err)
		case first == nil:
			continue
		case !first.State.Final():
			return unsettled("not_ended")
		case first.State != job.LinkDone || first.Outcome != string(job.OutcomeSuccess):
			continue
		}
		link, err := w.commentOf(ctx, first.ID)
		if err != nil {
			return err
		}
		if link == "" {
			continue
		}
		return w.notice(ctx, "elsewhere/"+n.Link.ID, n.Link.Channel, n.Link.Thread(), fmt.Sprintf(
			"%s was commented on in <#%s> on %s → <%s|comment>. React with 🔁 to your message to have a comment here as well.",
			slackutilsx.EscapeMessage(redact.Short(n.Link.URL)), seen.Channel, seen.At.UTC().Format("2 January 2006"), link))
	}
	return w.accept(ctx, job.Submission{
		Kind: "elsewhere", Keys: []string{"elsewhere-own/" + n.Link.ID}, Links: []job.NewLink{{Link: n.Link, Fresh: true}},
	})
}

// commentOf is the address of a job's comment; empty for none that stands.
func (w *Worker) commentOf(ctx context.Context, id string) (string, error) {
	posts, err := w.bot.stores.Posts.OfJob(ctx, id)
	if err != nil {
		return "", retry.Passing(err)
	}
	for _, post := range posts {
		if post.State == job.PostSent && post.Part == 0 {
			return w.bot.poster.permalink(ctx, post), nil
		}
	}
	return "", nil
}

// budgetTask tells a channel once a month that its budget is spent, and again when it was raised and
// is spent once more.
func budgetTask(channel string, o job.OverBudget) job.Task {
	key := fmt.Sprintf("budget/%s/%s/%.2f", channel, o.Month, o.BudgetUSD)
	return job.Task{Kind: taskBudget, Key: key, Payload: budgetNotice{channel, key, o}}
}

// budgetNotice is the payload of [taskBudget].
type budgetNotice struct {
	Channel string         `json:"channel"`
	Key     string         `json:"key"`
	Over    job.OverBudget `json:"over"`
}

// overBudget says in a channel that its budget is spent.
func (w *Worker) overBudget(ctx context.Context, n budgetNotice) error {
	return w.notice(ctx, n.Key, n.Channel, "", fmt.Sprintf("The budget of this channel, $%.2f a month, is spent. "+
		"Until the next month begins (UTC) I ask no model: comments are sentences of the pages themselves. "+
		"An admin of the workspace can raise it in my App Home.", n.Over.BudgetUSD))
}
