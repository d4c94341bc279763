package evaluation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/eval/compare"
)

// Policy says what a candidate has to show. Its zero value is [Required].
type Policy struct {
	kind   policyKind
	margin float64
}

type policyKind int

const (
	required policyKind = iota
	noRegression
	withMargin
)

// The policies without a number. The texts are those of the command line.
var policyNames = map[string]Policy{"required": {kind: required}, "no-regression": {kind: noRegression}}

// marginPrefix begins the policy with a number.
const marginPrefix = "margin="

// DefaultPolicy is the one where none is named.
func DefaultPolicy(baseline bool) Policy {
	if baseline {
		return Policy{kind: noRegression}
	}
	return Policy{kind: required}
}

// ParsePolicy reads required, no-regression or margin=NUMBER.
func ParsePolicy(text string) (Policy, error) {
	if p, ok := policyNames[text]; ok {
		return p, nil
	}
	number, ok := strings.CutPrefix(text, marginPrefix)
	if !ok {
		return Policy{}, fmt.Errorf("there is no policy %q: write required, no-regression, or margin=0.05", text)
	}
	margin, err := strconv.ParseFloat(number, 64)
	if err != nil || !(margin >= 0 && margin < 1) {
		return Policy{}, fmt.Errorf("the margin of policy %q is no number from 0 to less than 1: write it like margin=0.05", text)
	}
	return Policy{kind: withMargin, margin: margin}, nil
}

// String is the policy as ParsePolicy reads it.
func (p Policy) String() string {
	if p.kind == withMargin {
		return marginPrefix + strconv.FormatFloat(p.margin, 'g', -1, 64)
	}
	for name, known := range policyNames {
		if known == p {
			return name
		}
	}
	return ""
}

// NeedsBaseline reports whether the policy compares.
func (p Policy) NeedsBaseline() bool { return p.kind != required }

// Verdict is what a policy says of a candidate. The texts are those of the report.
type Verdict string

// The verdicts. Each has an exit code of its own.
const (
	Pass       Verdict = prompts.VerdictPass
	Regression Verdict = prompts.VerdictRegression // rows that have all verdicts show that the policy is not met
	Failed     Verdict = "failed"                  // rows failed, are missing, lack a verdict or are too few: nothing can be said
)

// Decision is a verdict with what it is made of.
type Decision struct {
	Policy  Policy
	Verdict Verdict
	// Reasons say, each in a sentence, why the verdict is not Pass.
	Reasons []string
	// Broken are the rows by which the policy is not met: required ones that did not pass, or those
	// that regressed, as the policy says.
	Broken []string
	// Regressed and Improved are the rows that passed with the baseline alone, and with the
	// candidate alone, in the order of the dataset. They are empty without a baseline.
	Regressed, Improved []string
	// Result is the comparison with the baseline, Passed being one of its scorers; zero without one.
	Result compare.Result
}

// Decide applies a policy. baseline is nil where there is none, which a policy that compares
// never gets. required are the ids of the rows that have to pass.
func Decide(p Policy, candidate, baseline *Outcome, required []string) (Decision, error) {
	d := Decision{Policy: p, Verdict: Pass}
	mine := candidate.rows()
	incomplete := candidate.incomplete()
	if baseline != nil {
		var err error
		if d.Result, err = compare.Reports(baseline.Report, candidate.Report); err != nil {
			return d, err
		}
		theirs := baseline.rows()
		for _, r := range mine.order {
			switch before, after := theirs.state[r], mine.state[r]; {
			case before == rowPassed && after == rowNot:
				d.Regressed = append(d.Regressed, r)
			case before == rowNot && after == rowPassed:
				d.Improved = append(d.Improved, r)
			}
		}
		for _, why := range baseline.incomplete() {
			incomplete = append(incomplete, "baseline: "+why)
		}
	}
	unmet, unknown := p.apply(&d, mine, required)
	for _, why := range []string{unmet, unknown} {
		if why != "" {
			d.Reasons = append(d.Reasons, why)
		}
	}
	d.Reasons = append(d.Reasons, incomplete...)
	switch {
	case unmet != "":
		d.Verdict = Regression
	case len(d.Reasons) > 0:
		d.Verdict = Failed
	}
	return d, nil
}

