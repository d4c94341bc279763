package fakeslack

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// App Home: what the app publishes for each person, the page where a person sees it, and what is
// pressed there.

// maxHomes bounds the people for whom a view is kept.
const maxHomes = 1000

// viewsPublish takes what a person's App Home shows (docs.slack.dev/reference/methods/views.publish). A
// hash makes it fail where the view is another by now.
func viewsPublish(s *Server, c *apiCall) (object, error) {
	view, ok := c.args["view"].(object)
	if !ok || str(view, "type") != "home" || view["blocks"] == nil {
		return nil, fail("invalid_arguments", "response_metadata", object{"messages": []any{
			"[ERROR] must be a view of the type home with blocks [json-pointer:/view]"}})
	}
	blocks, _, errs := checkBlocks(list(view, "blocks"), maxViewBlocks)
	if len(errs) > 0 {
		return nil, fail("invalid_blocks", "errors", errs)
	}
	user := c.str("user_id")
	s.ws.mu.Lock()
	defer func() { s.ws.mu.Unlock(); s.ws.notify() }()
	if s.ws.users[user] == nil {
		return nil, fail("user_not_found")
	}
	before := s.ws.homes[user]
	if hash := c.str("hash"); hash != "" && before != nil && hash != str(before, "hash") {
		return nil, fail("hash_conflict")
	}
	if before == nil && len(s.ws.homes) >= maxHomes {
		return nil, fail("internal_error")
	}
	a := s.cfg.app
	now := with(view, "id", orElse(str(before, "id"), newID("V", 10)), "team_id", a.TeamID, "app_id", a.AppID, "bot_id", a.BotID,
		"hash", s.ws.nextTSLocked(), "blocks", blocks, "state", object{"values": object{}}, "previous_view_id", nil)
	now["root_view_id"] = now["id"]
	s.ws.homes[user] = now
	return object{"view": now}, nil
}

// Home is the view that the app published for a person; nil for none.
func (s *Server) Home(user string) map[string]any {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	return s.ws.homes[user]
}

// OpenHome has a person open App Home: the app gets app_home_opened.
func (s *Server) OpenHome(user string) error {
	_, err := s.PostEvent(object{"type": "app_home_opened", "user": user})
	return err
}

// applyHomeLocked fills in what Slack says with app_home_opened
// (docs.slack.dev/reference/events/app_home_opened).
func (s *Server) applyHomeLocked(event object) {
	setDefault(event, "user", s.ws.userOrder[0])
	user := str(event, "user")
	s.ws.userLocked(user)
	setDefault(event, "channel", "D"+strings.TrimPrefix(user, "U"))
	setDefault(event, "tab", "home")
	if view := s.ws.homes[user]; view != nil {
		setDefault(event, "view", view)
	}
}

// homeActionLocked is the payload of what a person presses or chooses in App Home. It may say which
// block is meant, since several have elements of one action_id.
func (s *Server) homeActionLocked(in Interaction, who object) (object, error) {
	view := s.ws.homes[str(who, "id")]
	if view == nil {
		return nil, errors.New("the app has published no home for this person")
	}
	block, element := findAction(list(view, "blocks"), in.ActionID, in.BlockID)
	if element == nil {
		return nil, fmt.Errorf("the home has no element with action_id %q in a block %q", in.ActionID, in.BlockID)
	}
	action := object{
		"type": str(element, "type"), "action_id": in.ActionID, "block_id": str(block, "block_id"), "action_ts": s.ws.nextTSLocked(),
	}
	switch str(element, "type") {
	case "static_select":
		for _, o := range list(element, "options") {
			if option, _ := o.(object); str(option, "value") == in.Value {
				action["selected_option"] = option
			}
		}
		if action["selected_option"] == nil {
			return nil, fmt.Errorf("%q is none of the options of %s", in.Value, in.ActionID)
		}
	case "button":
		action["text"], action["value"] = element["text"], str(element, "value")
	default:
		action["value"] = in.Value
	}
	return object{
		"type": "block_actions", "user": who, "actions": []any{action}, "view": view,
		"container": object{"type": "view", "view_id": str(view, "id")}, "state": object{"values": object{}},
	}, nil
}

// homeView is App Home as the template shows it.
type homeView struct {
	pageView
	User User
	Body template.HTML
}

// serveHome shows a person App Home. The script tells the app that it was opened.
func (p *page) serveHome(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		base, _ := p.view("", 1) // there is always a channel
		v := homeView{pageView: base}
		v.AtHome = true
		ws := p.s.ws
		ws.mu.Lock()
		user := ws.users[orElse(r.URL.Query().Get("user"), ws.userOrder[0])]
		if user == nil {
			ws.mu.Unlock()
			http.Error(w, "There is no such person.", http.StatusNotFound)
			return
		}
		v.User = *user
		mk := &markup{names: p.namesLocked()}
		if view := ws.homes[user.ID]; view != nil {
			mk.blocks(list(view, "blocks"), p.markdown)
		} else {
			mk.tag(`<div class="empty"><div class="big">🏠</div>`)
			mk.text(p.s.cfg.app.BotName)
			mk.tag(` has nothing to show here yet.</div>`)
		}
		ws.mu.Unlock()
		v.Body = mk.html()
		p.write(w, r, name, v)
	}
}
