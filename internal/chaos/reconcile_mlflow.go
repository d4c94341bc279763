//go:build linux

package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
)

// stageRuns is how many runs an attempt that answered has: its own and one a stage.
const stageRuns = 5

// mlflowBook is what MLflow knows of a job.
type mlflowBook struct {
	runs []mlflow.Run
}

// mlflowTrace is a trace as the server lists it.
type mlflowTrace struct {
	ID       string            `json:"trace_id"`
	State    string            `json:"state"`
	Metadata map[string]string `json:"trace_metadata"`
}

func tags(r mlflow.Run) map[string]string {
	m := map[string]string{}
	for _, x := range r.Data.Tags {
		m[x.Key] = x.Value
	}
	return m
}

func traceOf(r mlflow.Run) string { return tags(r)["otel.trace_id"] }

// mlflowRows counts run trees and traces: one for each attempt.
func (b *books) mlflowRows() {
	b.t.Helper()
	runs, err := b.allRuns()
	if err != nil {
		b.t.Fatal(err)
	}
	traces, err := b.allTraces()
	if err != nil {
		b.t.Fatal(err)
	}
	strange := 0
	for _, r := range runs {
		j := b.jobs[tags(r)["job_id"]]
		if j == nil {
			strange++
			b.t.Errorf("run %s %s is of no job of the queue: %v", r.Info.RunID, r.Info.Name, tags(r))
			continue
		}
		j.runs = append(j.runs, r)
	}
	b.row("runs of no job", strange, 0)
	b.treeRows(traces)
	b.contentRows()
	b.strangerRows()
}

// treeRows looks at each job's trees.
func (b *books) treeRows(traces map[string]mlflowTrace) {
	b.t.Helper()
	said := b.saidToBeLost()
	var running, doubled, incomplete, untraced, missing, gone, trees, attempts int
	for id, j := range b.jobs {
		byTrace := map[string][]mlflow.Run{}
		for _, r := range j.runs {
			byTrace[traceOf(r)] = append(byTrace[traceOf(r)], r)
		}
		attempts += j.record.Attempt
		trees += len(byTrace)
		missing += max(j.record.Attempt-len(byTrace), 0)
		bad := len(byTrace) > j.record.Attempt && !b.given[id] // one that was taken out was under way perhaps
		if bad {
			doubled++
		}
		for trace, runs := range byTrace {
			// The last attempt at a link that was taken out was cut by the end of its process, and
			// the next start would have told MLflow.
			lost := b.isLost(trace) || b.given[id] || said[trace]
			switch {
			case parents(runs) != 1 && !lost, repeated(runs):
				doubled, bad = doubled+1, true
			case lost:
			case slices.ContainsFunc(runs, func(r mlflow.Run) bool { return r.Info.Status == "RUNNING" }):
				running, bad = running+1, true
			}
			if tr, there := traces["tr-"+trace]; !lost && !(there && names(runs, tr.Metadata["mlflow.sourceRun"])) {
				untraced, bad = untraced+1, true
				b.t.Errorf("job %s: trace %s is in MLflow: %v, %+v", id, trace, there, tr)
			}
		}
		if j.link >= 0 && j.record.State == job.LinkDone && !said[j.record.TraceID] && !b.answerWhole(j, byTrace) {
			incomplete, bad = incomplete+1, true
		}
		if bad || j.record.Attempt != len(byTrace) {
			b.t.Logf("job %s (%s, %d attempts) has %s", id, j.record.URL, j.record.Attempt, describe(j.runs))
		}
	}
	b.mu.Lock()
	for _, r := range b.restored {
		gone += len(r.lost)
	}
	b.mu.Unlock()
	b.note("attempts in the queue's records; run trees", fmt.Sprintf("%d; %d", attempts, trees))
	b.note("traces that a restored database lost", gone)
	b.row("run trees doubled", doubled, 0)
	b.note("attempts whose trace was said to be lost for want of a disk", len(said))
	b.row("run trees that are missing and not said to be", max(missing-gone-len(said), 0), 0)
	b.row("run trees still RUNNING", running, 0)
	b.row("answers without five ended runs", incomplete, 0)
	b.row("run trees without their trace", untraced, 0)
	extra := 0
	for id := range traces {
		if !slices.ContainsFunc(b.allTracesOfJobs(), func(t string) bool { return "tr-"+t == id }) {
			extra++
			b.t.Errorf("trace %s has no runs", id)
		}
	}
	b.row("traces without runs", max(extra-gone, 0), 0)
}

func (b *books) allTracesOfJobs() (out []string) {
	for _, j := range b.jobs {
		for _, r := range j.runs {
			out = append(out, traceOf(r))
		}
	}
	return out
}

// notKept is how a log says that the trace of an attempt could not be kept.
var notKept = regexp.MustCompile(`telemetry of a job was not kept.*trace ([0-9a-f]{32}) is not whole`)

// saidToBeLost are the traces of which a log says that they could not be kept. That may only
// be where there was no disk.
func (b *books) saidToBeLost() map[string]bool {
	b.mu.Lock()
	had := len(b.noDisk) > 0
	b.mu.Unlock()
	said := map[string]bool{}
	for _, p := range b.Procs {
		body, err := os.ReadFile(p.Log)
		if err != nil {
			b.t.Error(err)
		}
		for _, m := range notKept.FindAllSubmatch(body, -1) {
			said[string(m[1])] = true
		}
	}
	if !had {
		b.row("traces that were not kept on a sound disk", len(said), 0)
		return nil
	}
	return said
}

