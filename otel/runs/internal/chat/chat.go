// Package chat reads conversations. Every framework stores them in a shape of its
// own; what they share is that a message is an object with a role (or a type) and
// a content, and that content is text or a list of parts with text in them.
package chat

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// message is one turn, reduced to its text.
type message struct{ role, text string }

// messages finds the conversation in a value.
func messages(v any) []message {
	var out []message
	collectMessages(v, 0, &out)
	return out
}

// Bounds of the search for messages: what lies deeper, or comes after so many, is no
// conversation that a page could show.
const (
	maxMessages  = 2000
	maxDepth     = 12
	maxTextDepth = 6 // parts in parts of one message
	maxToolCalls = 20
)

// containers are the keys under which frameworks keep their messages.
func containers() []string {
	return []string{
		"messages", "message", "data", "kwargs", "choices", "contents", "candidates", "generations", "update", "content",
		"input", "output", "response", "system", "prompt", "items",
	}
}

// collectMessages adds the messages in v to out, in the order they stand in. An object
// that is a message itself is not searched for others.
func collectMessages(v any, depth int, out *[]message) {
	if depth > maxDepth || len(*out) >= maxMessages {
		return
	}
	switch x := v.(type) {
	case []any:
		if m, ok := asPair(x); ok {
			*out = append(*out, m)
			return
		}
		for _, e := range x {
			collectMessages(e, depth+1, out)
		}
	case map[string]any:
		if m, ok := asMessage(x); ok {
			*out = append(*out, m)
			return
		}
		for _, k := range containers() {
			if sub, ok := x[k]; ok {
				switch sub.(type) {
				case []any, map[string]any:
					collectMessages(sub, depth+1, out)
				}
			}
		}
	}
}

// asMessage reads an object as a message, if it has a role, or a type that is one. The
// role comes out as system, user, assistant or tool.
func asMessage(x map[string]any) (message, bool) {
	role := strings.ToLower(value.Word(x["role"]))
	if class, kwargs := constructed(x); role == "" && class != "" {
		return message{class, partsText(kwargs["content"], 0, class)}, true
	}
	if role == "" {
		switch t := strings.ToLower(value.Word(x["type"])); t {
		case "human", "ai", "system", "tool", "user", "assistant", "aimessagechunk", "humanmessage", "aimessage":
			role = t
		default:
			return message{}, false
		}
	}
	role = roleOf(role)
	for _, k := range []string{"content", "parts", "contents", "items", "text", "message"} {
		if s := partsText(x[k], 0, role); s != "" {
			return message{role, s}, true
		}
	}
	if audio, ok := x["audio"].(map[string]any); ok { // what a model said aloud, in writing
		if s, ok := audio["transcript"].(string); ok && s != "" {
			return message{role, strings.TrimSpace(s)}, true
		}
	}
	if data, ok := x["data"].(map[string]any); ok {
		if s := partsText(data["content"], 0, role); s != "" {
			return message{role, s}, true
		}
	}
	return message{role: role}, true
}

// constructed reads a message as LangChain serializes its objects: the class by its path,
// and what it was made of. In JavaScript nothing else says whose message it is.
func constructed(x map[string]any) (role string, kwargs map[string]any) {
	path, _ := x["id"].([]any)
	kwargs, _ = x["kwargs"].(map[string]any)
	if len(path) == 0 || kwargs == nil {
		return "", nil
	}
	class, _ := path[len(path)-1].(string)
	class, ok := strings.CutSuffix(strings.TrimSuffix(strings.ToLower(class), "chunk"), "message")
	if !ok {
		return "", nil
	}
	return roleOf(class), kwargs
}

// roleOf gives a role its name in the conventions.
func roleOf(role string) string {
	switch role {
	case "human", "humanmessage":
		return "user"
	case "ai", "model", "aimessage", "aimessagechunk", "bot":
		return "assistant"
	}
	return role
}

// asPair reads a list of two texts as a message, if the first is a role: LangChain takes
// messages in this form.
func asPair(x []any) (message, bool) {
	if len(x) != 2 {
		return message{}, false
	}
	said, ok := x[1].(string)
	word, ok2 := x[0].(string)
	if !ok || !ok2 {
		return message{}, false
	}
	switch role := roleOf(strings.ToLower(word)); role {
	case "user", "assistant", "system":
		return message{role, plainText(said, 0, role)}, true
	}
	return message{}, false
}

