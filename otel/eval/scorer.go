package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Case is one output with what it is judged by.
type Case[In, Exp, Out any] struct {
	RowID    string
	Trial    int // from 1
	Inputs   In
	Expected Exp
	Output   Out
	// Scores are the verdicts of the scorers before this one, for one that sums up. It is not to
	// be changed.
	Scores map[string]Score
}

// Score is a verdict.
type Score struct {
	// Value is the number whose mean is the run's metric; 1 and 0 for yes and no.
	Value float64 `json:"value"`
	// Passed says that the verdict is yes or no, Value being 1 or 0.
	Passed *bool `json:"passed,omitempty"`
	// Explanation says why, in words; empty where the number says it all.
	Explanation string `json:"explanation,omitempty"`
	// CostUSD is what the verdict cost, in US dollars, where a judge knows.
	CostUSD float64 `json:"cost_usd,omitempty"`
}

// Verdict is a score of yes or no.
func Verdict(passed bool, why string) Score {
	s := Score{Passed: &passed, Explanation: why}
	if passed {
		s.Value = 1
	}
	return s
}

// Scorer judges outputs. An error is no verdict of zero: the row then has none under this
// name, and says why. Score is called by several goroutines at once.
type Scorer[In, Exp, Out any] struct {
	// Name is that of the metric <name>/mean, and of the assessment of each row.
	Name string
	// Model is that of a judge: what a verdict of its own costs is not paid twice, as each is
	// stored before the next is asked for. Empty for code.
	Model string
	Score func(ctx context.Context, c Case[In, Exp, Out]) (Score, error)
}

// Check is a scorer of yes or no.
func Check[In, Exp, Out any](name string, passes func(in In, expected Exp, out Out) bool) Scorer[In, Exp, Out] {
	return Scorer[In, Exp, Out]{Name: name, Score: func(_ context.Context, c Case[In, Exp, Out]) (Score, error) {
		return Verdict(passes(c.Inputs, c.Expected, c.Output), ""), nil
	}}
}

// Measure is a scorer that gives a number.
func Measure[In, Exp, Out any](name string, measure func(in In, expected Exp, out Out) float64) Scorer[In, Exp, Out] {
	return Scorer[In, Exp, Out]{Name: name, Score: func(_ context.Context, c Case[In, Exp, Out]) (Score, error) {
		return Score{Value: measure(c.Inputs, c.Expected, c.Output)}, nil
	}}
}

// On lets a scorer judge a part of the expectation and of the output:
//
//	eval.On(scorers.Exact[Question, string](), func(e Expected) string { return e.Answer }, func(r Reply) string { return r.Text })
func On[In, Exp, Out, E, O any](s Scorer[In, E, O], expected func(Exp) E, output func(Out) O) Scorer[In, Exp, Out] {
	return Scorer[In, Exp, Out]{Name: s.Name, Model: s.Model, Score: func(ctx context.Context, c Case[In, Exp, Out]) (Score, error) {
		return s.Score(ctx, Case[In, E, O]{
			RowID: c.RowID, Trial: c.Trial, Inputs: c.Inputs, Expected: expected(c.Expected), Output: output(c.Output), Scores: c.Scores,
		})
	}}
}

// Named gives a scorer another name.
func (s Scorer[In, Exp, Out]) Named(name string) Scorer[In, Exp, Out] {
	s.Name = name
	return s
}

// judge asks a scorer. With a cost that is none, the sum of all would be none, and the bound of what may be
// spent with it.
func judge[In, Exp, Out any](ctx context.Context, s Scorer[In, Exp, Out], c Case[In, Exp, Out]) (out Score, err error) {
	err = guarded(func() (err error) {
		out, err = s.Score(ctx, c)
		return err
	})
	switch {
	case err != nil:
	case math.IsNaN(out.Value) || math.IsInf(out.Value, 0):
		err = fmt.Errorf("score is %v, which is no number", out.Value)
	case !isCost(out.CostUSD):
		err = fmt.Errorf("score cost %v US dollars, which is no sum that can be spent", out.CostUSD)
	}
	return out, err
}

func isCost(usd float64) bool { return usd >= 0 && usd <= math.MaxFloat64 }

// errPanic is wrapped by what a task or scorer panicked with.
var errPanic = errors.New("panic")

// errExit is the error of a task or scorer that did not come back.
var errExit = errors.New("it ended its goroutine, as t.FailNow does: let it return an error")

// guarded calls a task or scorer. What panics, or ends its goroutine, is an error of its row alone.
func guarded(call func() error) error {
	err := errExit
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%w: %v", errPanic, p)
			}
		}()
		err = call()
	}()
	<-done
	return err
}

// checkScorers says which scorers cannot be told apart, or do nothing.
func checkScorers[In, Exp, Out any](all []Scorer[In, Exp, Out]) error {
	seen := map[string]bool{}
	for i, s := range all {
		switch {
		case s.Name == "":
			return fmt.Errorf("scorer %d has no name", i+1)
		case s.Score == nil:
			return fmt.Errorf("scorer %q has no function Score", s.Name)
		case seen[s.Name]:
			return fmt.Errorf("two scorers are named %q: give one another name by Named", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}
