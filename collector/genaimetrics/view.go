package genaimetrics

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// viewOf gives the Collector's spans in the form that package usage reads. Their texts, prompts and answers among them, are shared
// and not copied, so that the view is of use only as long as td is. Links, and counts of what SDKs dropped, are left out.
func viewOf(td ptrace.Traces) *tracepb.TracesData {
	out := &tracepb.TracesData{ResourceSpans: make([]*tracepb.ResourceSpans, 0, td.ResourceSpans().Len())}
	for _, rs := range td.ResourceSpans().All() {
		to := &tracepb.ResourceSpans{
			Resource:   &resourcepb.Resource{Attributes: viewOfMap(rs.Resource().Attributes())},
			ScopeSpans: make([]*tracepb.ScopeSpans, 0, rs.ScopeSpans().Len()),
		}
		for _, ss := range rs.ScopeSpans().All() {
			to.ScopeSpans = append(to.ScopeSpans, viewOfScope(ss))
		}
		out.ResourceSpans = append(out.ResourceSpans, to)
	}
	return out
}

func viewOfScope(ss ptrace.ScopeSpans) *tracepb.ScopeSpans {
	to := &tracepb.ScopeSpans{
		Scope: &commonpb.InstrumentationScope{Name: ss.Scope().Name()}, Spans: make([]*tracepb.Span, 0, ss.Spans().Len()),
	}
	for _, s := range ss.Spans().All() {
		to.Spans = append(to.Spans, viewOfSpan(s))
	}
	return to
}

func viewOfSpan(s ptrace.Span) *tracepb.Span {
	traceID, id, parent := s.TraceID(), s.SpanID(), s.ParentSpanID()
	to := &tracepb.Span{
		TraceId: traceID[:], SpanId: id[:], Name: s.Name(), Kind: tracepb.Span_SpanKind(s.Kind()), Flags: s.Flags(),
		StartTimeUnixNano: uint64(s.StartTimestamp()), EndTimeUnixNano: uint64(s.EndTimestamp()),
		Attributes: viewOfMap(s.Attributes()),
		Status:     &tracepb.Status{Code: tracepb.Status_StatusCode(s.Status().Code())},
	}
	if !parent.IsEmpty() {
		to.ParentSpanId = parent[:]
	}
	for _, e := range s.Events().All() {
		to.Events = append(to.Events, &tracepb.Span_Event{
			Name: e.Name(), TimeUnixNano: uint64(e.Timestamp()), Attributes: viewOfMap(e.Attributes()),
		})
	}
	return to
}

func viewOfMap(m pcommon.Map) []*commonpb.KeyValue {
	if m.Len() == 0 {
		return nil
	}
	// One piece of memory for all keys and one for all values: a span has dozens.
	pairs, values := make([]commonpb.KeyValue, m.Len()), make([]commonpb.AnyValue, m.Len())
	texts := make([]commonpb.AnyValue_StringValue, 0, m.Len())
	out := make([]*commonpb.KeyValue, 0, m.Len())
	for key, v := range m.All() {
		pair, to := &pairs[len(out)], &values[len(out)]
		if v.Type() == pcommon.ValueTypeStr {
			texts = append(texts, commonpb.AnyValue_StringValue{StringValue: v.Str()})
			to.Value = &texts[len(texts)-1]
		} else {
			fillView(to, v)
		}
		pair.Key, pair.Value = key, to
		out = append(out, pair)
	}
	return out
}

// fillView gives a value the content of another. One that is empty stays so.
func fillView(to *commonpb.AnyValue, v pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		to.Value = &commonpb.AnyValue_StringValue{StringValue: v.Str()}
	case pcommon.ValueTypeBool:
		to.Value = &commonpb.AnyValue_BoolValue{BoolValue: v.Bool()}
	case pcommon.ValueTypeInt:
		to.Value = &commonpb.AnyValue_IntValue{IntValue: v.Int()}
	case pcommon.ValueTypeDouble:
		to.Value = &commonpb.AnyValue_DoubleValue{DoubleValue: v.Double()}
	case pcommon.ValueTypeBytes:
		to.Value = &commonpb.AnyValue_BytesValue{BytesValue: v.Bytes().AsRaw()}
	case pcommon.ValueTypeSlice:
		list := &commonpb.ArrayValue{Values: make([]*commonpb.AnyValue, 0, v.Slice().Len())}
		for _, e := range v.Slice().All() {
			entry := &commonpb.AnyValue{}
			fillView(entry, e)
			list.Values = append(list.Values, entry)
		}
		to.Value = &commonpb.AnyValue_ArrayValue{ArrayValue: list}
	case pcommon.ValueTypeMap:
		to.Value = &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: viewOfMap(v.Map())}}
	case pcommon.ValueTypeEmpty:
	}
}
