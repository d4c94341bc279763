package deliver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// onServer is what a server holds of one trace.
type onServer struct {
	runs   map[string]mlflow.Run // by span id
	active int                   // runs that are not deleted
	traces []mlflow.TraceInfo
}

func readBack(t testing.TB, c *mlflow.Client, experiment string, traceID trace.TraceID) onServer {
	t.Helper()
	e, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{e.ID},
		Filter: "tags.`otel.trace_id` = '" + traceID.String() + "'", MaxResults: 1000})
	if err != nil {
		t.Fatal(err)
	}
	s := onServer{runs: map[string]mlflow.Run{}, active: len(found)}
	for _, r := range found {
		s.runs[mlflow.TagMap(r.Data.Tags)[mlflowattr.SpanIDTag]] = r
	}
	s.traces, err = c.SearchTraces(t.Context(), e.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	s.traces = slices.DeleteFunc(s.traces, func(i mlflow.TraceInfo) bool { return i.TraceID != "tr-"+traceID.String() })
	return s
}

// checkWhole compares what a server holds of a trace with its projection: exactly
// one tree of runs, each with all it should have, and one trace, linked to every
// run.
func checkWhole(t testing.TB, c *mlflow.Client, experiment string, td *tracepb.TracesData) {
	t.Helper()
	want := fixtureProject(td, runs.Rules{})[0]
	got := readBack(t, c, experiment, fixtureID(td))
	if got.active != len(want.Runs) || len(got.runs) != len(want.Runs) {
		t.Fatalf("%d runs of %d spans on the server, want %d", got.active, len(got.runs), len(want.Runs))
	}
	for _, w := range want.Runs {
		if err := compareRun(t, c, got, w); err != "" {
			t.Errorf("run %s: %s", w.Name, err)
		}
	}
	if len(got.traces) != 1 {
		t.Fatalf("%d traces on the server, want 1", len(got.traces))
	}
	tr := got.traces[0]
	root := got.runs[want.Runs[0].SpanID.String()]
	if tr.State != want.Trace.State || tr.RequestPreview != "question" || tr.Metadata["mlflow.sourceRun"] != root.Info.RunID ||
		tr.Metadata["attempt"] != "1" ||
		tr.Metadata["mlflow.trace.session"] != "C01-1" || tr.Metadata["mlflow.trace.user"] != "U1" ||
		tr.Tags["mlflow.traceName"] != want.Trace.Name || tr.Tags["domain"] != "arxiv.org" ||
		tr.Duration != "2.610s" && tr.Duration != "2.61s" {
		t.Errorf("trace %+v", tr)
	}
	if len(root.Outputs.Models) != 1 || tr.Metadata["mlflow.modelId"] != root.Outputs.Models[0].ModelID {
		t.Errorf("logged model: %+v, %s", root.Outputs.Models, tr.Metadata["mlflow.modelId"])
	}
	if a := tr.Assessments; len(a) != 1 || a[0].Name != "gate_min_citations" || a[0].Feedback.Value != true {
		t.Errorf("assessments %+v", a)
	}
}

func compareRun(t testing.TB, c *mlflow.Client, got onServer, w runs.Run) string {
	g := got.runs[w.SpanID.String()]
	var wrong []string
	check := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			wrong = append(wrong, fmt.Sprintf("%s is %v, want %v", what, got, want))
		}
	}
	check("name", g.Info.Name, w.Name)
	check("status", g.Info.Status, w.Status)
	check("start", g.Info.StartTime, w.Start.UnixMilli())
	check("end", g.Info.EndTime, w.End.UnixMilli())
	check("params", mlflow.TagMap(g.Data.Params), w.Params)
	metrics := map[string]float64{}
	for _, m := range g.Data.Metrics {
		metrics[m.Key] = m.Value
	}
	wantMetrics := map[string]float64{}
	for _, m := range w.Metrics {
		wantMetrics[m.Key] = m.Value
	}
	check("metrics", metrics, wantMetrics)
	tags := mlflow.TagMap(g.Data.Tags)
	check("parent", tags[tagParent], got.runs[w.ParentSpanID.String()].Info.RunID)
	for _, k := range slices.Sorted(maps.Keys(w.Tags)) {
		check("tag "+k, tags[k], w.Tags[k])
	}
	if !w.ParentSpanID.IsValid() && !strings.HasPrefix(tags[tagNote], "**"+w.Tags["outcome"]+"** · [trace](#/experiments/") {
		wrong = append(wrong, "note "+tags[tagNote])
	}
	for _, a := range w.Artifacts {
		b, err := c.GetArtifact(t.Context(), g.Info.ArtifactRoot(), a.Path)
		check("artifact "+a.Path, string(b), string(a.Body))
		check("reading it", err, nil)
	}
	linked, err := c.SearchTraces(t.Context(), g.Info.ExperimentID, "attributes.run_id = '"+g.Info.RunID+"'", 10)
	check("reading traces", err, nil)
	check("linked traces", len(linked), len(got.traces))
	return strings.Join(wrong, "; ")
}
