package slack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/slack/links"
)

// reader says what follows from what happens in Slack. It does nothing itself. It is a value
// for one event: it has no state, so it needs no lock.
type reader struct {
	self     Identity
	channels map[string]bool // watched; empty: every channel the bot is in
	maxLinks int
}

// plan is what follows from one payload. A plan without consequences has why only, and ts
// where the message was heard in a watched channel.
type plan struct {
	event   job.Submission // nothing follows when it has no key
	why     string         // in a word or two, for the log
	ts      string         // of the message, when it is in a watched channel
	chanID  string
	left    []links.Left // links that are not taken, for the log
	revoked bool         // the app's token was taken away
	missed  bool         // Slack says that it left events out
	form    *openForm    // to be opened once the event is stored
}

func (p plan) empty() bool { return len(p.event.Keys) == 0 }

// nothing is the plan from which nothing follows.
func nothing(why string, args ...any) plan { return plan{why: fmt.Sprintf(why, args...)} }

// watched reports whether links in the channel are answered unasked.
func (r *reader) watched(channel string) bool {
	return channel != "" && (len(r.channels) == 0 || r.channels[channel])
}

// read reads an Events API payload. An error means that the payload makes no sense, not that
// it is of no interest: it is stored for a person to look at. The id of the event becomes the
// first of the keys.
func (r *reader) read(payload []byte) (plan, error) {
	var cb callback
	if err := json.Unmarshal(payload, &cb); err != nil {
		return plan{}, fmt.Errorf("read the event: %w", err)
	}
	if cb.Type == "app_rate_limited" {
		p := nothing("Slack left events out")
		p.missed = true
		return p, nil
	}
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(cb.Event, &kind); err != nil || kind.Type == "" {
		return plan{}, fmt.Errorf("read the event: no event in it")
	}
	switch kind.Type {
	// Decoded below, each by its own reader.
	case "message", "app_mention", "app_home_opened", "reaction_added", "reaction_removed":
	case "tokens_revoked", "app_uninstalled":
		p := nothing("%s", kind.Type)
		p.revoked = kind.Type == "app_uninstalled" || botRevoked(cb.Event)
		return p, nil
	default:
		return nothing("%s is not handled", kind.Type), nil
	}
	var ev event
	if err := json.Unmarshal(cb.Event, &ev); err != nil {
		return plan{}, fmt.Errorf("read the %s event: %w", kind.Type, err)
	}
	// An event without an id is named by its bytes, so that a second delivery is still the same.
	id := cb.EventID
	if id == "" {
		id = hash(payload)
	}
	var p plan
	switch kind.Type {
	case "message":
		p = r.readMessage(ev)
	case "app_mention":
		p = r.readMention(ev)
	case "app_home_opened":
		p = r.readHome(ev)
	case "reaction_added", "reaction_removed":
		p = r.readReaction(ev)
	}
	if !p.empty() {
		p.event.Keys = append([]string{"event/" + id}, p.event.Keys...)
	}
	return p, nil
}

// botRevoked reports whether a token of the app's bot was taken away. An event that names people
// only is about tokens that they gave, which the bot does not use
// (docs.slack.dev/reference/events/tokens_revoked).
func botRevoked(event json.RawMessage) bool {
	var ev struct {
		Tokens struct {
			Bot []string `json:"bot"`
		} `json:"tokens"`
	}
	return json.Unmarshal(event, &ev) == nil && len(ev.Tokens.Bot) > 0
}

// readMessage reads a message event, of which edits and deletions are subtypes
// (docs.slack.dev/reference/events/message).
func (r *reader) readMessage(ev event) plan {
	if !r.watched(ev.Channel) {
		return nothing("channel %s is not watched", ev.Channel)
	}
	switch ev.Subtype {
	case "message_changed":
		return r.readEdit(ev)
	case "message_deleted":
		return r.readDeletion(ev)
	}
	m := ev.message()
	p := r.message(ev.Channel, m, job.FromMessage)
	p.ts, p.chanID = m.TS, ev.Channel
	return p
}

