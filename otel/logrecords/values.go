package logrecords

import (
	"encoding/json"
	"iter"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

func str(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

func integer(n int64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: n}}
}

func boolean(b bool) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: b}}
}

func double(f float64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: f}}
}

// find gives the value of an attribute; the last of several counts.
func find(kvs []*commonpb.KeyValue, key string) *commonpb.AnyValue {
	for i := len(kvs) - 1; i >= 0; i-- {
		if kvs[i].GetKey() == key {
			return kvs[i].GetValue()
		}
	}
	return nil
}

// text gives an attribute that is text; "" for any other.
func text(kvs []*commonpb.KeyValue, key string) string { return find(kvs, key).GetStringValue() }

func keysOf(kvs []*commonpb.KeyValue) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, kv := range kvs {
			if !yield(kv.GetKey()) {
				return
			}
		}
	}
}

// plain gives a value as spans have it: one that is nested becomes JSON.
func plain(v *commonpb.AnyValue) *commonpb.AnyValue {
	switch x := v.GetValue().(type) {
	case *commonpb.AnyValue_KvlistValue:
		return str(jsonOf(otlp.Value(v)))
	case *commonpb.AnyValue_ArrayValue:
		for _, e := range x.ArrayValue.GetValues() {
			switch e.GetValue().(type) {
			case *commonpb.AnyValue_KvlistValue, *commonpb.AnyValue_ArrayValue:
				return str(jsonOf(otlp.Value(v)))
			}
		}
	}
	return v
}

// isEmpty reports whether a value says nothing.
func isEmpty(v *commonpb.AnyValue) bool {
	switch x := v.GetValue().(type) {
	case nil:
		return true
	case *commonpb.AnyValue_StringValue:
		return x.StringValue == ""
	case *commonpb.AnyValue_ArrayValue:
		return len(x.ArrayValue.GetValues()) == 0
	case *commonpb.AnyValue_KvlistValue:
		return len(x.KvlistValue.GetValues()) == 0
	}
	return false
}

// jsonOf encodes what otlp.Value gave, which JSON has words for.
func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// object reads a map, or text that is a JSON object.
func object(v any) (map[string]any, bool) {
	switch x := v.(type) {
	case map[string]any:
		return x, true
	case string:
		if len(x) < 2 || x[0] != '{' {
			return nil, false
		}
		var m map[string]any
		return m, otlp.DecodeText(x, &m)
	}
	return nil, false
}
