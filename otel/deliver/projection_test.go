package deliver

import (
	"maps"
	"slices"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// genaiTrace is what an instrumented program of any kind sends.
func genaiTrace(n uint64) *tracepb.TracesData {
	num := func(key string, v int64) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v}}}
	}
	return traces(
		newSpan(n, 1, 0, "answer question", 0, 900*ms, kv("mlflow.run.name", "job_7"), kv("mlflow.run.tag.outcome", "success"),
			kv("mlflow.run.tag.domain", "arxiv.org"), kv("mlflow.run.param.model", "m"), kv("mlflow.run.metric.snippet_count", 11.0),
			kv("mlflow.run.artifact.notes/commentary.md", "# Hello"), kv("session.id", "C1-1"), kv("user.id", "U1"),
			kv("mlflow.spanInputs", `{"messages":[{"role":"user","content":"hi"}]}`),
			kv("mlflow.spanOutputs", `{"choices":[{"message":{"role":"assistant","content":"hello"}}]}`)),
		newSpan(n, 2, 1, "think", 10*ms, 800*ms, kv("mlflow.spanType", "LLM")),
		newSpan(n, 3, 2, "chat m", 20*ms, 790*ms, kv("gen_ai.operation.name", "chat"), kv("gen_ai.request.model", "m"),
			kv("gen_ai.provider.name", "openai"), num("gen_ai.usage.input_tokens", 20), num("gen_ai.usage.output_tokens", 5)),
	)
}

// TestTheRealProjectionIsReadBackRowByRow delivers what package runs makes of a
// trace and compares every run, param, metric, tag and artifact on the server.
func TestTheRealProjectionIsReadBackRowByRow(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	td := genaiTrace(1)
	rules := runs.Rules{Inherit: []string{"outcome", "domain"}}
	want := runs.Read(td, rules).Project()[0]
	if len(want.Runs) < 2 {
		t.Fatalf("projection has %d runs", len(want.Runs))
	}
	for range 2 {
		if _, err := New(c, WithExperiment(exp), WithRules(rules)).Deliver(t.Context(), td, Origin{SearchFirst: true}); err != nil {
			t.Fatal(err)
		}
	}
	got := readBack(t, c, exp, traceIDNumber(1))
	if got.active != len(want.Runs) || len(got.traces) != 1 {
		t.Fatalf("%d runs and %d traces, want %d and 1", got.active, len(got.traces), len(want.Runs))
	}
	for _, w := range want.Runs {
		g := got.runs[w.SpanID.String()]
		if !maps.Equal(mlflow.TagMap(g.Data.Params), w.Params) {
			t.Errorf("run %s: params %v, want %v", w.Name, g.Data.Params, w.Params)
		}
		tags := mlflow.TagMap(g.Data.Tags)
		for k, v := range w.Tags {
			if tags[k] != v && k != tagNote {
				t.Errorf("run %s: tag %s is %q, want %q", w.Name, k, tags[k], v)
			}
		}
		for _, m := range w.Metrics {
			if !slices.ContainsFunc(g.Data.Metrics, func(have mlflow.Metric) bool {
				return have.Key == m.Key && have.Value == m.Value && have.Timestamp == m.Time.UnixMilli() && have.Step == m.Step
			}) {
				t.Errorf("run %s: metric %+v is missing from %+v", w.Name, m, g.Data.Metrics)
			}
		}
		for _, a := range w.Artifacts {
			if b, err := c.GetArtifact(t.Context(), g.Info.ArtifactRoot(), a.Path); err != nil || string(b) != string(a.Body) {
				t.Errorf("run %s: artifact %s is %q, %v", w.Name, a.Path, b, err)
			}
		}
		linked, err := c.SearchTraces(t.Context(), g.Info.ExperimentID, "attributes.run_id = '"+g.Info.RunID+"'", 10)
		if err != nil || len(linked) != 1 {
			t.Errorf("run %s: %d traces linked, %v", w.Name, len(linked), err)
		}
	}
	tr := got.traces[0]
	if tr.State != "OK" || tr.Metadata["mlflow.trace.session"] != "C1-1" || tr.Metadata["mlflow.trace.user"] != "U1" ||
		tr.RequestPreview != "hi" || tr.ResponsePreview != "hello" {
		t.Errorf("trace %+v", tr)
	}
	for _, filter := range []string{"tags.outcome = 'success'", "tags.domain = 'arxiv.org'"} { // as people type them
		exp := got.runs[want.Runs[0].SpanID.String()].Info.ExperimentID
		found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{exp}, Filter: filter, MaxResults: 10})
		if err != nil || len(found) != len(want.Runs) {
			t.Errorf("%s finds %d runs, %v", filter, len(found), err)
		}
	}
}