// answerWhole reports whether the attempt that ended the job has its runs, or a restore
// took them.
func (b *books) answerWhole(j *jobBook, byTrace map[string][]mlflow.Run) bool {
	return b.isLost(j.record.TraceID) || whole(byTrace[j.record.TraceID])
}

// parents counts the runs that are below none.
func parents(runs []mlflow.Run) (n int) {
	for _, r := range runs {
		if tags(r)["mlflow.parentRunId"] == "" {
			n++
		}
	}
	return n
}

// names reports whether a run has the id.
func names(runs []mlflow.Run, id string) bool {
	return slices.ContainsFunc(runs, func(r mlflow.Run) bool { return r.Info.RunID == id })
}

// whole: the five runs of an attempt, each once and ended.
func whole(runs []mlflow.Run) bool {
	if len(runs) != stageRuns || repeated(runs) || parents(runs) != 1 {
		return false
	}
	return !slices.ContainsFunc(runs, func(r mlflow.Run) bool { return r.Info.Status != "FINISHED" && r.Info.Status != "FAILED" })
}

// repeated reports whether a span has two runs.
func repeated(runs []mlflow.Run) bool {
	seen := map[string]bool{}
	for _, r := range runs {
		id := tags(r)["otel.span_id"]
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

func describe(runs []mlflow.Run) string {
	if len(runs) == 0 {
		return "no runs"
	}
	slices.SortFunc(runs, func(a, b mlflow.Run) int {
		return strings.Compare(traceOf(a)+a.Info.Name, traceOf(b)+b.Info.Name)
	})
	var b strings.Builder
	for _, r := range runs {
		t := tags(r)
		fmt.Fprintf(&b, "\n  %s %s %s trace %.6s span %.6s attempt %s resumed? %s instance %.6s %s", r.Info.RunID, r.Info.Name, r.Info.Status,
			t["otel.trace_id"], t["otel.span_id"], t["attempt"], t["resumed"], t["otel.instance_id"], t["error"])
	}
	return b.String()
}

// strangerRows: nobody wrote into an experiment that is not ours.
func (b *books) strangerRows() {
	b.t.Helper()
	b.mu.Lock()
	restored := b.restored
	b.mu.Unlock()
	written := 0
	for _, r := range restored {
		runs, err := b.runsIn(r.stranger)
		if err != nil {
			b.t.Error(err)
		}
		written += len(runs)
	}
	b.row("runs in somebody else's experiment", written, 0)
}

// wholeTraces are the ids of traces that have all that MLflow shall have of them.
func (w *World) wholeTraces() (map[string]bool, error) {
	runs, err := w.allRuns()
	if err != nil {
		return nil, err
	}
	traces, err := w.allTraces()
	if err != nil {
		return nil, err
	}
	byTrace := map[string][]mlflow.Run{}
	for _, r := range runs {
		byTrace[traceOf(r)] = append(byTrace[traceOf(r)], r)
	}
	out := map[string]bool{}
	for id, list := range byTrace {
		ended := !slices.ContainsFunc(list, func(r mlflow.Run) bool { return r.Info.Status == "RUNNING" })
		if _, there := traces["tr-"+id]; there && ended {
			out[id] = true
		}
	}
	return out, nil
}

// allRuns are the runs of the world's experiment; none where that is not there.
func (w *World) allRuns() ([]mlflow.Run, error) { return w.runsIn(w.Experiment) }

func (w *World) runsIn(experiment string) ([]mlflow.Run, error) {
	ctx := context.Background()
	e, err := w.client.ExperimentByName(ctx, experiment)
	if mlflow.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	q := mlflow.RunSearch{ExperimentIDs: []string{e.ID}, MaxResults: 500}
	var all []mlflow.Run
	for {
		page, next, err := w.client.SearchRuns(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		q.PageToken = next
	}
}

// allTraces are the traces of the experiment by their id in MLflow.
func (w *World) allTraces() (map[string]mlflowTrace, error) {
	all := map[string]mlflowTrace{}
	e, err := w.client.ExperimentByName(context.Background(), w.Experiment)
	if mlflow.IsNotFound(err) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	token := ""
	for {
		ask, err := json.Marshal(map[string]any{"locations": []mlflow.TraceLocation{mlflow.InExperiment(e.ID)}, "max_results": 500,
			"page_token": token})
		if err != nil {
			return nil, err
		}
		res, err := http.Post(w.client.URI()+"/api/3.0/mlflow/traces/search", "application/json", bytes.NewReader(ask))
		if err != nil {
			return nil, err
		}
		var page struct {
			Traces []mlflowTrace `json:"traces"`
			Next   string        `json:"next_page_token"`
		}
		err = errors.Join(json.NewDecoder(res.Body).Decode(&page), res.Body.Close())
		if err != nil {
			return nil, fmt.Errorf("read MLflow's list of traces: %w", err)
		}
		for _, tr := range page.Traces {
			all[tr.ID] = tr
		}
		if token = page.Next; token == "" {
			return all, nil
		}
	}
}
