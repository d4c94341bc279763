package runprocessor

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/logrecords"
)

// carriers turns log records into spans that carry them. There is no official converter
// as there is one for spans: those of the exporters are internal.
func carriers(records []sdklog.Record) (out []*tracepb.ResourceSpans) {
	if len(records) == 0 {
		return nil
	}
	type place struct {
		resource *resource.Resource
		scope    instrumentation.Scope
	}
	at := map[place]*logspb.ScopeLogs{}
	ld := &logspb.LogsData{}
	for i := range records {
		r := &records[i]
		p := place{r.Resource(), r.InstrumentationScope()}
		sl := at[p]
		if sl == nil {
			sl = &logspb.ScopeLogs{SchemaUrl: p.scope.SchemaURL, Scope: &commonpb.InstrumentationScope{
				Name: p.scope.Name, Version: p.scope.Version, Attributes: keyValues(p.scope.Attributes.ToSlice()),
			}}
			at[p] = sl
			ld.ResourceLogs = append(ld.ResourceLogs, &logspb.ResourceLogs{
				Resource:  &resourcepb.Resource{Attributes: keyValues(p.resource.Attributes())},
				SchemaUrl: p.resource.SchemaURL(), ScopeLogs: []*logspb.ScopeLogs{sl},
			})
		}
		sl.LogRecords = append(sl.LogRecords, logRecord(r))
	}
	parts, _ := logrecords.Carriers(ld)
	for _, p := range parts {
		out = append(out, p.Data.ResourceSpans...)
	}
	return out
}

func logRecord(r *sdklog.Record) *logspb.LogRecord {
	traceID, spanID := r.TraceID(), r.SpanID()
	out := &logspb.LogRecord{
		EventName: r.EventName(), SeverityText: r.SeverityText(), SeverityNumber: logspb.SeverityNumber(r.Severity()), //nolint:gosec // 0 to 24
		TraceId: traceID[:], SpanId: spanID[:], Flags: uint32(r.TraceFlags()),
		DroppedAttributesCount: uint32(min(r.DroppedAttributes(), 1<<30)), //nolint:gosec // bounded
	}
	if t := r.Timestamp(); !t.IsZero() {
		out.TimeUnixNano = uint64(t.UnixNano()) //nolint:gosec // after 1970
	}
	if t := r.ObservedTimestamp(); !t.IsZero() {
		out.ObservedTimeUnixNano = uint64(t.UnixNano()) //nolint:gosec // after 1970
	}
	if r.Body().Type() != attribute.EMPTY {
		out.Body = anyValue(r.Body())
	}
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		out.Attributes = append(out.Attributes, &commonpb.KeyValue{Key: string(kv.Key), Value: anyValue(kv.Value)})
		return true
	})
	return out
}

func keyValues(kvs []attribute.KeyValue) []*commonpb.KeyValue {
	out := make([]*commonpb.KeyValue, 0, len(kvs))
	for _, kv := range kvs {
		out = append(out, &commonpb.KeyValue{Key: string(kv.Key), Value: anyValue(kv.Value)})
	}
	return out
}

func anyValue(v attribute.Value) *commonpb.AnyValue {
	switch v.Type() {
	case attribute.BOOL:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v.AsBool()}}
	case attribute.INT64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v.AsInt64()}}
	case attribute.FLOAT64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v.AsFloat64()}}
	case attribute.STRING:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v.AsString()}}
	case attribute.BYTESLICE:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: v.AsByteSlice()}}
	case attribute.MAP:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: keyValues(v.AsMap())}}}
	case attribute.SLICE:
		return listOf(v.AsSlice(), func(e attribute.Value) attribute.Value { return e })
	case attribute.BOOLSLICE:
		return listOf(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		return listOf(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		return listOf(v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		return listOf(v.AsStringSlice(), attribute.StringValue)
	}
	return &commonpb.AnyValue{}
}

func listOf[T any](values []T, value func(T) attribute.Value) *commonpb.AnyValue {
	out := &commonpb.ArrayValue{Values: make([]*commonpb.AnyValue, 0, len(values))}
	for _, e := range values {
		out.Values = append(out.Values, anyValue(value(e)))
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: out}}
}
