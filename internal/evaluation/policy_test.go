package evaluation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/evaluation/evaluationtest"
	"github.com/technoshare/commentator/otel/eval"
)

// outcome makes one of a word for each row: + passed, - did not, ! failed, ? has no verdict. What is
// missing of expected rows did not run.
func outcome(verdicts string, expected int) *evaluation.Outcome {
	o := evaluationtest.Outcome("commentary/2", "m", verdicts)
	o.Report.Expected = expected
	return &o
}

func TestAPolicyDecidesByRowsThatHaveAVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		policy              string
		candidate, baseline string // none where empty
		rows                int    // expected
		required            []string
		verdict             evaluation.Verdict
		why                 string // in the first reason
	}{
		"all required rows pass":             {"required", "+++", "", 3, []string{"r1", "r2", "r3"}, evaluation.Pass, ""},
		"a required row does not":            {"required", "++-", "", 3, []string{"r1", "r2", "r3"}, evaluation.Regression, "1 of 3 required rows did not pass: r3"},
		"another row does not":               {"required", "++-", "", 3, []string{"r1"}, evaluation.Pass, ""},
		"a task failed":                      {"required", "++!", "", 3, []string{"r1"}, evaluation.Failed, "1 row failed (r3)"},
		"a verdict is missing":               {"required", "++?", "", 3, []string{"r1"}, evaluation.Failed, "1 row failed (r3)"},
		"a row is missing":                   {"required", "++", "", 3, []string{"r1"}, evaluation.Failed, "1 row did not run"},
		"failed and not passed":              {"required", "-+!", "", 3, []string{"r1", "r2", "r3"}, evaluation.Regression, "1 of 3 required rows did not pass: r1"},
		"as before":                          {"no-regression", "+-+", "+-+", 3, nil, evaluation.Pass, ""},
		"better":                             {"no-regression", "+++", "+-+", 3, nil, evaluation.Pass, ""},
		"one worse, more better":             {"no-regression", "++++-", "----+", 5, nil, evaluation.Regression, "1 row passed with the baseline and not now: r5"},
		"what failed did not regress":        {"no-regression", "!++", "+++", 3, nil, evaluation.Failed, "1 row failed (r1)"},
		"the baseline failed":                {"no-regression", "-++", "!++", 3, nil, evaluation.Failed, "baseline: 1 row failed (r1)"},
		"the baseline is not whole":          {"no-regression", "+++", "++", 3, nil, evaluation.Failed, "baseline: 1 row did not run"},
		"none passed with either":            {"no-regression", "---", "---", 3, nil, evaluation.Failed, "no row passed"},
		"within the margin":                  {"margin=0.5", "+++++++++-", "++++++++++", 10, nil, evaluation.Pass, ""},
		"the interval is beyond the margin":  {"margin=0.1", "+++++++---", "++++++++++", 10, nil, evaluation.Regression, "may be lower by"},
		"a margin of nothing, all the same":  {"margin=0", "+++++-", "+++++-", 6, nil, evaluation.Pass, ""},
		"too few rows for an interval":       {"margin=0.5", "+++++", "+++++", 5, nil, evaluation.Failed, "5 rows of both are too few"},
		"a margin is not asked of one alone": {"no-regression", "+", "+", 1, nil, evaluation.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := evaluation.ParsePolicy(c.policy)
			if err != nil {
				t.Fatal(err)
			}
			var baseline *evaluation.Outcome
			if c.baseline != "" {
				baseline = outcome(c.baseline, c.rows)
			}
			d, err := evaluation.Decide(p, outcome(c.candidate, c.rows), baseline, c.required)
			if err != nil || d.Verdict != c.verdict || len(d.Reasons) > 0 != (c.verdict != evaluation.Pass) {
				t.Fatalf("%s %q, %v; want %s", d.Verdict, d.Reasons, err, c.verdict)
			}
			if c.why != "" && !strings.Contains(d.Reasons[0], c.why) {
				t.Errorf("reasons %q, want %q", d.Reasons, c.why)
			}
		})
	}
}

