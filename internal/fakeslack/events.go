package fakeslack

import (
	"fmt"
	"time"
)

const verificationToken = "fixed-value" // as in the recorded envelopes; the signature is what counts

// Delivery says how an event reaches the app. The zero value is once, at once.
type Delivery struct {
	// Times is how many copies are sent, all with one event_id; nil is one, and zero
	// only stores the event's effect, as if it was lost on the way.
	Times *int `json:"times,omitempty"`
	// DelayMS is waited before each copy.
	DelayMS int `json:"delay_ms,omitempty"`
}

// Copies is a Delivery of n copies, each after the delay.
func Copies(n int, delay time.Duration) Delivery {
	return Delivery{Times: &n, DelayMS: int(delay.Milliseconds())}
}

// maxCopies bounds the copies of one event.
const maxCopies = 100

// Posted names an event that was accepted.
type Posted struct {
	EventID string `json:"event_id"`
	TS      string `json:"ts"`
	Channel string `json:"channel"`
}

// emit sends an event that the workspace itself caused. Callers may hold the
// workspace's mutex: events then keep the order of the changes.
func (s *Server) emit(event object) {
	s.hub.send(s.eventEnvelope(event, newID("Ev", 10), nil))
}

// eventEnvelope wraps an event; outer are fields of a recorded envelope to keep.
func (s *Server) eventEnvelope(event object, id string, outer object) envelope {
	a := s.cfg.app
	channel := str(event, "channel")
	if channel == "" {
		channel = str(sub(event, "item"), "channel")
	}
	p := with(outer, "event", event, "event_id", id)
	defaults := object{
		"token": verificationToken, "team_id": a.TeamID, "api_app_id": a.AppID, "type": "event_callback", "event_time": s.cfg.now().Unix(),
		"authorizations": []any{object{"enterprise_id": nil, "team_id": a.TeamID, "user_id": a.BotUserID, "is_bot": true,
			"is_enterprise_install": false}},
		"is_ext_shared_channel": false,
		"event_context":         fmt.Sprintf("1-%s-%s-%s", str(event, "type"), a.TeamID, channel),
	}
	for k, v := range defaults {
		setDefault(p, k, v)
	}
	return envelope{kind: "events_api", payload: p, retry: true}
}

// PostEvent lets something happen in the workspace: an Events API event object (a
// map, a struct of an SDK, or a recorded event_callback). Missing ts, event_ts,
// team, channel, user and event_id are filled in; messages, edits, deletions and
// reactions change the stored channel, and the event is delivered to the app.
func (s *Server) PostEvent(event any, how ...Delivery) (Posted, error) {
	o, err := normalize(event)
	if err != nil {
		return Posted{}, err
	}
	var d Delivery
	if len(how) > 0 {
		d = how[0]
	}
	return s.postEvent(o, d)
}

// postEvent is PostEvent of an object, which may be an event or a recorded envelope around one.
// The event is sent under the workspace's lock, so that events keep the order of the changes;
// later copies are not.
func (s *Server) postEvent(o object, d Delivery) (Posted, error) {
	copies := 1
	if d.Times != nil {
		copies = *d.Times
	}
	if copies < 0 || copies > maxCopies || d.DelayMS < 0 || d.DelayMS > 3_600_000 {
		return Posted{}, fmt.Errorf("deliver: times must be 0 to %d and delay_ms 0 to 3600000", maxCopies)
	}
	event, outer := with(o, "event_id", nil), object{}
	if inner := sub(o, "event"); inner != nil {
		event, outer = with(inner), with(o, "event", nil, "event_id", nil)
	}
	if str(event, "type") == "" {
		return Posted{}, fmt.Errorf(`event needs "type", such as "message" or "reaction_added"`)
	}
	id := orElse(str(o, "event_id"), newID("Ev", 10))

	s.ws.mu.Lock()
	p := Posted{EventID: id}
	err := s.applyLocked(event)
	if err == nil {
		p.TS, p.Channel = orElse(str(event, "ts"), str(event, "event_ts")), str(event, "channel")
		if p.Channel == "" {
			p.Channel = str(sub(event, "item"), "channel")
		}
		env := s.eventEnvelope(event, id, outer)
		// At once means under the lock, in the order of the events; with a delay each copy has a
		// timer of its own.
		for i := range copies {
			if d.DelayMS == 0 {
				s.hub.sendCopy(env, i)
				continue
			}
			s.after(time.Duration((i+1)*d.DelayMS)*time.Millisecond, func() { s.hub.sendCopy(env, i) })
		}
	}
	s.ws.mu.Unlock()
	s.ws.notify()
	return p, err
}

// applyLocked fills an event in and lets it take effect on the workspace.
func (s *Server) applyLocked(event object) error {
	for _, key := range []string{"ts", "deleted_ts", "thread_ts"} {
		if ts := str(event, key); ts != "" {
			if _, ok := parseTS(ts); !ok {
				return fmt.Errorf("event %s %q is no Slack timestamp such as 1700000000.000100", key, ts)
			}
		}
	}
	switch str(event, "type") {
	case "message":
		return s.applyMessageLocked(event)
	case "app_mention":
		s.fillMessageLocked(event)
		ch := s.ws.ensureChannelLocked(str(event, "channel"))
		if ch != nil && ch.byTS[str(event, "ts")] == nil {
			s.ws.putLocked(ch, storedFields(with(event, "type", "message")))
		}
	case "reaction_added", "reaction_removed":
		return s.applyReactionLocked(event)
	case "channel_rename", "channel_archive", "channel_unarchive", "member_joined_channel", "member_left_channel":
		s.applyChannelLocked(event)
	case "app_home_opened":
		s.applyHomeLocked(event)
	case "link_shared":
		setDefault(event, "channel", s.ws.defaultChannel())
		setDefault(event, "user", s.ws.userOrder[0])
	}
	setDefault(event, "event_ts", s.ws.nextTSLocked())
	return nil
}

