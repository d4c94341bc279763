package fakeslack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Command is a slash command as a person types it.
type Command struct {
	Command string `json:"command"` // with the slash
	Text    string `json:"text"`
	Channel string `json:"channel"`
	User    string `json:"user"`
}

// Interaction is what a person does with a message: Type block_actions presses the
// button ActionID of a message, or with Home the element ActionID of App Home, in the block BlockID
// if that is set, feedback buttons with the Value of one of them; message_action uses the shortcut
// CallbackID on it, shortcut uses a global one; view_submission sends the modal ViewID, filled with
// Values by block_id, view_closed leaves it. Payload, when set, is sent as it is, with identity,
// trigger_id and response_url filled in.
type Interaction struct {
	Type       string `json:"type"`
	Channel    string `json:"channel"`
	MessageTS  string `json:"message_ts"`
	User       string `json:"user"`
	Home       bool   `json:"home"`
	ActionID   string `json:"action_id"`
	BlockID    string `json:"block_id"`
	Value      string `json:"value"`
	CallbackID string `json:"callback_id"`

	ViewID string            `json:"view_id"`
	Values map[string]string `json:"values"`

	Payload map[string]any `json:"payload"`
}

// Response is how the app took a command or an interaction.
type Response struct {
	Acked       bool           `json:"acked"`
	Payload     map[string]any `json:"response,omitempty"`
	TriggerID   string         `json:"trigger_id"`
	ResponseURL string         `json:"response_url"`
}

// How often and how long a response_url may be used, as documented
// (docs.slack.dev/interactivity/handling-user-interaction).
const (
	responseUses = 5
	responseLife = 30 * time.Minute
)

// newResponseURL makes an address at which the app may answer; h says where the answer goes.
func (s *Server) newResponseURL(base string, h handle) string {
	id := newID("", 24)
	h.expires, h.uses = s.cfg.now().Add(responseLife), responseUses
	s.handles.put("response:"+id, h)
	return base + "/response/" + s.cfg.app.TeamID + "/" + id
}

// SendCommand delivers a slash command and waits for the acknowledgement. What the
// app answers is shown in the channel as Slack would.
func (s *Server) SendCommand(ctx context.Context, c Command) (Response, error) {
	return s.sendCommand(ctx, c, s.URL())
}

// sendCommand is SendCommand; base is where the app reaches the server.
func (s *Server) sendCommand(ctx context.Context, c Command, base string) (Response, error) {
	if !strings.HasPrefix(c.Command, "/") {
		return Response{}, fmt.Errorf(`command %q must begin with "/"`, c.Command)
	}
	s.ws.mu.Lock()
	ch := s.ws.ensureChannelLocked(orElse(c.Channel, s.ws.defaultChannel()))
	user := s.ws.userLocked(orElse(c.User, s.ws.userOrder[0]))
	if ch == nil {
		s.ws.mu.Unlock()
		return Response{}, errors.New("no more channels are added")
	}
	chID, chName := ch.ID, ch.Name
	s.ws.mu.Unlock()
	res := Response{TriggerID: s.newTrigger(user.ID), ResponseURL: s.newResponseURL(base, handle{channel: chID, user: user.ID})}
	a := s.cfg.app
	payload := object{
		"token": verificationToken, "team_id": a.TeamID, "team_domain": a.TeamDomain, "channel_id": chID, "channel_name": chName,
		"user_id": user.ID, "user_name": user.Name, "command": c.Command, "text": c.Text, "api_app_id": a.AppID,
		"is_enterprise_install": "false", "response_url": res.ResponseURL, "trigger_id": res.TriggerID,
	}
	err := s.request(ctx, envelope{kind: "slash_commands", payload: payload, accepts: true}, &res)
	if err == nil && len(res.Payload) > 0 {
		// The command is acknowledged: an answer that can't be shown is just not seen.
		_ = s.respond(handle{channel: chID, user: user.ID}, res.Payload)
	}
	return res, err
}

// Interact delivers an interaction and waits for the acknowledgement.
func (s *Server) Interact(ctx context.Context, in Interaction) (Response, error) {
	return s.interact(ctx, in, s.URL())
}

// interact is Interact; base is where the app reaches the server.
func (s *Server) interact(ctx context.Context, in Interaction, base string) (Response, error) {
	if in.Payload == nil && (in.Type == "view_submission" || in.Type == "view_closed") {
		return s.sendModal(ctx, in, base)
	}
	payload, h, err := s.interactionPayload(in)
	if err != nil {
		return Response{}, err
	}
	return s.deliver(ctx, payload, h, base)
}

