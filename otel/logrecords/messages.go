package logrecords

import (
	"strings"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// Attributes of a span that its records fill in.
const (
	inputKey  = "gen_ai.input.messages"
	outputKey = "gen_ai.output.messages"
	finishKey = "gen_ai.response.finish_reasons"
)

// message reads a record that is one message, in the form of the GenAI conventions from
// 1.37 on: a role and parts. Its finish reason is apart, as it is known without any
// content too. A message without content is nil: a role says nothing.
func (r *record) message() (msg map[string]any, finish string) {
	fields := r.fields()
	role := strings.TrimSuffix(strings.TrimPrefix(r.event, genAIPrefix), ".message")
	if r.event == "gen_ai.choice" {
		role = "assistant"
		finish = textOf(fields["finish_reason"])
		if m, ok := object(fields["message"]); ok {
			for k, v := range fields { // tool calls stand beside the message in some
				if _, has := m[k]; !has && k != "message" {
					m[k] = v
				}
			}
			fields = m
		} else if v, has := fields["message"]; has {
			fields["content"] = v
		}
	}
	if s := textOf(fields["role"]); s != "" {
		role = s
	}
	parts := contentParts(fields["content"])
	if role == "tool" {
		if len(parts) > 0 {
			id := textOf(fields["id"])
			if id == "" {
				id = textOf(fields["tool_call_id"])
			}
			parts = []any{withID(map[string]any{"type": "tool_call_response", "response": fields["content"]}, id)}
		}
	} else {
		parts = append(parts, toolCalls(fields["tool_calls"])...)
	}
	if len(parts) == 0 {
		return nil, finish
	}
	msg = map[string]any{"role": role, "parts": parts}
	if finish != "" {
		msg["finish_reason"] = finish
	}
	return msg, finish
}

// fields are those of a message, wherever the record has them: in its body, which may be
// a map, JSON or the content itself, in the attribute gen_ai.event.content, or in
// attributes of their own.
func (r *record) fields() map[string]any {
	out := map[string]any{}
	for _, kv := range r.attrs {
		switch key := kv.GetKey(); {
		case key == "gen_ai.event.content":
			if m, ok := object(otlp.Value(kv.GetValue())); ok {
				for k, v := range m {
					out[k] = v
				}
			} else {
				out["content"] = otlp.Value(kv.GetValue())
			}
		case !strings.Contains(key, "."):
			out[key] = otlp.Value(kv.GetValue())
		}
	}
	body := otlp.Value(r.body)
	if m, ok := object(body); ok {
		for k, v := range m {
			out[k] = v
		}
	} else if s, isText := body.(string); body != nil && (!isText || s != "" && s != r.event) {
		if _, has := out["content"]; !has {
			out["content"] = body
		}
	}
	return out
}

// contentParts gives the parts of a message's content, which is text, a part, or a list
// of these.
func contentParts(v any) []any {
	switch x := v.(type) {
	case nil:
		return nil
	case string:
		if x == "" {
			return nil
		}
		return []any{map[string]any{"type": "text", "content": x}}
	case []any:
		var out []any
		for _, e := range x {
			out = append(out, contentParts(e)...)
		}
		return out
	case map[string]any:
		if s, ok := x["text"].(string); ok && (x["type"] == nil || x["type"] == "text") {
			return contentParts(s)
		}
		if textOf(x["type"]) != "" {
			return []any{x}
		}
	}
	return []any{map[string]any{"type": "text", "content": jsonOf(v)}}
}

// toolCalls reads tool calls in the form of OpenAI's API, and flat ones.
func toolCalls(v any) []any {
	list, _ := v.([]any)
	if s, ok := v.(string); ok && !otlp.DecodeText(s, &list) {
		return nil
	}
	var out []any
	for _, e := range list {
		call, ok := object(e)
		if !ok {
			continue
		}
		what, ok := object(call["function"])
		if !ok {
			what = call
		}
		part := map[string]any{"type": "tool_call", "name": textOf(what["name"])}
		if args, ok := what["arguments"]; ok {
			part["arguments"] = args
			if m, ok := object(args); ok {
				part["arguments"] = m
			}
		}
		out = append(out, withID(part, textOf(call["id"])))
	}
	return out
}

func withID(part map[string]any, id string) map[string]any {
	if id != "" {
		part["id"] = id
	}
	return part
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}
