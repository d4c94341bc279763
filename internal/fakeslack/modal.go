package fakeslack

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Modals: what the app opens for a person who has just pressed something, and what the person sends
// by it.

// modal is a view that the app opened. The server's mu guards it.
type modal struct {
	view   object
	user   string
	open   bool
	errors []string // that the app found in what was sent
}

const (
	// maxViews bounds the modals that are kept.
	maxViews = 100
	// maxViewTitle bounds a modal's title and the names of its buttons, maxViewMetadata what goes with it.
	maxViewTitle, maxViewMetadata = 24, 3000
)

// viewsOpen checks a modal and its trigger and keeps it, see [Server.Views].
func viewsOpen(s *Server, c *apiCall) (object, error) {
	view, ok := c.args["view"].(object)
	var wrong []any
	for _, key := range []string{"type", "title", "blocks"} {
		if view[key] == nil {
			wrong = append(wrong, "[ERROR] missing required field: "+key+" [json-pointer:/view]")
		}
	}
	for _, key := range []string{"title", "submit", "close"} {
		if n := utf8.RuneCountInString(str(sub(view, key), "text")); n > maxViewTitle {
			wrong = append(wrong, fmt.Sprintf("[ERROR] must be less than %d characters [json-pointer:/view/%s/text]", maxViewTitle+1, key))
		}
	}
	if len(str(view, "private_metadata")) > maxViewMetadata {
		wrong = append(wrong, fmt.Sprintf("[ERROR] must be less than %d characters [json-pointer:/view/private_metadata]", maxViewMetadata+1))
	}
	blocks := list(view, "blocks")
	for _, b := range blocks {
		if o, _ := b.(object); str(o, "type") == "input" && view["submit"] == nil {
			wrong = append(wrong, "[ERROR] missing required field: submit [json-pointer:/view]")
			break
		}
	}
	if !ok || len(wrong) > 0 {
		return nil, fail("invalid_arguments", "response_metadata", object{"messages": wrong})
	}
	user, err := s.useTrigger(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	blocks, _, errs := checkBlocks(blocks, maxViewBlocks)
	if len(errs) > 0 {
		return nil, fail("invalid_blocks", "errors", errs)
	}
	a := s.cfg.app
	view = with(view, "id", newID("V", 10), "team_id", a.TeamID, "app_id", a.AppID, "bot_id", a.BotID, "hash",
		s.cfg.now().Format("1136239445.0000"),
		"blocks", blocks, "state", object{"values": object{}}, "previous_view_id", nil)
	view["root_view_id"] = view["id"]
	s.keepView(&modal{view: view, user: user, open: true})
	s.ws.notify()
	return object{"view": view}, nil
}

// keepView keeps a modal that the app opened; the oldest goes when there are too many.
func (s *Server) keepView(v *modal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, v)
	if len(s.views) > maxViews {
		s.views = s.views[1:]
	}
}

// Views returns the latest modals that the app opened, also those that were sent or closed since.
func (s *Server) Views() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]map[string]any, len(s.views))
	for i, m := range s.views {
		out[i] = m.view
	}
	return out
}

// Modal is what a person has open on top; nil for nothing.
func (s *Server) Modal(user string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.topLocked(user); m != nil {
		return m.view
	}
	return nil
}

// OpenModal has a person press what opens a modal until one is open, other than the one whose id is before, and returns
// its id: the trigger of a press is good for three seconds, and a busy machine may need more. It ends with ctx.
func (s *Server) OpenModal(ctx context.Context, user, before string, press func()) (id string, err error) {
	const patience = 5 * time.Second
	for {
		press()
		soon, cancel := context.WithTimeout(ctx, patience)
		err := s.WaitFor(soon, func(s *Server) bool {
			m := s.Modal(user)
			if m != nil {
				id, _ = m["id"].(string)
			}
			return m != nil && id != before
		})
		cancel()
		if err == nil || ctx.Err() != nil {
			return id, err
		}
	}
}

// topLocked is the modal that a person sees.
func (s *Server) topLocked(user string) *modal {
	for i := len(s.views) - 1; i >= 0; i-- {
		if m := s.views[i]; m.open && m.user == user {
			return m
		}
	}
	return nil
}

// A trigger is good for three seconds and for one view.
const triggerLife = 3 * time.Second

// newTrigger makes a trigger id of Slack's form for what a person did.
func (s *Server) newTrigger(user string) string {
	id := newID("", 12) + "." + newID("", 10) + "." + strings.ToLower(newID("", 32))
	s.handles.put("trigger:"+id, handle{expires: s.cfg.now().Add(triggerLife), uses: 1, user: user})
	return id
}

