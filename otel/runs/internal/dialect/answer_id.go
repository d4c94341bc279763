package dialect

import (
	"regexp"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// answerID is the provider's id of an answer, as JSON text.
var answerID = regexp.MustCompile(`^ ?"((?:chatcmpl|resp|cmpl|gen|msg)[-_][A-Za-z0-9_-]{6,})"`)

// maxAnswerSearch bounds how much of an answer is searched for its id, in bytes: it stands at the start in all APIs known.
const maxAnswerSearch = 1 << 20

// searchAnswerID finds the id of the answer in the first attribute that has one.
func (f *Facts) searchAnswerID() string {
	for i := range f.Attrs {
		if a := &f.Attrs[i]; a.isAnswer() {
			if id := answerIDIn(a.Value, 0); id != "" {
				return id
			}
		}
	}
	return ""
}

// answerIDIn finds the id in JSON text, or in what was gathered of several attributes.
func answerIDIn(v any, depth int) string {
	if depth > value.MaxDepth {
		return ""
	}
	switch x := v.(type) {
	case string:
		if depth > 0 { // a text in an object, not JSON
			return ""
		}
		for name, rest := range value.FieldNames(x[:min(len(x), maxAnswerSearch)]) {
			if isAnswerID(name) {
				if m := answerID.FindStringSubmatch(rest); m != nil {
					return m[1]
				}
			}
		}
	case []any:
		for _, e := range x {
			if id := answerIDIn(e, depth+1); id != "" {
				return id
			}
		}
	case map[string]any:
		for _, name := range value.SortedKeys(x) {
			if text, ok := x[name].(string); ok && isAnswerID(name) {
				if m := answerID.FindStringSubmatch(`"` + text + `"`); m != nil {
					return m[1]
				}
			}
			if id := answerIDIn(x[name], depth+1); id != "" {
				return id
			}
		}
	}
	return ""
}

// isAnswerID reports whether a field may have the id of an answer.
func isAnswerID(name string) bool {
	return name == "id" || name == "response_id" || name == "responseId"
}
