package slack

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// maxQuestion is how much of a question is taken, in characters.
	maxQuestion = 1000
	// maxAsked bounds the links that one question is about.
	maxAsked = 5
	// questionCanonical stands for the link in what identifies a question: one message asks one.
	questionCanonical = "question"
)

// markup is a mention, channel or group in a message's text, with its name where Slack wrote one.
var markup = lazyregexp.New(`<[@#!][^<>|]*(?:\|([^<>]*))?>`)

// words are what a mention says beside the bot's name, as people read it; empty where it has no
// letter or digit.
func (r *reader) words(m Message) string {
	s := m.Text
	for _, own := range []string{"<@" + r.self.UserID + ">", "<@" + r.self.UserID + "|"} {
		before, after, found := strings.Cut(s, own)
		if found && strings.HasSuffix(own, "|") {
			_, after, _ = strings.Cut(after, ">")
		}
		if found {
			s = before + " " + after
		}
	}
	s = unescapeText(markup.ReplaceAllString(s, "$1"))
	s = text.OneLine(text.Strip(strings.ToValidUTF8(s, "")))
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return ""
	}
	return text.Shorten(s, maxQuestion)
}

// question has a question answered, about the links of its thread. In a thread that is none of ours
// it means the link above, if there is one, and gets a word of help otherwise. It is stored as a unit
// of work of the queue, once for each message, so that all that holds for links holds for it. A
// question that comes before any of the links has ended waits for them.
func (w *Worker) question(ctx context.Context, t target) error {
	ls, err := w.bot.stores.Queue.InThread(ctx, t.Channel, t.Thread)
	if err != nil {
		return retry.Passing(err)
	}
	if len(ls) == 0 {
		return w.unknownThread(ctx, t)
	}
	ls = slices.DeleteFunc(ls, func(l job.Link) bool { return !l.State.Final() })
	if len(ls) == 0 {
		return unsettled("not_ended")
	}
	about := make([]string, 0, maxAsked)
	for _, l := range ls[:min(len(ls), maxAsked)] {
		about = append(about, l.ID)
	}
	first := ls[0]
	return w.accept(ctx, job.Submission{
		Kind: "question", Keys: []string{"question/" + t.Channel + "/" + t.TS},
		Links: []job.NewLink{{Link: job.Link{
			Team: first.Team, Channel: t.Channel, MessageTS: t.TS, ThreadTS: t.Thread, User: t.User,
			URL: first.URL, Canonical: questionCanonical, Domain: first.Domain, Source: job.FromQuestion,
			Question: t.Text, About: strings.Join(about, " "), SessionTS: first.MessageTS,
		}}},
	})
}

// unknownThread is what follows from words in a thread that the queue does not know.
func (w *Worker) unknownThread(ctx context.Context, t target) error {
	ls, err := w.linksAt(ctx, target{Channel: t.Channel, TS: t.Thread, User: t.User})
	if err != nil {
		return err
	}
	if len(ls) > 0 {
		return w.accept(ctx, job.Submission{Kind: "again", Keys: []string{"question/" + t.Channel + "/" + t.TS}, Links: ls})
	}
	return w.help(ctx, target{Channel: t.Channel, TS: t.TS, Thread: t.Thread})
}
