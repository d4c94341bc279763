package otlp

import (
	"encoding/base64"
	"math"
	"strconv"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

// maxValueDepth bounds how deep a value is followed. It is far more than people
// read, and far less than the nesting at which readers of JSON give up.
const maxValueDepth = 64

// Value returns v as encoding/json takes it: nil, string, bool, int64, float64,
// []any or map[string]any. Texts are valid UTF-8, bytes become base64, numbers that
// JSON has no word for become text, and what nests too deep is replaced by "…".
func Value(v *commonpb.AnyValue) any { return value(v, 0) }

func value(v *commonpb.AnyValue, depth int) any {
	if depth > maxValueDepth {
		return "…"
	}
	switch x := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return ValidText(x.StringValue)
	case *commonpb.AnyValue_BoolValue:
		return x.BoolValue
	case *commonpb.AnyValue_IntValue:
		return x.IntValue
	case *commonpb.AnyValue_DoubleValue:
		if math.IsNaN(x.DoubleValue) || math.IsInf(x.DoubleValue, 0) {
			return strconv.FormatFloat(x.DoubleValue, 'g', -1, 64)
		}
		return x.DoubleValue
	case *commonpb.AnyValue_BytesValue:
		return base64.StdEncoding.EncodeToString(x.BytesValue)
	case *commonpb.AnyValue_ArrayValue:
		list := make([]any, 0, len(x.ArrayValue.GetValues()))
		for _, e := range x.ArrayValue.GetValues() {
			list = append(list, value(e, depth+1))
		}
		return list
	case *commonpb.AnyValue_KvlistValue:
		m := make(map[string]any, len(x.KvlistValue.GetValues()))
		for _, kv := range x.KvlistValue.GetValues() {
			m[ValidText(kv.GetKey())] = value(kv.GetValue(), depth+1)
		}
		return m
	}
	return nil
}
