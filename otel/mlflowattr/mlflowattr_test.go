package mlflowattr_test

import (
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// The names are written by programs in other languages too: they must not change.
func TestNamesOnTheWire(t *testing.T) {
	for want, got := range map[string]attribute.KeyValue{
		"mlflow.run=true":                      mlflowattr.Run(true),
		"mlflow.run=false":                     mlflowattr.Run(false),
		"mlflow.run.name=job 1":                mlflowattr.RunName("job 1"),
		"mlflow.run.tag.corpus=manuals":        mlflowattr.Tag("corpus", "manuals"),
		"mlflow.run.param.chunk_size=512":      mlflowattr.Param("chunk_size", "512"),
		"mlflow.run.metric.recall=0.93":        mlflowattr.Metric("recall", 0.93),
		"mlflow.run.artifact.a/b.md=# 2 pages": mlflowattr.Artifact("a/b.md", "# 2 pages"),
		"mlflow.run.unfinished=true":           mlflowattr.UnfinishedKey.Bool(true),
		"mlflow.run.resumed=true":              mlflowattr.ResumedKey.Bool(true),
		"mlflow.run.handed_back=true":          mlflowattr.HandedBackKey.Bool(true),
		"mlflow.projected=true":                mlflowattr.ProjectedKey.Bool(true),
		"mlflow.spanType=RETRIEVER":            mlflowattr.SpanTypeKey.String(mlflowattr.TypeRetriever),
		"mlflow.spanInputs={}":                 mlflowattr.SpanInputsKey.String("{}"),
		"mlflow.spanOutputs={}":                mlflowattr.SpanOutputsKey.String("{}"),
		"mlflow.llm.cost={}":                   mlflowattr.CostKey.String("{}"),
		"key=loss":                             mlflowattr.MetricPoint("loss", 0.5, 3)[0],
		"value=0.5":                            mlflowattr.MetricPoint("loss", 0.5, 3)[1],
		"step=3":                               mlflowattr.MetricPoint("loss", 0.5, 3)[2],
	} {
		if s := string(got.Key) + "=" + got.Value.String(); s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
}

// project records a root and, below it, one span with the attributes, and returns
// the runs by name.
func project(t *testing.T, do func(trace.Span), kv ...attribute.KeyValue) map[string]runs.Run {
	t.Helper()
	client := &memory{}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(otlptrace.NewUnstarted(client))).Tracer("test")
	ctx, root := tracer.Start(context.Background(), "root")
	_, span := tracer.Start(ctx, "span", trace.WithAttributes(kv...))
	do(span)
	span.End()
	root.End()
	found := map[string]runs.Run{}
	for _, p := range runs.Read(&tracepb.TracesData{ResourceSpans: client.spans}, runs.Rules{}).Project() {
		for _, r := range p.Runs {
			found[r.Name] = r
		}
	}
	return found
}

func TestWhatASpanSaysIsWhatItsRunShows(t *testing.T) {
	nothing := func(trace.Span) {}
	for name, c := range map[string]struct {
		do   func(trace.Span)
		say  attribute.KeyValue
		show func(map[string]runs.Run) bool
	}{
		"a run of its own":       {nothing, mlflowattr.Run(true), func(r map[string]runs.Run) bool { return len(r) == 2 }},
		"folded into its parent": {nothing, mlflowattr.Run(false), func(r map[string]runs.Run) bool { return len(r) == 1 }},
		"name":                   {nothing, mlflowattr.RunName("mine"), func(r map[string]runs.Run) bool { _, ok := r["mine"]; return ok }},
		"tag":                    {nothing, mlflowattr.Tag("k", "v"), func(r map[string]runs.Run) bool { return r["span"].Tags["k"] == "v" }},
		"param":                  {nothing, mlflowattr.Param("k", "v"), func(r map[string]runs.Run) bool { return r["span"].Params["k"] == "v" }},
		"metric": {nothing, mlflowattr.Metric("k", 2), func(r map[string]runs.Run) bool {
			return hasMetric(r["span"], "k", 2, 0)
		}},
		"point of a series": {func(s trace.Span) {
			s.AddEvent(mlflowattr.MetricEventName, trace.WithAttributes(mlflowattr.MetricPoint("loss", 0.5, 3)...), trace.WithTimestamp(time.Now()))
		}, mlflowattr.Run(true), func(r map[string]runs.Run) bool {
			return hasMetric(r["span"], "loss", 0.5, 3)
		}},
		"artifact": {nothing, mlflowattr.Artifact("a/b.md", "text"), func(r map[string]runs.Run) bool {
			for _, a := range r["span"].Artifacts {
				if a.Path == "a/b.md" && string(a.Body) == "text" {
					return true
				}
			}
			return false
		}},
		"unfinished": {nothing, mlflowattr.UnfinishedKey.Bool(true), func(r map[string]runs.Run) bool { return r["span"].Status == runs.Killed }},
		"tags to find it again": {nothing, mlflowattr.Run(true), func(r map[string]runs.Run) bool {
			tags := r["span"].Tags
			return len(tags[mlflowattr.TraceIDTag]) == 32 && len(tags[mlflowattr.SpanIDTag]) == 16
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := project(t, c.do, c.say); !c.show(got) {
				t.Errorf("the runs are %+v", got)
			}
		})
	}
}

func hasMetric(r runs.Run, key string, value float64, step int64) bool {
	for _, m := range r.Metrics {
		if m.Key == key && m.Value == value && m.Step == step {
			return true
		}
	}
	return false
}
