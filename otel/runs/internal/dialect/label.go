package dialect

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// isGeneral reports whether a name of the table is used by programs of all sorts, so
// that it is no sign of GenAI work.
func isGeneral(key string) bool {
	switch key {
	case "tool.name", "tool.id", "agent.name", "operation.cost":
		return true
	}
	return false
}

// isNumber reports whether a setting is a number or a list, for which some frameworks
// write "none" when it is not set.
func isNumber(param string) bool {
	switch param {
	case "temperature", "top_p", "top_k", "seed", "max_tokens", "frequency_penalty", "presence_penalty", "stop_sequences", "n",
		"choice_count", "choice.count":
		return true
	}
	return false
}

// parsed gives the value behind JSON text, and behind Python's spelling of it.
func parsed(v any) any {
	out, _ := value.Parsed(v)
	return out
}

// Label reads a text that names something: "" where it only stands for none.
func Label(v any) string { return label(v) }

// label reads a text that names something. Of a list it gives the different words;
// what frameworks write for want of a name is nothing.
func label(v any) string {
	if s, ok := v.(string); ok && strings.HasPrefix(strings.TrimSpace(s), "[") {
		v = parsed(v)
	}
	list, ok := v.([]any)
	if !ok {
		return named(value.Word(v))
	}
	var words []string
	for _, e := range list {
		switch e.(type) {
		case []any, map[string]any:
			return value.Text(v)
		}
		if w := word(e); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", ")
}

// sessionOfMetadata returns the conversation that a program names in its metadata, where
// frameworks keep it as one JSON object (metadata of OpenInference, with LangGraph's
// thread_id).
func (f *Facts) sessionOfMetadata() string {
	for i := range f.Attrs {
		a := &f.Attrs[i]
		if a.Ignored || a.Means != None || a.Key != "metadata" && !strings.HasSuffix(a.Key, ".metadata") {
			continue
		}
		obj, _ := parsed(a.Value).(map[string]any)
		for _, key := range []string{"session_id", "sessionId", "conversation_id", "conversationId", "thread_id", "threadId"} {
			if id := label(obj[key]); id != "" && len(id) <= maxLabel {
				return id
			}
		}
	}
	return ""
}

// word reads one entry of a list, which may be a list of one as JSON once more.
func word(v any) string {
	if one, ok := parsed(v).([]any); ok && len(one) == 1 {
		v = one[0]
	}
	return named(value.Word(v))
}

// named gives a name without blanks around it, "" for what only stands for none.
func named(w string) string {
	w = strings.TrimSpace(w)
	if len(w) <= len("[object object]") {
		switch strings.ToLower(w) {
		case "none", "null", "nil", "<nil>", "undefined", "n/a", "unknown", "not_given", "notgiven", "[object object]", "-", "--", "{}", "[]":
			return ""
		}
	}
	if len(w) >= minZeroID && strings.Trim(w, "0-") == "" { // an id that was never set: UUIDs of zeros, invalid trace ids
		return ""
	}
	return w
}

// minZeroID is how long a text of zeros must be to be an id of nothing, in bytes.
const minZeroID = 16
