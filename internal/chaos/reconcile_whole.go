//go:build linux

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// fewest is how many jobs must be alike before one is said to lack something.
const fewest = 5

// contentRows look for what a run lacks that its like have: a parameter, a metric, a tag, an
// artifact, and for spans that a trace lacks. Innocent pages are alike, so their jobs
// leave the same behind, but for those that were cut or tried again.
func (b *books) contentRows() {
	b.t.Helper()
	facts := map[string]map[string][]string{} // name of the run → job → what it has
	for id, j := range b.jobs {
		if j.link < 0 || !b.succeeded(j.link) || j.record.Attempt != 1 || b.isLost(j.record.TraceID) || !b.undisturbed(j.record) {
			continue
		}
		for _, r := range j.runs {
			name := strings.ReplaceAll(r.Info.Name, id, "ID")
			if facts[name] == nil {
				facts[name] = map[string][]string{}
			}
			list, err := b.factsOf(r)
			if err != nil {
				b.t.Error(err)
			}
			facts[name][id] = list
		}
		if facts["trace"] == nil {
			facts["trace"] = map[string][]string{}
		}
		facts["trace"][id] = b.spansOf(j.record.TraceID)
	}
	lacking := 0
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		for id, missing := range lacks(facts[name]) {
			lacking++
			b.t.Errorf("%s of job %s (%s) lacks %v, which most have", name, id, b.jobs[id].record.URL, missing)
		}
	}
	b.row("runs and traces that lack what their like have", lacking, 0)
}

// spansOf are the names of a trace's spans, each as often as it is there, without those of waits, which
// are there when they were long.
func (b *books) spansOf(traceID string) (out []string) {
	b.t.Helper()
	times := map[string]int{}
	for _, raw := range mlflowtest.Spans(b.t, b.setup.URI, traceID) {
		var span struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(raw, &span); err != nil {
			b.t.Errorf("read a span of trace %s: %v", traceID, err)
		}
		if times[span.Name]++; !strings.HasPrefix(span.Name, "wait for ") {
			out = append(out, fmt.Sprintf("span %s, number %d", span.Name, times[span.Name]))
		}
	}
	return out
}

// lacks finds, by job, what three quarters of all have and one has not.
func lacks(byJob map[string][]string) map[string][]string {
	out := map[string][]string{}
	if len(byJob) < fewest {
		return out
	}
	count := map[string]int{}
	for _, list := range byJob {
		for _, fact := range list {
			count[fact]++
		}
	}
	for _, fact := range slices.Sorted(maps.Keys(count)) {
		if count[fact]*4 < len(byJob)*3 {
			continue
		}
		for id, list := range byJob {
			if !slices.Contains(list, fact) {
				out[id] = append(out[id], fact)
			}
		}
	}
	return out
}

// undisturbed reports whether nothing was done to any process while a job was in the queue:
// one that went on after a crash does not do again what was kept, and leaves less behind.
// Times in the queue's records mean nothing where the clock has jumped.
func (w *World) undisturbed(l job.Link) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.counts["fault "+string(Clock)] > 0 {
		return false
	}
	for _, list := range append(slices.Collect(maps.Values(w.harmed)), w.slowed) {
		for _, s := range list {
			if s.from.Before(l.Ended) && s.to.After(l.Created) {
				return false
			}
		}
	}
	return true
}

// factsOf are the names of all that a run has.
func (b *books) factsOf(r mlflow.Run) (out []string, err error) {
	for _, x := range r.Data.Params {
		out = append(out, "param "+x.Key)
	}
	for _, x := range r.Data.Metrics {
		out = append(out, "metric "+x.Key)
	}
	for _, x := range r.Data.Tags {
		if x.Key != "permalink" { // which Slack may have failed to give
			out = append(out, "tag "+x.Key)
		}
	}
	res, err := http.Get(b.client.URI() + "/api/2.0/mlflow/artifacts/list?run_id=" + url.QueryEscape(r.Info.RunID))
	if err != nil {
		return nil, fmt.Errorf("list artifacts: %w", err)
	}
	var page struct {
		Files []struct {
			Path string `json:"path"`
		} `json:"files"`
	}
	if err := errors.Join(json.NewDecoder(res.Body).Decode(&page), res.Body.Close()); err != nil {
		return nil, fmt.Errorf("list artifacts: %w", err)
	}
	for _, f := range page.Files {
		out = append(out, "artifact "+strings.ReplaceAll(f.Path, tags(r)["job_id"], "ID"))
	}
	return out, nil
}
