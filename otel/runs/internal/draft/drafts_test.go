package draft

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/runs/internal/choose"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

type (
	span  = tracetest.Span
	event = tracetest.Event
	m     = map[string]any
)

// draft gives the finished runs of a trace, by name.
func draft(t testing.TB, rules rule.Set, spans ...span) (map[string]Run, []string) {
	t.Helper()
	rules.Limits = rule.Limits{Runs: 50, ArtifactBytes: 1 << 20, ParamChars: 6000, TagChars: 5000, Metrics: 1000, Params: 200, Tags: 200}
	tr := tree.Read(tracetest.Trace(spans...), tree.Options{MaxRoots: 50, Ignored: rules.Ignores})[0]
	tally, n := count.Tree(tr, nil), &notes.Notes{}
	drafts := Fill(Input{Tree: tr, Tally: tally, Choice: choose.Runs(tr, tally, &rules), Rules: &rules, Notes: n})
	runs := map[string]Run{}
	for _, r := range drafts.Finish() {
		runs[r.Name] = r
		if title := drafts.Title(tr.Ordered[0]); title == "" {
			t.Error("the root's run has no title")
		}
	}
	return runs, n.List()
}

func metric(r Run, key string) float64 {
	for _, m := range slices.Backward(r.Metrics) {
		if m.Key == key {
			return m.Value
		}
	}
	return -1
}

func file(r Run, path string) string {
	for _, a := range r.Artifacts {
		if a.Path == path {
			return string(a.Body)
		}
	}
	return ""
}

