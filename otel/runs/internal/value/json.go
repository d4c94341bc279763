package value

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// CompactJSON encodes a value as JSON on one line. It never fails: what JSON cannot carry (NaN, infinity) becomes text.
func CompactJSON(v any) []byte {
	b, err := marshal(jsonable(v, 0), "")
	if err != nil {
		b, _ = json.Marshal("not representable as JSON: " + err.Error())
	}
	return b
}

// PrettyJSON is CompactJSON indented, for people, as an artifact is read.
func PrettyJSON(v any) []byte {
	b, err := marshal(jsonable(v, 0), "  ")
	if err != nil {
		return CompactJSON(v)
	}
	return append(b, '\n')
}

// marshal writes JSON for people and for MLflow: < and & as they are.
func marshal(v any, indent string) ([]byte, error) {
	var sb strings.Builder
	enc := json.NewEncoder(&sb)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(sb.String(), "\n")), nil
}

// jsonable copies a value with what JSON cannot carry made text.
func jsonable(v any, depth int) any {
	if depth > MaxDepth {
		return deeper
	}
	switch x := v.(type) {
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return FormatFloat(x)
		}
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = jsonable(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = jsonable(e, depth+1)
		}
		return out
	}
	return v
}

// Structured gives the value behind JSON text: some dialects encode lists and
// maps, one of them every value. Text that is not JSON stays text. A number or
// word in quotes loses only the quotes.
func Structured(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	t := strings.TrimSpace(s)
	if t == "" || !strings.ContainsRune("{[\"", rune(t[0])) {
		return v
	}
	out, ok := parseJSON(t)
	if !ok {
		return v
	}
	return out
}

// parseJSON reads one JSON value with exact integers where they fit.
func parseJSON(s string) (any, bool) {
	var out any
	if !otlp.DecodeText(s, &out) {
		return nil, false
	}
	return plainNumbers(out), true
}

// plainNumbers turns the numbers of a JSON text into int64 where they fit, else float64,
// else text. It edits v.
func plainNumbers(v any) any {
	switch x := v.(type) {
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return i
		}
		f, err := x.Float64()
		if err != nil {
			return x.String()
		}
		return f
	case []any:
		for i := range x {
			x[i] = plainNumbers(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = plainNumbers(x[k])
		}
	}
	return v
}
