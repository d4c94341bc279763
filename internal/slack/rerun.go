package slack

import (
	"context"
	"fmt"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack/links"
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

// look reads a message that a link_shared event told of, unless its own event has come.
// Without the right to read it, the links of the event must do. It runs lookAfter the event,
// which gives the message's own event the time to come first.
func (w *Worker) look(ctx context.Context, t target) error {
	known, err := w.bot.stores.Queue.Knows(ctx, messageKey(t.Channel, t.TS))
	if err != nil {
		return retry.Passing(err)
	}
	if known {
		return nil
	}
	self, err := w.bot.who(ctx)
	if err != nil {
		return err
	}
	r := w.bot.reader(self)
	m, err := w.bot.api.Message(ctx, t.Channel, t.TS, t.Thread)
	if IsCode(err, "missing_scope", "not_in_channel", "channel_not_found") {
		m, err = nil, nil
		msg := Message{TS: t.TS, ThreadTS: t.Thread, User: t.User}
		if ls := links.Parse(unescapeAll(t.URLs)...); len(ls) > 0 {
			return w.accept(ctx, job.Submission{
				Kind: "link_shared", Keys: []string{messageKey(t.Channel, t.TS)}, Links: r.newLinks(t.Channel, msg, ls, job.FromShared),
			})
		}
	}
	if err != nil || m == nil {
		return err
	}
	p := r.message(t.Channel, *m, job.FromShared)
	w.bot.reportLeft(t.Channel, t.TS, p.left)
	if !p.empty() {
		return w.accept(ctx, p.event)
	}
	return nil
}

// accept stores what a task leads to. An error of the database is passing, so the task is
// repeated; what it had stored before is known by its keys then.
func (w *Worker) accept(ctx context.Context, ev job.Submission) error {
	if _, err := w.bot.stores.Queue.Accept(ctx, ev); err != nil {
		return retry.Passing(err)
	}
	return nil
}

// unescapeAll undoes Slack's escaping, which the links of an event have too.
func unescapeAll(urls []string) []string {
	out := make([]string, 0, len(urls))
	for _, u := range urls {
		out = append(out, unescapeText(u))
	}
	return out
}
