package logrecords

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

type m = map[string]any

// bytesOf gives the id of that name.
func bytesOf(name string, size int) []byte {
	if name == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(name))
	return sum[:size]
}

func anyValue(v any) *commonpb.AnyValue {
	switch x := v.(type) {
	case string:
		return str(x)
	case int:
		return integer(int64(x))
	case bool:
		return boolean(x)
	case float64:
		return double(x)
	case []any:
		list := &commonpb.ArrayValue{}
		for _, e := range x {
			list.Values = append(list.Values, anyValue(e))
		}
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: list}}
	case m:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: keyValues(x)}}}
	}
	return nil
}

func keyValues(x m) []*commonpb.KeyValue {
	var out []*commonpb.KeyValue
	for _, k := range slices.Sorted(maps.Keys(x)) {
		out = append(out, &commonpb.KeyValue{Key: k, Value: anyValue(x[k])})
	}
	return out
}

// rec describes a log record; its trace is "trace" unless it has none.
type rec struct {
	event, span string
	at          uint64
	attrs       m
	body        any
	noTrace     bool
}

func (r rec) pb() *logspb.LogRecord {
	p := &logspb.LogRecord{TimeUnixNano: 1e18 + r.at*1e6, SpanId: bytesOf(r.span, 8), Attributes: keyValues(r.attrs), Body: anyValue(r.body)}
	p.EventName = r.event
	if !r.noTrace {
		p.TraceId = bytesOf("trace", 16)
	}
	return p
}

func logs(service string, list ...rec) *logspb.LogsData {
	sl := &logspb.ScopeLogs{Scope: &commonpb.InstrumentationScope{Name: "scope"}}
	for _, r := range list {
		sl.LogRecords = append(sl.LogRecords, r.pb())
	}
	return &logspb.LogsData{ResourceLogs: []*logspb.ResourceLogs{{
		Resource: &resourcepb.Resource{Attributes: keyValues(m{"service.name": service})}, ScopeLogs: []*logspb.ScopeLogs{sl},
	}}}
}

// sp describes a span of the trace "trace".
type sp struct {
	name, parent string
	attrs        m
}

func trace1(service string, list ...sp) *tracepb.TracesData {
	ss := &tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: "scope"}}
	for i, s := range list {
		ss.Spans = append(ss.Spans, &tracepb.Span{
			TraceId: bytesOf("trace", 16), SpanId: bytesOf(s.name, 8), ParentSpanId: bytesOf(s.parent, 8), Name: s.name,
			StartTimeUnixNano: 1e18 + uint64(i), EndTimeUnixNano: 1e18 + 1e9, Attributes: keyValues(s.attrs),
		})
	}
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: &resourcepb.Resource{Attributes: keyValues(m{"service.name": service})}, ScopeSpans: []*tracepb.ScopeSpans{ss},
	}}}
}

// merge puts requests together as they are.
func merge(all ...*tracepb.TracesData) *tracepb.TracesData {
	out := &tracepb.TracesData{}
	for _, td := range all {
		out.ResourceSpans = append(out.ResourceSpans, td.ResourceSpans...)
	}
	return out
}

// carriers gives the carriers of all records, of whatever trace.
func carriers(ld *logspb.LogsData) *tracepb.TracesData {
	parts, _ := Carriers(ld)
	var all []*tracepb.TracesData
	for _, p := range parts {
		all = append(all, p.Data)
	}
	return merge(all...)
}

// spansOf gives spans by name; two of one name are an error.
func spansOf(t *testing.T, td *tracepb.TracesData) map[string]*tracepb.Span {
	t.Helper()
	out := map[string]*tracepb.Span{}
	for _, s := range otlp.Spans(td) {
		if out[s.Name] != nil {
			t.Errorf("two spans are called %q", s.Name)
		}
		out[s.Name] = s
	}
	return out
}

// said gives the attributes of a span as Go values; JSON text stays text.
func said(s *tracepb.Span) m {
	out := m{}
	for _, kv := range s.GetAttributes() {
		out[kv.Key] = otlp.Value(kv.Value)
	}
	return out
}

// spelled writes down spans in a fixed order, so that two results compare.
func spelled(td *tracepb.TracesData) string {
	var list []string
	for at, s := range otlp.Spans(td) {
		var b strings.Builder
		b.WriteString(at.Resource.GetResource().String() + at.Scope.GetScope().GetName())
		b.WriteString(jsonOf([]any{
			s.TraceId, s.SpanId, s.ParentSpanId, s.Name, s.StartTimeUnixNano, s.EndTimeUnixNano, said(s), s.Status.GetMessage(),
		}))
		for _, e := range s.Events {
			b.WriteString(jsonOf([]any{e.Name, e.TimeUnixNano, said(&tracepb.Span{Attributes: e.Attributes})}))
		}
		list = append(list, b.String())
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}
