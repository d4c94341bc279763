package evaluation

import (
	"cmp"
	"errors"
	"fmt"
)

// NoBaseline is the place of a baseline that is not there.
const NoBaseline = -1

// Comparison is what was found of all variants.
type Comparison struct {
	Dataset  string
	Outcomes []Outcome
	// Baseline is the place of the baseline among Outcomes, or NoBaseline.
	Baseline int
	// Decisions are those on the candidates, at the places of their outcomes; that of the baseline
	// is zero.
	Decisions []Decision
	// Best is the place of the candidate that the verdict is of: where there are several, one
	// with the best verdict, of these the one whose rows pass most often, then the cheapest.
	Best int
}

// errNoCandidate says that there is nothing to decide on.
var errNoCandidate = errors.New("every variant is the baseline: name another prompt or model")

// Compare decides on each candidate.
func Compare(p Policy, dataset string, outcomes []Outcome, baseline int, required []string) (Comparison, error) {
	c := Comparison{Dataset: dataset, Outcomes: outcomes, Baseline: baseline, Decisions: make([]Decision, len(outcomes)), Best: -1}
	var base *Outcome
	if baseline != NoBaseline {
		base = &outcomes[baseline]
	}
	for i := range outcomes {
		if i == baseline {
			continue
		}
		var err error
		if c.Decisions[i], err = Decide(p, &outcomes[i], base, required); err != nil {
			return c, fmt.Errorf("compare %s: %w", outcomes[i].Variant, err)
		}
		if c.Best < 0 || c.rank(i, c.Best) < 0 {
			c.Best = i
		}
	}
	if c.Best < 0 {
		return c, errNoCandidate
	}
	return c, nil
}

// rank is negative where candidate i is better than k.
func (c Comparison) rank(i, k int) int {
	order := map[Verdict]int{Pass: 0, Regression: 1, Failed: 2}
	a, b := c.Outcomes[i].Report, c.Outcomes[k].Report
	return cmp.Or(
		cmp.Compare(order[c.Decisions[i].Verdict], order[c.Decisions[k].Verdict]),
		cmp.Compare(b.Means[Passed], a.Means[Passed]),
		cmp.Compare(a.CostUSD, b.CostUSD),
	)
}

// Decision is that on the best candidate.
func (c Comparison) Decision() Decision { return c.Decisions[c.Best] }

// Candidate is the best one.
func (c Comparison) Candidate() Outcome { return c.Outcomes[c.Best] }

// Against is the baseline, or nil.
func (c Comparison) Against() *Outcome {
	if c.Baseline == NoBaseline {
		return nil
	}
	return &c.Outcomes[c.Baseline]
}
