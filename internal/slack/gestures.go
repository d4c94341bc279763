package slack

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/job"
)

// Names of emoji that mean something. Skin tones don't matter.
var (
	againEmoji = []string{"repeat", "arrows_counterclockwise", "arrows_clockwise"}
	goodEmoji  = []string{"+1", "thumbsup"}
	badEmoji   = []string{"-1", "thumbsdown"}
)

// readReaction reads an emoji on a message, or that it was taken back: a request to run it again,
// or a verdict on a reply of ours. A skin tone comes behind the name, as in +1::skin-tone-2; each is
// a reaction of its own. What was asked for is not undone.
func (r *reader) readReaction(ev event) plan {
	var item struct {
		Type, Channel, TS string
	}
	if !loose(ev.Item, &item) || item.Type != "message" || !timestamp.MatchString(item.TS) {
		return nothing("a reaction to something else than a message")
	}
	name, tone, _ := strings.Cut(ev.Reaction, "::")
	ours, removed := ev.ItemUser == r.self.UserID, ev.Type == "reaction_removed"
	t := target{Channel: item.Channel, TS: item.TS, User: ev.User}
	task := job.Task{Kind: taskFeedback}
	kind := "reaction"
	switch {
	case ev.User == r.self.UserID:
		return nothing("a reaction of this bot")
	case slices.Contains(againEmoji, name) && (ours || r.watched(item.Channel)) && !removed:
		task.Kind = taskAgain
		t.Asked, t.Emoji = ev.EventTS, name
	case slices.Contains(goodEmoji, name) && ours:
		t.Good, t.Emoji = true, goodEmoji[0]
	case slices.Contains(badEmoji, name) && ours:
		t.Emoji = badEmoji[0]
	default:
		return nothing("reaction %s", name)
	}
	if task.Kind == taskFeedback {
		t.Version, t.Removed = ev.EventTS, removed
		if tone != "" {
			t.Emoji += "::" + tone
		}
	}
	if removed {
		kind = "unreaction"
	}
	task.Payload = t
	return plan{event: job.Submission{
		Kind:  kind,
		Keys:  []string{strings.Join([]string{kind, item.Channel, item.TS, ev.User, name, ev.EventTS}, "/")},
		Tasks: []job.Task{task},
	}}
}

// readShortcut reads a message shortcut: somebody asks for this message's links. Its payload
// holds the message, so it works in channels that the bot can't read.
func (r *reader) readShortcut(in interaction) plan {
	var inner messageEvent
	if in.Type != "message_action" || !loose(in.Message, &inner) || !timestamp.MatchString(inner.TS) || in.Channel.ID == "" {
		return nothing("interaction %s is not handled", in.Type)
	}
	m := inner.message()
	ls, left := r.limited(m.found(r.self))
	ev := job.Submission{Kind: "shortcut", Keys: []string{"shortcut/" + in.Channel.ID + "/" + m.TS + "/" + in.User.ID + "/" + in.ActionTS}}
	if len(ls) == 0 {
		ev.Tasks = []job.Task{{Kind: taskRespond, Payload: response{
			URL: in.ResponseURL, Text: "There is no link in this message that I could read.",
		}}}
		return plan{event: ev, left: left}
	}
	ev.Links = r.newLinks(in.Channel.ID, m, ls, job.FromShortcut)
	for i := range ev.Links {
		ev.Links[i].Again = true
		ev.Links[i].User = in.User.ID
	}
	return plan{event: ev, left: left}
}