// TestPrecedence: the same tag from all who can set it.
func TestPrecedence(t *testing.T) {
	own := span{Name: "job", To: 100, Attrs: m{"x": "default", "rule": "rule", "mlflow.run.tag.x": "span"}}
	folded := span{Name: "in", Parent: "job", From: 1, To: 2, Attrs: m{"mlflow.run": false, "mlflow.run.tag.x": "folded"}}
	for name, c := range map[string]struct {
		rule *rule.Run
		drop []string // attributes of the own span
		want string
	}{
		"a rule's attribute": {rule: &rule.Run{Span: "job", Tags: map[string]string{"x": "rule"},
			Set: map[string]string{"x": "constant"}}, want: "rule"},
		"a rule's constant": {rule: &rule.Run{Span: "job", Tags: map[string]string{"x": "absent"},
			Set: map[string]string{"x": "constant"}}, want: "constant"},
		"the span":      {rule: &rule.Run{Span: "job"}, want: "span"},
		"a folded span": {drop: []string{"mlflow.run.tag.x"}, want: "folded"},
	} {
		s := own
		s.Attrs = m{}
		for k, v := range own.Attrs {
			if !slices.Contains(c.drop, k) {
				s.Attrs[k] = v
			}
		}
		var rules rule.Set
		if c.rule != nil {
			rules.Runs = []rule.Run{*c.rule}
		}
		runs, _ := draft(t, rules, s, folded)
		if got := runs["job"].Tags["x"]; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	runs, _ := draft(t, rule.Set{}, span{Name: "job", To: 1, Attrs: m{"x": "default", "otel.trace_id": "forged"}})
	if r := runs["job"]; r.Tags["x"] != "default" || r.Tags["otel.trace_id"] == "forged" || r.Tags["otel.span_id"] != r.SpanID.String() {
		t.Errorf("the defaults come last: %v", r.Tags)
	}
}

func TestARuleNamesItsRun(t *testing.T) {
	attrs := m{"job.id": "42", "long.id": "äb345", "own:7": "whole", "blank": " "}
	for pattern, want := range map[string]string{
		"job_{job.id}": "job_42", "{span.name}/{service.name}": "job/tests", "{absent}": "unknown", "{blank}!": "unknown!", "a}{": "a}{",
		"job_{long.id:4}": "job_äb34", "job_{job.id:4}": "job_42", "{absent:4}": "unknown", "{job.id:0}": "unknown", "{job.id:x}": "unknown",
		"{trace.id:3}/{own:7}": tracetestTraceID[:3] + "/whole",
		"":                     "job",
		"{trace.id}":           tracetestTraceID, "{folded.key}": "from below",
	} {
		runs, notes := draft(t, rule.Set{Runs: []rule.Run{{Span: "job", Name: pattern}, {Span: "in", Skip: true}}},
			span{Name: "job", To: 9, Attrs: attrs}, span{Name: "in", Parent: "job", From: 1, To: 2, Attrs: m{"folded.key": "from below"}})
		if _, ok := runs[want]; !ok {
			t.Errorf("%q: runs %v, want %q", pattern, runs, want)
		}
		if noted := strings.Contains(strings.Join(notes, ""), "has no attribute"); noted != strings.Contains(want, "unknown") {
			t.Errorf("%q: notes %q", pattern, notes)
		}
	}
}

var tracetestTraceID = tree.Read(tracetest.Trace(span{Name: "x", To: 1}),
	tree.Options{MaxRoots: 1, Ignored: func(string) bool { return false }})[0].ID.String()

func TestNamedMetricsOfAnyValue(t *testing.T) {
	runs, notes := draft(t, rule.Set{}, span{Name: "job", To: 9, Attrs: m{
		"mlflow.run.metric.n": 2, "mlflow.run.metric.text": "0.5", "mlflow.run.metric.on": true, "mlflow.run.metric.off": false,
		"mlflow.run.metric.yes": "yes", "mlflow.run.metric.word": "many",
	}})
	r := runs["job"]
	for name, want := range map[string]float64{"n": 2, "text": 0.5, "on": 1, "off": 0, "yes": 1, "word": -1} {
		if got := metric(r, name); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if r.Tags["word"] != "many" || len(notes) != 1 {
		t.Errorf("tag %q, notes %q", r.Tags["word"], notes)
	}
}

func TestPointsOfASeriesAreSorted(t *testing.T) {
	runs, notes := draft(t, rule.Set{}, span{Name: "job", To: 9, Events: []event{
		{Name: "mlflow.metric", At: 3, Attrs: m{"key": "loss", "value": 1.0, "step": 2}},
		{Name: "mlflow.metric", At: 1, Attrs: m{"key": "loss", "value": 3.0}},
		{Name: "mlflow.metric", At: 2, Attrs: m{"key": "loss", "value": "2", "step": 1}},
		{Name: "mlflow.metric", At: 2, Attrs: m{"key": "loss"}},
	}})
	var got []float64
	for _, p := range runs["job"].Metrics {
		if p.Key == "loss" {
			got = append(got, p.Value)
		}
	}
	if !slices.Equal(got, []float64{3, 2, 1}) || len(notes) != 1 {
		t.Errorf("points %v, notes %q", got, notes)
	}
}

// Three times 0.1 seconds are 0.30000000000000004 in the arithmetic of machines, and were so on MLflow's page.
func TestTheLatencyOfAStageIsAsExactAsItsSpans(t *testing.T) {
	spans := []span{{Name: "job", To: 1000}}
	for i := range uint64(3) {
		spans = append(spans, span{Name: "step", ID: fmt.Sprint("step", i), Parent: "job", From: 200 * i, To: 200*i + 100})
	}
	runs, _ := draft(t, rule.Set{Runs: []rule.Run{{Span: "step"}}}, spans...)
	if got := metric(runs["job"], "latency/step"); got != 0.3 {
		t.Errorf("%v seconds", got)
	}
}

func TestAParentRunShowsTheWholeJob(t *testing.T) {
	rules := rule.Set{
		Collect: true, Inherit: []string{"team", "absent"}, ColorBy: "team", Colors: map[string]string{"blue": "#0000FF"},
		Runs: []rule.Run{{Span: "deep"}, {Span: "job", Tags: map[string]string{"team": "team"}}},
	}
	runs, _ := draft(t, rules,
		span{Name: "job", To: 1000, Attrs: m{"team": "blue"}},
		span{Name: "stage", Parent: "job", From: 1, To: 501, Attrs: m{"mlflow.run.tag.stage": "a/b", "mlflow.run.artifact.x.txt": "x"}},
		span{Name: "other", Parent: "job", From: 501, To: 601, Attrs: m{"mlflow.run.tag.team": "red", "mlflow.run.artifact.y.txt": "y"}},
		span{Name: "deep", Parent: "stage", From: 2, To: 102,
			Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1,
				"gen_ai.usage.cost": 0.5}},
	)
	job, stage, other, deep := runs["job"], runs["stage"], runs["other"], runs["deep"]
	for name, want := range map[string]float64{
		"latency/a_b": 0.5, "latency/other": 0.1, "latency/deep": -1, "error_count": 0, "tokens/input": 3, "cost/total_usd": 0.5,
		"llm_call_count": 1, "latency_seconds": 1,
	} {
		if got := metric(job, name); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if metric(stage, "error_count") != -1 || metric(stage, "input_tokens") != 3 || metric(stage, "tokens/input") != -1 {
		t.Errorf("sections are on parents only: %v", stage.Metrics)
	}
	if stage.Tags["team"] != "blue" || deep.Tags["team"] != "blue" || other.Tags["team"] != "red" {
		t.Errorf("a run inherits what it has not: %v, %v, %v", stage.Tags, deep.Tags, other.Tags)
	}
	if deep.Tags["mlflow.runColor"] != "#0000FF" || other.Tags["mlflow.runColor"] != "" {
		t.Error("colours go by the run's own tag")
	}
	if file(job, "stage/x.txt") != "x" || file(job, "other/y.txt") != "y" || deep.ParentSpanID != stage.SpanID {
		t.Errorf("artifacts %v", job.Artifacts)
	}
}

func TestNoDefaultsKeepsTheRestOut(t *testing.T) {
	runs, _ := draft(t, rule.Set{Runs: []rule.Run{{Span: "job", NoDefaults: true, Params: map[string]string{"p": "a"}}}},
		span{Name: "job", To: 9, Err: "no", Attrs: m{"a": 1, "b": 2, "gen_ai.request.model": "m", "input.value": "x"}})
	r := runs["job"]
	if len(r.Params) != 1 || r.Params["p"] != "1" || len(r.Artifacts) != 0 || metric(r, "b") != -1 {
		t.Errorf("params %v, files %v, metrics %v", r.Params, r.Artifacts, r.Metrics)
	}
	if r.Tags["error"] != "no" || r.Status != failed || metric(r, "error_count") != 1 {
		t.Errorf("standard metrics and the error are no defaults: %v %v", r.Tags, r.Metrics)
	}
}

func TestUnknownAttributesGoByTheirType(t *testing.T) {
	long := strings.Repeat("word ", 100)
	runs, _ := draft(t, rule.Set{}, span{Name: "job", To: 9, Attrs: m{
		"depth": 3, "server.port": 8080, "ratio": 0.5, "http.status_code": 200, "text": "t", "on": true, "words": []any{"a", "b"},
		"list":   []any{1, "b"},
		"commas": []any{"a, b"}, "object": `{"a":1}`, "long.list": []any{long}, "bytes": []byte{1},
	}})
	r := runs["job"]
	for name, want := range map[string]float64{"depth": 3, "ratio": 0.5, "server.port": -1, "http.status_code": -1} {
		if got := metric(r, name); got != want {
			t.Errorf("metric %s = %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"server.port": "8080", "text": "t", "on": "true", "words": "a, b", "list": `[1,"b"]`, "commas": `["a, b"]`, "object": `{"a":1}`,
		"long.list": "", "bytes": "",
	} {
		if got := r.Tags[name]; got != want {
			t.Errorf("tag %s = %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(file(r, "values/long.list.json"), "word") || file(r, "values/bytes.bin") != "\x01" {
		t.Errorf("files %v", r.Artifacts)
	}
}

func TestSettingsOfSeveralCallsStandSideBySide(t *testing.T) {
	call := func(name string, from uint64, model string, temperature float64) span {
		return span{Name: name, Parent: "stage", From: from, To: 9,
			Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": model, "gen_ai.request.temperature": temperature,
				"gen_ai.request.seed": 7}}
	}
	runs, _ := draft(t, rule.Set{Ignore: []string{"seed"}}, span{Name: "job", To: 9}, span{Name: "stage", Parent: "job", To: 9},
		call("a", 1, "m1", 0.5), call("b", 2, "m2", 0.5), call("c", 3, "m1", 1),
		span{Name: "e", Parent: "stage", From: 3, To: 4,
			Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e1", "gen_ai.request.dimensions": 8}})
	want := map[string]string{"model": "m1, m2", "temperature": "0.5, 1", "embedding_model": "e1", "embedding_dimensions": "8"}
	if got := runs["stage"].Params; len(got) != len(want) {
		t.Errorf("params %v, want %v", got, want)
	}
	for name, w := range want {
		if got := runs["stage"].Params[name]; got != w {
			t.Errorf("%s = %q, want %q", name, got, w)
		}
	}
	if got := runs["job"].Params; got["model"] != "m1, m2" || got["temperature"] != "" {
		t.Errorf("a parent names the models of its nested runs: %v", got)
	}
}

func TestTheProviderIsWhoAnswersTheCalls(t *testing.T) {
	step := span{Name: "step", Parent: "job", To: 9, Attrs: m{"gen_ai.operation.name": "chain", "gen_ai.system": "langchain"}}
	call := span{Name: "call", Parent: "step", From: 1, To: 8, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.system": "openai",
		"gen_ai.request.model": "m"}}
	for want, spans := range map[string][]span{"openai": {{Name: "job", To: 9}, step, call}, "langchain": {{Name: "job", To: 9}, step}} {
		runs, _ := draft(t, rule.Set{}, spans...)
		if got := runs["step"].Params["provider"]; got != want {
			t.Errorf("provider %q, want %q", got, want)
		}
	}
}

// TestCostsHaveTheDigitsOfPrices: three calls at ten cents are thirty cents.
func TestCostsHaveTheDigitsOfPrices(t *testing.T) {
	var calls []span
	for _, name := range []string{"a", "b", "c"} {
		calls = append(calls, span{Name: name, Parent: "job", From: 1, To: 2, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0.1}})
	}
	runs, _ := draft(t, rule.Set{}, append([]span{{Name: "job", To: 1000}}, calls...)...)
	for _, name := range []string{"total_cost_usd", "cost/total_usd"} {
		if got := metric(runs["job"], name); got != 0.3 {
			t.Errorf("%s = %v", name, got)
		}
	}
}