// useTrigger takes a trigger and says whose it was, or why it can't be taken.
func (s *Server) useTrigger(id string) (user string, err error) {
	h, ok := s.handles.use("trigger:" + id)
	switch {
	case !ok:
		return "", fail("invalid_trigger_id")
	case h.uses < 0:
		return "", fail("exchanged_trigger_id")
	case s.cfg.now().After(h.expires):
		return "", fail("expired_trigger_id")
	}
	return h.user, nil
}

// sendModal has a person send a modal, or leave it. It stays open where the app does not take what was
// sent, and where the app says what is wrong with it (docs.slack.dev/surfaces/modals).
func (s *Server) sendModal(ctx context.Context, in Interaction, base string) (Response, error) {
	s.mu.Lock()
	var m *modal
	for _, v := range s.views {
		if v.open && str(v.view, "id") == in.ViewID {
			m = v
		}
	}
	var view object
	var user string
	if m != nil {
		view, user = m.view, m.user
		m.open = m.open && in.Type == "view_submission"
	}
	s.mu.Unlock()
	if m == nil {
		return Response{}, fmt.Errorf("there is no open modal %q", in.ViewID)
	}
	s.ws.mu.Lock()
	u := s.ws.userLocked(user)
	payload := object{"type": in.Type, "user": object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": s.cfg.app.TeamID}}
	s.ws.mu.Unlock()
	if in.Type == "view_closed" {
		s.ws.notify()
		if !truthy(view["notify_on_close"]) {
			return Response{Acked: true}, nil
		}
		payload["view"], payload["is_cleared"] = view, false
		return s.deliver(ctx, payload, handle{user: user}, base)
	}
	values, err := modalValues(view, in.Values)
	if err != nil {
		return Response{}, err
	}
	payload["view"], payload["response_urls"] = with(view, "state", object{"values": values}), []any{}
	res, err := s.deliver(ctx, payload, handle{user: user}, base)
	if err != nil {
		return res, err
	}
	return res, s.sent(m, res.Payload)
}

// sent does with a modal what the app answered to it.
func (s *Server) sent(m *modal, response object) error {
	defer s.ws.notify()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch action := str(response, "response_action"); action {
	case "", "clear":
		m.open = false
		return nil
	case "errors":
		m.errors = nil
		for block, what := range sub(response, "errors") {
			m.errors = append(m.errors, fmt.Sprintf("%s: %v", block, what))
		}
		return errors.New("the app finds something wrong: " + strings.Join(m.errors, "; "))
	default:
		return fmt.Errorf("response_action %q is not played here", action)
	}
}

// modalValues is the state of a modal that was filled with values, by block_id. Slack's clients hold
// back what is missing or too long.
func modalValues(view object, values map[string]string) (object, error) {
	state := object{}
	for _, b := range list(view, "blocks") {
		o, _ := b.(object)
		e := sub(o, "element")
		if str(o, "type") != "input" || str(e, "type") != "plain_text_input" {
			continue
		}
		block := str(o, "block_id")
		value, given := values[block]
		if !given {
			value = str(e, "initial_value")
		}
		most := maxInput
		if n, err := strconv.Atoi(str(e, "max_length")); err == nil {
			most = n
		}
		switch n := utf8.RuneCountInString(value); {
		case n == 0 && !truthy(o["optional"]):
			return nil, fmt.Errorf("%s: please fill in this field", block)
		case n > most:
			return nil, fmt.Errorf("%s: no more than %d characters", block, most)
		}
		state[block] = object{str(e, "action_id"): object{"type": "plain_text_input", "value": orNil(value)}}
	}
	return state, nil
}

// modalView is a modal as the template shows it.
type modalView struct {
	ID, Title, Submit, Close string
	Body                     template.HTML
	Errors                   []string
}

// serveModal shows a person the modal on top; nothing where there is none.
func (p *page) serveModal(w http.ResponseWriter, r *http.Request) {
	p.s.ws.mu.Lock()
	mk := &markup{names: p.namesLocked()}
	p.s.ws.mu.Unlock()
	p.s.mu.Lock()
	var v modalView
	if m := p.s.topLocked(r.URL.Query().Get("user")); m != nil {
		mk.blocks(list(m.view, "blocks"), p.markdown)
		v = modalView{
			ID: str(m.view, "id"), Title: str(sub(m.view, "title"), "text"), Submit: str(sub(m.view, "submit"), "text"),
			Close: orElse(str(sub(m.view, "close"), "text"), "Cancel"), Body: mk.html(), Errors: m.errors,
		}
	}
	p.s.mu.Unlock()
	p.write(w, r, "modal", v)
}