// deliver sends the payload of an interaction, with what all of them have.
func (s *Server) deliver(ctx context.Context, payload object, h handle, base string) (Response, error) {
	res := Response{TriggerID: s.newTrigger(h.user)}
	a := s.cfg.app
	payload["trigger_id"] = res.TriggerID
	payload["token"], payload["api_app_id"] = verificationToken, a.AppID
	setDefault(payload, "team", object{"id": a.TeamID, "domain": a.TeamDomain})
	payload["is_enterprise_install"], payload["enterprise"] = false, nil
	if h.channel != "" {
		res.ResponseURL = s.newResponseURL(base, h)
		payload["response_url"] = res.ResponseURL
	}
	err := s.request(ctx, envelope{kind: "interactive", payload: payload, accepts: str(payload, "type") == "view_submission"}, &res)
	return res, err
}

// request sends an envelope that is not tried again and waits for what becomes of it.
func (s *Server) request(ctx context.Context, e envelope, res *Response) error {
	type outcome struct {
		response object
		ok       bool
	}
	done := make(chan outcome, 1)
	e.done = func(response object, ok bool) { done <- outcome{response, ok} }
	s.hub.send(e)
	select {
	case o := <-done:
		res.Payload, res.Acked = o.response, o.ok
	case <-s.closing:
		return errors.New("server is closing")
	case <-ctx.Done():
		return ctx.Err()
	}
	s.ws.notify()
	if !res.Acked && s.hub.idle() {
		return fmt.Errorf("no app is connected, so nobody took the %s (Slack shows dispatch_failed)", e.kind)
	}
	if !res.Acked {
		return fmt.Errorf("the app did not acknowledge the %s within %s (Slack shows dispatch_failed)", e.kind, s.cfg.ackTimeout)
	}
	return nil
}

// interactionPayload is what Slack would send for the interaction, and where an answer to it
// goes.
func (s *Server) interactionPayload(in Interaction) (object, handle, error) {
	s.ws.mu.Lock()
	defer s.ws.mu.Unlock()
	user := s.ws.userLocked(orElse(in.User, s.ws.userOrder[0]))
	who := object{"id": user.ID, "username": user.Name, "name": user.Name, "team_id": s.cfg.app.TeamID}
	if in.Payload != nil {
		p, err := normalize(in.Payload)
		if err != nil {
			return nil, handle{}, err
		}
		setDefault(p, "user", who)
		if str(p, "type") == "" {
			return nil, handle{}, errors.New(`payload needs "type"`)
		}
		return p, handle{channel: str(sub(p, "channel"), "id"), user: user.ID}, nil
	}
	if in.Type == "shortcut" {
		return object{"type": "shortcut", "callback_id": in.CallbackID, "user": who, "action_ts": s.ws.nextTSLocked()}, handle{user: user.ID}, nil
	}
	if in.Type != "block_actions" && in.Type != "message_action" {
		return nil, handle{}, fmt.Errorf("interaction type %q is unknown: "+
			"use block_actions, message_action, shortcut or a payload of your own", in.Type)
	}
	if in.Home {
		p, err := s.homeActionLocked(in, who)
		return p, handle{user: user.ID}, err
	}
	ch := s.ws.channels[orElse(in.Channel, s.ws.defaultChannel())]
	if ch == nil || ch.byTS[in.MessageTS] == nil {
		return nil, handle{}, fmt.Errorf("there is no message %q in channel %q", in.MessageTS, in.Channel)
	}
	e := ch.byTS[in.MessageTS]
	h := handle{channel: ch.ID, user: user.ID, ts: e.ts, thread: e.thread, fromButton: true}
	p := object{"type": in.Type, "user": who, "channel": object{"id": ch.ID, "name": ch.Name}, "message": ch.viewLocked(e, false)}
	if in.Type == "message_action" {
		p["callback_id"], p["action_ts"], p["message_ts"] = in.CallbackID, s.ws.nextTSLocked(), e.ts
		h.fromButton = false
		return p, h, nil
	}
	block, element := findAction(list(e.fields, "blocks"), in.ActionID, in.BlockID)
	if element == nil {
		return nil, handle{}, fmt.Errorf("message %s has no element with action_id %q", e.ts, in.ActionID)
	}
	action := with(element, "block_id", str(block, "block_id"), "action_ts", s.ws.nextTSLocked(), "style", nil)
	if in.Value != "" {
		action["value"] = in.Value
	}
	if str(element, "type") == "feedback_buttons" {
		b := feedbackButton(element, in.Value)
		if b == nil {
			return nil, handle{}, fmt.Errorf("%q is the value of neither feedback button", in.Value)
		}
		action = with(action, "positive_button", nil, "negative_button", nil, "text", b["text"])
		e.press(user.ID, in.Value)
	}
	p["actions"] = []any{action}
	p["container"] = with(object{"type": "message", "message_ts": e.ts, "channel_id": ch.ID, "is_ephemeral": e.onlyFor != ""}, "thread_ts",
		orNil(e.thread))
	p["state"] = object{"values": object{}}
	return p, h, nil
}

