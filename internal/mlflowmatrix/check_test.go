package mlflowmatrix

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// expectation is what a server must show of one trace. Names of runs and spans are
// all there are; of tags, params and metrics there may be more.
type expectation struct {
	traceID string // 32 hexadecimal digits
	runs    map[string]expectedRun
	spans   []string
	tokens  [2]int // in, out; zero: none were reported
}

type expectedRun struct {
	parent       bool
	tags, params map[string]string // anyText: whatever it is, but something
	metrics      map[string]float64
	artifacts    []string
}

// anyText and anyNumber stand for values that differ from job to job.
const anyText = "\x00any"

var anyNumber = math.Inf(-1)

// properties are what may differ from server to server, and is said in the README.
type properties struct {
	// Trace is where the trace is: "Traces tab", with ", artifacts of the parent run"
	// or without, or "nowhere".
	Trace string `json:"trace"`
	// Linked are the runs whose own Traces tab lists it: "every run", "the parent
	// run", "none".
	Linked string `json:"linked"`
	// Tokens are those that the trace's list shows.
	Tokens string `json:"tokens"`
	// Incomplete is what the parent run says of what the server did not take.
	Incomplete string `json:"incomplete"`
}

// check holds what the server shows of a trace to what it must, and returns what may
// differ beside all faults.
func (s *site) check(t *testing.T, k kind, experiment string, want expectation) (p properties, faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	p = properties{Trace: "nowhere", Linked: "none", Tokens: "none"}
	id := s.experiment(t, experiment)
	if id == "" {
		return p, []string{"there is no experiment " + experiment}
	}
	var parent shownRun
	there := map[string]shownRun{}
	for _, r := range s.runs(t, id) {
		if r.status == "RUNNING" || r.tags["otel.trace_id"] == "" {
			fault("run %s is %s and of trace %q", r.name, r.status, r.tags["otel.trace_id"])
		}
		if r.tags["otel.trace_id"] != want.traceID {
			continue
		}
		if _, twice := there[r.name]; twice {
			fault("run %s is there twice", r.name)
		}
		there[r.name] = r
		w, ok := want.runs[r.name]
		if !ok {
			fault("there is a run %s too", r.name)
			continue
		}
		if w.parent {
			parent = r
		}
		faults = append(faults, w.compare(r)...)
	}
	for _, name := range slices.Sorted(maps.Keys(want.runs)) {
		r, ok := there[name]
		switch {
		case !ok:
			fault("there is no run %s", name)
		case !want.runs[name].parent && r.tags["mlflow.parentRunId"] != parent.id:
			fault("run %s has the parent %q, not %q", name, r.tags["mlflow.parentRunId"], parent.id)
		}
	}
	p.Incomplete = parent.tags["otel.incomplete"]
	more := s.checkTrace(t, id, want, there, &p)
	faults = append(faults, more...)
	if k.tracesAreFiles() && parent.id != "" {
		more := s.checkArtifacts(t, parent, want, &p)
		faults = append(faults, more...)
	}
	return p, faults
}

// compare holds one run to what it must be.
func (w expectedRun) compare(r shownRun) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, "run "+r.name+": "+fmt.Sprintf(format, args...))
	}
	if r.status != "FINISHED" || !r.ended {
		fault("status %s, ended: %v", r.status, r.ended)
	}
	for what, pair := range map[string][2]map[string]string{"tag": {w.tags, r.tags}, "param": {w.params, r.params}} {
		for _, key := range slices.Sorted(maps.Keys(pair[0])) {
			if want, got := pair[0][key], pair[1][key]; got == "" || want != anyText && got != want {
				fault("%s %s is %q, not %q", what, key, got, want)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.metrics)) {
		got, ok := r.metrics[key]
		if want := w.metrics[key]; !ok {
			fault("there is no metric %s", key)
		} else if want != anyNumber && got != want {
			fault("metric %s is %v, not %v", key, got, want)
		}
	}
	for _, path := range w.artifacts {
		if !slices.ContainsFunc(r.artifacts, func(a string) bool { return strings.HasPrefix(a, path+" (") }) {
			fault("there is no artifact %s among %q", path, r.artifacts)
		}
	}
	return faults
}