func TestARowPassesWhenEachOfItsTrialsDoes(t *testing.T) {
	trials := func(verdicts string) *evaluation.Outcome {
		o := outcome(verdicts, len(verdicts))
		for i := range o.Report.Rows {
			r := &o.Report.Rows[i]
			r.RowID, r.Trial = fmt.Sprintf("r%d", i/2+1), i%2+1
			r.Name = fmt.Sprintf("%s#%d", r.RowID, r.Trial)
		}
		return o
	}
	p, _ := evaluation.ParsePolicy("no-regression")
	d, err := evaluation.Decide(p, trials("+-"+"++"+"-!"+"+!"), trials("++"+"+-"+"++"+"++"), nil)
	if err != nil || !slices.Equal(d.Regressed, []string{"r1", "r3"}) || !slices.Equal(d.Improved, []string{"r2"}) {
		t.Errorf("regressed %v, improved %v, %v", d.Regressed, d.Improved, err)
	}
}

func TestWhatIsNoPolicyIsRefused(t *testing.T) {
	for _, text := range []string{"", "none", "margin", "margin=", "margin=x", "margin=-0.1", "margin=1", "margin=NaN", "Required"} {
		if p, err := evaluation.ParsePolicy(text); err == nil {
			t.Errorf("%q is policy %s", text, p)
		}
	}
	for _, text := range []string{"required", "no-regression", "margin=0.05", "margin=0"} {
		if p, err := evaluation.ParsePolicy(text); err != nil || p.String() != text || p.NeedsBaseline() == (text == "required") {
			t.Errorf("%q is policy %s, %v", text, p, err)
		}
	}
	if evaluation.DefaultPolicy(true).String() != "no-regression" || evaluation.DefaultPolicy(false).String() != "required" {
		t.Error("other defaults than documented")
	}
}

func TestRequiredRowsAreThoseWithTheTagOrAll(t *testing.T) {
	rows := []datasets.Row{{ID: "a"}, {ID: "b", Tags: map[string]string{"required": "false"}}, {ID: "c", Tags: map[string]string{"x": "true"}}}
	if got := evaluation.Required(rows); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("without a tag: %v", got)
	}
	rows[1].Tags["required"] = "true"
	if got := evaluation.Required(rows); !slices.Equal(got, []string{"b"}) {
		t.Errorf("with a tag: %v", got)
	}
}

func TestTheBestCandidateIsThatOfTheVerdict(t *testing.T) {
	p, _ := evaluation.ParsePolicy("no-regression")
	outcomes := []evaluation.Outcome{*outcome("++-+", 4), *outcome("+--+", 4), *outcome("++++", 4), *outcome("++++", 4), *outcome("+--+", 4), *outcome("+++!", 4)}
	outcomes[2].Report.CostUSD, outcomes[3].Report.CostUSD = 0.2, 0.1
	c, err := evaluation.Compare(p, "d", outcomes, 4, nil)
	if err != nil || c.Best != 3 || c.Decision().Verdict != evaluation.Pass || c.Decisions[5].Verdict != evaluation.Failed {
		t.Errorf("the best is %d of %+v, %v", c.Best, c.Decisions, err)
	}
	if _, err := evaluation.Compare(p, "d", outcomes[:1], 0, nil); err == nil {
		t.Error("a baseline alone was compared")
	}
}

func TestTheReasonOfRowsThatDidNotRunIsSaid(t *testing.T) {
	o := outcome("+", 3)
	o.Err = &eval.BudgetError{What: "the budget of 1 US dollars", Missing: 2}
	d, err := evaluation.Decide(evaluation.DefaultPolicy(false), o, nil, []string{"r1", "r2", "r3"})
	if err != nil || d.Verdict != evaluation.Failed || !strings.Contains(d.Reasons[0], "2 rows did not run: the budget of 1 US dollars is spent") {
		t.Errorf("%+v, %v", d, err)
	}
	o.Err = errors.Join(context.Canceled)
	if o.Complete() || o.FailedRows() != 2 {
		t.Errorf("%d rows failed", o.FailedRows())
	}
}
