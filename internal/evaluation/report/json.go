package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/technoshare/commentator/internal/evaluation"
)

// summary is the JSON. Scripts read it: names and order of the fields stay, lists are never null,
// and a number that could not be computed is.
type summary struct {
	RunID      string     `json:"run_id"`
	RunURL     string     `json:"run_url"`
	Dataset    string     `json:"dataset"`
	Variants   []variant  `json:"variants"`
	Comparison comparison `json:"comparison"`
}

type variant struct {
	Prompt  string             `json:"prompt"`
	Model   string             `json:"model"`
	RunID   string             `json:"run_id"`
	Rows    int                `json:"rows"`
	Failed  int                `json:"failed"`
	CostUSD float64            `json:"cost_usd"`
	Scores  map[string]float64 `json:"scores"`
}

type comparison struct {
	Baseline string   `json:"baseline"`
	Results  []result `json:"results"`
	Verdict  string   `json:"verdict"`
}

type result struct {
	Scorer string   `json:"scorer"`
	N      int      `json:"n"`
	Diff   *float64 `json:"diff"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
	PValue *float64 `json:"p_value"`
	Effect *float64 `json:"effect"`
}

// JSON writes one object. run_id, run_url and comparison are those of the best candidate.
func JSON(w io.Writer, c evaluation.Comparison) error {
	best := c.Candidate()
	s := summary{RunID: best.RunID, RunURL: best.RunURL, Dataset: c.Dataset, Variants: make([]variant, len(c.Outcomes))}
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		scores := o.Report.Means
		if scores == nil { // it was not begun
			scores = map[string]float64{}
		}
		s.Variants[i] = variant{
			Prompt: o.Variant.PromptName(), Model: o.Variant.Model(), RunID: o.RunID, Rows: o.Report.Expected, Failed: o.FailedRows(),
			CostUSD: o.Report.CostUSD, Scores: scores,
		}
	}
	d := c.Decision()
	s.Comparison = comparison{Results: make([]result, len(d.Result.Scorers)), Verdict: string(d.Verdict)}
	if base := c.Against(); base != nil {
		s.Comparison.Baseline = base.Variant.PromptName()
	}
	for i, r := range d.Result.Scorers {
		s.Comparison.Results[i] = result{r.Name, r.Pairs, number(r.Diff), number(r.Low), number(r.High), number(r.PValue), number(r.Effect)}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// number is nil for what is none, which JSON cannot say.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
