package fakeslack

import (
	"encoding/base64"
	"sort"
	"strconv"
	"strings"
)

// infoLocked is a channel as conversations.info returns it.
func (s *Server) infoLocked(ch *channel) object {
	kind := ch.kind()
	n := 0
	for _, in := range ch.members {
		if in {
			n++
		}
	}
	return object{
		"id": ch.ID, "name": ch.Name, "name_normalized": ch.Name, "created": ch.created, "creator": s.ws.userOrder[0],
		"is_channel": kind == "channel", "is_group": kind == "group", "is_im": kind == "im", "is_mpim": false,
		"is_private": kind != "channel", "is_archived": ch.Archived, "is_general": false, "is_shared": false,
		"is_ext_shared": false, "is_org_shared": false, "is_member": ch.members[s.cfg.app.BotUserID],
		"topic":       object{"value": "", "creator": "", "last_set": 0},
		"purpose":     object{"value": "", "creator": "", "last_set": 0},
		"num_members": n, "context_team_id": s.cfg.app.TeamID, "unlinked": 0,
	}
}

// visibleLocked is a channel whose existence the app may know.
func (s *Server) visibleLocked(id string) (*channel, error) {
	ch := s.ws.channels[id]
	if ch == nil || ch.Private && !ch.members[s.cfg.app.BotUserID] {
		return nil, fail("channel_not_found")
	}
	return ch, nil
}

// readableLocked is a channel whose messages the app may read.
func (s *Server) readableLocked(id string) (*channel, error) {
	ch, err := s.visibleLocked(id)
	switch {
	case err != nil:
		return nil, err
	case !ch.members[s.cfg.app.BotUserID]:
		return nil, fail("not_in_channel")
	case ch.Private && !s.scopes["groups:history"]:
		return nil, fail("missing_scope", "needed", "groups:history", "provided", strings.Join(s.cfg.scopes, ","))
	}
	return ch, nil
}

// conversationsInfo describes a channel.
func conversationsInfo(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, err := s.visibleLocked(c.str("channel"))
	if err != nil {
		return nil, err
	}
	return object{"channel": s.infoLocked(ch)}, nil
}

// conversationsList lists public channels and the private ones that the bot is in.
func conversationsList(s *Server, c *apiCall) (object, error) {
	return s.channelPage(c, func(ch *channel) bool { return !ch.Private || ch.members[s.cfg.app.BotUserID] })
}

// usersConversations lists the channels of a user, by default of the bot. Private ones of others are
// listed where the bot is in them too.
func usersConversations(s *Server, c *apiCall) (object, error) {
	bot := s.cfg.app.BotUserID
	user := orElse(c.str("user"), bot)
	return s.channelPage(c, func(ch *channel) bool { return ch.members[user] && (ch.kind() == "channel" || ch.members[bot]) })
}

