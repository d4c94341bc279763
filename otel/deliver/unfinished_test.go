package deliver

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// runTree draws the runs of a trace that are not deleted, sorted: each with the span it is
// of, its status, a mark if it says that it is unfinished, and the span of its parent.
func runTree(t *testing.T, c *mlflow.Client, experimentID string, td *tracepb.TracesData) string {
	t.Helper()
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{experimentID}, MaxResults: 100,
		Filter: "tags.`otel.trace_id` = '" + fixtureID(td).String() + "'"})
	if err != nil {
		t.Fatal(err)
	}
	spans := map[string]string{}
	for _, r := range found {
		spans[r.Info.RunID] = strings.TrimPrefix(mlflow.TagMap(r.Data.Tags)[mlflowattr.SpanIDTag], "aa0000000000000")
	}
	var out []string
	for _, r := range found {
		tags := mlflow.TagMap(r.Data.Tags)
		mark := ""
		if tags[mlflowattr.UnfinishedTag] != "" {
			mark = "?"
		}
		out = append(out, fmt.Sprintf("%s %s%s below %q", spans[r.Info.RunID], r.Info.Status, mark, spans[tags[tagParent]]))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestATraceGrowsIntoItsRoot delivers a trace as its spans come, in processes of which none
// remembers what the one before did.
func TestATraceGrowsIntoItsRoot(t *testing.T) {
	c := newClient(t, server.URI(t))
	exp := mlflowtest.Experiment(t)
	const n = 900
	call := newSpan(n, 6, 3, "chat m", 410*ms, 500*ms, kv("gen_ai.operation.name", "chat"), kv("gen_ai.request.model", "m"))
	step, plan := newSpan(n, 2, 1, "step", 10*ms, 400*ms), newSpan(n, 3, 1, "plan", 400*ms, 2400*ms)
	job := newSpan(n, 1, 0, "job", 0, 2610*ms)
	for _, s := range []struct {
		what  string
		td    *tracepb.TracesData
		given bool // up
		want  string
	}{
		{what: "two steps, of two parents", td: traces(call, step),
			want: `1 RUNNING? below "", 2 FINISHED? below "1", 3 RUNNING? below "", 6 FINISHED? below "3"`},
		{what: "a parent, which takes in its step", td: traces(call, step, plan),
			want: `1 RUNNING? below "", 2 FINISHED? below "1", 3 FINISHED? below "1"`},
		{what: "less again: what was taken in is there once more", td: traces(call, step),
			want: `1 RUNNING? below "", 2 FINISHED? below "1", 3 RUNNING? below "1", 6 FINISHED? below "3"`},
		{what: "given up", td: traces(call, step), given: true,
			want: `1 KILLED? below "", 2 FINISHED? below "1", 3 KILLED? below "1", 6 FINISHED? below "3"`},
		{what: "not given up after all", td: traces(call, step),
			want: `1 RUNNING? below "", 2 FINISHED? below "1", 3 RUNNING? below "1", 6 FINISHED? below "3"`},
		{what: "whole", td: traces(call, step, plan, job), want: `1 FINISHED below "", 2 FINISHED below "1", 3 FINISHED below "1"`},
	} {
		d := New(c, WithExperiment(exp), fast())
		read, o := runs.ReadOpen(s.td, runs.Rules{}), Origin{SearchFirst: true, Unfinished: "the root has not come"}
		switch {
		case s.given:
			read = runs.Read(runs.AddMissing(s.td), runs.Rules{})
		case runs.BeginningOf(s.td) == runs.RootHere:
			o.Unfinished = ""
		}
		for range 2 { // the second time changes nothing
			r, err := d.DeliverRead(t.Context(), read, o)
			if err != nil {
				t.Fatalf("%s: %v", s.what, err)
			}
			if got := runTree(t, c, r.ExperimentID, s.td); got != s.want {
				t.Errorf("%s:\n%s\nwant\n%s", s.what, got, s.want)
			}
		}
	}
}
