package logrecords

import (
	"slices"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// setMessage sets one message of text under key.
func (s *span) setMessage(key, role, content string) {
	if isHidden(content) {
		return
	}
	s.set(key, message(role, content))
}

// message is a conversation of one text.
func message(role, content string) *commonpb.AnyValue {
	return str(jsonOf([]any{map[string]any{"role": role, "parts": contentParts(content)}}))
}

// addRest adds what a record says beyond what was read of it, under its own names.
func (s *span) addRest(r *record, read ...string) {
	for _, kv := range r.attrs {
		if key := kv.GetKey(); !isOfSession(key) && !slices.Contains(read, key) && find(s.Attributes, key) == nil {
			s.set(key, plain(kv.GetValue()))
		}
	}
}

// isOfSession reports whether an attribute is the same for all records of a session, or
// about the record itself.
func isOfSession(key string) bool {
	switch key {
	case EventNameKey, "event.timestamp", "event.sequence", "session.id", "conversation.id", "app.version", "terminal.type", "auth_mode",
		"originator", "slug", "interactive", "auth_type":
		return true
	}
	for _, prefix := range []string{"user.", "organization.", "installation.", "anthropic.", "auth.env_"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// close gives the session's own span what is known of the whole of it, and every turn
// what was asked and answered.
func (s *session) close() {
	s.self.set("gen_ai.conversation.id", str(s.id))
	for _, r := range s.records {
		for _, kv := range r.attrs {
			key := kv.GetKey()
			if isOfSession(key) && !strings.HasPrefix(key, "event.") && find(s.self.Attributes, key) == nil {
				s.self.set(key, plain(kv.GetValue()))
			}
		}
	}
	if find(s.self.Attributes, "user.id") == nil {
		if v := userOf(s.self.Attributes); v != nil {
			s.self.set("user.id", v)
		}
	}
	asked := false
	for _, t := range s.order {
		t.setMessage(inputKey, "user", t.input)
		t.setMessage(outputKey, "assistant", t.output)
		if !asked && !isHidden(t.input) {
			asked = true
			s.self.setMessage(inputKey, "user", t.input)
		}
	}
	for i := len(s.order) - 1; i >= 0; i-- {
		if answer := s.order[i].output; !isHidden(answer) {
			s.self.setMessage(outputKey, "assistant", answer)
			break
		}
	}
	for _, sp := range s.spans {
		s.self.reach(sp.StartTimeUnixNano, sp.EndTimeUnixNano)
	}
}

// userOf gives what names the user where there is no user.id.
func userOf(kvs []*commonpb.KeyValue) *commonpb.AnyValue {
	for _, key := range []string{"user.email", "user.account_id", "user.account_uuid"} {
		if v := find(kvs, key); !isEmpty(v) {
			return v
		}
	}
	return nil
}