// apply says how rows that have all verdicts break the policy, or why that cannot be known; both
// are empty where it is met.
func (p Policy) apply(d *Decision, mine rowStates, required []string) (unmet, unknown string) {
	switch p.kind {
	case noRegression:
		if d.Broken = d.Regressed; len(d.Broken) > 0 {
			unmet = fmt.Sprintf("%s passed with the baseline and not now: %s", text.Count(len(d.Broken), "row", "rows"), listed(d.Broken))
		} else if mine.nonePassed() {
			unknown = "no row passed, so that none could regress"
		}
	case withMargin:
		return p.beyondMargin(d.Result)
	default:
		for _, id := range required {
			if mine.state[id] == rowNot {
				d.Broken = append(d.Broken, id)
			}
		}
		if len(d.Broken) > 0 {
			unmet = fmt.Sprintf("%d of %s did not pass: %s", len(d.Broken), text.Count(len(required), "required row", "required rows"),
				listed(d.Broken))
		}
	}
	return unmet, unknown
}

// beyondMargin says why the interval does not show that the candidate is worse by no more than
// the margin.
func (p Policy) beyondMargin(r compare.Result) (unmet, unknown string) {
	i := slices.IndexFunc(r.Scorers, func(s compare.Scorer) bool { return s.Name == Passed })
	switch {
	case i < 0:
		return "", "no row has a verdict in both, so that the margin cannot be shown"
	case !r.Scorers[i].Enough:
		return "", fmt.Sprintf("%s of both are too few for an interval: a margin needs 6", text.Count(r.Scorers[i].Pairs, "row", "rows"))
	case r.Scorers[i].Low < -p.margin:
		s := r.Scorers[i]
		return fmt.Sprintf("the share of rows that pass may be lower by %.3g "+
			"(difference %+.3g, interval %+.3g to %+.3g), and by %g at most is allowed",
			math.Abs(s.Low), s.Diff, s.Low, s.High, p.margin), ""
	}
	return "", ""
}

// rowState is what became of a row with all of its trials.
type rowState int

const (
	rowAbsent rowState = iota // missing, failed, or without a verdict
	rowNot                    // a trial did not pass
	rowPassed                 // every trial passed
)

// rowStates are those of an evaluation's rows, by id, which order lists.
type rowStates struct {
	order []string
	state map[string]rowState
}

// rows reduces trials to rows. One that has not all verdicts makes its row absent.
func (o *Outcome) rows() rowStates {
	s := rowStates{state: map[string]rowState{}}
	broken := map[string]bool{}
	for _, r := range o.Report.Rows {
		if _, seen := s.state[r.RowID]; !seen {
			s.order = append(s.order, r.RowID)
			s.state[r.RowID] = rowPassed
		}
		switch verdict, ok := r.Scores[Passed]; {
		case Fault(r) != "" || !ok:
			broken[r.RowID] = true
		case verdict.Value == 0:
			s.state[r.RowID] = rowNot
		}
	}
	for id := range broken {
		if s.state[id] != rowNot { // a trial that did not pass stays one
			s.state[id] = rowAbsent
		}
	}
	return s
}

// nonePassed reports whether there are rows with a verdict, and it is the same bad one for all.
func (s rowStates) nonePassed() bool {
	return len(s.order) > 0 && !slices.ContainsFunc(s.order, func(id string) bool { return s.state[id] != rowNot })
}

// incomplete says what of an evaluation is not there.
func (o *Outcome) incomplete() []string {
	var why []string
	if n := o.Report.Missing(); n > 0 {
		why = append(why, text.Count(n, "row", "rows")+" did not run"+because(o.Err))
	} else if o.Err != nil {
		why = append(why, o.Err.Error())
	}
	var failed []string
	first := ""
	for _, r := range o.Report.Rows {
		if fault := Fault(r); fault != "" {
			failed, first = append(failed, r.Name), cmp.Or(first, fault)
		}
	}
	if len(failed) > 0 {
		why = append(why, fmt.Sprintf("%s failed (%s), the first with: %s", text.Count(len(failed), "row", "rows"), listed(failed), first))
	}
	return why
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// maxListed bounds how many rows a sentence names; reports name all.
const maxListed = 5

func listed(ids []string) string {
	if len(ids) <= maxListed {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:maxListed], ", "), len(ids)-maxListed)
}
