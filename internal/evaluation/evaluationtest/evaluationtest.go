// Package evaluationtest makes outcomes of evaluations for tests, without a model or a server.
package evaluationtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/eval"
)

// Analyst is one that answers nothing.
type Analyst struct{ Model string }

// Analyze implements job.Analyst.
func (a Analyst) Analyze(context.Context, *job.Evidence) (*job.Analysis, error) {
	return new(job.Analysis), errors.New("no model is asked here")
}

// Describe implements job.Analyst.
func (a Analyst) Describe() job.AnalystSettings {
	return job.AnalystSettings{Analyst: job.AnalystOpenAI, Model: a.Model, MaxTokens: 2000}
}

// Outcome is that of a prompt, NAME/VERSION, and a model, with a row for each character: + passed, -
// did not, as the gate links failed, ! has an error of its task, ? lacks the gates' verdict. Rows are
// r1 and so on, each takes 1.5 s and costs 0.001 US dollars.
func Outcome(prompt, model, rows string) evaluation.Outcome {
	name, version, _ := strings.Cut(prompt, "/")
	o := evaluation.Outcome{Variant: evaluation.Variant{
		Prompt: &job.Prompt{Name: name, Version: version, Registered: true}, Analyst: Analyst{model},
	}}
	for i, c := range rows {
		id := fmt.Sprintf("r%d", i+1)
		r := eval.RowResult{RowID: id, Name: id, Trial: 1, Duration: 1500 * time.Millisecond, CostUSD: 0.001}
		switch c {
		case '!':
			r.Err = errors.New("the model server answered 500 | <oops>")
		case '?':
			r.Scores = map[string]eval.Score{"links": eval.Verdict(true, "")}
			r.ScoreErrors = map[string]string{evaluation.Gates: "broke", evaluation.Passed: "gates gave no verdict"}
		default:
			why := ""
			if c == '-' {
				why = "links: https://e.com/ is not on the page"
			}
			r.Scores = map[string]eval.Score{
				"links": eval.Verdict(c == '+', strings.TrimPrefix(why, "links: ")), "length": eval.Verdict(true, ""),
				evaluation.Gates: eval.Verdict(c == '+', why), evaluation.Passed: eval.Verdict(c == '+', why),
			}
		}
		o.Report.Rows = append(o.Report.Rows, r)
	}
	sum(&o.Report)
	return o
}

// sum fills in what package eval makes of rows.
func sum(r *eval.Report) {
	r.Expected, r.Means, r.Judged = len(r.Rows), map[string]float64{}, map[string]int{}
	for _, row := range r.Rows {
		r.CostUSD += row.CostUSD
		r.Duration += row.Duration
		for name, s := range row.Scores {
			r.Means[name] += s.Value
			r.Judged[name]++
		}
	}
	for name, n := range r.Judged {
		r.Means[name] /= float64(n)
	}
}
