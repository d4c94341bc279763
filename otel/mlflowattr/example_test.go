package mlflowattr_test

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// A span says from inside what its run shows. Here the trace is projected in
// memory; package runprocessor brings it to MLflow.
func Example() {
	client := &memory{}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(otlptrace.NewUnstarted(client)))
	ctx, root := provider.Tracer("example").Start(context.Background(), "nightly")
	_, span := provider.Tracer("example").Start(ctx, "index", trace.WithAttributes(
		mlflowattr.RunName("build index"),
		mlflowattr.Param("chunk_size", "512"),
		mlflowattr.Tag("corpus", "manuals"),
		mlflowattr.Artifact("report.md", "# 40 pages"),
	))
	span.SetAttributes(mlflowattr.Metric("recall", 0.93))
	span.AddEvent(mlflowattr.MetricEventName, trace.WithAttributes(mlflowattr.MetricPoint("loss", 0.25, 1)...),
		trace.WithTimestamp(time.Now()))
	span.End()
	root.End()

	for _, p := range runs.Read(&tracepb.TracesData{ResourceSpans: client.spans}, runs.Rules{}).Project() {
		for _, r := range p.Runs {
			if r.Name == "build index" {
				fmt.Println(r.Name, r.Params["chunk_size"], r.Tags["corpus"], r.Artifacts[0].Path)
			}
		}
	}
	// Output: build index 512 manuals report.md
}

// memory is an OTLP client that keeps what it is given.
type memory struct{ spans []*tracepb.ResourceSpans }

func (*memory) Start(context.Context) error { return nil }
func (*memory) Stop(context.Context) error  { return nil }
func (m *memory) UploadTraces(_ context.Context, rs []*tracepb.ResourceSpans) error {
	m.spans = append(m.spans, rs...)
	return nil
}
