package runs

import (
	"strings"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// evaluationEvent is a span event that becomes a metric and an assessment.
const evaluationEvent = "gen_ai.evaluation.result"

// choice is how a span became a run, or did not.
type choice int

const (
	folds choice = iota
	byRule
	bySpan    // mlflow.run = true
	byDefault // a local root, or a child of one
)

// choose decides which spans are runs and gives each span its nearest run.
// Rules come first, then the span's own word, then the defaults: local roots
// and their direct children. Nested runs are bounded; those that someone asked
// for come before those of the defaults, GenAI work before the rest, early
// before late.
func (t *tree) choose() []*node {
	limit := t.rules.limits().Runs
	choices := map[*node]choice{}
	order := t.ordered
	for _, n := range order {
		choices[n] = t.choice(n, choices)
	}
	nested, folded := 0, 0
	take := func(want func(*node) bool) {
		for _, n := range order {
			if n.parent == nil || choices[n] == folds || !want(n) {
				continue
			}
			if nested++; nested > limit {
				choices[n] = folds
				folded++
			}
		}
	}
	take(func(n *node) bool { return choices[n] != byDefault })
	take(func(n *node) bool { return choices[n] == byDefault && n.genAI })
	take(func(n *node) bool { return choices[n] == byDefault && !n.genAI })
	if folded > 0 {
		t.notes.add("%d spans beyond the limit of %d nested runs were folded into the run above", folded, limit)
	}
	var out []*node
	for _, n := range order {
		if choices[n] != folds {
			n.run = &draft{node: n, tree: t}
			out = append(out, n)
		} else if n.parent != nil {
			n.run = n.parent.run
		}
	}
	return out
}

func (t *tree) choice(n *node, choices map[*node]choice) choice {
	for i := range t.rules.Runs {
		if r := &t.rules.Runs[i]; matches(r.Span, n.pb.GetName()) {
			if r.Skip {
				return folds
			}
			n.rule = r
			return byRule
		}
	}
	if v, ok := n.attribute(string(mlflowattr.RunKey)); ok {
		if yes, ok := boolean(v); ok {
			if yes {
				return bySpan
			}
			return folds
		}
	}
	switch {
	case t.rules.OnlyListed:
		return folds
	case n.parent == nil:
		return byDefault
	case n.parent.parent == nil && !n.orphan && !n.f.noise && choices[n.parent] != folds:
		return byDefault
	}
	return folds
}

// matches compares a name with a pattern that may end in a wildcard.
func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// attribute looks up one attribute of the span by its raw name.
func (n *node) attribute(key string) (any, bool) {
	for i := range n.f.attrs {
		if n.f.attrs[i].key == key {
			return n.f.attrs[i].value, true
		}
	}
	kvs := n.pb.GetAttributes()
	for i := len(kvs) - 1; i >= 0; i-- {
		if kvs[i].GetKey() == key {
			return decode(kvs[i].GetValue()), true
		}
	}
	return nil, false
}

// limits gives the bounds with the defaults filled in.
func (r Rules) limits() Limits {
	l, d := r.Limits, DefaultLimits()
	for _, f := range []struct {
		have *int
		def  int
	}{
		{&l.Runs, d.Runs}, {&l.ArtifactBytes, d.ArtifactBytes}, {&l.ParamChars, d.ParamChars},
		{&l.TagChars, d.TagChars}, {&l.Metrics, d.Metrics}, {&l.Params, d.Params}, {&l.Tags, d.Tags},
	} {
		if *f.have <= 0 {
			*f.have = f.def
		}
	}
	return l
}

// ignored says whether the defaults leave an attribute out.
func (r Rules) ignored(key string) bool {
	for _, pattern := range r.Ignore {
		if matches(pattern, key) {
			return true
		}
	}
	return false
}