// message says what follows from a message that somebody wrote. It serves events and the look
// back: the same message gives the same keys on either way, so that the first to come is the only
// one to count.
func (r *reader) message(channel string, m Message, source job.LinkSource) plan {
	switch {
	case !timestamp.MatchString(m.TS):
		return nothing("a message without ts")
	case m.own(r.self):
		return nothing("this bot's own message")
	case !m.written():
		return r.notTaken(m, "the message is of the kind %s", m.Subtype)
	case m.fromBot(r.self):
		return r.notTaken(m, "the message is from a bot")
	}
	if r.mentioned(m) && (source == job.FromMessage || source == job.FromBackfill) {
		source = job.FromMention
	}
	f := m.found(r.self)
	if len(f.Links) == 0 {
		p := nothing("no links")
		if source == job.FromMention {
			p = r.asked(channel, m)
		}
		p.left = f.Left
		return p
	}
	ls, left := r.limited(f)
	return plan{left: left, event: job.Submission{
		Kind: string(source), Keys: r.messageKeys(channel, m), Links: r.newLinks(channel, m, ls, source),
		Versions: job.Versions{Channel: channel, MessageTS: m.TS, Version: cmp.Or(m.EditedTS, m.TS)}}}
}

// notTaken is the plan for a message none of whose links are taken, with the reason for each.
func (r *reader) notTaken(m Message, why string, args ...any) plan {
	p := nothing(why, args...)
	for _, l := range m.found(r.self).Links {
		p.left = append(p.left, links.Left{Domain: l.Domain, Reason: p.why})
	}
	return p
}

// limited are the first maxLinks of the links that were found; left are those beyond and those
// that can't be taken.
func (r *reader) limited(f links.Found) (ls []links.Link, left []links.Left) {
	ls, left = f.Links, slices.Clone(f.Left)
	if len(ls) > r.maxLinks {
		for _, l := range ls[r.maxLinks:] {
			left = append(left, links.Left{Domain: l.Domain, Reason: fmt.Sprintf("only %d links of a message are answered", r.maxLinks)})
		}
		ls = ls[:r.maxLinks]
	}
	return ls, left
}

// messageKeys name a message: the same gesture can arrive as two events, with
// the same ts (message and app_mention) or with two (same client_msg_id).
func (r *reader) messageKeys(channel string, m Message) []string {
	keys := []string{messageKey(channel, m.TS)}
	if m.ClientMsgID != "" && m.EditedTS == "" {
		keys = append(keys, "client/"+channel+"/"+m.ClientMsgID)
	}
	return keys
}

// messageKey names a message in the inbox.
func messageKey(channel, ts string) string { return "message/" + channel + "/" + ts }

// newLinks are the first maxLinks of ls as links of the message, with their positions.
func (r *reader) newLinks(channel string, m Message, ls []links.Link, source job.LinkSource) []job.NewLink {
	ls = ls[:min(len(ls), r.maxLinks)]
	out := make([]job.NewLink, 0, len(ls))
	for i, l := range ls {
		out = append(out, job.NewLink{Link: job.Link{
			Team: r.self.TeamID, Channel: channel, MessageTS: m.TS, ThreadTS: m.ThreadTS, User: m.User,
			URL: l.URL, Canonical: l.Canonical, Domain: l.Domain, Position: i, Source: source,
		}})
	}
	return out
}

// mentioned tells whether the message names the bot. A mention is written <@U123> or, by some
// clients, <@U123|name>.
func (r *reader) mentioned(m Message) bool {
	return r.self.UserID != "" && (strings.Contains(m.Text, "<@"+r.self.UserID+">") || strings.Contains(m.Text, "<@"+r.self.UserID+"|"))
}

// asked is a mention without a link: in a thread its words are a question, and without words it
// means the link above; elsewhere it gets a word of help.
func (r *reader) asked(channel string, m Message) plan {
	ev := job.Submission{Kind: "mention", Keys: r.messageKeys(channel, m)}
	words := r.words(m)
	switch inThread := m.ThreadTS != "" && m.ThreadTS != m.TS; {
	case slices.Contains(digestWords, strings.ToLower(words)):
		ev.Tasks = []job.Task{{Kind: taskDigest, Payload: target{Channel: channel, TS: m.TS, Thread: cmp.Or(m.ThreadTS, m.TS), User: m.User}}}
	case inThread && words != "":
		ev.Tasks = []job.Task{{Kind: taskQuestion, Payload: target{
			Channel: channel, TS: m.TS, Thread: m.ThreadTS, User: m.User, Text: words,
		}}}
	case inThread:
		ev.Tasks = []job.Task{{Kind: taskAgain, Payload: target{Channel: channel, TS: m.ThreadTS, User: m.User, Asked: m.TS}}}
	default:
		ev.Tasks = []job.Task{{Kind: taskHelp, Payload: target{Channel: channel, TS: m.TS, User: m.User}}}
	}
	return plan{event: ev}
}

// readMention reads an app_mention event. It also comes from channels that are not watched: to
// name the bot is to ask.
func (r *reader) readMention(ev event) plan {
	m := ev.message()
	if m.EditedTS != "" && r.watched(ev.Channel) {
		return nothing("the edit says it") // message_changed comes too
	}
	p := r.message(ev.Channel, m, job.FromMention)
	if m.EditedTS != "" && !p.empty() {
		p.event.Keys = []string{"edit/" + ev.Channel + "/" + m.TS + "/" + m.EditedTS}
	}
	return p
}

