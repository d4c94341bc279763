package runs

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/runs/internal/rule"
)

func jobTrace() []span {
	return []span{
		{Name: "pipeline.process_job", To: 100, Attrs: m{"job.id": "42", "outcome": "success", "domain": "arxiv.org", "secret": "s",
			"model": "m"}},
		{Name: "retrieval.fetch", Parent: "pipeline.process_job", From: 1, To: 50, Attrs: m{"evidence": `{"a":1}`, "ok": true}},
		{Name: "analysis.run", Parent: "pipeline.process_job", From: 51, To: 90},
		{Name: "chat m", Parent: "analysis.run", From: 52, To: 80,
			Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3,
				"gen_ai.usage.output_tokens": 1}},
		{Name: "gate", Parent: "pipeline.process_job", From: 91, To: 99},
		{Name: "gate", ID: "gate2", Parent: "pipeline.process_job", From: 92, To: 99, Attrs: m{"mlflow.run.artifact.x.txt": "x"}},
	}
}

func jobRules() Rules {
	return Rules{
		OnlyListed: true, Inherit: []string{"domain", "outcome", "absent"}, Collect: true,
		ColorBy: "outcome", Colors: map[string]string{"success": "#3BA65E"},
		Runs: []RunRule{
			{Span: "pipeline.*", Name: "job_{job.id}", NoDefaults: true,
				Tags: map[string]string{"domain": "domain", "outcome": "outcome"}},
			{Span: "retrieval.*", Name: "retrieval", NoDefaults: true, Set: map[string]string{"stage": "retrieval"},
				Metrics: map[string]string{"ok": "ok"}, Artifacts: map[string]string{"evidence.json": "evidence"}},
			{Span: "analysis.run", Name: "analysis", Set: map[string]string{"stage": "analysis"},
				Params: map[string]string{"llm": "gen_ai.request.model"},
				Tags:   map[string]string{"service": "service.name", "span": "span.name"}},
			{Span: "gate", Name: "{nothing}", Set: map[string]string{"outcome": "own"}},
		},
	}
}

func TestRulesShapeTheRuns(t *testing.T) {
	p := one(t, traceOf(jobTrace()...), jobRules())
	if want := []string{"job_42", "retrieval", "analysis", "unknown", "unknown"}; !slices.Equal(runNames(p), want) {
		t.Fatalf("runs %v, want %v", runNames(p), want)
	}
	job, retrieval, analysis, gate := p.Runs[0], p.Runs[1], p.Runs[2], p.Runs[4]
	if len(job.Params) != 0 || job.Tags["secret"] != "" {
		t.Errorf("no_defaults keeps the rest out: %v %v", job.Params, job.Tags)
	}
	wantMetrics(t, job, map[string]float64{"input_tokens": 3, "latency_seconds": 0.1, "latency/retrieval": 0.049,
		"latency/analysis": 0.039})
	if retrieval.Tags["domain"] != "arxiv.org" || retrieval.Tags["mlflow.runColor"] != "#3BA65E" || retrieval.Tags["stage"] != "retrieval" {
		t.Errorf("inherited tags %v", retrieval.Tags)
	}
	if gate.Tags["outcome"] != "own" || gate.Tags["mlflow.runColor"] != "" {
		t.Errorf("a tag of its own is not inherited: %v", gate.Tags)
	}
	wantMetrics(t, retrieval, map[string]float64{"ok": 1})
	if analysis.Params["llm"] != "m" || analysis.Tags["service"] != "tests" ||
		analysis.Tags["span"] != "analysis.run" || analysis.Params["model"] != "m" {
		t.Errorf("analysis %v %v", analysis.Params, analysis.Tags)
	}
	if artifact(retrieval, "evidence.json") != `{"a":1}` || artifact(job, "retrieval/evidence.json") != `{"a":1}` {
		t.Errorf("artifacts of nested runs are on the parent too: %v", job.Artifacts)
	}
	if artifact(job, "unknown_2/x.txt") != "x" {
		t.Errorf("runs of one name have folders of their own: %v", job.Artifacts)
	}
	if !strings.Contains(strings.Join(p.Notes, "\n"), `has no attribute "nothing"`) {
		t.Errorf("notes %q", p.Notes)
	}
}

