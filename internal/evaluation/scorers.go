package evaluation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/eval"
)

// Names of scores beside those of the gates. They are metrics and assessments in MLflow.
const (
	Passed   = "passed"   // all that decides says yes
	Gates    = "gates"    // no gate blocks
	Contains = "contains" // what has to be said is said
	Judge    = "judge"
)

// Expectations that the scorer contains reads: a text, or a list of texts.
const (
	ExpectContains = "contains"
	ExpectExcludes = "excludes"
)

// scorer judges the outputs of this package's rows.
type scorer = eval.Scorer[Inputs, Expectations, Output]

// Scorers are those of the gates, by their names, of expectations, and of judge where it is not
// nil; the last one is Passed.
func Scorers(
	gates job.Gates, names []string, judge *eval.Scorer[Inputs, Expectations, Output],
) []eval.Scorer[Inputs, Expectations, Output] {
	var all []scorer
	for _, name := range names {
		all = append(all, gateScorer(gates, name))
	}
	deciding := []string{Gates, Contains}
	all = append(all, allGates(gates), containsScorer())
	if judge != nil {
		deciding = append(deciding, judge.Name)
		all = append(all, *judge)
	}
	return append(all, passedScorer(deciding))
}

// errNoGates says that the gates broke down over an output.
var errNoGates = errors.New("the gates say nothing of it")

// gateScorer is one gate.
func gateScorer(gates job.Gates, name string) scorer {
	return scorer{Name: name, Score: func(_ context.Context, c testCase) (eval.Score, error) {
		for _, g := range c.Output.check(gates, c.Inputs.Evidence).Results {
			if g.Name == name {
				return eval.Verdict(g.Passed, g.Detail), nil
			}
		}
		return eval.Score{}, errNoGates
	}}
}

// allGates is whether the comment would be posted.
func allGates(gates job.Gates) scorer {
	return scorer{Name: Gates, Score: func(_ context.Context, c testCase) (eval.Score, error) {
		report := c.Output.check(gates, c.Inputs.Evidence)
		if len(report.Results) == 0 {
			return eval.Score{}, errNoGates
		}
		return eval.Verdict(report.Passed(), strings.Join(report.Failures(), "; ")), nil
	}}
}

// containsScorer passes replies that hold what has to be said and nothing that must not be, in
// any case of letters. A row that expects nothing of the kind passes.
func containsScorer() scorer {
	return scorer{Name: Contains, Score: func(_ context.Context, c testCase) (eval.Score, error) {
		wanted, err := c.Expected.texts(ExpectContains)
		if err != nil {
			return eval.Score{}, err
		}
		unwanted, err := c.Expected.texts(ExpectExcludes)
		if err != nil {
			return eval.Score{}, err
		}
		said := strings.ToLower(c.Output.Reply)
		var why []string
		for _, text := range wanted {
			if !strings.Contains(said, strings.ToLower(text)) {
				why = append(why, fmt.Sprintf("does not say %q", text))
			}
		}
		for _, text := range unwanted {
			if strings.Contains(said, strings.ToLower(text)) {
				why = append(why, fmt.Sprintf("says %q", text))
			}
		}
		return eval.Verdict(len(why) == 0, strings.Join(why, "; ")), nil
	}}
}

// texts reads an expectation that is a text or a list of texts. Empty ones would be held by any
// reply, and are refused.
func (e Expectations) texts(name string) ([]string, error) {
	var list []any
	switch v := e[name].(type) {
	case nil:
		return nil, nil
	case []any:
		list = v
	default:
		list = []any{v}
	}
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok || strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("the expectation %s is no text nor a list of texts: write \"%s\": [\"…\"]", name, name)
		}
		texts[i] = text
	}
	return texts, nil
}

// passedScorer says whether all that decides said yes. Where one of them said nothing there is
// no verdict.
func passedScorer(deciding []string) scorer {
	return scorer{Name: Passed, Score: func(_ context.Context, c testCase) (eval.Score, error) {
		var not []string
		for _, name := range deciding {
			s, ok := c.Scores[name]
			if !ok {
				return eval.Score{}, fmt.Errorf("%s gave no verdict", name)
			}
			if s.Value == 0 {
				why := name
				if s.Explanation != "" {
					why += ": " + s.Explanation
				}
				not = append(not, why)
			}
		}
		return eval.Verdict(len(not) == 0, strings.Join(not, "; ")), nil
	}}
}
