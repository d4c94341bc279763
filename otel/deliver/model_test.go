package deliver

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestEveryProgramHasALoggedModel: MLflow lists its runs under Training runs only where one
// of the newest has one.
func TestEveryProgramHasALoggedModel(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	for i, tt := range []struct {
		name     string
		resource []*commonpb.KeyValue
		tracing  bool
		want     string
	}{
		{"a program with name and version", []*commonpb.KeyValue{kv("service.name", "svc"), kv("service.version", "1.4")}, true, "svc-1-4"},
		{"a default of the SDK for Go", []*commonpb.KeyValue{kv("service.name", "unknown_service:demo")}, true, "unknown_service-demo"},
		{"a default of the SDK for Python", []*commonpb.KeyValue{kv("service.name", "unknown_service")}, true, "unknown_service"},
		{"no name", nil, true, "unknown_service"},
		{"no name, and the file's", []*commonpb.KeyValue{kv("process.executable.name", "ask")}, true, "unknown_service-ask"},
		{"runs without their trace", []*commonpb.KeyValue{kv("service.name", "alone")}, false, "alone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			td := smallTrace(uint64(i + 1))
			td.ResourceSpans[0].Resource.Attributes = tt.resource
			d := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup(), WithTracing(tt.tracing))
			r, err := d.Deliver(t.Context(), td, Origin{})
			if err != nil {
				t.Fatal(err)
			}
			run, err := c.GetRun(t.Context(), r.ParentRunID)
			if err != nil || len(run.Outputs.Models) != 1 {
				t.Fatalf("run %+v, %v", run.Outputs, err)
			}
			model, ok := d.models.Get(tt.want)
			if !ok || model != run.Outputs.Models[0].ModelID {
				t.Errorf("models %v, want %s", d.models.Keys(), tt.want)
			}
			if got := readBack(t, c, exp, fixtureID(td)).runs[trace.SpanID(spanIDNumber(1)).String()]; tt.want != "svc-1-4" && tt.tracing {
				for _, tag := range got.Data.Tags {
					if tag.Key == "mlflow.source.name" && strings.HasPrefix(tag.Value, unknownService) {
						t.Errorf("the run's source is %s, which names no program", tag.Value)
					}
				}
			}
		})
	}
}
