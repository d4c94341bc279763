package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

// artifacts lists the files of a run, folders walked.
func artifacts(t testing.TB, c *mlflow.Client, runID, folder string) []string {
	t.Helper()
	files, err := c.ListArtifacts(context.Background(), runID, folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if f.IsDir {
			out = append(out, artifacts(t, c, runID, f.Path)...)
		} else {
			out = append(out, f.Path)
		}
	}
	return out
}

// checkTable holds a job's runs to the table of what MLflow must show.
func checkTable(t *testing.T, c *mlflow.Client, b *bench, rep jobReport, url, domain string) {
	t.Helper()
	runs := b.tree(c, rep.JobID)
	need := func(run string, kind string, have map[string]bool, names ...string) {
		t.Helper()
		for _, n := range names {
			if !have[n] {
				t.Errorf("%s of job %s has no %s %s", run, rep.JobID, kind, n)
			}
		}
	}
	if len(runs) != 6 { // five, and the parent under "" too
		t.Fatalf("job %s has runs %v", rep.JobID, slices.Collect(keys(runs)))
	}
	parent := runs[""]
	pt := tags(parent)
	for k, want := range map[string]string{"job_id": rep.JobID, "channel_id": "cli", "target_url": url, "domain": domain,
		"adapter_name": "GenericAdapter",
		"outcome":      rep.Outcome, "attempt": "1", "otel.trace_id": rep.TraceID} {
		if pt[k] != want {
			t.Errorf("tag %s of the parent is %q, want %q", k, pt[k], want)
		}
	}
	if pt["message_ts"] == "" || pt["mlflow.runColor"] == "" || !strings.Contains(strings.ReplaceAll(pt["mlflow.note.content"], `\`, ""), rep.Outcome) {
		t.Errorf("parent's tags %v", pt)
	}
	need("parent", "metric", names(metrics(parent)), "latency_seconds", "snippet_count", "tool_call_count", "gate_failures", "error_count")
	need("parent", "param", names(params(parent)), "model", "version")
	need("parent", "artifact", set(artifacts(t, c, parent.Info.RunID, "")), "commentary.md", "retrieval/evidence.json",
		"analysis/analysis_result.json",
		"quality_gates/gates.json", "slack_post/slack_payload.json", "slack_post/message.html")

	for stage, want := range map[string]struct{ metrics, tags, params, artifacts []string }{
		"retrieval": {[]string{"snippet_count", "source_count", "error_count", "latency_seconds"}, []string{"adapter_name"},
			[]string{"adapter_name", "coverage", "has_errors"},
			[]string{"evidence.json"}},
		"analysis":      {[]string{"tool_call_count", "latency_seconds"}, nil, []string{"model"}, []string{"analysis_result.json"}},
		"quality_gates": {[]string{"gate_failures", "gate_passed", "gate/links", "gate/names", "gate/numbers"}, nil, nil, []string{"gates.json"}},
		"slack_post":    {[]string{"latency_seconds"}, nil, nil, []string{"slack_payload.json"}},
	} {
		r, ok := runs[stage]
		if !ok {
			t.Errorf("no run %s", stage)
			continue
		}
		st := tags(r)
		if st["stage"] != stage || st["mlflow.parentRunId"] != parent.Info.RunID {
			t.Errorf("%s: stage %q, parent %q", stage, st["stage"], st["mlflow.parentRunId"])
		}
		for _, k := range []string{"domain", "adapter_name", "outcome", "job_id"} {
			if st[k] != pt[k] {
				t.Errorf("%s: tag %s is %q, the parent's %q", stage, k, st[k], pt[k])
			}
		}
		need(stage, "metric", names(metrics(r)), want.metrics...)
		need(stage, "tag", names(st), want.tags...)
		need(stage, "param", names(params(r)), want.params...)
		need(stage, "artifact", set(artifacts(t, c, r.Info.RunID, "")), want.artifacts...)
	}
	if rep.Outcome == "gate_failed" {
		need("quality_gates", "artifact", set(artifacts(t, c, runs["quality_gates"].Info.RunID, "")), "gate_failures.txt")
	}
	checkTrace(t, c, rep, runs)
}

// checkTrace finds the job's trace from its parent run and each nested run.
func checkTrace(t testing.TB, c *mlflow.Client, rep jobReport, runs tree) {
	t.Helper()
	state := "OK"
	if rep.Outcome == "gate_failed" { // the runs are as they should be, the comment is not
		state = "ERROR"
	}
	for name, r := range runs {
		if r.Info.Status != "FINISHED" {
			t.Errorf("run %q is %s", name, r.Info.Status)
		}
		found, err := c.SearchTraces(context.Background(), r.Info.ExperimentID, "attributes.run_id = '"+r.Info.RunID+"'", 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || found[0].TraceID != "tr-"+rep.TraceID || found[0].State != state {
			t.Errorf("the Traces tab of %q shows %v", name, found)
		}
		if name == "" && len(found) == 1 {
			checkAssessments(t, found[0])
		}
	}
}

// checkAssessments: MLflow's page of quality averages numbers, its list of traces colours yes and no.
func checkAssessments(t testing.TB, tr mlflow.TraceInfo) {
	t.Helper()
	gates, verdicts := 0, 0
	for _, a := range tr.Assessments {
		score, number := a.Feedback.Value.(float64)
		_, verdict := a.Feedback.Value.(bool)
		switch {
		case a.Name == "gates" && verdict:
			verdicts++
		case strings.HasPrefix(a.Name, "gate_") && number && score >= 0 && score <= 1:
			gates++
		default:
			t.Errorf("assessment %s is %v", a.Name, a.Feedback.Value)
		}
	}
	if verdicts != 1 || gates < 10 {
		t.Errorf("%d verdicts and %d scores of gates", verdicts, gates)
	}
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func names[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

func set(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

func TestFivePagesWithTheOfflineAnalystFillTheTable(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	c := b.mlflow(server.URI(t))
	code, out, errs := b.run("run", "--json", "--wait=5m", b.page("fetch-api.html"), b.page("javascript-code-coverage.html"),
		b.page("mozilla-wikipedia.html"),
		b.page("more/ebb.html"), b.page("more/hermitian-matrix.html"))
	if code != exitOK && code != exitJob {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errs)
	}
	reports := decode(t, out)
	if len(reports) != 5 {
		t.Fatalf("%d reports\n%s\n%s", len(reports), out, errs)
	}
	count := map[string]int{}
	for _, rep := range reports {
		if !rep.Delivered || rep.RunURL == "" || rep.TraceURL == "" || rep.Comment == nil {
			t.Errorf("report %+v", rep)
		}
		count[rep.Outcome]++
		checkTable(t, c, b, rep, rep.URL, "127.0.0.1")
	}
	if count["success"] < 3 {
		t.Errorf("outcomes %v: honest extracts fail the gates\n%s", count, out)
	}
	for filter, want := range map[string]int{
		"tags.outcome = 'success'":             5 * count["success"],
		"tags.outcome = 'gate_failed'":         5 * count["gate_failed"],
		"tags.domain = '127.0.0.1'":            25,
		"tags.adapter_name = 'GenericAdapter'": 25,
		"tags.adapter_name = 'ArxivAdapter'":   0,
	} {
		if got := len(b.runsOf(c, filter)); got != want {
			t.Errorf("%s finds %d runs, want %d", filter, got, want)
		}
	}
}
