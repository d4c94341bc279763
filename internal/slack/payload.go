package slack

import (
	"bytes"
	"encoding/json"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/slack/links"
)

// The structs here hold the fields that are used, with types as loose as the
// payloads are: previous_message may be an empty list, edited an empty object,
// channel an object.

// callback is the outer object of the Events API. Challenge is that of url_verification, by
// which Slack asks whether an address for HTTP events is ours.
type callback struct {
	Type      string          `json:"type"`
	EventID   string          `json:"event_id"`
	Challenge string          `json:"challenge"`
	Event     json.RawMessage `json:"event"`
}

// event is the union of the events that are handled. The raw fields have more than one form,
// see above; loose reads them.
type event struct {
	messageEvent
	Channel   string          `json:"channel"`
	Message   json.RawMessage `json:"message"`
	Previous  json.RawMessage `json:"previous_message"`
	DeletedTS string          `json:"deleted_ts"`
	EventTS   string          `json:"event_ts"`
	Reaction  string          `json:"reaction"`
	ItemUser  string          `json:"item_user"`
	Tab       string          `json:"tab"`
	Item      json.RawMessage `json:"item"`
}

// messageEvent is a message as it stands in events and payloads.
type messageEvent struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype"`
	User        string          `json:"user"`
	BotID       string          `json:"bot_id"`
	AppID       string          `json:"app_id"`
	BotProfile  json.RawMessage `json:"bot_profile"`
	Text        string          `json:"text"`
	Blocks      json.RawMessage `json:"blocks"`
	Attachments json.RawMessage `json:"attachments"`
	Files       json.RawMessage `json:"files"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts"`
	ClientMsgID string          `json:"client_msg_id"`
	Edited      json.RawMessage `json:"edited"`
}

// message is the event as the Web API would give the message.
func (m messageEvent) message() Message {
	return Message{
		TS: m.TS, ThreadTS: m.ThreadTS, User: m.User, BotID: m.BotID, AppID: m.AppID, Subtype: m.Subtype,
		ClientMsgID: m.ClientMsgID, Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments, Files: m.Files, EditedTS: m.editedTS(),
	}
}

// editedTS is when a person edited the message last; empty for never, and for what Slack itself
// changed.
func (m messageEvent) editedTS() string {
	var e struct {
		TS string `json:"ts"`
	}
	loose(m.Edited, &e)
	return e.TS
}

// storable is a payload of JSON without NUL, which Postgres takes in no text: such an event would be delivered again
// and again, and never be stored. In its place stands U+FFFD, whose escape is as long. A payload in which nothing
// is replaced is returned as it is.
func storable(payload []byte) []byte {
	const escape = `\u0000`
	if !bytes.Contains(payload, []byte(escape)) {
		return payload
	}
	out := bytes.Clone(payload)
	for i := 0; i < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(out[i:], []byte(escape)) {
			copy(out[i:], `\ufffd`)
		}
		i++ // what is escaped begins no escape
	}
	return out
}

// loose decodes an object; anything else leaves into as it is.
func loose(raw json.RawMessage, into any) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, into) == nil
}

// timestamp is the form of a message's ts, which is also its id in a channel. It matches
// 1700000000.000100; an empty ts and the ids of messages that are not sent yet don't match.
var timestamp = lazyregexp.New(`^\d{1,12}\.\d{1,9}$`)

// fromBot tells whether a program wrote the message. A message that an app posts in somebody's
// name has that person as its user but an app id besides.
func (m Message) fromBot(self Identity) bool {
	return m.BotID != "" || m.AppID != "" || m.User == "" || m.User == "USLACKBOT" || m.User == self.UserID
}

// own tells whether the message is this bot's.
func (m Message) own(self Identity) bool {
	return self.UserID != "" && m.User == self.UserID || self.BotID != "" && m.BotID == self.BotID
}

// written are the subtypes of messages that people write. A thread_broadcast is a reply in a
// thread that its author sent to the channel as well: one message with one ts, shown twice
// (docs.slack.dev/reference/events/message/thread_broadcast).
func (m Message) written() bool {
	switch m.Subtype {
	case "", "file_share", "me_message", "thread_broadcast":
		return true
	}
	return false
}

// found are the links that the message shows, in its order, each once, for the bot that self
// names.
func (m Message) found(self Identity) links.Found {
	own := make([]string, 0, 2)
	for _, id := range []string{self.UserID, self.BotID} {
		if id != "" {
			own = append(own, id)
		}
	}
	return links.Extract(links.Message{Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments, Files: m.Files, Own: own})
}

// slashCommand is the payload of a slash command, by socket or as a form.
type slashCommand struct {
	Command     string `json:"command"`
	Text        string `json:"text"`
	ChannelID   string `json:"channel_id"`
	UserID      string `json:"user_id"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
}

// interaction is the payload of shortcuts, of what is pressed or chosen, and of forms. ActionTS
// tells two uses of the same shortcut on the same message apart.
type interaction struct {
	Type        string              `json:"type"`
	CallbackID  string              `json:"callback_id"`
	TriggerID   string              `json:"trigger_id"`
	ResponseURL string              `json:"response_url"`
	ActionTS    string              `json:"action_ts"`
	User        struct{ ID string } `json:"user"`
	Channel     struct{ ID string } `json:"channel"`
	Message     json.RawMessage     `json:"message"`
	View        json.RawMessage     `json:"view"`
	Actions     json.RawMessage     `json:"actions"`
}
