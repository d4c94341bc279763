package runs

import (
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// readEvents reads content that a dialect keeps in span events: one event a
// message (GenAI conventions up to 1.36), or one event with the details of
// the call, whose attributes then count as the span's.
func (f *facts) readEvents(ix rowIndex, events []*tracepb.Span_Event) {
	var in, out []any
	have := map[string]bool{}
	for _, a := range f.attrs {
		have[a.key] = true
	}
	for _, e := range sortedEvents(events) {
		name := mend(e.GetName())
		if !strings.HasPrefix(name, "gen_ai.") && name != "ai.stream.finish" {
			continue
		}
		attrs := gather(e.GetAttributes())
		role, isMessage := strings.CutPrefix(strings.TrimSuffix(name, ".message"), "gen_ai.")
		switch {
		case name == "gen_ai.choice":
			out = append(out, eventMessage("assistant", attrs))
		case isMessage && strings.HasSuffix(name, ".message"):
			in = append(in, eventMessage(role, attrs))
		case name == evaluationEvent:
		default:
			for _, a := range attrs {
				if r, _ := ix.find(a.key); !have[a.key] && (r.what == mInput || r.what == mOutput || r.what == mSystem || r.what == mTools) {
					have[a.key] = true
					f.attrs = append(f.attrs, a)
				}
			}
		}
	}
	if len(in) > 0 && !have["gen_ai.input.messages"] {
		f.attrs = append(f.attrs, attr{key: "gen_ai.input.messages", value: in})
	}
	if len(out) > 0 && !have["gen_ai.output.messages"] {
		f.attrs = append(f.attrs, attr{key: "gen_ai.output.messages", value: out})
	}
}

// eventMessage makes one message of an event. Its content sits under content,
// message, or in keys of its own.
func eventMessage(role string, attrs []attr) any {
	msg := map[string]any{"role": role}
	for _, a := range attrs {
		v := structured(a.value)
		switch a.key {
		case "message":
			if m, ok := v.(map[string]any); ok {
				for k, e := range m {
					msg[k] = e
				}
				continue
			}
			msg["content"] = v
		case "content", "role", "tool_calls", "id", "name", "finish_reason":
			msg[a.key] = v
		case "gen_ai.event.content":
			if m, ok := v.(map[string]any); ok {
				for k, e := range m {
					msg[k] = e
				}
			}
		default:
			if a.key != "gen_ai.system" && a.key != "event.name" && a.key != "index" {
				msg[a.key] = v
			}
		}
	}
	return msg
}
