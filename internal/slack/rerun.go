package slack

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// again runs the links of a message, or the link of one of our replies, again. t.TS may be a
// reply of ours, whose link is meant, or a message, all of whose links are meant but those
// that were taken out of it. A message that the queue does not know is read from Slack.
func (w *Worker) again(ctx context.Context, t target) error {
	ev := job.Submission{Kind: "again", Keys: []string{fmt.Sprintf("again/%s/%s/%s/%s", t.Channel, t.TS, t.User, t.Asked)}}
	add := func(l job.Link) {
		ev.Links = append(ev.Links, job.NewLink{Again: true, Link: job.Link{
			Team: l.Team, Channel: l.Channel, MessageTS: l.MessageTS, ThreadTS: l.ThreadTS, User: t.User,
			URL: l.URL, Canonical: l.Canonical, Domain: l.Domain, Position: l.Position, Source: job.FromReaction,
			Question: l.Question, About: l.About, SessionTS: l.SessionTS,
		}})
	}
	post, err := w.bot.stores.Posts.At(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	if post != nil {
		l, err := w.bot.stores.Queue.Link(ctx, post.JobID)
		if err != nil {
			return retry.Passing(err)
		}
		if l == nil {
			return nil // a notice, or too old
		}
		add(*l)
	} else {
		// Where only the bot's name counts, a reaction to what people say may mean anything.
		if t.Emoji != "" {
			set, err := w.bot.stores.Channels.Settings(ctx, t.Channel)
			if err != nil {
				return retry.Passing(err)
			}
			if set.Answers == job.AnswersMention {
				return nil
			}
		}
		ls, err := w.bot.stores.Queue.LinksOf(ctx, t.Channel, t.TS)
		if err != nil {
			return retry.Passing(err)
		}
		for _, l := range ls {
			if l.State != job.LinkCancelled {
				add(l)
			}
		}
		if len(ev.Links) == 0 {
			if ev.Links, err = w.linksAt(ctx, t); err != nil || len(ev.Links) == 0 {
				return err
			}
		}
	}
	return w.accept(ctx, ev)
}

// linksAt reads the links of a message that the queue does not know. Somebody
// asked, so those of bots count too.
func (w *Worker) linksAt(ctx context.Context, t target) ([]job.NewLink, error) {
	self, err := w.bot.who(ctx)
	if err != nil {
		return nil, err
	}
	m, err := w.bot.api.Message(ctx, t.Channel, t.TS, t.Thread)
	if err != nil || m == nil || m.own(self) {
		return nil, err
	}
	r := w.bot.reader(self)
	found, left := r.limited(m.found(self))
	w.bot.reportLeft(t.Channel, m.TS, left)
	ls := r.newLinks(t.Channel, *m, found, job.FromReaction)
	for i := range ls {
		ls[i].Again = true
		ls[i].User = t.User
	}
	return ls, nil
}

// accept stores what a task leads to. An error of the database is passing, so the task is
// repeated; what it had stored before is known by its keys then.
func (w *Worker) accept(ctx context.Context, ev job.Submission) error {
	if _, err := w.bot.stores.Queue.Accept(ctx, ev); err != nil {
		return retry.Passing(err)
	}
	return nil
}
