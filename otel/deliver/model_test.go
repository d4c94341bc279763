package deliver

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
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

// TestParamsMakeAnotherVersionOfAProgram: two prompts of one build are compared on MLflow's
// page of agent versions, which shows a version's params and where it came from.
func TestParamsMakeAnotherVersionOfAProgram(t *testing.T) {
	c := newClient(t, server.URI(t))
	rules := runs.Rules{
		Runs:          []runs.RunRule{{Span: "job", Params: map[string]string{"prompt": "p", "size": "s"}}},
		VersionParams: []string{"prompt"},
	}
	d := New(c, WithExperiment(mlflowtest.Experiment(t)), WithRules(rules), WithoutExperimentSetup(),
		WithRunTags(map[string]string{"mlflow.source.git.commit": "c0ffee"}))
	modelOf := func(trace uint64, prompt, size string) string {
		td := traces(newSpan(trace, 1, 0, "job", 0, ms, kv("p", prompt), kv("s", size)))
		td.ResourceSpans[0].Resource.Attributes = []*commonpb.KeyValue{kv("service.name", "svc"), kv("service.version", "1.4")}
		span := td.ResourceSpans[0].ScopeSpans[0].Spans[0]
		end := span.EndTimeUnixNano
		span.EndTimeUnixNano = 0
		if _, err := d.DeliverRead(t.Context(), runs.ReadOpen(td, rules), Origin{Unfinished: "under way"}); err != nil {
			t.Fatal(err)
		}
		span.EndTimeUnixNano = end
		r, err := d.Deliver(t.Context(), td, Origin{SearchFirst: true})
		if err != nil {
			t.Fatal(err)
		}
		run, err := c.GetRun(t.Context(), r.ParentRunID)
		if err != nil || len(run.Outputs.Models) != 1 {
			t.Fatalf("run %+v, %v", run.Outputs, err)
		}
		return run.Outputs.Models[0].ModelID
	}
	first, other, again := modelOf(1, "v1", "12"), modelOf(2, "v2", "12"), modelOf(3, "v1", "99")
	if first == other || first != again {
		t.Errorf("models %s, %s, %s: another prompt is another version, another size is not", first, other, again)
	}
	resp, err := http.Get(server.URI(t) + "/api/2.0/mlflow/logged-models/" + first)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Model struct {
			Info struct {
				Name string
				Tags []struct{ Key, Value string }
			}
			Data struct {
				Params []struct{ Key, Value string }
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, kv := range append(got.Model.Info.Tags, got.Model.Data.Params...) {
		shown[kv.Key] = kv.Value
	}
	want := map[string]string{
		"prompt": "v1", "service.version": "1.4", "mlflow.source.git.commit": "c0ffee", "mlflow.source.name": "svc", "mlflow.source.type": "JOB",
	}
	if !regexp.MustCompile(`^svc-v1-[0-9a-f]{8}-1-4$`).MatchString(got.Model.Info.Name) || !maps.Equal(shown, want) {
		t.Errorf("model %s with %v, want svc-v1-<hash>-1-4 with %v", got.Model.Info.Name, shown, want)
	}
}
