package slack

import (
	"context"
	"fmt"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack/links"
)

// commandRun posts what somebody asked for by slash command, and takes the links as if that
// message had held them. The message is needed for the replies to have a thread: a slash
// command leaves nothing in the channel. The key of the post is that of the command, so that a
// repeated task posts no second message.
func (w *Worker) commandRun(ctx context.Context, t target) error {
	self, err := w.bot.who(ctx)
	if err != nil {
		return err
	}
	ls := links.Parse(t.URLs...)
	text := fmt.Sprintf("<@%s> asks for a comment on", t.User)
	for _, l := range ls {
		text += " <" + linkTarget(l.URL) + "|" + slackutilsx.EscapeMessage(redact.Short(l.URL)) + ">"
	}
	post, err := w.bot.poster.post(ctx, job.Post{Key: "command/" + t.Asked, JobID: "command", Channel: t.Channel}, Outgoing{Text: text})
	if err != nil {
		if t.Respond != "" && !retry.Retryable(err) {
			return w.respond(ctx, response{URL: t.Respond, Text: "That did not work: " + slackutilsx.EscapeMessage(err.Error())})
		}
		return err
	}
	ev := job.Submission{Kind: "command", Keys: []string{messageKey(t.Channel, post.TS)}}
	ev.Links = w.bot.reader(self).newLinks(t.Channel, Message{TS: post.TS, User: t.User}, ls, job.FromCommand)
	return w.accept(ctx, ev)
}

// respond answers at a response_url, which Slack takes for half an hour and five times
// (docs.slack.dev/interactivity/handling-user-interaction).
func (w *Worker) respond(ctx context.Context, r response) error {
	if r.URL == "" {
		return nil
	}
	return w.bot.api.Respond(ctx, r.URL, r.Text)
}
