package otlp

import (
	"encoding/base64"
	"math"
	"strconv"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// MaxDepth bounds how deep a nested value is followed. It is far more than people
// read, and far less than the nesting at which readers of JSON give up.
const MaxDepth = 64

// Decode turns an attribute value into string, bool, int64, float64, []byte, []any or
// map[string]any; nil stays nil. All text in it is valid UTF-8. What lies deeper than
// MaxDepth is replaced by tooDeep.
func Decode(v *commonpb.AnyValue, tooDeep string) any { return decode(v, tooDeep, 0) }

func decode(v *commonpb.AnyValue, tooDeep string, depth int) any {
	if depth > MaxDepth {
		return tooDeep
	}
	switch x := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return ValidText(x.StringValue)
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
			out = append(out, decode(e, tooDeep, depth+1))
		}
		return out
	case *commonpb.AnyValue_KvlistValue:
		out := make(map[string]any, len(x.KvlistValue.GetValues()))
		for _, kv := range x.KvlistValue.GetValues() {
			out[ValidText(kv.GetKey())] = decode(kv.GetValue(), tooDeep, depth+1)
		}
		return out
	}
	return nil
}

// Value returns v as encoding/json takes it: what Decode gives, but that bytes are
// base64 and numbers that JSON has no word for are text.
func Value(v *commonpb.AnyValue) any { return encodable(Decode(v, "…")) }

// encodable edits the lists and maps of v.
func encodable(v any) any {
	switch x := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return strconv.FormatFloat(x, 'g', -1, 64)
		}
	case []any:
		for i, e := range x {
			x[i] = encodable(e)
		}
	case map[string]any:
		for k, e := range x {
			x[k] = encodable(e)
		}
	}
	return v
}
