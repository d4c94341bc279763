package chat

import (
	"regexp"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// partsText joins the text of content parts. A part says by its type that it holds text;
// one without a type holds text if it has that and nothing else that could be meant.
// Everything else (files, pictures, tool calls and their results, reasoning, whatever is
// invented next) is no text, even where a part has some in it.
func partsText(v any, depth int, role string) string {
	if depth > maxTextDepth {
		return ""
	}
	switch x := v.(type) {
	case string:
		return plainText(x, depth, role)
	case []any:
		var parts []string
		for _, e := range x {
			if s := partsText(e, depth+1, role); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "\n")
	case map[string]any:
		if !holdsText(x) {
			return pictures(x)
		}
		for _, k := range []string{"text", "content", "message_content", "refusal"} {
			if s := partsText(x[k], depth+1, role); s != "" {
				return s
			}
		}
		return pictures(x)
	}
	return ""
}

// pictures gives the marks of the files in a part that holds one. A tool's result or a
// thought is none, whatever is in it.
func pictures(x map[string]any) string {
	switch t := partType(x); {
	case strings.Contains(t, "tool"), strings.Contains(t, "function"), strings.Contains(t, "reason"), strings.Contains(t, "think"):
		return ""
	case t == "" && (x["toolResult"] != nil || x["functionResponse"] != nil || x["function_response"] != nil):
		return ""
	}
	var marks []string
	var find func(v any, depth int)
	find = func(v any, depth int) {
		switch v := v.(type) {
		case string:
			marks = append(marks, media.Marks(v)...)
		case map[string]any:
			for _, k := range value.SortedKeys(v) {
				if depth < maxTextDepth {
					find(v[k], depth+1)
				}
			}
		}
	}
	find(x, 0)
	return strings.Join(marks, "\n")
}

// partType is what a part says it is, "" when it says nothing.
func partType(x map[string]any) string {
	for _, k := range []string{"type", "part_kind", "kind", "$type"} {
		if s := strings.ToLower(value.Word(x[k])); s != "" {
			return s
		}
	}
	return ""
}

// holdsText reports whether a part is one of text.
func holdsText(x map[string]any) bool {
	switch partType(x) {
	case "text", "input_text", "output_text", "plain_text", "markdown", "message", "human", "user", "user-prompt", "ai",
		"assistant", "refusal", "textcontent": // the last is Semantic Kernel's
		return true
	case "":
	default:
		return false
	}
	if thought, ok := value.Bool(x["thought"]); ok && thought { // Gemini's reasoning
		return false
	}
	for _, k := range []string{"mime_type", "mimeType", "media_type", "modality"} {
		if m := value.Word(x[k]); m != "" && !strings.HasPrefix(m, "text") {
			return false
		}
	}
	return true
}

// areParts reports whether a list is one of content parts: objects with a type and no
// role, one of them of a type that parts have.
func areParts(v any) bool {
	list, ok := v.([]any)
	if !ok {
		return false
	}
	known := false
	for _, e := range list {
		x, ok := e.(map[string]any)
		if !ok || partType(x) == "" || x["role"] != nil {
			return false
		}
		switch partType(x) {
		case "text", "input_text", "output_text", "image", "image_url", "input_image", "file", "input_file", "blob", "uri", "document",
			"audio", "input_audio", "video", "media", "tool_use", "tool_result", "tool_call", "tool_call_response", "tool-call", "tool-result",
			"thinking", "reasoning":
			known = true
		}
	}
	return known
}

// plainText gives a text as it stands, or the text in it when it is a conversation, or
// content parts, that some framework spelled as JSON. Encoded bytes are no text.
func plainText(s string, depth int, role string) string {
	s = strings.TrimSpace(s)
	if isEncoded(s) || depth > maxTextDepth {
		return ""
	}
	s = withoutData(s)
	v, _ := value.Parsed(s)
	if _, still := v.(string); still {
		return s
	}
	if areParts(v) {
		return partsText(v, depth+1, role)
	}
	if x, ok := v.(map[string]any); ok && partType(x) == "text" {
		return partsText(v, depth+1, role)
	}
	if said := lastSaid(messages(v), role); said != "" {
		return said
	}
	return s
}

// lastSaid is the last text of a role, else of anyone but the system. Of a user's texts
// what the user said comes before what a program put there.
func lastSaid(ms []message, role string) string {
	for i := len(ms) - 1; i >= 0 && role == "user"; i-- {
		if ms[i].role == role {
			if s := spoken(ms[i].text); s != "" {
				return s
			}
		}
	}
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i].role == role && ms[i].text != "" {
			return ms[i].text
		}
	}
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i].text != "" && ms[i].role != "system" {
			return ms[i].text
		}
	}
	return ""
}

// dataURI finds encoded bytes within a text, as in Markdown or JSON.
var dataURI = regexp.MustCompile(`data:([\w.+-]+/[\w.+-]+)[\w=.;+-]*;base64,[A-Za-z0-9+/=_-]+`)

// withoutData gives a text with the type of encoded bytes in place of the bytes.
func withoutData(s string) string {
	if !strings.Contains(s, ";base64,") {
		return s
	}
	return dataURI.ReplaceAllString(s, "[$1]")
}

// minEncoded is how long text without a blank must be to be taken for base64, in bytes:
// no word is as long.
const minEncoded = 200

// isEncoded reports whether a text is a data URI, or nothing but base64.
func isEncoded(s string) bool {
	if strings.HasPrefix(s, "data:") && strings.Contains(s[:min(len(s), 200)], ";base64,") {
		return true
	}
	if len(s) < minEncoded {
		return false
	}
	var upper, lower, digit bool
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= '0' && c <= '9', c == '+', c == '/':
			digit = true
		case c == '=', c == '-', c == '_', c == '\n', c == '\r':
		default:
			return false
		}
	}
	return upper && lower && digit
}

// Raw gives a value that is no conversation as text: JSON as it is. What holds messages
// or parts says nothing beyond their text, and encoded bytes say nothing at all.
func Raw(v any) string {
	parsed, _ := value.Parsed(v)
	if areParts(parsed) || len(messages(parsed)) > 0 {
		return ""
	}
	if s := value.Text(v); !isEncoded(s) {
		return withoutData(s)
	}
	return ""
}
