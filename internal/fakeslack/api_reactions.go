package fakeslack

import "strings"

// reactable is the message that a call is about and the emoji's name without colons. The caller
// holds the workspace's lock.
func reactable(s *Server, c *apiCall) (*channel, *entry, string, error) {
	name := strings.Trim(orElse(c.str("name"), "-"), ":")
	ch := s.ws.channels[c.str("channel")]
	switch {
	case ch == nil:
		return nil, nil, "", fail("channel_not_found")
	case !ch.members[s.cfg.app.BotUserID]:
		return nil, nil, "", fail("not_in_channel")
	case ch.Archived:
		return nil, nil, "", fail("is_archived")
	case !validEmoji(name) && c.method != "reactions.get":
		return nil, nil, "", fail("invalid_name")
	case c.str("timestamp") == "":
		return nil, nil, "", fail("no_item_specified")
	}
	e := ch.byTS[c.str("timestamp")]
	if e == nil || e.onlyFor != "" || str(e.fields, "subtype") == "tombstone" {
		return nil, nil, "", fail("message_not_found")
	}
	return ch, e, name, nil
}

// reactionsAdd adds a reaction of the bot; a second one of the same name is an error, as with
// Slack.
func reactionsAdd(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, e, name, err := reactable(s, c)
	if err != nil {
		return nil, err
	}
	if !e.reactLocked(name, s.cfg.app.BotUserID) {
		return nil, fail("already_reacted")
	}
	s.emitReactionLocked("reaction_added", ch, e, name, s.cfg.app.BotUserID)
	return object{}, nil
}

// reactionsRemove takes a reaction of the bot back.
func reactionsRemove(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, e, name, err := reactable(s, c)
	if err != nil {
		return nil, err
	}
	if !e.unreactLocked(name, s.cfg.app.BotUserID) {
		return nil, fail("no_reaction")
	}
	s.emitReactionLocked("reaction_removed", ch, e, name, s.cfg.app.BotUserID)
	return object{}, nil
}

// emitReactionLocked sends the event of a reaction that was added or taken back.
func (s *Server) emitReactionLocked(kind string, ch *channel, e *entry, name, user string) {
	s.emit(object{
		"type": kind, "user": user, "reaction": name, "item_user": str(e.fields, "user"),
		"item":     object{"type": "message", "channel": ch.ID, "ts": e.ts},
		"event_ts": s.ws.nextTSLocked(),
	})
}

// reactionsGet returns a message with its reactions.
func reactionsGet(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, e, _, err := reactable(s, c)
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": ch.ID, "message": with(ch.viewLocked(e, false), "permalink", permalink(s.address(c.base),
		ch, e))}, nil
}

// validEmoji accepts any name that could be an emoji: workspaces add their own.
func validEmoji(name string) bool {
	if name == "" || len(name) > 100 || name == "-" {
		return false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '+' && r != ':' && r != '\'' && r < 0x80 {
			return false
		}
	}
	return true
}
