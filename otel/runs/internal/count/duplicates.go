package count

import (
	"cmp"
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// findDuplicates marks spans that describe a call which another span describes too,
// because two instrumentations watched it. Marked spans count for nothing. A span
// inside another is the business of Tally.add; here it is about spans side by side:
//   - the same answer id, or
//   - from different instrumentations, in the same chain of parents, at the
//     same time, with the same usage or with only one knowing it.
//
// Two spans of one instrumentation are two calls, however alike they are.
func (c *Tally) findDuplicates(spans []*tree.Span) {
	var calls, embeddings, tools []*tree.Span
	for _, s := range spans {
		switch n := c.Of(s); {
		case n.Kind.Model() && !n.wrapsModel:
			calls = append(calls, s)
		case n.Kind == kind.Embedding && !n.wrapsEmbedding:
			embeddings = append(embeddings, s)
		case n.Kind == kind.Tool && !c.runsTools(s) && !c.repeatsTool(s):
			tools = append(tools, s)
		}
	}
	for _, g := range pair(calls, sameCall) {
		c.keepOne(g)
	}
	for _, g := range pair(embeddings, sameCall) {
		c.keepOne(g)
	}
	for _, g := range pair(tools, sameTool) {
		c.keepOne(g)
	}
}

// group is the reports of one call, at most one per instrumentation.
type group struct{ members []*tree.Span }

// maxCompared bounds the comparisons for one span in a trace of thousands.
const maxCompared = 256

// pair puts the spans that describe one call into one group, the nearest in time
// first where several could be meant.
func pair(spans []*tree.Span, same func(a, b *tree.Span) bool) []*group {
	spans = slices.Clone(spans)
	slices.SortStableFunc(spans, tree.ByStart)
	var groups []*group
	byAnswer := map[string]*group{}
	for _, s := range spans {
		id := s.Facts.ResponseID
		var best *group
		if g := byAnswer[id]; id != "" && g != nil && sameAnswer(s, g.members[0]) {
			best = g
		} else {
			best = nearest(groups, s, same)
		}
		if best == nil {
			best = &group{}
			groups = append(groups, best)
		}
		best.members = append(best.members, s)
		if id != "" {
			byAnswer[id] = best
		}
	}
	return groups
}

// nearest finds, among the latest groups, the one whose call the span describes.
func nearest(groups []*group, s *tree.Span, same func(a, b *tree.Span) bool) (best *group) {
	for i := len(groups) - 1; i >= 0 && i >= len(groups)-maxCompared; i-- {
		g := groups[i]
		if g.takes(s) && same(g.members[0], s) && (best == nil || distance(g.members[0], s) < distance(best.members[0], s)) {
			best = g
		}
	}
	return best
}

// takes reports whether the span may be one more report of the group's call.
func (g *group) takes(s *tree.Span) bool {
	for _, m := range g.members {
		if m.Scope == s.Scope {
			return false
		}
		if m.Facts.ResponseID != "" && s.Facts.ResponseID != "" && m.Facts.ResponseID != s.Facts.ResponseID {
			return false
		}
	}
	return true
}

// keepOne keeps the member that knows most and marks the others. A cost that only
// another one knows goes over to it.
func (c *Tally) keepOne(g *group) {
	if len(g.members) < 2 {
		return
	}
	rank := func(s *tree.Span) int {
		r := 0
		if s.Facts.Usage.Known() {
			r += 4
		}
		if s.Facts.Cost != nil {
			r += 2
		}
		if s.Facts.ResponseID != "" {
			r++
		}
		return r
	}
	members := slices.SortedStableFunc(slices.Values(g.members), func(a, b *tree.Span) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), tree.ByStart(a, b))
	})
	keep := members[0]
	for _, m := range members[1:] {
		c.Of(m).DuplicateOf = keep
		if c.Of(keep).Cost == nil {
			c.Of(keep).Cost = m.Facts.Cost
		}
		c.Notes.Add("spans %q and %q describe the same call, which is counted once", keep.PB.GetName(), m.PB.GetName())
	}
}

// sameAnswer guards against test servers that give every answer the same id: equal
// ids count when the numbers agree, or the spans overlap.
func sameAnswer(a, b *tree.Span) bool {
	ua, ub := a.Facts.Usage, b.Facts.Usage
	return ua == ub || !ua.Known() || !ub.Known() || overlap(a, b)
}

// sameCall reports whether two spans describe one model or embedding call: they stand in
// one chain, at one time, and have the same numbers, or the same model where one of them
// has no numbers.
func sameCall(a, b *tree.Span) bool {
	if !sameChain(a, b) || !overlap(a, b) {
		return false
	}
	same, known := sameModel(a, b)
	ua, ub := a.Facts.Usage, b.Facts.Usage
	if ua.Known() && ub.Known() {
		return ua.Input == ub.Input && ua.Output == ub.Output && (same || !known)
	}
	return same // without numbers to compare, the model decides
}

// sameTool reports whether two spans describe one tool call: by its id where both have
// one, else by the tool, the chain and the time.
func sameTool(a, b *tree.Span) bool {
	if a.Facts.ToolCallID != "" && b.Facts.ToolCallID != "" {
		return a.Facts.ToolCallID == b.Facts.ToolCallID
	}
	return a.Tool() == b.Tool() && sameChain(a, b) && overlap(a, b)
}

// sameChain reports whether one span's parent is the other's, or above it.
func sameChain(a, b *tree.Span) bool {
	if a.Parent == nil || b.Parent == nil {
		return a.Parent == b.Parent
	}
	return a.IsBelow(b.Parent) || b.IsBelow(a.Parent)
}

// overlap reports whether the longer span holds at least four fifths of the
// shorter one.
func overlap(a, b *tree.Span) bool {
	if a.End-a.Start < b.End-b.Start {
		a, b = b, a
	}
	from, to := max(a.Start, b.Start), min(a.End, b.End)
	return to >= from && float64(to-from) >= 0.8*float64(b.End-b.Start)
}

// distance is how far the starts and the ends of two spans lie apart, in nanoseconds.
func distance(a, b *tree.Span) uint64 {
	return max(a.Start, b.Start) - min(a.Start, b.Start) + max(a.End, b.End) - min(a.End, b.End)
}

// sameModel compares loosely: one instrumentation says gpt-4o, the other the dated
// model that answered, or a provider's prefix. It also returns whether the model
// of both is known.
func sameModel(a, b *tree.Span) (same, known bool) {
	names := func(s *tree.Span) [3]string {
		return [3]string{s.Facts.Model, s.Facts.Answering, value.Word(s.Facts.Params["model"])}
	}
	for _, x := range names(a) {
		for _, y := range names(b) {
			if x == "" || y == "" {
				continue
			}
			known = true
			x, y := strings.ToLower(x), strings.ToLower(y)
			if strings.Contains(x, y) || strings.Contains(y, x) {
				return true, true
			}
		}
	}
	return false, known
}