// storedFields drops what only the event has.
func storedFields(event object) object {
	return with(event, "channel", nil, "channel_type", nil, "event_ts", nil)
}

// fillMessageLocked gives a message what Slack's own have. A ts that is given moves the clock
// on, so that later messages come after it, unless it lies far in the future.
func (s *Server) fillMessageLocked(event object) {
	setDefault(event, "channel", s.ws.defaultChannel())
	if ch := s.ws.ensureChannelLocked(str(event, "channel")); ch != nil && str(event, "type") == "message" {
		setDefault(event, "channel_type", ch.kind())
	}
	if str(event, "ts") == "" {
		event["ts"] = s.ws.nextTSLocked()
	} else if n, _ := parseTS(str(event, "ts")); n < s.cfg.now().Add(time.Hour).UnixMicro() {
		s.ws.lastTS = max(s.ws.lastTS, n)
	}
	setDefault(event, "event_ts", event["ts"])
	setDefault(event, "team", s.cfg.app.TeamID)
	if str(event, "subtype") == "" && str(event, "bot_id") == "" {
		setDefault(event, "user", s.ws.userOrder[0])
		setDefault(event, "client_msg_id", newUUID())
	}
	if user := str(event, "user"); user != "" {
		s.ws.userLocked(user)
	}
}

// applyMessageLocked stores a new message, an edit or a deletion. What it replaces becomes the
// event's previous_message where none is given.
func (s *Server) applyMessageLocked(event object) error {
	subtype := str(event, "subtype")
	if subtype != "message_changed" && subtype != "message_deleted" {
		s.fillMessageLocked(event)
		ch := s.ws.ensureChannelLocked(str(event, "channel"))
		if ch == nil {
			return fmt.Errorf("there are %d channels already, no more are added", maxChannels)
		}
		s.ws.putLocked(ch, storedFields(event))
		return nil
	}
	setDefault(event, "channel", s.ws.defaultChannel())
	ch := s.ws.ensureChannelLocked(str(event, "channel"))
	if ch == nil {
		return fmt.Errorf("there are %d channels already, no more are added", maxChannels)
	}
	setDefault(event, "channel_type", ch.kind())
	setDefault(event, "hidden", true)
	setDefault(event, "ts", s.ws.nextTSLocked())
	setDefault(event, "event_ts", event["ts"])
	if subtype == "message_deleted" {
		ts := str(event, "deleted_ts")
		if ts == "" {
			return fmt.Errorf(`message_deleted needs "deleted_ts", the ts of the message`)
		}
		if e := ch.byTS[ts]; e != nil {
			setDefault(event, "previous_message", ch.viewLocked(e, false))
			s.ws.removeLocked(ch, e)
		}
		return nil
	}
	msg := sub(event, "message")
	if msg == nil {
		return fmt.Errorf(`message_changed needs "message", the message after the change`)
	}
	if ts := str(msg, "ts"); ts != "" { // one recorded payload has none
		if e := ch.byTS[ts]; e != nil {
			setDefault(event, "previous_message", ch.viewLocked(e, false))
		}
		setDefault(msg, "type", "message")
		s.ws.putLocked(ch, with(msg))
	}
	return nil
}

// applyReactionLocked adds or takes back a reaction of the event's user.
func (s *Server) applyReactionLocked(event object) error {
	item := with(sub(event, "item"))
	setDefault(item, "type", "message")
	setDefault(item, "channel", s.ws.defaultChannel())
	event["item"] = item
	setDefault(event, "user", s.ws.userOrder[0])
	setDefault(event, "event_ts", s.ws.nextTSLocked())
	if str(event, "reaction") == "" || str(item, "type") == "message" && str(item, "ts") == "" {
		return fmt.Errorf(`%s needs "reaction" and "item" with the ts of the message`, str(event, "type"))
	}
	ch := s.ws.channels[str(item, "channel")]
	if ch == nil || ch.byTS[str(item, "ts")] == nil {
		return nil // a reaction to a message that the server never saw still is an event
	}
	e := ch.byTS[str(item, "ts")]
	setDefault(event, "item_user", str(e.fields, "user"))
	if str(event, "type") == "reaction_added" {
		e.reactLocked(str(event, "reaction"), str(event, "user"))
	} else {
		e.unreactLocked(str(event, "reaction"), str(event, "user"))
	}
	return nil
}

// applyChannelLocked renames a channel, archives it, or changes its members. A channel that
// can't be added any more is left out.
func (s *Server) applyChannelLocked(event object) {
	if renamed := sub(event, "channel"); renamed != nil { // channel_rename carries an object
		if ch := s.ws.ensureChannelLocked(str(renamed, "id")); ch != nil {
			ch.Name = orElse(str(renamed, "name"), ch.Name)
		}
		return
	}
	setDefault(event, "channel", s.ws.defaultChannel())
	ch := s.ws.ensureChannelLocked(str(event, "channel"))
	if ch == nil {
		return
	}
	switch str(event, "type") {
	case "channel_archive":
		ch.Archived = true
	case "channel_unarchive":
		ch.Archived = false
	case "member_joined_channel":
		ch.members[str(event, "user")] = true
	case "member_left_channel":
		delete(ch.members, str(event, "user"))
	}
}