func TestIgnoreLeavesAttributesOut(t *testing.T) {
	p := one(t, traceOf(span{Name: "job", To: 9, Attrs: m{"a.x": "1", "a.y": 2, "b": "3", "input.value": "secret"}}),
		Rules{Ignore: []string{"a.*", "input.value"}})
	folded := one(t, traceOf(span{Name: "job", To: 9}, span{Name: "stage", Parent: "job", From: 1, To: 9},
		span{Name: "chat", Parent: "stage", From: 2, To: 8, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.request.temperature": 0.5,
			"gen_ai.usage.input_tokens":  3,
			"gen_ai.usage.output_tokens": 1,
			"gen_ai.input.messages":      `[{"role":"user","content":"secret"}]`, "user.id": "secret", "note": "secret",
		}}), Rules{Ignore: []string{"gen_ai.*", "user.id", "note"}})
	wantMetrics(t, folded.Runs[0], map[string]float64{"input_tokens": 3, "llm_call_count": 1})
	for _, r := range folded.Runs {
		if len(r.Params) > 0 {
			t.Errorf("params %v", r.Params)
		}
		for _, a := range r.Artifacts {
			if strings.Contains(string(a.Body), "secret") {
				t.Errorf("%s holds an ignored value: %s", a.Path, a.Body)
			}
		}
	}
	if folded.Trace.RequestPreview != "" || folded.Trace.UserID != "" {
		t.Errorf("trace %+v", folded.Trace)
	}
	r := p.Runs[0]
	if r.Tags["a.x"] != "" || r.Tags["b"] != "3" || metrics(r)["a.y"] != 0 || artifact(r, "input.json") != "" {
		t.Errorf("tags %v, artifacts %v", r.Tags, r.Artifacts)
	}
}

func TestATraceTakesTagsAndFailureFromItsRun(t *testing.T) {
	rules := jobRules()
	rules.TraceTags = []string{"outcome", "domain", "absent"}
	rules.TraceErrors = map[string][]string{"outcome": {"gate_failed"}}
	for outcome, state := range map[string]string{"gate_failed": "ERROR", "success": "OK", "gate": "OK"} {
		td := traceOf(span{Name: "pipeline.process_job", To: 100, Attrs: m{"outcome": outcome, "domain": "arxiv.org", "mlflow.traceTag.domain": "own"}})
		p := one(t, td, rules)
		if p.Trace.State != state || p.Trace.Tags["outcome"] != outcome || p.Trace.Tags["domain"] != "own" || len(p.Trace.Tags) != 2 {
			t.Errorf("%s: trace %s, tags %v", outcome, p.Trace.State, p.Trace.Tags)
		}
		if p.Runs[0].Status != Finished {
			t.Errorf("%s: run %s", outcome, p.Runs[0].Status)
		}
		if open := ReadOpen(td, rules).Project()[0]; open.Trace.State != "IN_PROGRESS" {
			t.Errorf("%s: open trace %s", outcome, open.Trace.State)
		}
	}
}

func TestRulesSayWhatMakesAVersionOfTheProgram(t *testing.T) {
	rules := jobRules()
	if p := one(t, traceOf(jobTrace()...), rules); p.Version != nil {
		t.Errorf("without rules for it: %v", p.Version)
	}
	rules.VersionParams = []string{"model", "absent", "model"}
	if p := one(t, traceOf(jobTrace()...), rules); p.Version == nil || len(p.Version) != 0 {
		t.Errorf("only params of the run count: %v", p.Version)
	}
	rules.Runs[0].Params = map[string]string{"model": "model", "id": "job.id"}
	if p := one(t, traceOf(jobTrace()...), rules); !reflect.DeepEqual(p.Version, []Param{{"model", "m"}}) {
		t.Errorf("version %v, want the model alone", p.Version)
	}
}

