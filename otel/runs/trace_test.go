package runs

import (
	"crypto/sha256"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// span describes one span of a hand-made trace. Ids are derived from names, so
// that a test reads as a tree.
type span struct {
	name, id, parent string // id defaults to name
	from, to         uint64 // milliseconds after the trace's start; to 0 means never ended
	scope            string
	attrs            map[string]any
	events           []event
	err              string // status message; "-" means an error without message
	flags            uint32
	kind             tracepb.Span_SpanKind
}

type event struct {
	name  string
	at    uint64
	attrs map[string]any
}

// t0 is when hand-made traces start, in Unix nanoseconds.
const t0 = 1_795_463_052_000_000_000

func id(name string, size int) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:size]
}

func at(ms uint64) uint64 { return t0 + ms*1_000_000 }

// trace builds one trace, a ScopeSpans per scope in order of appearance.
func trace(spans ...span) *tracepb.TracesData {
	rs := &tracepb.ResourceSpans{Resource: &resourcepb.Resource{Attributes: keyValues(map[string]any{
		"service.name": "tests", "process.pid": int64(7),
	})}}
	scopes := map[string]*tracepb.ScopeSpans{}
	for _, s := range spans {
		ss := scopes[s.scope]
		if ss == nil {
			ss = &tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: s.scope}}
			scopes[s.scope] = ss
			rs.ScopeSpans = append(rs.ScopeSpans, ss)
		}
		ss.Spans = append(ss.Spans, s.pb())
	}
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{rs}}
}

func (s span) pb() *tracepb.Span {
	if s.id == "" {
		s.id = s.name
	}
	p := &tracepb.Span{
		TraceId: id("trace", 16), SpanId: id(s.id, 8), Name: s.name, Kind: s.kind, Flags: s.flags,
		StartTimeUnixNano: at(s.from), Attributes: keyValues(s.attrs),
	}
	if s.to > 0 {
		p.EndTimeUnixNano = at(s.to)
	}
	if s.parent != "" {
		p.ParentSpanId = id(s.parent, 8)
	}
	if s.err != "" {
		p.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: s.err}
		if s.err == "-" {
			p.Status.Message = ""
		}
	}
	for _, e := range s.events {
		p.Events = append(p.Events, &tracepb.Span_Event{Name: e.name, TimeUnixNano: at(e.at), Attributes: keyValues(e.attrs)})
	}
	return p
}

func keyValues(m map[string]any) []*commonpb.KeyValue {
	var out []*commonpb.KeyValue
	for _, k := range sortedKeys(m) {
		out = append(out, &commonpb.KeyValue{Key: k, Value: anyValue(m[k])})
	}
	return out
}

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

func one(t testing.TB, td *tracepb.TracesData, rules Rules) Projection {
	t.Helper()
	ps := Project(td, rules)
	if len(ps) != 1 {
		t.Fatalf("got %d projections, want 1", len(ps))
	}
	return ps[0]
}

func run(t testing.TB, p Projection, name string) Run {
	t.Helper()
	for _, r := range p.Runs {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no run %q in %v", name, runNames(p))
	return Run{}
}

func runNames(p Projection) []string {
	var out []string
	for _, r := range p.Runs {
		out = append(out, r.Name)
	}
	return out
}

func metrics(r Run) map[string]float64 {
	out := map[string]float64{}
	for _, m := range r.Metrics {
		out[m.Key] = m.Value
	}
	return out
}

func artifact(r Run, path string) string {
	for _, a := range r.Artifacts {
		if a.Path == path {
			return string(a.Body)
		}
	}
	return ""
}

func wantMetrics(t *testing.T, r Run, want map[string]float64) {
	t.Helper()
	got := metrics(r)
	for _, k := range sortedKeys(want) {
		v, ok := got[k]
		switch {
		case want[k] < 0 && ok:
			t.Errorf("run %q: metric %s = %v, want none", r.Name, k, v)
		case want[k] >= 0 && v != want[k]:
			t.Errorf("run %q: metric %s = %v, want %v", r.Name, k, v, want[k])
		}
	}
}
