package tracejson

import (
	"bytes"
	"cmp"
	"slices"
)

// parentKey is the attribute that keeps the true parent, in hexadecimal digits, of a
// span that is shown below another; empty where the span has no parent.
const parentKey = "otel.parent_span_id"

// arrange puts spans in order of time, the root first, and hangs below the root
// whatever would not be seen: MLflow's pages draw one tree, from its first root, and
// leave out what they do not reach from there (seen in the pages of 2.22 and 3.1).
// That is a span whose parent is missing, a second root, and a circle.
func arrange(set map[spanID]*span) []*span {
	spans := make([]*span, 0, len(set))
	for _, s := range set {
		s.shown = s.parent
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(a, b *span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), bytes.Compare(a.id[:], b.id[:]))
	})
	root := chooseRoot(spans, set)
	if root < 0 {
		return spans
	}
	top := spans[root]
	copy(spans[1:root+1], spans[:root])
	spans[0] = top
	top.shown = spanID{}

	reached := map[spanID]bool{top.id: true}
	for _, s := range spans[1:] {
		var path []*span
		onPath := map[spanID]bool{}
		for n := s; ; {
			path = append(path, n)
			onPath[n.id] = true
			next, known := set[n.shown]
			if !known || onPath[n.shown] { // nothing above, or a circle: this one moves
				n.shown = top.id
				break
			}
			if reached[next.id] {
				break
			}
			n = next
		}
		for _, n := range path {
			reached[n.id] = true
		}
	}
	return spans
}

// chooseRoot returns the place of the span that the page begins with: the first
// without a parent, else the first whose parent is missing, else the first; -1 for
// no spans.
func chooseRoot(spans []*span, set map[spanID]*span) int {
	if i := slices.IndexFunc(spans, func(s *span) bool { return !s.parent.IsValid() }); i >= 0 {
		return i
	}
	if i := slices.IndexFunc(spans, func(s *span) bool { return set[s.parent] == nil }); i >= 0 {
		return i
	}
	return min(0, len(spans)-1)
}
