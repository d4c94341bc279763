// Package choose decides which spans become runs. In go a tree, its tally and the
// rules, out comes a Choice: the runs with what folds into each. It is the third
// phase of a projection, and changes nothing of the earlier ones.
package choose

import (
	"iter"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Run is a span that is a run.
type Run struct {
	Span   *tree.Span
	Rule   *rule.Run    // that asked for it; nil: the span or the defaults did
	Above  *Run         // the run it is nested in; nil for a parent run
	Folded []*tree.Span // spans that are no runs and belong to this one, parents first
}

// Spans gives the run's own span, then the folded ones.
func (r *Run) Spans() iter.Seq[*tree.Span] {
	return func(yield func(*tree.Span) bool) {
		if !yield(r.Span) {
			return
		}
		for _, s := range r.Folded {
			if !yield(s) {
				return
			}
		}
	}
}

// Choice is what was chosen of one tree.
type Choice struct {
	Runs  []*Run // parents before their children
	Notes notes.Notes
	runOf []*Run // by tree.Span.Index
}

// RunOf returns the run of a span, or the one it folds into; nil when there is none,
// as below a root that rules keep from being one.
func (c *Choice) RunOf(s *tree.Span) *Run { return c.runOf[s.Index] }

// verdict is how a span became a run, or did not.
type verdict int

const (
	folds verdict = iota
	byRule
	bySpan    // mlflow.run = true
	byDefault // a local root, or a child of one
)

// decision is a verdict with the rule that led to it.
type decision struct {
	verdict verdict
	rule    *rule.Run
}

// Runs decides which spans are runs and gives each span its nearest run. Rules come
// first, then the span's own word, then the defaults: local roots and their direct
// children. Nested runs are bounded.
func Runs(t *tree.Tree, tally *count.Tally, rules *rule.Set) *Choice {
	decisions := make([]decision, len(t.Ordered))
	for i, s := range t.Ordered { // parents first, as a default depends on the parent's
		parent := decision{}
		if s.Parent != nil {
			parent = decisions[s.Parent.Index]
		}
		decisions[i] = decide(s, parent.verdict, rules)
		if decisions[i].verdict == byDefault && isRequestOf(s, tally) {
			decisions[i].verdict = folds
		}
	}
	c := &Choice{runOf: make([]*Run, len(t.Ordered))}
	if folded := bound(t, tally, decisions, rules.Limits.Runs); folded > 0 {
		c.Notes.Add("%d spans beyond the limit of %d nested runs were folded into the run above", folded, rules.Limits.Runs)
	}
	for i, s := range t.Ordered {
		var above *Run
		if s.Parent != nil {
			above = c.RunOf(s.Parent)
		}
		switch {
		case decisions[i].verdict != folds:
			c.runOf[i] = &Run{Span: s, Rule: decisions[i].rule, Above: above}
			c.Runs = append(c.Runs, c.runOf[i])
		case above != nil:
			c.runOf[i] = above
			above.Folded = append(above.Folded, s)
		}
	}
	return c
}

// decide judges one span by itself, given what was decided about its parent.
func decide(s *tree.Span, parent verdict, rules *rule.Set) decision {
	if r := rules.For(s.PB.GetName()); r != nil {
		if r.Skip {
			return decision{verdict: folds}
		}
		return decision{verdict: byRule, rule: r}
	}
	if v, ok := s.Attribute(string(mlflowattr.RunKey)); ok {
		if yes, ok := value.Bool(v); ok {
			if yes {
				return decision{verdict: bySpan}
			}
			return decision{verdict: folds}
		}
	}
	_, typed := s.Attribute(string(mlflowattr.RunTypeKey))
	switch {
	case rules.OnlyListed && !(s.Parent == nil && typed): // who says what type of run a root is, wants one
		return decision{verdict: folds}
	case s.Parent == nil:
		return decision{verdict: byDefault}
	case s.Parent.Parent == nil && !s.Orphan && !s.Facts.Noise && parent != folds:
		return decision{verdict: byDefault}
	}
	return decision{verdict: folds}
}

// isRequestOf reports whether a span is the HTTP request by which its parent called a model: it
// says nothing that the call does not.
func isRequestOf(s *tree.Span, tally *count.Tally) bool {
	if s.Parent == nil || tally.Of(s).GenAI {
		return false
	}
	if k := tally.Of(s.Parent).Kind; !k.Model() && k != kind.Embedding {
		return false
	}
	_, now := s.Attribute("http.request.method")
	_, before := s.Attribute("http.method")
	return now || before
}

// bound folds nested runs beyond the limit and returns how many. Those that someone
// asked for come before those of the defaults, GenAI work before the rest, early
// before late. Roots are bounded already.
func bound(t *tree.Tree, tally *count.Tally, decisions []decision, limit int) (folded int) {
	nested := 0
	for _, first := range []func(*tree.Span, verdict) bool{
		func(_ *tree.Span, v verdict) bool { return v != byDefault },
		func(s *tree.Span, v verdict) bool { return v == byDefault && tally.Of(s).GenAI },
		func(s *tree.Span, v verdict) bool { return v == byDefault && !tally.Of(s).GenAI },
	} {
		for i, s := range t.Ordered {
			if v := decisions[i].verdict; s.Parent == nil || v == folds || !first(s, v) {
				continue
			}
			if nested++; nested > limit {
				decisions[i].verdict = folds
				folded++
			}
		}
	}
	return folded
}
