package fakeslack

import "strings"

// chatUnfurl adds the app's own previews to a message. Each address must stand in the message as
// it was written there.
func chatUnfurl(s *Server, c *apiCall) (object, error) {
	unfurls, ok := c.args["unfurls"].(object)
	if !ok || len(unfurls) == 0 {
		return nil, fail("missing_unfurls")
	}
	if c.str("unfurl_id") != "" {
		return object{}, nil // a link still in the composer: nothing is stored yet
	}
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	ch := s.ws.channels[c.str("channel")]
	if ch == nil {
		return nil, fail("cannot_unfurl_message")
	}
	e := ch.byTS[c.str("ts")]
	if e == nil {
		return nil, fail("cannot_unfurl_message")
	}
	var attachments []any
	for url, v := range unfurls {
		att, ok := v.(object)
		if !ok || !strings.Contains(unescape(str(e.fields, "text")), url) {
			return nil, fail("cannot_unfurl_url")
		}
		attachments = append(attachments, with(att, "from_url", url, "original_url", url, "id", len(attachments)+1, "app_id", s.cfg.app.AppID))
	}
	s.attachLocked(ch, e, attachments)
	return object{}, nil
}

// attachLocked adds previews, which Slack tells as a hidden change without "edited".
func (s *Server) attachLocked(ch *channel, e *entry, attachments []any) {
	before := ch.viewLocked(e, false)
	e.fields = with(e.fields, "attachments", append(append([]any(nil), list(e.fields, "attachments")...), attachments...))
	s.emitChangeLocked(ch, e, before, s.ws.nextTSLocked())
}

// scheduleUnfurl makes the preview of the first link follow a person's message.
func (s *Server) scheduleUnfurl(ch, ts string, links []string) {
	if s.cfg.unfurlDelay <= 0 || len(links) == 0 {
		return
	}
	s.after(s.cfg.unfurlDelay, func() {
		s.ws.mu.Lock()
		defer s.ws.mu.Unlock()
		c := s.ws.channels[ch]
		if c == nil || c.byTS[ts] == nil {
			return
		}
		var atts []any
		for i, l := range links {
			atts = append(atts, object{"id": i + 1, "from_url": l, "original_url": l, "title": l, "title_link": l, "fallback": l,
				"service_name": hostOf(l)})
		}
		s.attachLocked(c, c.byTS[ts], atts)
	})
}
