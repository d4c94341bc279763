package integration

import (
	"crypto/rand"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// What a trace of newTrace becomes.
const (
	runsOfTrace  = 2
	spansOfTrace = 3
	noteFile     = "note.txt" // of the root run
)

// newTrace is a job with a stage, both of which become runs, and a call of a model
// with token usage. note is the artifact of the root run, without one none if empty.
func newTrace(n int, note string) (trace.TraceID, *tracepb.TracesData) {
	var id trace.TraceID
	_, _ = rand.Read(id[:])
	start := time.Now().Add(-time.Minute)
	span := func(number, parent byte, name string, attrs ...*commonpb.KeyValue) *tracepb.Span {
		s := &tracepb.Span{
			TraceId: id[:], SpanId: []byte{0xab, 0, 0, 0, 0, 0, 0, number}, Name: name, Flags: 0x101, Attributes: attrs,
			StartTimeUnixNano: uint64(start.UnixNano()),                  //nolint:gosec // after 1970
			EndTimeUnixNano:   uint64(start.Add(time.Second).UnixNano()), //nolint:gosec // after 1970
		}
		if parent != 0 {
			s.ParentSpanId = []byte{0xab, 0, 0, 0, 0, 0, 0, parent}
		}
		return s
	}
	root := span(1, 0, "job", run(), text(mlflowattr.TagPrefix+"number", fmt.Sprint(n)), text(mlflowattr.ParamPrefix+"model", "m"),
		number(mlflowattr.MetricPrefix+"score", 0.5))
	if note != "" {
		root.Attributes = append(root.Attributes, text(mlflowattr.ArtifactPrefix+noteFile, note))
	}
	spans := []*tracepb.Span{
		span(2, 1, "stage", run(), number(mlflowattr.MetricPrefix+"count", float64(n))),
		span(3, 2, "chat m", text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "m"),
			whole("gen_ai.usage.input_tokens", 100), whole("gen_ai.usage.output_tokens", 10)),
		root,
	}
	return id, &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{Attributes: []*commonpb.KeyValue{text("service.name", "integration")}},
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "test"}, Spans: spans}},
	}}}
}

func run() *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: string(mlflowattr.RunKey), Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: true}}}
}

func text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value float64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: value}}}
}

func whole(key string, value int64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}}}
}
