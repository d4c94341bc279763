package fakeslack

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Typed is a message as a person types it into the composer.
type Typed struct {
	Channel string `json:"channel"`
	User    string `json:"user"`
	Thread  string `json:"thread_ts"`
	Text    string `json:"text"`
}

// What Slack's composer recognises: links with a scheme, bare domains of common
// kinds, @names and emoji.
var typedToken = lazyregexp.New(`https?://[^\s<>"]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|edu|gov)\b(?:/[^\s<>"]*)?|` +
	`@[a-z0-9._-]+|:[a-z0-9_+-]+:`)

// Say posts a message as Slack's own client does: mrkdwn text with <links>, a
// rich_text block, a client_msg_id, and an app_mention beside it when the bot is named.
func (s *Server) Say(t Typed) (Posted, error) {
	text, elements, links, mention := s.parseTyped(t.Text)
	event := object{
		"type": "message", "text": text, "channel": t.Channel, "user": t.User,
		"blocks": []any{object{"type": "rich_text", "block_id": newID("", 5), "elements": []any{object{"type": "rich_text_section",
			"elements": elements}}}},
	}
	if t.Thread != "" {
		event["thread_ts"] = t.Thread
	}
	p, err := s.postEvent(event, Delivery{})
	if err != nil {
		return p, err
	}
	if mention {
		_, err = s.postEvent(with(event, "type", "app_mention", "ts", p.TS, "channel", p.Channel), Delivery{})
	}
	s.scheduleUnfurl(p.Channel, p.TS, links)
	return p, err
}

// parseTyped makes mrkdwn and the elements of a rich_text block of what was typed, which say the
// same, and lists the links. mention says that the bot is named.
func (s *Server) parseTyped(typed string) (text string, elements []any, links []string, mention bool) {
	typed = strings.ReplaceAll(typed, "\r\n", "\n")
	var b strings.Builder
	plain := func(part string) {
		if part != "" {
			b.WriteString(escape(part))
			elements = append(elements, object{"type": "text", "text": part})
		}
	}
	at := 0
	for _, m := range typedToken.FindAllStringIndex(typed, -1) {
		token := trimToken(typed[m[0]:m[1]])
		if token == "" || m[0] < at {
			continue
		}
		switch {
		case token[0] == '@':
			id := s.userNamed(token[1:])
			if id == "" {
				continue
			}
			plain(typed[at:m[0]])
			mention = mention || id == s.cfg.app.BotUserID
			b.WriteString("<@" + id + ">")
			elements = append(elements, object{"type": "user", "user_id": id})
		case token[0] == ':':
			name := strings.Trim(token, ":")
			if emoji(name) == "" || !strings.HasSuffix(token, ":") {
				continue
			}
			plain(typed[at:m[0]])
			b.WriteString(token)
			elements = append(elements, object{"type": "emoji", "name": name})
		case strings.HasPrefix(token, "http"):
			plain(typed[at:m[0]])
			b.WriteString("<" + escape(token) + ">")
			elements = append(elements, object{"type": "link", "url": token})
			links = append(links, token)
		default: // a bare domain: Slack adds http:// and keeps what was typed as the label
			plain(typed[at:m[0]])
			b.WriteString("<http://" + escape(token) + "|" + escape(token) + ">")
			elements = append(elements, object{"type": "link", "url": "http://" + token, "text": token})
			links = append(links, "http://"+token)
		}
		at = m[0] + len(token)
	}
	plain(typed[at:])
	return b.String(), elements, links, mention
}

// trimToken is a token without the punctuation behind it, which belongs to the sentence. A bracket that
// the link has opened itself stays.
func trimToken(token string) string {
	if token[0] == '@' || token[0] == ':' {
		return strings.TrimRight(token, ".,;!?)'")
	}
	return text.TrimURL(token)
}

// userNamed is the id of the person with that name, empty for none.
func (s *Server) userNamed(name string) string {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	for id, u := range s.ws.users {
		if u.Name == name {
			return id
		}
	}
	return ""
}

// escape and unescape treat the three characters that mrkdwn reserves.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// hostOf is the host of a link, empty for what is none.
func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Host
}

// Edit changes a person's message as Slack's client does; the app gets message_changed.
func (s *Server) Edit(channel, ts, typed string) error {
	text, elements, _, _ := s.parseTyped(typed)
	s.ws.mu.Lock()
	defer func() { s.ws.mu.Unlock(); s.ws.notify() }()
	ch, e, err := s.storedLocked(channel, ts)
	if err != nil {
		return err
	}
	before, now := ch.viewLocked(e, false), s.ws.nextTSLocked()
	e.fields = with(e.fields, "text", text, "edited", object{"user": str(e.fields, "user"), "ts": now[:strings.IndexByte(now,
		'.')] + ".000000"},
		"blocks", []any{object{"type": "rich_text", "block_id": newID("", 5), "elements": []any{object{"type": "rich_text_section",
			"elements": elements}}}})
	s.emitChangeLocked(ch, e, before, now)
	return nil
}

// Delete removes any message as its author would: with replies it becomes a tombstone.
func (s *Server) Delete(channel, ts string) error {
	s.ws.mu.Lock()
	defer func() { s.ws.mu.Unlock(); s.ws.notify() }()
	ch, e, err := s.storedLocked(channel, ts)
	if err != nil {
		return err
	}
	s.deleteLocked(ch, e)
	return nil
}

// storedLocked finds a message by its ts, in the default channel when id is empty.
func (s *Server) storedLocked(id, ts string) (*channel, *entry, error) {
	ch := s.ws.channels[orElse(id, s.ws.defaultChannel())]
	if ch == nil || ch.byTS[ts] == nil {
		return nil, nil, fmt.Errorf("there is no message %q in channel %q", ts, id)
	}
	return ch, ch.byTS[ts], nil
}
