// Package evaltest makes an evaluation of a test: each t.Run is a row, and go test shows in
// MLflow as one evaluation run.
//
//	func TestCapitals(t *testing.T) {
//		e := evaltest.Start(t, "capitals", evaltest.WithMin("exact", 0.9))
//		for country, capital := range capitals {
//			t.Run(country, func(t *testing.T) {
//				evaltest.Row(t, e, eval.Row[string, string]{Inputs: country, Expected: capital}, ask, scorers.Exact[string, string]())
//			})
//		}
//	}
//
// A test fails when its task does, when a scorer gives no verdict, and when a verdict of yes
// or no is no, unless the scorer has a threshold: then its mean decides, at the end of the
// test that called Start. Rows may run in parallel.
//
// With eval.WithJournal a test that was killed, or whose budget was spent before all of its rows had run, goes on from
// there. One that ended deletes the file, passed or not: the next one asks its tasks again, whatever has become of them
// since. Where the file has rows that were not run this time, as with -run of one of them, it stays, and its rows are not
// asked again until all of them have run; the test's log says so.
//
// Spans go to otel.GetTracerProvider, or where [WithOptions] says; tests need none.
package evaltest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/technoshare/commentator/otel/eval"
)

// Option configures an evaluation.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	options []eval.Option
	least   map[string]float64 // means by scorer
	most    map[string]float64
}

// WithOptions sets options of the evaluation itself, such as eval.WithParams.
func WithOptions(opts ...eval.Option) Option {
	return optionFunc(func(c config) config { c.options = slices.Concat(c.options, opts); return c })
}

// WithMin fails the test when the mean of a scorer is below least, or there is none.
func WithMin(scorer string, least float64) Option {
	return optionFunc(func(c config) config { c.least = with(c.least, scorer, least); return c })
}

// WithMax fails the test when the mean of a scorer is above most, or there is none.
func WithMax(scorer string, most float64) Option {
	return optionFunc(func(c config) config { c.most = with(c.most, scorer, most); return c })
}

func with(m map[string]float64, key string, value float64) map[string]float64 {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]float64{}
	}
	out[key] = value
	return out
}

// Evaluation is one under way. It is safe for concurrent use.
type Evaluation struct {
	config
	session *eval.Session
	once    sync.Once
	report  eval.Report
	errs    []error
}

// Start begins an evaluation, which ends with the test, after all of its subtests, and fails it
// for means beyond their thresholds.
func Start(t testing.TB, name string, opts ...Option) *Evaluation {
	t.Helper()
	e, err := Begin(context.WithoutCancel(t.Context()), name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		report, errs := e.End(context.WithoutCancel(t.Context()))
		t.Log(summary(report))
		for _, err := range errs {
			t.Error(err)
		}
	})
	return e
}

// Begin begins an evaluation of a whole package, in TestMain. End has to be called after
// m.Run.
func Begin(ctx context.Context, name string, opts ...Option) (*Evaluation, error) {
	var c config
	for _, o := range opts {
		c = o.apply(c)
	}
	s, err := eval.Open(ctx, name, c.options...)
	if err != nil {
		return nil, err
	}
	return &Evaluation{config: c, session: s}, nil
}

// End ends the evaluation and returns what is wrong with it: means beyond their thresholds,
// and rows or traces that got lost. Further calls return the same.
func (e *Evaluation) End(ctx context.Context) (eval.Report, []error) {
	e.once.Do(func() {
		var err error
		if e.report, err = e.session.CloseAndForget(ctx); err != nil {
			e.errs = append(e.errs, err)
		}
		check := func(scorer, word string, bound float64, holds func(mean float64) bool) {
			switch mean, judged := e.report.Means[scorer]; {
			case !judged:
				e.errs = append(e.errs, fmt.Errorf("no row has a verdict of scorer %q", scorer))
			case !holds(mean):
				e.errs = append(e.errs, fmt.Errorf("scorer %q has a mean of %.4g over %d rows, want at %s %g", scorer, mean,
					e.report.Judged[scorer], word, bound))
			}
		}
		for _, s := range slices.Sorted(maps.Keys(e.least)) {
			check(s, "least", e.least[s], func(mean float64) bool { return mean >= e.least[s] })
		}
		for _, s := range slices.Sorted(maps.Keys(e.most)) {
			check(s, "most", e.most[s], func(mean float64) bool { return mean <= e.most[s] })
		}
	})
	return e.report, e.errs
}

// summary is a report in one line.
func summary(r eval.Report) string {
	out := fmt.Sprintf("%s: %d rows, %d failed", r.Name, len(r.Rows), r.Failed)
	for _, s := range slices.Sorted(maps.Keys(r.Means)) {
		out += fmt.Sprintf(", %s %.4g", s, r.Means[s])
	}
	if r.Left > 0 {
		rows := "row"
		if r.Left > 1 {
			rows = "rows"
		}
		out += fmt.Sprintf("; its journal stays, as it has %d %s that this test did not run: run all, or delete the file to begin anew",
			r.Left, rows)
	}
	return out
}

// Row runs one row of the evaluation as the test t. A row without an id has the name of the
// test.
func Row[In, Exp, Out any](
	t testing.TB, e *Evaluation, row eval.Row[In, Exp], task func(context.Context, In) (Out, error), scorers ...eval.Scorer[In, Exp, Out],
) eval.RowResult {
	t.Helper()
	if row.ID == "" {
		row.ID = t.Name()
	}
	r, err := eval.RunRow(t.Context(), e.session, row, task, scorers...)
	if err != nil {
		t.Fatal(err)
	}
	if r.Err != nil {
		t.Errorf("task: %v", r.Err)
	}
	for _, name := range slices.Sorted(maps.Keys(r.ScoreErrors)) {
		t.Errorf("scorer %q gives no verdict: %s", name, r.ScoreErrors[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Scores)) {
		s := r.Scores[name]
		t.Logf("%s: %.4g %s", name, s.Value, s.Explanation)
		if s.Passed != nil && !*s.Passed && !e.decidedByMean(name) {
			t.Errorf("scorer %q: no %s", name, s.Explanation)
		}
	}
	return r
}

// decidedByMean reports whether a scorer has a threshold.
func (e *Evaluation) decidedByMean(scorer string) bool {
	_, least := e.least[scorer]
	_, most := e.most[scorer]
	return least || most
}