// checkTrace holds the Traces tab to what it must show.
func (s *site) checkTrace(t *testing.T, experiment string, want expectation, runs map[string]shownRun, p *properties) (faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	all, ok := s.tracesOf(t, experiment, "")
	if !ok {
		fault("the Traces tab of the experiment cannot be read")
	}
	ours := slices.DeleteFunc(slices.Clone(all), func(info shownTrace) bool { return !info.is(want.traceID) })
	if len(ours) != 1 {
		return append(faults, fmt.Sprintf("the Traces tab lists the trace %d times among %d", len(ours), len(all)))
	}
	info := ours[0]
	id := info.ID
	a := s.call(t, http.MethodGet, "ajax-api/3.0/mlflow/traces/"+id, nil, nil)
	if a.status != http.StatusOK && a.status != http.StatusNotFound { // up to 3.1 there is /info below it instead
		fault("the trace page gets %s: %.200s", a, a.body)
	}
	if info.State != "OK" || info.Request == "" || info.Response == "" {
		fault("the trace is %s, its previews are %q and %q", info.State, info.Request, info.Response)
	}
	names, trouble := s.spans(t, info)
	if trouble != "" {
		faults = append(faults, trouble)
	}
	if slices.Equal(names, want.spans) {
		p.Trace = "Traces tab"
	} else {
		fault("the trace page shows the spans %q, not %q", names, want.spans)
	}
	if linked := s.listing(t, experiment, id, runs); linked == len(runs) {
		p.Linked = "every run"
	} else if linked > 0 {
		p.Linked = "the parent run"
	}
	faults = append(faults, tokens(info, want, p)...)
	return faults
}

// listing counts the runs whose Traces tab lists a trace.
func (s *site) listing(t *testing.T, experiment, id string, runs map[string]shownRun) (n int) {
	t.Helper()
	for _, r := range runs {
		listed, _ := s.tracesOf(t, experiment, r.id)
		if slices.ContainsFunc(listed, func(info shownTrace) bool { return info.ID == id }) {
			n++
		}
	}
	return n
}

func tokens(info shownTrace, want expectation, p *properties) (faults []string) {
	text, shown := info.Metadata["mlflow.trace.tokenUsage"]
	if !shown {
		if want.tokens != [2]int{} {
			faults = append(faults, "the trace has no tokens")
		}
		return faults
	}
	var usage struct {
		In    int `json:"input_tokens"`
		Out   int `json:"output_tokens"`
		Total int `json:"total_tokens"`
	}
	if err := json.Unmarshal([]byte(text), &usage); err != nil {
		return append(faults, fmt.Sprintf("the tokens of the trace are %q: %v", text, err))
	}
	if [2]int{usage.In, usage.Out} != want.tokens || usage.Total != want.tokens[0]+want.tokens[1] {
		faults = append(faults, fmt.Sprintf("the trace has %d + %d = %d tokens, not %d + %d",
			usage.In, usage.Out, usage.Total, want.tokens[0], want.tokens[1]))
	}
	p.Tokens = fmt.Sprintf("%d + %d", usage.In, usage.Out)
	return faults
}

// checkArtifacts looks for the trace among the artifacts of its parent run: as OTLP in
// JSON with every span, and as a page.
func (s *site) checkArtifacts(t *testing.T, parent shownRun, want expectation, p *properties) (faults []string) {
	t.Helper()
	asJSON, asPage := false, false
	for _, a := range parent.artifacts {
		path, _, _ := strings.Cut(a, " (")
		switch {
		case strings.HasSuffix(path, ".json"):
			names := otlpNames(s.artifact(t, parent.id, path))
			asJSON = asJSON || slices.Equal(names, want.spans)
		case strings.HasSuffix(path, ".html"):
			page := string(s.artifact(t, parent.id, path))
			asPage = asPage || !slices.ContainsFunc(want.spans, func(name string) bool { return !strings.Contains(page, name) })
		}
	}
	if asJSON && asPage {
		p.Trace += ", artifacts of the parent run"
	}
	if !asJSON {
		faults = append(faults, fmt.Sprintf("no artifact of the parent run is OTLP with the spans %q, of %q", want.spans, parent.artifacts))
	}
	if !asPage {
		faults = append(faults, fmt.Sprintf("no artifact of the parent run is a page that names the spans %q, of %q",
			want.spans, parent.artifacts))
	}
	return faults
}

// otlpNames reads the names of the spans of OTLP in JSON, or nothing.
func otlpNames(text []byte) []string {
	var out struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []struct{ Name string } }
		}
	}
	if json.Unmarshal(text, &out) != nil {
		return nil
	}
	var names []string
	for _, rs := range out.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, span := range ss.Spans {
				names = append(names, span.Name)
			}
		}
	}
	return steps(names)
}