// readEdit compares the links before and after. Slack's own edits, such as adding a preview,
// change none, unless the preview quotes a message with links. That such a preview is gone takes
// nothing back, as previews also go and come when a message is edited. Only the first maxLinks
// are answered, so a link that moves up among them counts as added, while removed are only
// those that the message has nowhere any more. The key holds the time of the edit: the same
// link may be added, taken out and added again.
func (r *reader) readEdit(ev event) plan {
	var inner messageEvent
	if !loose(ev.Message, &inner) || !timestamp.MatchString(inner.TS) {
		return nothing("an edit without a message")
	}
	m := inner.message()
	if m.Subtype == "tombstone" {
		return r.gone(ev.Channel, m.TS)
	}
	if m.fromBot(r.self) || !m.written() {
		return nothing("edit of a %s message by a bot", m.Subtype)
	}
	var prev messageEvent
	hasPrev := loose(ev.Previous, &prev)
	if !hasPrev && m.EditedTS == "" {
		return nothing("an edit by Slack")
	}
	shows := m.found(r.self)
	now, before := shows.Links, shows.Links
	if hasPrev {
		before = prev.message().found(r.self).Links
	}
	top := func(ls []links.Link) []links.Link { return ls[:min(len(ls), r.maxLinks)] }
	var added, removed []links.Link
	for _, l := range top(now) {
		if !hasPrev || !slices.ContainsFunc(top(before), sameAs(l)) {
			// Without the message as it was, everything counts as added: the queue knows what it
			// has already.
			added = append(added, l)
		}
	}
	for _, l := range before {
		if !l.Quoted && !slices.ContainsFunc(now, sameAs(l)) {
			removed = append(removed, l)
		}
	}
	if len(added) == 0 && len(removed) == 0 {
		return nothing("the edit changed no links")
	}
	version := m.EditedTS
	if version == "" {
		version = ev.EventTS
	}
	out := job.Submission{Kind: "edit", Keys: []string{"edit/" + ev.Channel + "/" + m.TS + "/" + version},
		Versions: job.Versions{Channel: ev.Channel, MessageTS: m.TS, Version: version}}
	if len(added) > 0 {
		for _, l := range r.newLinks(ev.Channel, m, now, job.FromEdit) {
			if slices.ContainsFunc(added, func(a links.Link) bool { return a.Canonical == l.Canonical }) {
				out.Links = append(out.Links, l)
			}
		}
	}
	if len(removed) > 0 {
		t := target{Channel: ev.Channel, TS: m.TS, Version: version}
		size := 0
		for _, l := range removed {
			if size += len(l.Canonical); size > maxRemoved { // those that were answered are among the first
				break
			}
			t.Canonical = append(t.Canonical, l.Canonical)
		}
		out.Versions.Removed = t.Canonical
		out.Tasks = []job.Task{{Kind: taskRetract, Payload: t}}
	}
	p := plan{event: out, ts: ev.EventTS, chanID: ev.Channel}
	_, p.left = r.limited(shows)
	return p
}

// maxRemoved bounds the links that one edit withdraws, in bytes: their task has to fit.
const maxRemoved = 256 << 10

// sameAs reports of another link whether it is the same but for its spelling.
func sameAs(l links.Link) func(links.Link) bool {
	return func(o links.Link) bool { return o.Canonical == l.Canonical }
}

// readDeletion reads that a message was deleted, with our replies to it left behind.
func (r *reader) readDeletion(ev event) plan {
	var prev messageEvent
	if loose(ev.Previous, &prev) && prev.message().fromBot(r.self) {
		return nothing("a bot's message was deleted")
	}
	if !timestamp.MatchString(ev.DeletedTS) {
		return nothing("a deletion without ts")
	}
	return r.gone(ev.Channel, ev.DeletedTS)
}

// gone withdraws what was said of a message. A tombstone in the place of a message and
// message_deleted both lead here, under one key. A message that comes after its deletion is not
// answered.
func (r *reader) gone(channel, ts string) plan {
	return plan{event: job.Submission{
		Kind: "deletion", Keys: []string{"deleted/" + channel + "/" + ts},
		Tasks:    []job.Task{{Kind: taskRetract, Payload: target{Channel: channel, TS: ts, Deleted: true}}},
		Versions: job.Versions{Channel: channel, MessageTS: ts, Version: ts, Deleted: true},
	}}
}
