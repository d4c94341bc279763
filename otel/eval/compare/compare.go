package compare

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Option configures a comparison.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	confidence float64
	lower      map[string]bool // scorers that are better when they are lower
}

// defaultConfidence is that of the intervals.
const defaultConfidence = 0.95

func newConfig(opts []Option) (config, error) {
	c := config{confidence: defaultConfidence, lower: map[string]bool{}}
	for _, o := range opts {
		c = o.apply(c)
	}
	if !(c.confidence > 0 && c.confidence < 1) {
		return c, fmt.Errorf("the confidence level is %g, and has to be between 0 and 1", c.confidence)
	}
	return c, nil
}

// WithConfidence sets the level of the intervals (default 0.95).
func WithConfidence(level float64) Option {
	return optionFunc(func(c config) config { c.confidence = level; return c })
}

// WithLowerIsBetter names scorers, such as costs, that are better when they are lower. It
// changes what counts as better alone: differences are always candidate less baseline.
func WithLowerIsBetter(scorers ...string) Option {
	return optionFunc(func(c config) config {
		lower := maps.Clone(c.lower)
		for _, s := range scorers {
			lower[s] = true
		}
		c.lower = lower
		return c
	})
}

// Row is the scores that a row of a run has, by scorer.
type Row struct {
	ID     string // the same in both runs
	Scores map[string]float64
}

// minPairs is the smallest number of pairs of which any can be significant at 0.05.
const minPairs = 6

// Scorer is the comparison of one scorer. Its numbers beside Pairs are NaN where there are fewer
// than six pairs.
type Scorer struct {
	Name  string
	Pairs int // rows with a score in both runs
	// Enough says that there are pairs enough for a test.
	Enough                      bool
	LowerIsBetter               bool
	Method                      Method // of PValue
	BaselineMean, CandidateMean float64
	Diff                        float64 // mean difference, candidate less baseline
	Low, High                   float64 // BCa bootstrap interval of Diff
	PValue                      float64 // two-sided
	TTestPValue                 float64 // paired t-test; NaN for yes and no
	Effect                      float64 // Cohen's d_z; NaN where all differences are the same
	Ties, Nonzero               int     // pairs that are equal, and that differ
}

// Improved reports whether the scorer moved in its better direction, significantly at alpha.
func (s Scorer) Improved(alpha float64) bool { return s.moved(alpha, true) }

// Regressed reports whether the scorer moved in its worse direction, significantly at alpha.
func (s Scorer) Regressed(alpha float64) bool { return s.moved(alpha, false) }

func (s Scorer) moved(alpha float64, better bool) bool {
	up := s.Diff > 0
	return s.Enough && s.Diff != 0 && up != s.LowerIsBetter == better && s.PValue < alpha
}

// Result is the comparison of two runs.
type Result struct {
	Scorers []Scorer // those that both runs have, by name
	Pairs   int      // rows that both runs have
	// OnlyBaseline and OnlyCandidate are the ids of rows that one run has alone, and Doubled
	// those that a run has several times, which match nothing.
	OnlyBaseline, OnlyCandidate, Doubled []string
}

