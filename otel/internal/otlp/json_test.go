package otlp_test

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs"
)

func TestJSONIsWhatOTLPSays(t *testing.T) {
	s := &tracepb.Span{TraceId: []byte("0123456789abcdef"), SpanId: []byte("abcdefgh"), ParentSpanId: []byte("ABCDEFGH"), Name: "a\xff",
		Kind: tracepb.Span_SPAN_KIND_CLIENT, StartTimeUnixNano: math.MaxUint64, Status: &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR},
		Links:      []*tracepb.Span_Link{{TraceId: []byte("fedcba9876543210"), SpanId: []byte("hgfedcba")}, {TraceId: []byte("short")}, nil},
		Attributes: []*commonpb.KeyValue{{Key: "k", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: []byte("ab")}}}}}
	td := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{s, {Name: "b"}}}}}}}
	before := proto.CloneOf(td)
	b, err := otlp.JSON(td)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"traceId":"30313233343536373839616263646566"`, `"spanId":"6162636465666768"`, `"parentSpanId":"4142434445464748"`, `"kind":3`,
		`"startTimeUnixNano":"18446744073709551615"`, `"status":{"code":2}`, `"bytesValue":"YWI="`, "\"name\":\"a\uFFFD\"",
		`"links":[{"traceId":"66656463626139383736353433323130","spanId":"6867666564636261"}]`,
	} {
		if !strings.Contains(string(b), part) {
			t.Errorf("no %s in %s", part, b)
		}
	}
	if again, _ := otlp.JSON(td); !bytes.Equal(again, b) || !proto.Equal(td, before) {
		t.Error("another file the second time, or the data changed")
	}
	back, err := runs.ReadOTLP(runs.File{Name: "trace.otlp.json", Body: b})
	if err != nil || otlp.Count(back) != 2 {
		t.Errorf("read back %v, %v", back, err)
	}
	for _, got := range otlp.Spans(back) {
		if got.Name != "b" && (!bytes.Equal(got.SpanId, s.SpanId) || got.StartTimeUnixNano != math.MaxUint64) {
			t.Errorf("read back %v", got)
		}
	}
}

func TestValuesAreWhatJSONHasWordsFor(t *testing.T) {
	text := func(s string) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
	}
	list := func(v ...*commonpb.AnyValue) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: v}}}
	}
	float := func(f float64) *commonpb.AnyValue {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: f}}
	}
	deep := list()
	for range 200 {
		deep = list(deep)
	}
	for i, c := range []struct {
		in   *commonpb.AnyValue
		want any
	}{
		{nil, nil},
		{text("a\xff"), "a\uFFFD"},
		{float(1.5), 1.5},
		{float(math.NaN()), "NaN"},
		{float(math.Inf(-1)), "-Inf"},
		{&commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}}, true},
		{&commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: -5}}, int64(-5)},
		{&commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: []byte("ab")}}, "YWI="},
		{list(text("x"), nil), []any{"x", nil}},
		{&commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{
			Values: []*commonpb.KeyValue{{Key: "k", Value: text("v")}}}}}, map[string]any{"k": "v"}},
	} {
		if got := otlp.Value(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d: %#v, want %#v", i, got, c.want)
		}
	}
	if b, err := json.Marshal(otlp.Value(deep)); err != nil || !strings.Contains(string(b), "…") || len(b) > 500 {
		t.Errorf("%v %s", err, b)
	}
}
