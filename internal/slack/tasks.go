package slack

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack/links"
)

// Tasks of the bot.
const (
	taskMark     = "mark"     // reactions that say how the links of a message ended
	taskRetract  = "retract"  // links or their message are gone
	taskAgain    = "again"    // somebody wants links of a message run again
	taskLook     = "look"     // read a message whose event may not come
	taskFeedback = "feedback" // 👍 or 👎
	taskHelp     = "help"
	taskCommand  = "command"
	taskRespond  = "respond"
)

// lookAfter is when a message is fetched whose own event did not come.
const lookAfter = 5 * time.Second

// target is a message that a task is about.
type target struct {
	Channel   string   `json:"channel"`
	TS        string   `json:"ts,omitempty"`
	Thread    string   `json:"thread,omitempty"`
	User      string   `json:"user,omitempty"`
	Asked     string   `json:"asked,omitempty"` // identity of the request
	Good      bool     `json:"good,omitempty"`
	Deleted   bool     `json:"deleted,omitempty"`   // the whole message
	Canonical []string `json:"canonical,omitempty"` // the links meant
	URLs      []string `json:"urls,omitempty"`
	Respond   string   `json:"respond,omitempty"`
}

// response is an answer at a response_url.
type response struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// mark puts ✅ or ⚠️ on a message when its last link has ended.
func (w *Worker) mark(ctx context.Context, t target) error {
	ls, err := w.bot.store.LinksOf(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	good, bad := 0, 0
	for _, l := range ls {
		switch {
		case !l.State.Final():
			return nil // its own end will do
		case l.State == queue.Cancelled:
		case l.Outcome == "success":
			good++
		default:
			bad++
		}
	}
	type step struct {
		emoji string
		put   bool
	}
	steps := []step{{emojiDone, bad == 0 && good > 0}, {emojiProblem, bad > 0}, {emojiWorking, false}}
	slices.SortStableFunc(steps, func(a, b step) int { // first what is new, so that the message is never bare
		switch {
		case a.put == b.put:
			return 0
		case a.put:
			return -1
		}
		return 1
	})
	for _, s := range steps {
		do := w.bot.api.Unreact
		if s.put {
			do = w.bot.api.React
		}
		if err := do(ctx, t.Channel, t.TS, s.emoji); err != nil {
			if retry.After(err) > 0 {
				return err
			}
			w.bot.log.Debug("reaction", "emoji", s.emoji, "error", err)
		}
	}
	return nil
}

// retractPoll is how long a retraction waits for a running attempt to stop.
const retractPoll = 2 * time.Second

// retract stops what is under way for links that are gone, and deletes replies
// to them.
func (w *Worker) retract(ctx context.Context, t target) error {
	ls, err := w.bot.store.LinksOf(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	busy := false
	for _, l := range ls {
		if !t.Deleted && !slices.Contains(t.Canonical, l.Canonical) {
			continue
		}
		running, err := w.bot.store.Cancel(ctx, l.ID)
		if err != nil {
			return retry.Passing(err)
		}
		if running {
			busy = true // it may be posting at this moment
			continue
		}
		ds, err := w.bot.store.Deliveries(ctx, l.ID)
		if err != nil {
			return retry.Passing(err)
		}
		for _, d := range ds {
			if d.State == queue.Planned || d.State == queue.Deleted {
				continue
			}
			if err := w.bot.poster.withdraw(ctx, d); err != nil {
				return err
			}
			w.bot.log.Info("reply withdrawn: its link is gone", "job_id", l.ID)
		}
		if err := w.bot.store.Withdraw(ctx, l.ID); err != nil {
			return retry.Passing(err)
		}
	}
	if t.Deleted {
		ds, err := w.bot.store.NoticesIn(ctx, t.Channel, t.TS)
		if err != nil {
			return retry.Passing(err)
		}
		for _, d := range ds {
			if err := w.bot.poster.withdraw(ctx, d); err != nil {
				return err
			}
		}
	}
	if busy {
		return &Error{Method: "retract", Code: "still_running", retryable: true, after: retractPoll}
	}
	if !t.Deleted && len(ls) > 0 {
		return w.mark(ctx, target{Channel: t.Channel, TS: t.TS})
	}
	return nil
}

// again runs the links of a message, or the link of one of our replies, again.
func (w *Worker) again(ctx context.Context, t target) error {
	store := w.bot.store
	ev := queue.Event{Kind: "again", Keys: []string{fmt.Sprintf("again/%s/%s/%s/%s", t.Channel, t.TS, t.User, t.Asked)}}
	add := func(l queue.Link) {
		ev.Links = append(ev.Links, queue.NewLink{Again: true, Link: queue.Link{
			Team: l.Team, Channel: l.Channel, MessageTS: l.MessageTS, ThreadTS: l.ThreadTS, User: t.User,
			URL: l.URL, Canonical: l.Canonical, Domain: l.Domain, Position: l.Position, Source: queue.FromReaction,
		}})
	}
	d, err := store.DeliveryAt(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	if d != nil {
		l, err := store.Link(ctx, d.JobID)
		if err != nil {
			return retry.Passing(err)
		}
		if l == nil {
			return nil // a notice, or too old
		}
		add(*l)
	} else {
		ls, err := store.LinksOf(ctx, t.Channel, t.TS)
		if err != nil {
			return retry.Passing(err)
		}
		for _, l := range ls {
			if l.State != queue.Cancelled {
				add(l)
			}
		}
		if len(ev.Links) == 0 {
			if ev.Links, err = w.linksAt(ctx, t); err != nil || len(ev.Links) == 0 {
				return err
			}
		}
	}
	if _, err := store.Accept(ctx, ev); err != nil {
		return retry.Passing(err)
	}
	return nil
}

// linksAt reads the links of a message that the store does not know. Somebody
// asked, so those of bots count too.
func (w *Worker) linksAt(ctx context.Context, t target) ([]queue.NewLink, error) {
	self, err := w.bot.who(ctx)
	if err != nil {
		return nil, err
	}
	m, err := w.bot.api.Message(ctx, t.Channel, t.TS, t.Thread)
	if err != nil || m == nil || m.User == self.UserID || m.BotID != "" && m.BotID == self.BotID {
		return nil, err
	}
	ls := w.bot.reader(self).newLinks(t.Channel, *m, m.links(), queue.FromReaction)
	for i := range ls {
		ls[i].Again = true
		ls[i].User = t.User
	}
	return ls, nil
}

// look reads a message that a link_shared event told of, unless its own event
// has come. Without the right to read it, the links of the event must do.
func (w *Worker) look(ctx context.Context, t target) error {
	known, err := w.bot.store.KnowsEvent(ctx, messageKey(t.Channel, t.TS))
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
			return w.take(ctx, queue.Event{Kind: "link_shared", Keys: []string{messageKey(t.Channel, t.TS)}, Links: r.newLinks(t.Channel, msg, ls, queue.FromShared)})
		}
	}
	if err != nil || m == nil {
		return err
	}
	if p := r.message(t.Channel, *m, queue.FromShared); !p.empty() {
		return w.take(ctx, p.event)
	}
	return nil
}

func (w *Worker) take(ctx context.Context, ev queue.Event) error {
	if _, err := w.bot.store.Accept(ctx, ev); err != nil {
		return retry.Passing(err)
	}
	return nil
}

func unescapeAll(urls []string) []string {
	out := make([]string, 0, len(urls))
	for _, u := range urls {
		out = append(out, unescapeText(u))
	}
	return out
}

// judged keeps 👍 or 👎 and passes it on.
func (w *Worker) judged(ctx context.Context, t target) error {
	d, err := w.bot.store.DeliveryAt(ctx, t.Channel, t.TS)
	if err != nil {
		return retry.Passing(err)
	}
	if d == nil {
		return nil
	}
	l, err := w.bot.store.Link(ctx, d.JobID)
	if err != nil {
		return retry.Passing(err)
	}
	if l == nil {
		return nil
	}
	if l.TraceID == "" { // quicker than the record of the job's end
		return &Error{Method: "feedback", Code: "not_ended", retryable: true, after: retractPoll}
	}
	if err := w.bot.store.SaveFeedback(ctx, queue.Feedback{JobID: l.ID, User: t.User, Name: FeedbackName, Value: fmt.Sprint(t.Good)}); err != nil {
		return retry.Passing(err)
	}
	if w.feedback == nil {
		return nil
	}
	return w.feedback(ctx, l.TraceID, t.User, FeedbackName, t.Good)
}

// commandRun posts what somebody asked for by slash command, and takes the
// links as if that message had held them.
func (w *Worker) commandRun(ctx context.Context, t target) error {
	self, err := w.bot.who(ctx)
	if err != nil {
		return err
	}
	ls := links.Parse(t.URLs...)
	text := fmt.Sprintf("<@%s> asks for a comment on", t.User)
	for _, l := range ls {
		text += " <" + linkTarget(l.URL) + "|" + escapeText(shortURL(l.URL)) + ">"
	}
	d, err := w.bot.poster.deliver(ctx, queue.Delivery{Key: "command/" + t.Asked, JobID: "command", Channel: t.Channel}, Outgoing{Text: text})
	if err != nil {
		if t.Respond != "" && !isRetryable(err) {
			return w.respond(ctx, response{URL: t.Respond, Text: "That did not work: " + escapeText(err.Error())})
		}
		return err
	}
	ev := queue.Event{Kind: "command", Keys: []string{messageKey(t.Channel, d.TS)}}
	ev.Links = w.bot.reader(self).newLinks(t.Channel, Message{TS: d.TS, User: t.User}, ls, queue.FromCommand)
	return w.take(ctx, ev)
}

func (w *Worker) respond(ctx context.Context, r response) error {
	if r.URL == "" {
		return nil
	}
	return w.bot.api.Respond(ctx, r.URL, r.Text)
}
