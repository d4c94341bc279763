package runs

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// maxDepth bounds how deep a nested attribute value or JSON text is followed.
// What lies deeper is kept as text, never dropped.
const maxDepth = 64

// mend replaces what is not UTF-8 by U+FFFD. MLflow answers 422 to such text
// and protobuf refuses to encode it.
func mend(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// decode turns an attribute value into string, bool, int64, float64, []byte,
// []any or map[string]any; nil stays nil. All text in it is valid UTF-8.
func decode(v *commonpb.AnyValue) any { return decodeDepth(v, 0) }

func decodeDepth(v *commonpb.AnyValue, depth int) any {
	if depth > maxDepth {
		return "(nested deeper than " + strconv.Itoa(maxDepth) + ")"
	}
	switch x := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return mend(x.StringValue)
	case *commonpb.AnyValue_BoolValue:
		return x.BoolValue
	case *commonpb.AnyValue_IntValue:
		return x.IntValue
	case *commonpb.AnyValue_DoubleValue:
		return x.DoubleValue
	case *commonpb.AnyValue_BytesValue:
		return x.BytesValue
	case *commonpb.AnyValue_ArrayValue:
		out := make([]any, 0, len(x.ArrayValue.GetValues()))
		for _, e := range x.ArrayValue.GetValues() {
			out = append(out, decodeDepth(e, depth+1))
		}
		return out
	case *commonpb.AnyValue_KvlistValue:
		out := make(map[string]any, len(x.KvlistValue.GetValues()))
		for _, kv := range x.KvlistValue.GetValues() {
			out[mend(kv.GetKey())] = decodeDepth(kv.GetValue(), depth+1)
		}
		return out
	}
	return nil
}

// text gives a value as a person would write it: strings as they are, lists
// and maps as JSON.
func text(v any) string {
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
		return formatFloat(x)
	}
	return string(compactJSON(v))
}

func formatFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// compactJSON never fails: what JSON cannot carry (NaN, infinity) becomes text.
func compactJSON(v any) []byte {
	b, err := marshal(jsonable(v, 0), "")
	if err != nil {
		b, _ = json.Marshal("not representable as JSON: " + err.Error())
	}
	return b
}

// prettyJSON is compactJSON for people, as an artifact is read.
func prettyJSON(v any) []byte {
	b, err := marshal(jsonable(v, 0), "  ")
	if err != nil {
		return compactJSON(v)
	}
	return append(b, '\n')
}

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

func jsonable(v any, depth int) any {
	if depth > maxDepth {
		return "(nested deeper than " + strconv.Itoa(maxDepth) + ")"
	}
	switch x := v.(type) {
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return formatFloat(x)
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

// structured gives the value behind JSON text: some dialects encode lists and
// maps, one of them every value. Text that is not JSON stays text. A number or
// word in quotes loses only the quotes.
func structured(v any) any {
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
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var out any
	if dec.Decode(&out) != nil || dec.More() {
		return nil, false
	}
	return plainNumbers(out), true
}

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

// number reads a number, also one written as text, as one dialect sends all.
func number(v any) (float64, bool) {
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

// count reads a number of tokens: whole and not negative.
func count(v any) (int64, bool) {
	f, ok := number(v)
	if !ok || f < 0 || f > 1e15 || f != math.Trunc(f) {
		return 0, false
	}
	return int64(f), true
}

// boolean reads a bool, also one written as text.
func boolean(v any) (val, ok bool) {
	switch x := v.(type) {
	case bool:
		return x, true
	case string:
		switch strings.ToLower(strings.Trim(strings.TrimSpace(x), `"`)) {
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

// word gives short text without the quotes of a JSON encoded value.
func word(v any) string {
	if s, ok := v.(string); ok {
		if len(s) > 1 && s[0] == '"' {
			if u, ok := structured(s).(string); ok {
				return u
			}
		}
		return s
	}
	if l, ok := v.([]any); ok && len(l) == 1 {
		return word(l[0])
	}
	return text(v)
}

// cutRunes shortens to at most n characters and says whether it had to.
func cutRunes(s string, n int) (string, bool) {
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
