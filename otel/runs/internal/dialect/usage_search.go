package dialect

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Bounds of the search for usage in a provider's answer.
const (
	maxSearchDepth = 12
	maxSearchList  = 512 // a longer list is a vector, not a list of answers
)

// findUsage looks for a usage object in the JSON of a model call: an object that
// is says is one. The shallowest one counts, of several at one depth the last, as
// streams repeat it.
func findUsage(v any, is func(map[string]any) bool) (map[string]any, bool) {
	level := []any{v}
	for depth := 0; depth < maxSearchDepth && len(level) > 0; depth++ {
		var next []any
		var found map[string]any
		for _, e := range level {
			switch x := e.(type) {
			case map[string]any:
				if is(x) {
					found = x
				}
				for _, k := range value.SortedKeys(x) {
					switch x[k].(type) {
					case map[string]any, []any:
						next = append(next, x[k])
					}
				}
			case []any:
				if len(x) <= maxSearchList {
					next = append(next, x...)
				}
			}
		}
		if found != nil {
			return found, true
		}
		level = next
	}
	return nil, false
}

// mayHoldUsage reports whether a value may hold an object that isUsage or isInputUsage takes: a text does only where the
// name of a field speaks of tokens, or counts as Ollama's and llama.cpp's do. Most texts are prompts and answers, which
// are not parsed to find that there is none.
func mayHoldUsage(v any) bool {
	text, ok := v.(string)
	return !ok || value.HasField(text, func(name string) bool {
		name = strings.ToLower(name)
		return strings.Contains(name, "token") || strings.Contains(name, "eval") || strings.Contains(name, "predicted")
	})
}

// isInputUsage reports whether obj is the usage of an embedding call, which has no
// output.
func isInputUsage(obj map[string]any) bool {
	for _, k := range []string{"prompt_tokens", "input_tokens", "total_tokens", "promptTokenCount", "promptTokens", "inputTokens"} {
		if n, ok := obj[k].(int64); ok && n > 0 {
			return true
		}
	}
	return false
}

// isUsage reports whether obj is the usage of a model call, not any other object that
// has an "input" and an "output": its two counts are whole numbers and its keys speak of tokens.
func isUsage(obj map[string]any) bool {
	var in, out bool
	for k, v := range obj {
		w := naming.Snake(k)
		if _, ok := value.Count(v); !ok {
			continue
		}
		if _, text := v.(string); text {
			continue
		}
		switch w {
		case "input", "output", "prompt", "completion", "total", "tokens":
			continue
		}
		switch usageKey(w) {
		case InputTokens:
			in = true
		case OutputTokens:
			out = true
		}
	}
	return in && out
}

// searchUsage takes usage from the JSON that the span carries.
func (f *Facts) searchUsage(is func(map[string]any) bool) {
	for _, a := range f.Attrs {
		switch a.Means {
		case Output, InputPayload, OutputPayload, None:
			if !mayHoldUsage(a.Value) {
				continue
			}
			if obj, ok := findUsage(value.Structured(a.Value), is); ok {
				var u Usage
				if u.read(obj); u.Known() {
					f.Usage = u
					return
				}
			}
		}
	}
}
