// Package tracetest builds traces by hand for the tests of package runs and of the
// phases below it.
package tracetest

import (
	"crypto/sha256"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Span describes one span of a hand-made trace. Ids are derived from names, so that a
// test reads as a tree.
type Span struct {
	Name, ID, Parent string // ID defaults to Name
	From, To         uint64 // milliseconds after the trace's start; To 0 means never ended
	Scope            string
	Attrs            map[string]any
	Events           []Event
	Err              string // status message; "-" means an error without message
	Flags            uint32
	Kind             tracepb.Span_SpanKind
}

// Event describes one event of a span, so many milliseconds after the trace's start.
type Event struct {
	Name  string
	At    uint64
	Attrs map[string]any
}

// t0 is when hand-made traces start, in Unix nanoseconds.
const t0 = 1_795_463_052_000_000_000

// Bytes gives the id of that name as OTLP has it: 16 bytes for a trace, 8 for a span.
func Bytes(name string, size int) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:size]
}

// At gives a time so many milliseconds after the trace's start, in Unix nanoseconds.
func At(ms uint64) uint64 { return t0 + ms*1_000_000 }

// SpanID gives the id of the span of that name.
func SpanID(name string) (id trace.SpanID) {
	copy(id[:], Bytes(name, len(id)))
	return id
}

// Trace builds one trace, a ScopeSpans per scope in order of appearance.
func Trace(spans ...Span) *tracepb.TracesData {
	rs := &tracepb.ResourceSpans{Resource: &resourcepb.Resource{Attributes: keyValues(map[string]any{
		"service.name": "tests", "process.pid": int64(7),
	})}}
	scopes := map[string]*tracepb.ScopeSpans{}
	for _, s := range spans {
		ss := scopes[s.Scope]
		if ss == nil {
			ss = &tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: s.Scope}}
			scopes[s.Scope] = ss
			rs.ScopeSpans = append(rs.ScopeSpans, ss)
		}
		ss.Spans = append(ss.Spans, s.PB())
	}
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{rs}}
}

// PB gives the span as OTLP has it, in the trace named "trace".
func (s Span) PB() *tracepb.Span {
	if s.ID == "" {
		s.ID = s.Name
	}
	p := &tracepb.Span{
		TraceId: Bytes("trace", 16), SpanId: Bytes(s.ID, 8), Name: s.Name, Kind: s.Kind, Flags: s.Flags,
		StartTimeUnixNano: At(s.From), Attributes: keyValues(s.Attrs),
	}
	if s.To > 0 {
		p.EndTimeUnixNano = At(s.To)
	}
	if s.Parent != "" {
		p.ParentSpanId = Bytes(s.Parent, 8)
	}
	if s.Err != "" {
		p.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: s.Err}
		if s.Err == "-" {
			p.Status.Message = ""
		}
	}
	for _, e := range s.Events {
		p.Events = append(p.Events, &tracepb.Span_Event{Name: e.Name, TimeUnixNano: At(e.At), Attributes: keyValues(e.Attrs)})
	}
	return p
}

// keyValues gives attributes in the order of their keys.
func keyValues(m map[string]any) []*commonpb.KeyValue {
	var out []*commonpb.KeyValue
	for _, k := range value.SortedKeys(m) {
		out = append(out, &commonpb.KeyValue{Key: k, Value: anyValue(m[k])})
	}
	return out
}

// anyValue gives an attribute value; nil for what has none.
func anyValue(v any) *commonpb.AnyValue {
	switch x := v.(type) {
	case string:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: x}}
	case int:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: int64(x)}}
	case int64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: x}}
	case float64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: x}}
	case bool:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: x}}
	case []byte:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: x}}
	case []any:
		list := &commonpb.ArrayValue{}
		for _, e := range x {
			list.Values = append(list.Values, anyValue(e))
		}
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: list}}
	case map[string]any:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: keyValues(x)}}}
	}
	return nil
}
