package fakeslack

import (
	"fmt"
	"net/http"
	"strings"
)

// postableLocked is the channel that an app may post to. byName also takes a name, as
// chat.postMessage does.
func (s *Server) postableLocked(id string, byName bool) (*channel, error) {
	ch := s.ws.channels[id]
	if ch == nil && byName {
		for _, c := range s.ws.channels {
			if c.Name == strings.TrimPrefix(id, "#") {
				ch = c
			}
		}
	}
	switch {
	case ch == nil || id == "":
		return nil, fail("channel_not_found")
	case ch.Private && !ch.members[s.cfg.app.BotUserID]:
		return nil, fail("channel_not_found") // Slack doesn't tell that it exists
	case ch.Archived:
		return nil, fail("is_archived")
	case !ch.members[s.cfg.app.BotUserID]:
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

// botFields are the fields that a message of the app has of its author.
func (s *Server) botFields() object {
	a := s.cfg.app
	return object{
		"type": "message", "user": a.BotUserID, "bot_id": a.BotID, "app_id": a.AppID, "team": a.TeamID,
		"bot_profile": object{
			"id": a.BotID, "app_id": a.AppID, "name": a.BotName, "deleted": false, "updated": 1700000000, "team_id": a.TeamID,
			"icons": object{"image_36": "", "image_48": "", "image_72": ""},
		},
	}
}

// chatPostMessage checks the content first, then the channel, the thread and the limit; nothing
// is stored after an error of any of them.
func chatPostMessage(s *Server, c *apiCall) (object, error) {
	fields, err := s.content(c)
	if err != nil {
		return nil, err
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, err := s.postableLocked(c.str("channel"), true)
	if err != nil {
		return nil, err
	}
	thread, broadcast, err := ch.threadLocked(c)
	if err != nil {
		return nil, err
	}
	if err := s.rateLocked(ch); err != nil {
		return nil, err
	}
	msg := s.botFields()
	for k, v := range fields {
		msg[k] = v
	}
	msg["ts"] = s.ws.nextTSLocked()
	if thread != "" {
		msg["thread_ts"] = thread
		if broadcast {
			msg["subtype"] = "thread_broadcast"
			if root := ch.byTS[thread]; root != nil {
				msg["root"] = ch.viewLocked(root, false)
			}
		}
	}
	if name := c.str("username"); name != "" {
		msg["username"] = name
	}
	if icon := c.str("icon_emoji"); icon != "" {
		msg["icons"] = object{"emoji": icon}
	}
	e := s.ws.putLocked(ch, msg)
	s.emit(with(msg, "channel", ch.ID, "event_ts", e.ts, "channel_type", ch.kind(), "metadata", nil))
	return object{"channel": ch.ID, "ts": e.ts, "message": with(msg, "root", nil)}, nil
}

// threadLocked checks thread_ts and returns the ts of the thread's root. A reply's own ts leads
// to its thread. Replies whose root is gone still make a thread.
func (ch *channel) threadLocked(c *apiCall) (root string, broadcast bool, err error) {
	ts := c.str("thread_ts")
	if ts == "" {
		return "", false, nil
	}
	if _, ok := parseTS(ts); !ok {
		return "", false, fail("invalid_thread_ts")
	}
	e := ch.byTS[ts]
	switch {
	case e == nil && len(ch.threads[ts]) == 0:
		return "", false, fail("thread_not_found")
	case e != nil && e.onlyFor != "":
		return "", false, fail("cannot_reply_to_message")
	case e != nil && e.thread != "":
		ts = e.thread
	}
	return ts, truthy(c.args["reply_broadcast"]), nil
}

// rateLocked is a token bucket per channel, see WithPostRate.
func (s *Server) rateLocked(ch *channel) error {
	if s.cfg.postRate <= 0 {
		return nil
	}
	now := s.cfg.now()
	if ch.lastPost.IsZero() {
		ch.credit = float64(s.cfg.postBurst)
	} else {
		ch.credit = min(float64(s.cfg.postBurst), ch.credit+now.Sub(ch.lastPost).Seconds()*s.cfg.postRate)
	}
	ch.lastPost = now
	if ch.credit < 1 {
		seconds := (1 - ch.credit) / s.cfg.postRate
		return &apiError{code: "ratelimited", status: http.StatusTooManyRequests, retryAfter: int(seconds + 0.999)}
	}
	ch.credit--
	return nil
}

// chatPostEphemeral posts for one person; there is no event of it.
func chatPostEphemeral(s *Server, c *apiCall) (object, error) {
	fields, err := s.content(c)
	if err != nil {
		return nil, err
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, err := s.postableLocked(c.str("channel"), true)
	if err != nil {
		return nil, err
	}
	if !ch.members[c.str("user")] {
		return nil, fail("user_not_in_channel")
	}
	e := s.ephemeralLocked(ch, c.str("user"), with(fields, "thread_ts", orNil(c.str("thread_ts"))))
	return object{"message_ts": e.ts}, nil
}

// orNil is text, or nil for with to remove the field.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// ephemeralLocked stores a message that one person sees. The Web API never returns it.
func (s *Server) ephemeralLocked(ch *channel, user string, fields object) *entry {
	msg := s.botFields()
	for k, v := range fields {
		msg[k] = v
	}
	msg["ts"] = s.ws.nextTSLocked()
	msg["is_ephemeral"] = true
	e := s.ws.putLocked(ch, msg)
	e.onlyFor = user
	return e
}

// ownLocked finds a message that the app itself posted. denied is the error code for somebody
// else's message.
func (s *Server) ownLocked(c *apiCall, denied string) (*channel, *entry, error) {
	ch, err := s.postableLocked(c.str("channel"), false)
	if err != nil {
		return nil, nil, err
	}
	e := ch.byTS[c.str("ts")]
	switch {
	case e == nil || e.onlyFor != "":
		return nil, nil, fail("message_not_found")
	case str(e.fields, "bot_id") != s.cfg.app.BotID:
		return nil, nil, fail(denied)
	}
	return ch, e, nil
}

// chatUpdate replaces a message's content. The time of an edit has whole seconds, as Slack
// writes it.
func chatUpdate(s *Server, c *apiCall) (object, error) {
	fields, err := s.content(c)
	if err != nil {
		return nil, err
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, e, err := s.ownLocked(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	before := ch.viewLocked(e, false)
	now := s.ws.nextTSLocked()
	msg := with(e.fields, "edited", object{"user": s.cfg.app.BotUserID, "ts": now[:strings.IndexByte(now, '.')] + ".000000"})
	if fields["blocks"] == nil && c.args["text"] != nil {
		delete(msg, "blocks") // text alone replaces the blocks
	}
	for k, v := range fields {
		msg[k] = v
	}
	e.fields = msg
	s.emitChangeLocked(ch, e, before, now)
	return object{"channel": ch.ID, "ts": e.ts, "text": msg["text"], "message": with(msg)}, nil
}

// emitChangeLocked sends the message_changed event of an edit.
func (s *Server) emitChangeLocked(ch *channel, e *entry, before object, now string) {
	s.emit(object{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": ch.ID, "channel_type": ch.kind(),
		"message":          with(ch.viewLocked(e, false), "source_team", s.cfg.app.TeamID, "user_team", s.cfg.app.TeamID),
		"previous_message": before, "ts": now, "event_ts": now,
	})
}

// chatDelete removes a message of the app.
func chatDelete(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, e, err := s.ownLocked(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	s.deleteLocked(ch, e)
	return object{"channel": ch.ID, "ts": e.ts}, nil
}

// deleteLocked removes a message as Slack does: a root with replies becomes a
// tombstone (message_changed), anything else goes (message_deleted).
func (s *Server) deleteLocked(ch *channel, e *entry) {
	before := ch.viewLocked(e, false)
	now := s.ws.nextTSLocked()
	if len(ch.threads[e.ts]) > 0 {
		e.fields = tombstone(e.ts)
		e.reactions = nil
		s.emitChangeLocked(ch, e, before, now)
		return
	}
	s.ws.removeLocked(ch, e)
	s.emit(object{
		"type": "message", "subtype": "message_deleted", "hidden": true, "deleted_ts": e.ts, "channel": ch.ID,
		"channel_type": ch.kind(), "previous_message": before, "ts": now, "event_ts": now,
	})
}

// tombstone is what stays of a deleted root, so that its replies keep their place.
func tombstone(ts string) object {
	return object{"type": "message", "subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "hidden": true,
		"ts": ts}
}

// chatGetPermalink answers for any message of any channel, whoever wrote it.
func chatGetPermalink(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch := s.ws.channels[c.str("channel")]
	if ch == nil {
		return nil, fail("channel_not_found")
	}
	e := ch.byTS[c.str("message_ts")]
	if e == nil {
		return nil, fail("message_not_found")
	}
	return object{"channel": ch.ID, "permalink": permalink(s.address(c.base), ch, e)}, nil
}

// permalink has Slack's form on this server's address, where the page answers it.
func permalink(base string, ch *channel, e *entry) string {
	link := fmt.Sprintf("%s/archives/%s/p%s", base, ch.ID, strings.Replace(e.ts, ".", "", 1))
	if e.thread != "" {
		link += "?thread_ts=" + e.thread + "&cid=" + ch.ID
	}
	return link
}
