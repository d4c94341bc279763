package dialect

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// EvaluationEvent is the span event of the GenAI conventions that becomes a metric
// and an assessment.
const EvaluationEvent = "gen_ai.evaluation.result"

// SortedEvents returns events by time; those of one time stay as they came, and
// nil ones are left out.
func SortedEvents(events []*tracepb.Span_Event) []*tracepb.Span_Event {
	if len(events) == 0 {
		return nil
	}
	out := make([]*tracepb.Span_Event, 0, len(events))
	for _, e := range events {
		if e != nil {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *tracepb.Span_Event) int {
		return cmp.Compare(a.GetTimeUnixNano(), b.GetTimeUnixNano())
	})
	return out
}

// addEventContent adds content that a dialect keeps in span events to the
// attributes: one event a message, or one event with the details of the call,
// whose attributes then count as the span's. What the span's own attributes say
// stays.
func (f *Facts) addEventContent(events []*tracepb.Span_Event) {
	if len(events) == 0 {
		return
	}
	var in, out []any
	have := make(map[string]bool, len(f.Attrs))
	for _, a := range f.Attrs {
		have[a.Key] = true
	}
	for _, e := range SortedEvents(events) {
		name := otlp.ValidText(e.GetName())
		switch {
		case name == "gen_ai.choice":
			out = appendMessage(out, eventMessage("assistant", Gather(e.GetAttributes())))
		case logrecords.IsMessage(name):
			role := strings.TrimSuffix(strings.TrimPrefix(name, "gen_ai."), ".message")
			in = appendMessage(in, eventMessage(role, Gather(e.GetAttributes())))
		case name == EvaluationEvent:
		case isToolOutput(name):
			if result := toolOutput(Gather(e.GetAttributes())); !have[name] && !value.Empty(result) {
				have[name] = true
				f.Attrs = append(f.Attrs, Attr{Key: name, Value: result}) // guessed like an attribute: no sign of GenAI by itself
			}
		case strings.HasPrefix(name, "gen_ai."), name == "ai.stream.finish":
			for _, a := range Gather(e.GetAttributes()) {
				if have[a.Key] || value.Empty(a.Value) {
					continue
				}
				switch table().find(a.Key).means {
				case Input, Output, System, Tools:
				default:
					if name != logrecords.DetailsEvent {
						continue
					}
				}
				have[a.Key] = true
				f.Attrs = append(f.Attrs, a)
			}
		}
	}
	if len(in) > 0 && !have["gen_ai.input.messages"] {
		f.Attrs = append(f.Attrs, Attr{Key: "gen_ai.input.messages", Value: in})
	}
	if len(out) > 0 && !have["gen_ai.output.messages"] {
		f.Attrs = append(f.Attrs, Attr{Key: "gen_ai.output.messages", Value: out})
	}
}

// isToolOutput reports whether an event of that name holds what a tool gave back
// (tool.output of Claude Code).
func isToolOutput(name string) bool {
	words := naming.Words(name)
	n := len(words)
	return n >= 2 && words[n-2] == "tool" && (words[n-1] == "output" || words[n-1] == "result")
}

// toolOutput is what the attributes of such an event say that a tool gave back: the one
// that is named so, else all of them.
func toolOutput(attrs []Attr) any {
	all := make(map[string]any, len(attrs))
	for _, a := range attrs {
		all[a.Key] = a.Value
	}
	for _, key := range []string{"output", "result", "content"} {
		if v, ok := all[key]; ok {
			return v
		}
	}
	return all
}

// appendMessage adds a message unless it holds nothing, as those of empty pieces of a
// stream do: a role is no content.
func appendMessage(list []any, msg map[string]any) []any {
	for k, v := range msg {
		if k != "role" && !value.Empty(v) {
			return append(list, msg)
		}
	}
	return list
}

// eventMessage makes one message of an event. Its content sits under content,
// message, or in keys of its own.
func eventMessage(role string, attrs []Attr) map[string]any {
	msg := map[string]any{"role": role}
	for _, a := range attrs {
		v := value.Structured(a.Value)
		obj, isObject := v.(map[string]any)
		switch a.Key {
		case "message":
			if isObject {
				maps.Copy(msg, obj)
			} else {
				msg["content"] = v
			}
		case "gen_ai.event.content":
			maps.Copy(msg, obj)
		case "gen_ai.system", "event.name", "index": // about the event, not of the message
		default:
			msg[a.Key] = v
		}
	}
	return msg
}
