package fakeslack

import (
	"strings"
	"time"
)

// apiTest gives back its arguments, or the error that they name.
func apiTest(_ *Server, c *apiCall) (object, error) {
	if code := c.str("error"); code != "" {
		return nil, fail(code, "args", with(c.args, "token", nil))
	}
	return object{"args": with(c.args, "token", nil)}, nil
}

// authTest says whose token it is; with an app token, which app's.
func authTest(s *Server, c *apiCall) (object, error) {
	a := s.cfg.app
	if c.kind == "app" {
		return object{"app_name": a.BotName, "app_id": a.AppID}, nil
	}
	return object{
		"url": s.address(c.base) + "/", "team": a.TeamName, "user": a.BotName, "team_id": a.TeamID, "user_id": a.BotUserID,
		"bot_id": a.BotID, "is_enterprise_install": false,
	}, nil
}

// appsConnectionsOpen hands out a socket address on the host that the client used.
func appsConnectionsOpen(s *Server, c *apiCall) (object, error) {
	ticket := s.hub.newTicket()
	url := strings.Replace(c.base, "http", "ws", 1) + "/link/?ticket=" + ticket + "&app_id=" + s.cfg.app.AppID
	return object{"url": url}, nil
}

// botsInfo describes the app's bot, the only one there is.
func botsInfo(s *Server, c *apiCall) (object, error) {
	a := s.cfg.app
	if id := c.str("bot"); id != "" && id != a.BotID {
		return nil, fail("bot_not_found")
	}
	return object{"bot": object{
		"id": a.BotID, "app_id": a.AppID, "user_id": a.BotUserID, "name": a.BotName, "deleted": false, "updated": 1700000000,
		"icons": object{"image_36": "", "image_48": "", "image_72": ""},
	}}, nil
}

// teamInfo describes the workspace.
func teamInfo(s *Server, _ *apiCall) (object, error) {
	a := s.cfg.app
	return object{"team": object{"id": a.TeamID, "name": a.TeamName, "domain": a.TeamDomain, "email_domain": "",
		"icon": object{"image_default": true}}}, nil
}

// userObject is a person as users.info returns one.
func (s *Server) userObject(u *User) object {
	bot := u.ID == s.cfg.app.BotUserID
	profile := object{
		"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.Name, "display_name_normalized": u.Name,
		"team": s.cfg.app.TeamID, "title": "", "status_text": "", "status_emoji": "",
	}
	if bot {
		profile["bot_id"] = s.cfg.app.BotID
		profile["api_app_id"] = s.cfg.app.AppID
	}
	return object{
		"id": u.ID, "team_id": s.cfg.app.TeamID, "name": u.Name, "deleted": false, "real_name": u.RealName, "tz": "Europe/Berlin",
		"tz_label": "Central European Time", "tz_offset": 3600, "profile": profile, "is_bot": bot, "is_app_user": false,
		"is_admin": u.Admin, "is_owner": false, "is_restricted": u.Guest, "is_ultra_restricted": false, "updated": 1700000000,
	}
}

// usersInfo describes one person.
func usersInfo(s *Server, c *apiCall) (object, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	u, ok := s.ws.users[c.str("user")]
	if !ok {
		return nil, fail("user_not_found")
	}
	return object{"user": s.userObject(u)}, nil
}

// usersList lists everybody, in the order in which they were added.
func usersList(s *Server, c *apiCall) (object, error) {
	limit, err := c.limitArg(200, 1000)
	if err != nil {
		return nil, err
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	var all []any
	for _, id := range s.ws.userOrder {
		all = append(all, s.userObject(s.ws.users[id]))
	}
	page, next, err := pageOf(all, c.str("cursor"), limit)
	if err != nil {
		return nil, err
	}
	return object{"members": page, "cache_ts": s.cfg.now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

// filesGetUploadURL and filesCompleteUpload are the two ends of Slack's upload of a
// file; the bytes between them are counted, not kept.
func filesGetUploadURL(s *Server, c *apiCall) (object, error) {
	if c.str("filename") == "" || c.str("length") == "" {
		return nil, fail("invalid_arguments")
	}
	id := newID("F", 10)
	s.handles.put("file:"+id, handle{expires: s.cfg.now().Add(time.Hour), uses: 1, name: c.str("filename")})
	return object{"upload_url": c.base + "/upload/" + id, "file_id": id}, nil
}

// filesCompleteUpload shares uploaded files in a channel, if one is named, as one message.
func filesCompleteUpload(s *Server, c *apiCall) (object, error) {
	files := list(c.args, "files")
	if len(files) == 0 {
		return nil, fail("invalid_arguments")
	}
	var out []any
	for _, f := range files {
		m, _ := f.(object)
		h, ok := s.handles.use("file:" + str(m, "id"))
		if !ok || h.uses < 0 {
			return nil, fail("file_not_found")
		}
		title := orElse(str(m, "title"), h.name)
		out = append(out, object{"id": str(m, "id"), "title": title, "name": h.name, "mode": "hosted", "user": s.cfg.app.BotUserID})
	}
	if id := c.str("channel_id"); id != "" {
		s.ws.mu.Lock()
		defer s.ws.mu.Unlock()
		ch, err := s.postableLocked(id, false)
		if err != nil {
			return nil, err
		}
		thread, _, err := ch.threadLocked(c)
		if err != nil {
			return nil, err
		}
		msg := with(s.botFields(), "subtype", "file_share", "text", c.str("initial_comment"), "files", out, "ts", s.ws.nextTSLocked(),
			"thread_ts", orNil(thread))
		e := s.ws.putLocked(ch, msg)
		s.emit(with(msg, "channel", ch.ID, "event_ts", e.ts, "channel_type", ch.kind()))
	}
	return object{"files": out}, nil
}