// findAction finds the element with an action_id, among the elements of blocks, beside sections and in
// inputs; in any block where none is named.
func findAction(blocks []any, id, in string) (block, element object) {
	for _, b := range blocks {
		o, _ := b.(object)
		if in != "" && str(o, "block_id") != in {
			continue
		}
		candidates := append(append([]any(nil), list(o, "elements")...), o["accessory"], o["element"])
		for _, e := range candidates {
			el, _ := e.(object)
			if el != nil && str(el, "action_id") == id && id != "" {
				return o, el
			}
		}
	}
	return nil, nil
}

// serveResponseURL takes what the app posts to a response_url.
func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	start := s.cfg.now()
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	c, _, err := s.readCall(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fault := s.faults.take("response_url")
	status, text := http.StatusOK, "ok"
	if fault == nil || fault.DropResponse || fault.AfterEffect {
		h, ok := s.handles.use("response:" + id)
		switch {
		case !ok:
			status, text = http.StatusNotFound, "no_such_url"
		case h.uses < 0 || s.cfg.now().After(h.expires):
			status, text = http.StatusNotFound, "used_url"
		default:
			if err := s.respond(h, c.args); err != nil {
				status, text = http.StatusBadRequest, err.Error()
			}
		}
	}
	if fault != nil && fault.Status != 0 {
		status, text = fault.Status, "error"
	}
	s.calls.add(Call{Time: start, Method: "response_url", Token: "none", Status: status, Fault: fault != nil, Args: shorten(c.args),
		Dropped: fault != nil && fault.DropResponse})
	if fault != nil {
		wait(r, time.Duration(fault.DelayMS)*time.Millisecond)
		if fault.DropResponse {
			panic(http.ErrAbortHandler)
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// respond carries out a message sent to a response_url or returned with an
// acknowledgement: an ephemeral message unless response_type says in_channel.
func (s *Server) respond(h handle, args object) error {
	s.ws.mu.Lock()
	defer func() { s.ws.mu.Unlock(); s.ws.notify() }()
	ch := s.ws.channels[h.channel]
	if ch == nil {
		return fail("channel_not_found")
	}
	// The message whose button was pressed; nil for a command, or when it was deleted since.
	old := ch.byTS[h.ts]
	if truthy(args["delete_original"]) {
		if old != nil && h.fromButton {
			s.deleteLocked(ch, old)
		}
		return nil
	}
	fields, err := s.content(&apiCall{args: args})
	if err != nil {
		return err
	}
	// Without either argument, an answer to a button takes the message's place.
	if h.fromButton && old != nil && (truthy(args["replace_original"]) || args["replace_original"] == nil && args["response_type"] == nil) {
		before := ch.viewLocked(old, false)
		old.fields = with(old.fields, "blocks", fields["blocks"], "text", fields["text"], "attachments", fields["attachments"])
		s.emitChangeLocked(ch, old, before, s.ws.nextTSLocked())
		return nil
	}
	fields = with(fields, "thread_ts", orNil(orElse(str(args, "thread_ts"), h.thread)))
	if str(args, "response_type") != "in_channel" {
		s.ephemeralLocked(ch, h.user, fields)
		return nil
	}
	msg := with(s.botFields(), "ts", s.ws.nextTSLocked())
	for k, v := range fields {
		msg[k] = v
	}
	e := s.ws.putLocked(ch, msg)
	s.emit(with(msg, "channel", ch.ID, "event_ts", e.ts, "channel_type", ch.kind(), "metadata", nil))
	return nil
}