func TestParseRules(t *testing.T) {
	good := `
runs:
  - {span: "pipeline.*", name: "job_{job.id}", no_defaults: true, tags: {domain: domain}}
  - span: http send
    skip: true
only_listed: true
inherit: [domain]
color_by: outcome
colors: {success: "#3BA65E"}
trace_tags: [outcome]
trace_errors: {outcome: [gate_failed]}
version_params: [model]
limits: {runs: 5}
`
	r, err := ParseRules([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Runs) != 2 || !r.OnlyListed || r.TraceTags[0] != "outcome" || r.TraceErrors["outcome"][0] != "gate_failed" || r.VersionParams[0] != "model" || r.Limits.Runs != 5 || r.Runs[0].Tags["domain"] != "domain" || !r.Runs[1].Skip {
		t.Errorf("got %+v", r)
	}
	for _, none := range []string{"", "# nothing\n", "---\n", "null\n"} {
		if r, err := ParseRules([]byte(none)); err != nil || len(r.Runs) != 0 {
			t.Errorf("no rules at all are rules, in %q: %v", none, err)
		}
	}
	merged := "runs:\n  - &a {span: a, set: {stage: x}}\n  - {<<: *a, span: b}\n"
	if r, err := ParseRules([]byte(merged)); err != nil || r.Runs[1].Span != "b" || r.Runs[1].Set["stage"] != "x" {
		t.Errorf("merged rules %+v: %v", r, err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"slip in a run", "runs:\n  - span: a\n  - span: b\n    nmae: x\n",
			`line 4, runs[1].nmae: unknown key "nmae" (known here: span,`},
		{"slip at the top", "rnus: []\n", `line 1, rnus: unknown key "rnus"`},
		{"slip in limits", "limits:\n  run: 3\n", `line 2, limits.run: unknown key "run"`},
		{"slip below an alias", "runs:\n  - &a {span: a, tags: &t {x: y}}\n  - *a\n  - *t\n", `line 2, runs[2].x: unknown key "x"`},
		{"slip in what is merged", "limits: {runs: 1}\nruns:\n  - <<: [{span: a}, {spam: b}]\n",
			`line 3, runs[0].spam: unknown key "spam"`},
		{"an alias of itself", "runs: [&a {span: x, <<: *a}]\n", "contains itself"},
		{"wrong type", "runs: 3\n", "line 1"},
		{"a list", "[a]\n", "line 1"},
		{"no span", "runs: [{name: x}]\n", "runs[0].span: must name a span"},
		{"wildcard in the middle", "runs: [{span: 'a*b'}]\n", "runs[0].span"},
		{"key MLflow refuses", "runs: [{span: a, tags: {'a@b': x}}]\n",
			`runs[0].tags.a@b: MLflow does not take that name; "a_b" would do`},
		{"path that leaves the run", "runs: [{span: a, artifacts: {'../x': y}}]\n", "runs[0].artifacts.../x"},
		{"a name without an attribute", "runs: [{span: a, tags: {x: ''}}]\n", "runs[0].tags: the name in MLflow and the attribute must not"},
		{"a constant under a bad name", "runs: [{span: a, set: {'a@b': x}}]\n", "runs[0].set.a@b"},
		{"an empty pattern to ignore", "ignore: ['']\n", "ignore[0]"},
		{"skip and fields", "runs: [{span: a, skip: true, name: x}]\n", "runs[0].skip"},
		{"colour", "color_by: x\ncolors: {a: red}\n", "colors.a"},
		{"a trace tag without a name", "trace_tags: ['']\n", "trace_tags[0]"},
		{"errors of nothing", "trace_errors: {outcome: []}\n", "trace_errors.outcome"},
		{"a version by a param without a name", "version_params: [model, '']\n", "version_params[1]"},
		{"colours of nothing", "colors: {a: '#ffffff'}\n", "color_by"},
		{"brace", "runs: [{span: a, name: 'job_{id'}]\n", "runs[0].name"},
		{"negative limit", "limits: {tags: -1}\n", "limits.tags"},
		{"two documents", "only_listed: true\n---\nonly_listed: false\n", "more than one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseRules([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want it to contain %q", err, c.want)
			}
		})
	}
}

// TestEveryFieldOfRulesIsFollowed: rules are compiled field by field, and one that was
// forgotten would be silently without effect.
func TestEveryFieldOfRulesIsFollowed(t *testing.T) {
	fill := func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.Bool:
				f.SetBool(true)
			case reflect.String:
				f.SetString("x")
			case reflect.Int:
				f.SetInt(int64(i + 1))
			case reflect.Map:
				if f.Type().Elem().Kind() == reflect.Slice {
					f.Set(reflect.ValueOf(map[string][]string{"k": {"v"}}))
				} else {
					f.Set(reflect.ValueOf(map[string]string{"k": "v"}))
				}
			case reflect.Slice:
				if f.Type().Elem().Kind() == reflect.String {
					f.Set(reflect.ValueOf([]string{"x"}))
				}
			}
		}
	}
	rules := Rules{Runs: make([]RunRule, 1)}
	fill(reflect.ValueOf(&rules).Elem())
	fill(reflect.ValueOf(&rules.Runs[0]).Elem())
	fill(reflect.ValueOf(&rules.Limits).Elem())
	set := rules.compile()
	for _, v := range []reflect.Value{reflect.ValueOf(*set), reflect.ValueOf(set.Runs[0]), reflect.ValueOf(set.Limits)} {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s.%s is empty", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
	if (Rules{Limits: Limits{Runs: -1, Tags: 7}}).compile().Limits.Runs != 50 || rules.compile().Limits != rule.Limits(rules.Limits) {
		t.Error("limits that are not given have defaults, given ones stay")
	}
	if defaults := (Rules{}).compile().Limits; defaults != rule.Limits(defaultLimits()) {
		t.Errorf("default limits %+v", defaults)
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte("runs:\n  - span: a\n    tags: {a: b}\n"))
	f.Add([]byte("limits: {runs: 1}\n---\nx"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRules(text)
		if err != nil {
			return
		}
		project(traceOf(jobTrace()...), r)
	})
}
