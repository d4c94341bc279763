package runs

import (
	"cmp"
	"slices"
	"strings"
)

// findDoubles marks spans that describe a call which another span describes
// too, because two instrumentations watched it. Marked spans count for
// nothing. A span inside another is the business of totals; here it is about
// spans side by side:
//   - the same answer id, or
//   - from different instrumentations, in the same chain of parents, at the
//     same time, with the same usage or with only one knowing it.
//
// Two spans of one instrumentation are two calls, however alike they are.
func (t *tree) findDoubles(order []*node) {
	var calls, embeds, tools []*node
	for _, n := range order {
		switch {
		case n.f.kind.model() && !n.wrapsModel:
			calls = append(calls, n)
		case n.f.kind == kindEmbedding && !n.wrapsEmbedding:
			embeds = append(embeds, n)
		case n.f.kind == kindTool && !n.repeatsTool():
			tools = append(tools, n)
		}
	}
	t.pair(calls, sameCall)
	t.pair(embeds, sameCall)
	t.pair(tools, sameTool)
}

// group is the reports of one call, at most one per instrumentation.
type group struct{ members []*node }

// maxCompared bounds the comparisons for one span in a trace of thousands.
const maxCompared = 256

func (t *tree) pair(nodes []*node, same func(a, b *node) bool) {
	nodes = slices.Clone(nodes)
	slices.SortStableFunc(nodes, byStart)
	var groups []*group
	byID := map[string]*group{}
	for _, n := range nodes {
		var best *group
		if g := byID[n.f.responseID]; n.f.responseID != "" && g != nil && sameAnswer(n, g.members[0]) {
			best = g
		}
		byAnswer := best != nil
		for i := len(groups) - 1; !byAnswer && i >= 0 && i >= len(groups)-maxCompared; i-- {
			g := groups[i]
			if !g.takes(n) {
				continue
			}
			if same(g.members[0], n) && (best == nil || apart(g.members[0], n) < apart(best.members[0], n)) {
				best = g
			}
		}
		if best == nil {
			best = &group{}
			groups = append(groups, best)
		}
		best.members = append(best.members, n)
		if n.f.responseID != "" {
			byID[n.f.responseID] = best
		}
	}
	for _, g := range groups {
		g.choose(t.notes)
	}
}

func (g *group) takes(n *node) bool {
	for _, m := range g.members {
		if m.scope == n.scope {
			return false
		}
		if m.f.responseID != "" && n.f.responseID != "" && m.f.responseID != n.f.responseID {
			return false
		}
	}
	return true
}

// choose keeps the member that knows most and marks the others.
func (g *group) choose(notes *notes) {
	if len(g.members) < 2 {
		return
	}
	rank := func(n *node) int {
		r := 0
		if n.f.usage.known() {
			r += 4
		}
		if n.f.cost != nil {
			r += 2
		}
		if n.f.responseID != "" {
			r++
		}
		return r
	}
	slices.SortStableFunc(g.members, func(a, b *node) int { return cmp.Or(cmp.Compare(rank(b), rank(a)), byStart(a, b)) })
	keep := g.members[0]
	for _, m := range g.members[1:] {
		m.same = keep
		if keep.f.cost == nil {
			keep.f.cost = m.f.cost
		}
		notes.add("spans %q and %q describe the same call, which is counted once", keep.pb.GetName(), m.pb.GetName())
	}
}

// sameAnswer guards against test servers that give every answer the same id:
// equal ids count when the numbers agree, or the spans overlap.
func sameAnswer(a, b *node) bool {
	return a.f.usage == b.f.usage || !a.f.usage.known() || !b.f.usage.known() || covers(a, b)
}

func sameCall(a, b *node) bool {
	if !sameChain(a, b) || !covers(a, b) {
		return false
	}
	same, told := sameModel(a, b)
	ua, ub := a.f.usage, b.f.usage
	if ua.known() && ub.known() {
		return ua.input == ub.input && ua.output == ub.output && (same || !told)
	}
	return same // without numbers to compare, the model has to tell
}

func sameTool(a, b *node) bool {
	if a.f.toolCallID != "" && b.f.toolCallID != "" {
		return a.f.toolCallID == b.f.toolCallID
	}
	return toolName(a) == toolName(b) && sameChain(a, b) && covers(a, b)
}

// sameChain says whether one span's parent is the other's, or above it.
func sameChain(a, b *node) bool {
	if a.parent == nil || b.parent == nil {
		return a.parent == b.parent
	}
	return a.below(b.parent) || b.below(a.parent)
}

// covers says whether the longer span holds nearly all of the shorter one.
func covers(a, b *node) bool {
	if a.end-a.start < b.end-b.start {
		a, b = b, a
	}
	from, to := max(a.start, b.start), min(a.end, b.end)
	return to >= from && float64(to-from) >= 0.8*float64(b.end-b.start)
}

func apart(a, b *node) uint64 {
	return max(a.start, b.start) - min(a.start, b.start) + max(a.end, b.end) - min(a.end, b.end)
}

// sameModel compares loosely: one instrumentation says gpt-4o, the other the
// dated model that answered, or a provider's prefix. It says too whether both
// spans tell their model.
func sameModel(a, b *node) (same, told bool) {
	names := func(n *node) []string { return []string{n.f.model, n.f.answered, word(n.f.params["model"])} }
	for _, x := range names(a) {
		for _, y := range names(b) {
			if x == "" || y == "" {
				continue
			}
			told = true
			x, y := strings.ToLower(x), strings.ToLower(y)
			if strings.Contains(x, y) || strings.Contains(y, x) {
				return true, true
			}
		}
	}
	return false, told
}
