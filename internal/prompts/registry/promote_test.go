package registry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

func experiment(t *testing.T, c *mlflow.Client) string {
	t.Helper()
	e, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// run makes a run with tags and metrics that has ended.
func run(t *testing.T, c *mlflow.Client, experimentID string, tags map[string]string, metrics map[string]float64) string {
	t.Helper()
	var all []mlflow.Tag
	for k, v := range tags {
		all = append(all, mlflow.Tag{Key: k, Value: v})
	}
	made, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: experimentID, Name: "r", Start: time.Now(), Tags: all})
	if err != nil {
		t.Fatal(err)
	}
	var b mlflow.Batch
	for k, v := range metrics {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: k, Value: v, Timestamp: 1})
	}
	if err := c.LogBatch(t.Context(), made.Info.RunID, b); err != nil {
		t.Fatal(err)
	}
	return made.Info.RunID
}

func TestAnAliasMovesByAComparisonThatPassed(t *testing.T) {
	r, c := open(t)
	name, exp := promptName(t), experiment(t, c)
	push(t, r, name, "One.", "production")
	ref := prompts.Ref{Name: name, Version: push(t, r, name, "Two.")}
	good := map[string]string{
		"mlflow.runType": "genai_evaluate", prompts.EvaluatedTag: ref.String(), prompts.VerdictTag: prompts.VerdictPass,
	}
	with := func(key, value string) map[string]string {
		out := map[string]string{}
		for k, v := range good {
			out[k] = v
		}
		out[key] = value
		return out
	}
	compared := map[string]float64{"compare/12345678/gates/diff": 0.1}
	for says, c := range map[string]struct {
		tags    map[string]string
		metrics map[string]float64
	}{
		"it is no evaluation":            {with("mlflow.runType", ""), compared},
		"it is of no candidate, but of":  {with(prompts.EvaluatedTag, ""), compared},
		"evaluated " + name + "/1":       {with(prompts.EvaluatedTag, name+"/1"), compared},
		"no verdict":                     {with(prompts.VerdictTag, ""), compared},
		"its comparison is regression":   {with(prompts.VerdictTag, prompts.VerdictRegression), compared},
		"it was compared with no other:": {good, nil},
	} {
		id := run(t, connect(t, server.URI(t)), exp, c.tags, c.metrics)
		if _, err := r.CheckComparison(t.Context(), ref, id); !registry.IsRefused(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := r.CheckComparison(t.Context(), ref, "0123456789abcdef0123456789abcdef"); err == nil || registry.IsRefused(err) {
		t.Error(err)
	}
	id := run(t, c, exp, good, compared)
	reason, err := r.CheckComparison(t.Context(), ref, id)
	if err != nil || !strings.Contains(reason, id) {
		t.Fatal(reason, err)
	}
	m, err := r.Promote(t.Context(), ref, "production", "me", reason)
	if err != nil || m != (registry.Move{Alias: "production", From: 1, To: 2, Moved: true}) {
		t.Fatal(m, err)
	}
	v, err := r.Get(t.Context(), prompts.Ref{Name: name, Alias: "production"})
	if err != nil {
		t.Fatal(err)
	}
	tags := mlflow.TagMap(v.Tags)
	if v.Ref != ref || !strings.Contains(tags[prompts.PromotedTag("production")], "by me, from version 1: the comparison of evaluation run "+id) ||
		tags[prompts.FormerTag("production")] != "1" {
		t.Errorf("%+v", v)
	}
	again, err := r.Promote(t.Context(), ref, "production", "me", "another reason")
	if err != nil || again.Moved {
		t.Errorf("%+v, %v", again, err)
	}
	if v, err = r.Get(t.Context(), ref); err != nil || strings.Contains(mlflow.TagMap(v.Tags)[prompts.PromotedTag("production")], "another") {
		t.Errorf("an alias that stays got a new reason: %+v, %v", v, err)
	}
	back, err := r.Rollback(t.Context(), name, "production", "me", "worse on PDFs")
	if err != nil || back != (registry.Move{Alias: "production", From: 2, To: 1, Moved: true}) {
		t.Fatal(back, err)
	}
	if v, err = r.Get(t.Context(), ref); err != nil || !strings.Contains(mlflow.TagMap(v.Tags)[prompts.RolledBackTag("production")], "worse on PDFs") {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := r.Rollback(t.Context(), name, "production", "me", ""); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("there is nothing before version 1: %v", err)
	}
}

func TestPushGivesProductionOnlyItsFirstVersion(t *testing.T) {
	r, _ := open(t)
	name := promptName(t)
	one := prompts.Ref{Name: name, Version: push(t, r, name, "One.")}
	two := prompts.Ref{Name: name, Version: push(t, r, name, "Two.")}
	for _, step := range []struct {
		ref     prompts.Ref
		alias   string
		refused bool
	}{{one, "production", false}, {one, "production", false}, {two, "production", true}, {one, "candidate", false}, {two, "candidate", false}} {
		m, err := r.SetAlias(t.Context(), step.ref, step.alias)
		if registry.IsRefused(err) != step.refused || err == nil && m.To != step.ref.Version {
			t.Errorf("%+v: %+v, %v", step, m, err)
		}
	}
}

func TestAVersionThatCantWorkIsNotPromoted(t *testing.T) {
	r, c := open(t)
	name := promptName(t)
	push(t, r, name, "One.", "production")
	if _, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: "{{nothing}}"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Promote(t.Context(), prompts.Ref{Name: name, Version: 2}, "production", "me", "forced"); err == nil {
		t.Error("it was moved")
	}
	if p, err := r.Load(t.Context(), prompts.Ref{Name: name, Alias: "production"}); err != nil || p.Version != "1" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestACanaryIsComparedByItsJobs(t *testing.T) {
	r, c := open(t)
	name, exp := promptName(t), experiment(t, c)
	push(t, r, name, "One.", "production")
	ref := prompts.Ref{Name: name, Version: push(t, r, name, "Two.", "candidate")}
	jobs := func(version, n, passed int, metrics map[string]float64) {
		t.Helper()
		for i := range n {
			outcome := "success"
			if i >= passed {
				outcome = "gate_failed"
			}
			id := fmt.Sprint("job-", version, "-", i, "-", len(metrics))
			tags := map[string]string{"prompt": fmt.Sprint(name, "/", version), "job_id": id, "channel_id": "C1", "outcome": outcome}
			run(t, c, exp, tags, metrics)
		}
	}
	compare := func() registry.Comparison {
		t.Helper()
		got, err := r.CompareCanary(t.Context(), ref, "production", exp)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	jobs(2, 3, 3, nil)
	if err := compare().Verdict(); !registry.IsRefused(err) || !strings.Contains(err.Error(), "version 2 has had 3, and version 1 0") {
		t.Errorf("too few: %v", err)
	}
	jobs(1, 4, 3, map[string]float64{"feedback/helpful": 1})
	run(t, c, exp, map[string]string{"prompt": name + "/2", "job_id": "x", "outcome": "success"}, nil) // a nested run
	got := compare()
	if got.Candidate != (registry.Arm{Version: 2, Jobs: 3, Passed: 3}) || got.Production != (registry.Arm{Version: 1, Jobs: 4, Passed: 3, Opinions: 4, Up: 4}) {
		t.Errorf("%+v", got)
	}
	text := strings.Join(got.Lines(), "\n")
	if !strings.Contains(text, "gates passed: version 2 3 of 3 (100 %), version 1 3 of 4 (75 %); difference +25 points (95 % interval -35 to +70)") {
		t.Error(text)
	}
	if _, err := r.CompareCanary(t.Context(), prompts.Ref{Name: name, Version: 1}, "production", exp); !registry.IsRefused(err) {
		t.Error(err)
	}
}

func TestTheVerdictOnACanary(t *testing.T) {
	arm := func(jobs, passed, opinions, up int) registry.Arm {
		return registry.Arm{Jobs: jobs, Passed: passed, Opinions: opinions, Up: up}
	}
	for name, c := range map[string]struct {
		candidate, production registry.Arm
		says                  string
	}{
		"as good":             {arm(40, 36, 0, 0), arm(400, 360, 0, 0), ""},
		"a little worse":      {arm(100, 87, 0, 0), arm(100, 90, 0, 0), ""},
		"worse":               {arm(100, 84, 0, 0), arm(100, 90, 0, 0), "passes the gates less often: -6 points"},
		"too few":             {arm(19, 19, 0, 0), arm(400, 0, 0, 0), "too few jobs"},
		"too few others":      {arm(400, 400, 0, 0), arm(19, 0, 0, 0), "too few jobs"},
		"disliked":            {arm(40, 40, 10, 5), arm(40, 40, 10, 9), "gets a 👎 more often: 40 points"},
		"few opinions":        {arm(40, 40, 9, 0), arm(40, 40, 400, 400), ""},
		"better and disliked": {arm(40, 40, 20, 10), arm(40, 20, 20, 19), "👎"},
	} {
		err := registry.Comparison{Candidate: c.candidate, Production: c.production}.Verdict()
		if (err != nil) != (c.says != "") || err != nil && (!strings.Contains(err.Error(), c.says) || !registry.IsRefused(err)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
