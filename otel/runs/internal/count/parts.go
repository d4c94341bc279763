package count

import (
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

// isCall reports whether a span says itself that it is one model call, by its kind or
// by the answer it got.
func isCall(s *tree.Span) bool {
	return s.Facts.Kind.Model() && !s.Facts.Anonymous && (s.Facts.KindGiven || s.Facts.ResponseID != "")
}

// lookAbove finds the parts of model calls: steps of any name inside a call, with no
// tool, agent or other model in between. Usage on them is the call's, and counts only
// where the call does not know it itself.
func (c *Tally) lookAbove(s *tree.Span) {
	n := c.Of(s)
	if s.Parent == nil {
		return
	}
	n.costAbove = c.Of(s.Parent).costAbove || c.saysCost(s.Parent)
	switch above := c.Of(s.Parent); {
	case isCall(s.Parent) && c.ownsParts(s.Parent):
		n.call = s.Parent
	case above.Kind == kind.Unknown || above.Kind == kind.Chain:
		n.call = above.call
	}
	switch {
	case n.call == nil:
	case s.Facts.Anonymous, n.Kind == kind.Unknown, n.Kind == kind.Chain:
		if s.Facts.Anonymous {
			n.Kind = kind.Unknown
		}
		if s.Facts.Usage.Output > 0 && n.call.Facts.Usage.Output == 0 {
			c.Of(n.call).partsTell = true
		}
	default:
		n.call = nil
	}
}

// ownsParts reports whether the steps right below a call are its parts, and not calls
// of their own that it sums up. With named calls among them it wraps. With calls below
// its tools or agents only the numbers, or an answer of its own, tell.
func (c *Tally) ownsParts(call *tree.Span) bool {
	n := c.Of(call)
	if n.wrapsNamed || !n.wrapsBeyond {
		return !n.wrapsNamed
	}
	if !n.partsSummed {
		n.partsSummed = true
		in, out := c.partsUsage(call)
		u := call.Facts.Usage
		n.hasParts = in+out > 0 && (u.Input == in && u.Output == out || u.Output == 0 || hasOwnAnswer(call))
	}
	return n.hasParts
}

// partsUsage sums the usage of the innermost steps below a call that have any, short of
// its tools and agents.
func (c *Tally) partsUsage(s *tree.Span) (in, out int64) {
	for _, k := range s.Kids {
		switch n := c.Of(k); {
		case k.Facts.Anonymous, n.Kind == kind.Unknown, n.Kind == kind.Chain:
		default:
			continue
		}
		i, o := c.partsUsage(k)
		if i+o == 0 && !c.Of(k).wrapsBeyond && k.Facts.CountsUsage() {
			i, o = k.Facts.Usage.Input, k.Facts.Usage.Output
		}
		in, out = in+i, out+o
	}
	return in, out
}