// channelPage is a page of the channels that fit and are of the types asked for.
func (s *Server) channelPage(c *apiCall, fits func(*channel) bool) (object, error) {
	limit, err := c.limitArg(100, 999)
	if err != nil {
		return nil, err
	}
	types := map[string]bool{}
	for t := range strings.SplitSeq(orElse(c.str("types"), "public_channel"), ",") {
		types[strings.TrimSpace(t)] = true
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	var all []any
	for _, id := range s.ws.order {
		ch := s.ws.channels[id]
		name := map[string]string{"channel": "public_channel", "group": "private_channel", "im": "im"}[ch.kind()]
		if !types[name] || ch.Archived && truthy(c.args["exclude_archived"]) || !fits(ch) {
			continue
		}
		all = append(all, s.infoLocked(ch))
	}
	page, next, err := pageOf(all, c.str("cursor"), limit)
	if err != nil {
		return nil, err
	}
	return object{"channels": page, "response_metadata": object{"next_cursor": next}}, nil
}

// pageOf cuts a page out of a list that does not change its order.
func pageOf(all []any, cursor string, limit int) (page []any, next string, err error) {
	at := 0
	if cursor != "" {
		n, ok := readCursor(cursor, "offset:")
		if !ok || n < 0 || n > int64(len(all)) {
			return nil, "", fail("invalid_cursor")
		}
		at = int(n)
	}
	end := min(at+limit, len(all))
	if end < len(all) {
		next = writeCursor("offset:", int64(end))
	}
	return append([]any{}, all[at:end]...), next, nil
}

// Cursors look like Slack's: base64 of "next_ts:1484678290517091".
func writeCursor(prefix string, n int64) string {
	return base64.StdEncoding.EncodeToString([]byte(prefix + strconv.FormatInt(n, 10)))
}

// readCursor reads what writeCursor made; false for anything else.
func readCursor(cursor, prefix string) (int64, bool) {
	data, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		return 0, false
	}
	text, ok := strings.CutPrefix(string(data), prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// conversationsMembers lists the members of a channel by id, so that pages don't overlap.
func conversationsMembers(s *Server, c *apiCall) (object, error) {
	limit, err := c.limitArg(100, 999)
	if err != nil {
		return nil, err
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, err := s.visibleLocked(c.str("channel"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for id, in := range ch.members {
		if in {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	all := make([]any, len(ids))
	for i, id := range ids {
		all[i] = id
	}
	page, next, err := pageOf(all, c.str("cursor"), limit)
	if err != nil {
		return nil, err
	}
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, nil
}

// conversationsJoin makes the bot a member. A second time it is a warning, not an error.
func conversationsJoin(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch := s.ws.channels[c.str("channel")]
	switch {
	case ch == nil:
		return nil, fail("channel_not_found")
	case ch.kind() != "channel":
		return nil, fail("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, fail("is_archived")
	case ch.members[s.cfg.app.BotUserID]:
		return object{"channel": s.infoLocked(ch), "warning": "already_in_channel",
			"response_metadata": object{"warnings": []any{"already_in_channel"}}}, nil
	}
	ch.members[s.cfg.app.BotUserID] = true
	s.emit(object{"type": "member_joined_channel", "user": s.cfg.app.BotUserID, "channel": ch.ID, "channel_type": "C",
		"team": s.cfg.app.TeamID, "event_ts": s.ws.nextTSLocked()})
	return object{"channel": s.infoLocked(ch)}, nil
}

// window is a span of time in microseconds, as oldest, latest and inclusive name it.
type window struct{ from, to int64 } // both ends belong to it

// window reads the bounds. Without inclusive, the messages at them are left out, so they move by
// a microsecond.
func (c *apiCall) window() (window, error) {
	w := window{0, 1 << 62}
	inclusive := truthy(c.args["inclusive"])
	if text := c.str("oldest"); text != "" && text != "0" {
		n, ok := parseTS(text)
		if !ok {
			return w, fail("invalid_ts_oldest")
		}
		w.from = n
		if !inclusive {
			w.from++
		}
	}
	if text := c.str("latest"); text != "" && text != "now" {
		n, ok := parseTS(text)
		if !ok {
			return w, fail("invalid_ts_latest")
		}
		w.to = n
		if !inclusive {
			w.to--
		}
	}
	return w, nil
}

func (w window) has(micros int64) bool { return micros >= w.from && micros <= w.to }

// conversationsHistory returns roots, plain messages and broadcasts, newest first. The cursor
// names the first message of the next page, so messages that come meanwhile don't shift it.
func conversationsHistory(s *Server, c *apiCall) (object, error) {
	limit, err := c.limitArg(100, 999)
	if err != nil {
		return nil, err
	}
	w, err := c.window()
	if err != nil {
		return nil, err
	}
	if cursor := c.str("cursor"); cursor != "" {
		n, ok := readCursor(cursor, "next_ts:")
		if !ok {
			return nil, fail("invalid_cursor")
		}
		w.to = min(w.to, n)
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, err := s.readableLocked(c.str("channel"))
	if err != nil {
		return nil, err
	}
	messages := []any{}
	res := object{"has_more": false, "pin_count": 0, "channel_actions_ts": nil, "channel_actions_count": 0}
	for i := len(ch.messages) - 1; i >= 0; i-- {
		e := ch.messages[i]
		if e.onlyFor != "" || e.thread != "" && !e.broadcast || !w.has(e.micros) {
			continue
		}
		if len(messages) == limit {
			res["has_more"] = true
			res["response_metadata"] = object{"next_cursor": writeCursor("next_ts:", e.micros)}
			break
		}
		messages = append(messages, ch.viewLocked(e, truthy(c.args["include_all_metadata"])))
	}
	res["messages"] = messages
	if oldest := c.str("oldest"); oldest != "" {
		res["oldest"] = oldest
	}
	return res, nil
}

// conversationsReplies returns a thread, the root first, then replies by time. A message
// without replies is a thread of itself. On further pages the root is left out.
func conversationsReplies(s *Server, c *apiCall) (object, error) {
	limit, err := c.limitArg(1000, 1000)
	if err != nil {
		return nil, err
	}
	w, err := c.window()
	if err != nil {
		return nil, err
	}
	first := true
	if cursor := c.str("cursor"); cursor != "" {
		n, ok := readCursor(cursor, "next_ts:")
		if !ok {
			return nil, fail("invalid_cursor")
		}
		w.from = max(w.from, n)
		first = false
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch, err := s.readableLocked(c.str("channel"))
	if err != nil {
		return nil, err
	}
	ts := c.str("ts")
	root := ch.byTS[ts]
	if root == nil || root.onlyFor != "" {
		return nil, fail("thread_not_found")
	}
	withMetadata := truthy(c.args["include_all_metadata"])
	messages := []any{}
	if first {
		messages = append(messages, ch.viewLocked(root, withMetadata)) // whatever oldest says
	}
	res := object{"has_more": false}
	for _, e := range ch.threads[ts] {
		if e.onlyFor != "" || !w.has(e.micros) {
			continue
		}
		if len(messages) >= limit {
			res["has_more"] = true
			res["response_metadata"] = object{"next_cursor": writeCursor("next_ts:", e.micros)}
			break
		}
		messages = append(messages, ch.viewLocked(e, withMetadata))
	}
	res["messages"] = messages
	return res, nil
}
