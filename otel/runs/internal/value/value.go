package value

import (
	"math"
	"slices"
	"strconv"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// MaxDepth bounds how deep a nested attribute value or JSON text is followed.
// What lies deeper is kept as text, never dropped.
const MaxDepth = otlp.MaxDepth

// Decode turns an attribute value into string, bool, int64, float64, []byte,
// []any or map[string]any; nil stays nil. All text in it is valid UTF-8.
func Decode(v *commonpb.AnyValue) any { return otlp.Decode(v, deeper) }

// deeper stands where a value is nested too deep.
var deeper = "(nested deeper than " + strconv.Itoa(MaxDepth) + ")"

// Text gives a value as a person would write it: strings as they are, lists
// and maps as JSON.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return FormatFloat(x)
	}
	return string(CompactJSON(v))
}

// FormatFloat writes a number in the shortest form that reads back the same.
func FormatFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// Number reads a number, also one written as text, as one dialect sends all.
func Number(v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case string:
		t := strings.Trim(strings.TrimSpace(x), `"`)
		if t == "" || len(t) > 40 {
			return 0, false
		}
		f, err := strconv.ParseFloat(t, 64)
		return f, err == nil
	}
	return 0, false
}

// Count reads a number of tokens: whole and not negative.
func Count(v any) (int64, bool) {
	f, ok := Number(v)
	if !ok || f < 0 || f > 1e15 || f != math.Trunc(f) {
		return 0, false
	}
	return int64(f), true
}

// maxCost is more than anybody pays for a span, in US dollars.
const maxCost = 1e9

// Cost reads an amount of money: not negative, and such that a sum of many is still one.
func Cost(v any) (float64, bool) {
	f, ok := Number(v)
	return f, ok && f >= 0 && f <= maxCost
}

// Bool reads a bool, also one written as text.
func Bool(v any) (val, ok bool) {
	switch x := v.(type) {
	case bool:
		return x, true
	case string:
		t := strings.Trim(strings.TrimSpace(x), `"`)
		if len(t) > len("false") { // a prompt, of which no copy is made
			return false, false
		}
		switch strings.ToLower(t) {
		case "true", "1", "yes":
			return true, true
		case "false", "0", "no":
			return false, true
		}
	case int64:
		return x != 0, x == 0 || x == 1
	}
	return false, false
}

// Word gives short text without the quotes of a JSON encoded value.
func Word(v any) string {
	if s, ok := v.(string); ok {
		if len(s) > 1 && s[0] == '"' {
			if u, ok := Structured(s).(string); ok {
				return u
			}
		}
		return s
	}
	if l, ok := v.([]any); ok && len(l) == 1 {
		return Word(l[0])
	}
	return Text(v)
}

// Cut shortens s to at most n characters and reports whether it had to.
func Cut(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	seen := 0
	for i := range s {
		if seen == n {
			return s[:i], true
		}
		seen++
	}
	return s, false
}

// maxName bounds a name that is kept, in characters.
const maxName = 200

// Name returns the beginning of a name, and does not keep the rest.
func Name(s string) string {
	s, _ = Cut(s, maxName)
	return strings.Clone(s)
}

// Empty reports whether a value holds nothing worth showing: nil, blank text, an
// empty list or map. Numbers and bools always say something.
func Empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// Attributes reads attributes as they are, without gathering indexed ones; of
// several with one key the last counts.
func Attributes(kvs []*commonpb.KeyValue) map[string]any {
	out := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		out[otlp.ValidText(kv.GetKey())] = Decode(kv.GetValue())
	}
	return out
}

// SortedKeys returns the keys of m in order, so that what is made of a map does
// not depend on chance.
func SortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
