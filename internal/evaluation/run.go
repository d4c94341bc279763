package evaluation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/eval"
)

// Dataset is rows under a name.
type Dataset struct {
	Name, ID string // as MLflow has them
	Rows     []datasets.Row
}

// Settings say how variants are evaluated. They are the same for all of them.
type Settings struct {
	Gates     job.Gates
	GateNames []string // those that get a score of their own
	Format    job.Formatter
	// Judge is asked beside gates and expectations; nil for none.
	Judge *eval.Scorer[Inputs, Expectations, Output]

	// Provider has to have an ID generator of eval.NewIDGenerator.
	Provider trace.TracerProvider
	// Meter is registered with Provider, and knows what rows cost.
	Meter *eval.Meter

	Concurrency int // rows at once
	Trials      int // of each row
	// MaxCost in US dollars and MaxTime bound all variants together; 0 for no bound.
	MaxCost    float64
	MaxTime    time.Duration
	RowTimeout time.Duration

	// Journals is the folder of what was paid for; Origin tells evaluations apart that are otherwise
	// the same, such as those of two servers.
	Journals, Origin string

	// Begin is called before a variant, and Observe after each of its rows, by one goroutine at a
	// time.
	Begin   func(variant int)
	Observe func(variant int, r eval.RowResult)
}

// Outcome is what was found of a variant.
type Outcome struct {
	Variant Variant
	Report  eval.Report
	// Err says why rows did not run: a budget, or an interruption. What did run is in Report.
	Err error
	// RunID and RunURL are those of the run in MLflow, once it is there.
	RunID, RunURL string

	journal string
}

// Run evaluates variants one after another, and gives an outcome of each, in their order. Those
// that a budget or the end of ctx left nothing for have rows that are missing. An error says
// that a journal cannot be read or written, or is being written by another process, or that two rows have one id.
func Run(ctx context.Context, s Settings, d Dataset, variants []Variant) ([]Outcome, error) {
	began := time.Now()
	spent := 0.0
	outcomes := make([]Outcome, len(variants))
	for i, v := range variants {
		o := &outcomes[i]
		o.Variant = v
		left := budget{s.MaxCost - spent, s.MaxTime - time.Since(began)}
		if s.MaxCost > 0 && left.cost <= 0 || s.MaxTime > 0 && left.time <= 0 {
			o.Err = errSpent
		} else if o.Err = context.Cause(ctx); o.Err == nil {
			if err := s.evaluate(ctx, i, d, o, left); err != nil {
				return outcomes, fmt.Errorf("evaluate %s: %w", v, err)
			}
			spent += o.Report.CostUSD
		}
		o.Report.Expected = len(d.Rows) * max(s.Trials, 1) // which one that ended early did not come to know
	}
	return outcomes, nil
}

// errSpent says that variants before this one spent what there was.
var errSpent = errors.New("the budget is spent; with a larger one the same command goes on from there")

// budget is what is left for a variant.
type budget struct {
	cost float64
	time time.Duration
}

// evaluate runs one variant. An outcome has an error of its own.
func (s Settings) evaluate(ctx context.Context, i int, d Dataset, o *Outcome, left budget) error {
	v, name := o.Variant, d.Name+": "+o.Variant.String()
	all := Scorers(s.Gates, s.GateNames, s.Judge)
	opts := []eval.Option{
		eval.WithName(name), eval.WithTracerProvider(s.Provider), eval.WithConcurrency(s.Concurrency), eval.WithTrials(s.Trials),
		eval.WithParams(v.params()), eval.WithRowTimeout(s.RowTimeout),
	}
	if v.Prompt.Registered {
		opts = append(opts, eval.WithPrompts(v.prompt()))
	}
	if s.Meter != nil {
		opts = append(opts, eval.WithMeter(s.Meter))
	}
	if s.MaxCost > 0 {
		opts = append(opts, eval.WithMaxCost(left.cost))
	}
	if s.MaxTime > 0 {
		opts = append(opts, eval.WithMaxDuration(left.time))
	}
	if s.Observe != nil {
		opts = append(opts, eval.WithObserver(func(r eval.RowResult) { s.Observe(i, r) }))
	}
	if s.Journals != "" {
		var err error
		if o.journal, err = openJournals(s.Journals, s.Origin, d.Name, d.ID, v, s.Trials, all); err != nil {
			return err
		}
		opts = append(opts, eval.WithJournal(o.journal))
	}
	if s.Begin != nil {
		s.Begin(i)
	}
	report, err := eval.RunWith(ctx, opts, d.typed(), v.task(s.Format), all...)
	o.Report = report
	switch {
	case err == nil:
	case eval.IsBudget(err) || ctx.Err() != nil:
		o.Err = err
	case eval.IsBusy(err):
		return errBusy
	default:
		return err
	}
	return nil
}

// errBusy says that a journal is being written, which ends with the process that does it.
var errBusy = errors.New("another process evaluates it over the same rows just now: wait for that to end; " +
	"what was asked up to here is kept, and the same command goes on from there")

// typed is the dataset as package eval has it.
func (d Dataset) typed() eval.Dataset[Inputs, Expectations] {
	return eval.Dataset[Inputs, Expectations]{Name: d.Name, ID: d.ID, Rows: func(yield func(eval.Row[Inputs, Expectations], error) bool) {
		for _, r := range d.Rows {
			if !yield(eval.Row[Inputs, Expectations]{ID: r.ID, Inputs: Inputs(r.Inputs), Expected: r.Expectations}, nil) {
				return
			}
		}
	}}
}

// Complete reports whether all rows ran.
func (o *Outcome) Complete() bool { return o.Err == nil && o.Report.Missing() == 0 }

// FailedRows counts the rows of which nothing is known: that failed, are missing, or lack a
// verdict.
func (o *Outcome) FailedRows() int {
	n := o.Report.Missing()
	for _, r := range o.Report.Rows {
		if Fault(r) != "" {
			n++
		}
	}
	return n
}

// Fault says why nothing is known of a row; empty where it has its verdicts.
func Fault(r eval.RowResult) string {
	if r.Err != nil {
		return r.Err.Error()
	}
	var names []string
	for name := range r.ScoreErrors {
		if name != Passed || len(r.ScoreErrors) == 1 { // it only repeats the others
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = name + " gave no verdict: " + r.ScoreErrors[name]
	}
	return strings.Join(names, "; ")
}
