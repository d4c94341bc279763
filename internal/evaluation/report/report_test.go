package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/evaluation/evaluationtest"
	"github.com/technoshare/commentator/internal/evaluation/report"
	"github.com/technoshare/commentator/otel/eval"
)

var update = flag.Bool("update", false, "write the golden files anew")

// comparisons are those of the golden files: a candidate that regressed beside a better one, rows that
// failed, and a variant alone.
func comparisons(t *testing.T) map[string]evaluation.Comparison {
	t.Helper()
	compare := func(policy string, baseline int, required []string, outcomes ...evaluation.Outcome) evaluation.Comparison {
		for i := range outcomes {
			id := string(rune('a' + i))
			outcomes[i].RunID, outcomes[i].RunURL = strings.Repeat(id, 32), "http://mlflow/#/experiments/1/runs/"+id
		}
		p, err := evaluation.ParsePolicy(policy)
		if err != nil {
			t.Fatal(err)
		}
		c, err := evaluation.Compare(p, "links", outcomes, baseline, required)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	budget := evaluationtest.Outcome("commentary/5", "m", "++")
	budget.Report.Expected, budget.Err = 8, &eval.BudgetError{What: "the budget of 0.002 US dollars", Missing: 6}
	return map[string]evaluation.Comparison{
		"passes": compare("no-regression", 1, nil,
			evaluationtest.Outcome("commentary/4", "m", "+++++++-"), evaluationtest.Outcome("commentary/3", "m", "++++----")),
		"regresses": compare("no-regression", 2, nil,
			evaluationtest.Outcome("commentary/4", "m", "+-++--++"), evaluationtest.Outcome("commentary/5", "n_2", "--------"),
			evaluationtest.Outcome("commentary/3", "m", "+++++-+-")),
		"fails":    compare("margin=0.05", 1, nil, budget, evaluationtest.Outcome("commentary/3", "m", "++!?++++")),
		"alone":    compare("required", evaluation.NoBaseline, []string{"r1", "r2"}, evaluationtest.Outcome("commentary/4", "m", "+-")),
		"few rows": compare("no-regression", 1, nil, evaluationtest.Outcome("commentary/4", "m", "+-"), evaluationtest.Outcome("commentary/3", "m", "--")),
	}
}

func TestReports(t *testing.T) {
	for name, c := range comparisons(t) {
		for ending, write := range map[string]func(io.Writer, evaluation.Comparison) error{
			".json": report.JSON, ".xml": report.JUnit, ".md": report.Markdown, ".txt": report.Text,
		} {
			var out bytes.Buffer
			if err := write(&out, c); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, strings.ReplaceAll(name, " ", "-")+ending, out.Bytes())
		}
	}
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (%v); go test -update writes it anew\n%s", path, err, got)
	}
}

// The names are fixed by who reads them.
func TestTheJSONHasTheFieldsThatScriptsRead(t *testing.T) {
	for name, c := range comparisons(t) {
		var out bytes.Buffer
		if err := report.JSON(&out, c); err != nil {
			t.Fatal(err)
		}
		var got struct {
			RunID    string `json:"run_id"`
			RunURL   string `json:"run_url"`
			Dataset  string `json:"dataset"`
			Variants []struct {
				Prompt  string             `json:"prompt"`
				Model   string             `json:"model"`
				RunID   string             `json:"run_id"`
				Rows    int                `json:"rows"`
				Failed  int                `json:"failed"`
				CostUSD float64            `json:"cost_usd"`
				Scores  map[string]float64 `json:"scores"`
			} `json:"variants"`
			Comparison struct {
				Baseline string `json:"baseline"`
				Results  []struct {
					Scorer string   `json:"scorer"`
					N      int      `json:"n"`
					Diff   *float64 `json:"diff"`
					Low    *float64 `json:"low"`
					High   *float64 `json:"high"`
					PValue *float64 `json:"p_value"`
					Effect *float64 `json:"effect"`
				} `json:"results"`
				Verdict string `json:"verdict"`
			} `json:"comparison"`
		}
		dec := json.NewDecoder(&out)
		dec.DisallowUnknownFields()
		if err := dec.Decode(&got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.RunID != c.Candidate().RunID || got.Comparison.Verdict != string(c.Decision().Verdict) || got.Comparison.Results == nil {
			t.Errorf("%s: %+v", name, got)
		}
		if i := len(got.Comparison.Results); i > 0 && got.Comparison.Results[0].N == 0 {
			t.Errorf("%s: a result without pairs", name)
		}
	}
}

func TestWhatAModelSaysIsNoMarkup(t *testing.T) {
	o := evaluationtest.Outcome("commentary/4", "m", "+")
	o.Report.Rows[0].Scores[evaluation.Passed] = eval.Verdict(false, "says \"</failure> | <img src=x>\x00\x1b[31m @channel\nnext\"")
	c, err := evaluation.Compare(evaluation.DefaultPolicy(false), "d", []evaluation.Outcome{o}, evaluation.NoBaseline, []string{"r1"})
	if err != nil {
		t.Fatal(err)
	}
	var junit, markdown bytes.Buffer
	if err := report.JUnit(&junit, c); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(junit.Bytes(), new(any)); err != nil {
		t.Errorf("%v\n%s", err, &junit)
	}
	if err := report.Markdown(&markdown, c); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<img", " | <", "@channel", "\x1b"} {
		if strings.Contains(markdown.String(), bad) {
			t.Errorf("Markdown holds %q:\n%s", bad, &markdown)
		}
	}
}

func TestProgressIsATableOnATerminalAndLinesElsewhere(t *testing.T) {
	for name, columns := range map[string]int{"progress-live.txt": 120, "progress-narrow.txt": 64, "progress.txt": 0} {
		synctest.Test(t, func(t *testing.T) {
			outcomes := []evaluation.Outcome{evaluationtest.Outcome("commentary/4", "m", "+-!?"), evaluationtest.Outcome("commentary/3", "long-model", "++")}
			outcomes[1].Report.Rows[0].Resumed = true
			var out bytes.Buffer
			p := report.NewProgress(&out, columns, 4, []evaluation.Variant{outcomes[0].Variant, outcomes[1].Variant}, func(s string) string { return s })
			for i, o := range outcomes {
				p.Begin(i)
				for _, r := range o.Report.Rows {
					time.Sleep(time.Second)
					p.Row(i, r)
				}
			}
			p.End()
			p.End()
			checkGolden(t, name, bytes.ReplaceAll(out.Bytes(), []byte("\r"), []byte("\\r\n"))) // as git keeps it
		})
	}
}

func TestOfAVariantWithoutRowsNoLineIsPrinted(t *testing.T) {
	var out bytes.Buffer
	p := report.NewProgress(&out, 0, 4, []evaluation.Variant{evaluationtest.Outcome("commentary/4", "m", "+").Variant}, func(s string) string { return s })
	p.Begin(0)
	p.End()
	if out.Len() > 0 {
		t.Errorf("it says %q", &out)
	}
}