// Rows compares two runs by the rows that have the same id in both.
func Rows(baseline, candidate []Row, opts ...Option) (Result, error) {
	c, err := newConfig(opts)
	if err != nil {
		return Result{}, fmt.Errorf("compare evaluations: %w", err)
	}
	var r Result
	old, doubledOld := byID(baseline)
	young, doubledYoung := byID(candidate)
	type pair struct{ baseline, candidate map[string]float64 }
	var pairs []pair
	for _, row := range candidate {
		if _, unique := young[row.ID]; !unique {
			continue
		}
		if scores, ok := old[row.ID]; ok {
			pairs = append(pairs, pair{scores, row.Scores})
		} else {
			r.OnlyCandidate = append(r.OnlyCandidate, row.ID)
		}
	}
	for _, row := range baseline {
		if _, unique := old[row.ID]; !unique {
			continue
		}
		if _, ok := young[row.ID]; !ok {
			r.OnlyBaseline = append(r.OnlyBaseline, row.ID)
		}
	}
	r.Pairs = len(pairs)
	r.Doubled = slices.Compact(slices.Sorted(slices.Values(append(doubledOld, doubledYoung...))))
	names := scorers(baseline)
	for name := range names {
		if !scorers(candidate)[name] {
			delete(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		var a, b []float64
		for _, p := range pairs {
			before, had := p.baseline[name]
			after, has := p.candidate[name]
			if had && has {
				a, b = append(a, before), append(b, after)
			}
		}
		r.Scorers = append(r.Scorers, paired(name, a, b, c))
	}
	return r, nil
}

// byID gives the scores of rows whose id is theirs alone, and the ids that are not.
func byID(rows []Row) (unique map[string]map[string]float64, doubled []string) {
	count := map[string]int{}
	for _, r := range rows {
		count[r.ID]++
	}
	unique = map[string]map[string]float64{}
	for _, r := range rows {
		if count[r.ID] == 1 {
			unique[r.ID] = r.Scores
		} else {
			doubled = append(doubled, r.ID)
		}
	}
	return unique, doubled
}

func scorers(rows []Row) map[string]bool {
	names := map[string]bool{}
	for _, r := range rows {
		for name := range r.Scores {
			names[name] = true
		}
	}
	return names
}

// paired compares the scores of the same rows in two runs.
func paired(name string, baseline, candidate []float64, c config) Scorer {
	nan := math.NaN()
	s := Scorer{
		Name: name, Pairs: len(baseline), LowerIsBetter: c.lower[name], BaselineMean: nan, CandidateMean: nan, Diff: nan, Low: nan, High: nan,
		PValue: nan, TTestPValue: nan, Effect: nan,
	}
	if s.Pairs < minPairs {
		return s
	}
	s.Enough = true
	deltas, binary, constant := make([]float64, s.Pairs), true, true
	for i := range deltas {
		deltas[i] = candidate[i] - baseline[i]
		binary = binary && isBinary(baseline[i]) && isBinary(candidate[i])
		constant = constant && isNear(deltas[i], deltas[0])
		if deltas[i] != 0 {
			s.Nonzero++
		}
	}
	s.Ties = s.Pairs - s.Nonzero
	s.BaselineMean, s.CandidateMean, s.Diff = mean(baseline), mean(candidate), mean(deltas)
	s.Low, s.High = s.Diff, s.Diff
	if !constant {
		s.Low, s.High = interval(deltas, c.confidence)
		s.Effect = s.Diff / deviation(deltas)
	}
	switch {
	case binary:
		s.Method, s.PValue = mcnemar(deltas)
		return s
	case !constant:
		s.TTestPValue = tTest(deltas)
	case s.Nonzero == 0:
		s.TTestPValue = 1 // no evidence of a change
	}
	s.Method, s.PValue = wilcoxon(deltas)
	return s
}

func isBinary(x float64) bool { return x == 0 || x == 1 }

// isNear reports whether a number is another but for noise (numpy.allclose with MLflow's
// tolerances).
func isNear(x, of float64) bool { return math.Abs(x-of) <= 1e-12+1e-9*math.Abs(of) }

// errNotImproved is wrapped by what Result.AssertImproved says.
var errNotImproved = errors.New("the candidate did not significantly improve over the baseline")

// AssertImproved is an error unless each of the scorers, or all where none is named, improved
// significantly at alpha. One that was not compared did not improve.
func (r Result) AssertImproved(alpha float64, names ...string) error {
	found := map[string]Scorer{}
	for _, s := range r.Scorers {
		found[s.Name] = s
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(found))
	}
	var failures []string
	for _, name := range names {
		switch s, ok := found[name]; {
		case !ok:
			failures = append(failures, name+" was not compared")
		case !s.Enough:
			failures = append(failures, fmt.Sprintf("%s has %d pairs, and needs %d", name, s.Pairs, minPairs))
		case !s.Improved(alpha):
			failures = append(failures, fmt.Sprintf("%s: difference %+.4g, p %.4g, %d pairs", name, s.Diff, s.PValue, s.Pairs))
		}
	}
	if len(names) == 0 {
		failures = append(failures, "no scorer was compared")
	}
	if len(failures) > 0 {
		return fmt.Errorf("%w at alpha %g: %s", errNotImproved, alpha, strings.Join(failures, "; "))
	}
	return nil
}