// unwrapped gives the value in an object that says of which type it is and nothing else,
// as LangWatch writes ({"type":"chat_messages","value":[…]}).
func unwrapped(v any) any {
	x, _ := v.(map[string]any)
	inner, ok := x["value"]
	if _, typed := x["type"].(string); !ok || !typed || len(x) != 2 {
		return v
	}
	inner, _ = value.Parsed(inner)
	return inner
}

// Question returns the plain text of an input: the last thing a user said, else
// the one text in it, else nothing.
func Question(v any) string {
	v, _ = value.Parsed(v)
	v = unwrapped(v)
	if s, ok := v.(string); ok {
		return plainText(s, 0, "user")
	}
	if _, list := v.([]any); list && areParts(v) {
		return lastSaid([]message{{"user", partsText(v, 0, "user")}}, "user")
	}
	ms := messages(v)
	if len(ms) > 0 {
		return lastSaid(ms, "user") // of messages without text, their roles are no question
	}
	return soleText(v, 0,
		"question", "query", "input", "prompt", "user_input", "text", "message", "content", "q", "url", "topic", "task", "inputs",
		"args", "kwargs")
}

// Answer returns the plain text of an output: the last thing the assistant said.
func Answer(v any) string {
	v, _ = value.Parsed(v)
	v = unwrapped(v)
	if s, ok := v.(string); ok {
		return plainText(s, 0, "assistant")
	}
	if _, list := v.([]any); list && areParts(v) {
		return partsText(v, 0, "assistant")
	}
	if s := crewText(v); s != "" {
		return s
	}
	ms := messages(v)
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i].role == "assistant" && ms[i].text != "" {
			return ms[i].text
		}
	}
	if len(ms) == 0 {
		return soleText(v, 0,
			"answer", "output", "response", "result", "completion", "text", "content", "output_text", "summary", "final_result",
			"outputs", "generations", "choices", "message")
	}
	return ""
}

// crewText returns the text of a crew's or a task's output as CrewAI writes it: it stands
// beside the conversations that led to it.
func crewText(v any) string {
	x, _ := v.(map[string]any)
	_, pydantic := x["pydantic"]
	_, dict := x["json_dict"]
	text, _ := x["raw"].(string)
	if !pydantic || !dict {
		return ""
	}
	return strings.TrimSpace(text)
}

// ToolCalls spells the tool calls in an answer that has no text, one a line:
// search({"city":"Lisbon"}).
func ToolCalls(v any) string {
	var lines []string
	var find func(v any, depth int)
	find = func(v any, depth int) {
		if depth > maxDepth || len(lines) >= maxToolCalls {
			return
		}
		switch x := v.(type) {
		case []any:
			for _, e := range x {
				find(e, depth+1)
			}
		case map[string]any:
			name := value.Word(x["name"]) + value.Word(x["toolName"])
			for _, k := range []string{"arguments", "input", "args"} {
				if args, ok := x[k]; ok && name != "" {
					lines = append(lines, name+"("+value.Text(args)+")")
					return
				}
			}
			for _, k := range value.SortedKeys(x) {
				find(x[k], depth+1)
			}
		}
	}
	find(v, 0)
	return strings.Join(lines, "\n")
}

// soleText looks for the text under the first of the keys that has one, or in the only
// thing there is.
func soleText(v any, depth int, keys ...string) string {
	if depth > maxTextDepth {
		return ""
	}
	switch x := v.(type) {
	case string:
		return plainText(x, depth, "")
	case []any:
		if len(x) > 0 {
			return soleText(x[0], depth+1, keys...)
		}
	case map[string]any:
		for _, k := range keys {
			if sub, ok := x[k]; ok {
				if s := soleText(sub, depth+1, keys...); s != "" {
					return s
				}
			}
		}
		if len(x) == 1 {
			for _, sub := range x {
				return soleText(sub, depth+1, keys...)
			}
		}
	}
	return ""
}

// maxPreview is how many characters MLflow keeps of a trace's request or response for
// its lists.
const maxPreview = 1000

// Preview shortens text to what MLflow's lists show, where a file is its label.
func Preview(s string) string {
	s, cut := value.Cut(media.Labels(s), maxPreview)
	if cut {
		s, _ = value.Cut(s, maxPreview-1)
		s += "…"
	}
	return s
}
