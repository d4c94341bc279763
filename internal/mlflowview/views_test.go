package mlflowview

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/deliver"
)

// TestViewsShowWhatARunOfAJobHas: a column under a name that no run has stays empty, and is
// no fault that anybody sees.
func TestViewsShowWhatARunOfAJobHas(t *testing.T) {
	rules := Rules()
	job := rules.Runs[0]
	// The library's own, of every run (package runs).
	standard := []string{"latency_seconds", "input_tokens", "output_tokens", "total_tokens", "total_cost_usd", "error_count"}
	has := func(kind, name string) bool {
		switch kind {
		case "tags":
			return job.Tags[name] != ""
		case "params":
			return job.Params[name] != ""
		case "metrics":
			return job.Metrics[name] != "" || slices.Contains(standard, name)
		}
		return false
	}
	quoted := regexp.MustCompile("^([a-z]+)\\.`([^`]+)`$")
	ids := map[string]bool{}
	for _, view := range Views() {
		v, ok := view.(deliver.RunsView)
		if !ok {
			continue
		}
		if ids[v.ID] || v.ID == "" {
			t.Errorf("view %q is there twice", v.ID)
		}
		ids[v.ID] = true
		if !strings.Contains(Note(), "viewStateShareKey="+v.ID) {
			t.Errorf("the experiment's description leads to no view %s", v.ID)
		}
		for _, c := range v.Columns {
			if m := quoted.FindStringSubmatch(c); m == nil || !has(m[1], m[2]) {
				t.Errorf("view %s: no run of a job has %s", v.ID, c)
			}
		}
		for c := range v.Widths {
			if !slices.Contains(v.Columns, c) && c != "attributes.`Run Name`" {
				t.Errorf("view %s: a width of %s, which is no column", v.ID, c)
			}
		}
		for _, p := range v.GroupByParams {
			if !has("params", p) {
				t.Errorf("view %s: grouped by %s, which no run of a job has", v.ID, p)
			}
		}
		for _, c := range v.Charts {
			for _, name := range []string{c.X, c.Y} {
				if name != "" && !has("metrics", name) {
					t.Errorf("view %s: a chart of %s", v.ID, name)
				}
			}
		}
	}
	for _, name := range rules.VersionParams {
		if !has("params", name) {
			t.Errorf("versions differ by %s, which no run of a job has", name)
		}
	}
	if err := rules.Validate(); err != nil {
		t.Error(err)
	}
}

// TestNoteOfTheExperiment: the list of experiments shows its beginning as it is written, and
// MLflow takes the filter of a list of traces from the link alone.
func TestNoteOfTheExperiment(t *testing.T) {
	note := Note()
	if begin, _, _ := strings.Cut(note, "["); len(begin) < 30 {
		t.Errorf("the description begins with a link: %s", note)
	}
	for _, view := range Views() {
		v, ok := view.(deliver.TracesView)
		if !ok {
			continue
		}
		_, link, ok := strings.Cut(note, "traces?traceViewShareKey="+v.ID+"&")
		if !ok {
			t.Errorf("the experiment's description leads to no view %s of traces", v.ID)
		}
		link, _, _ = strings.Cut(link, ")")
		query, err := url.ParseQuery(link)
		if err != nil || !slices.Equal(query["tag"], v.Tags) {
			t.Errorf("the link to %s filters by %q, the view by %q (%v)", v.ID, query["tag"], v.Tags, err)
		}
	}
}
