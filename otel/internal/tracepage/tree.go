package tracepage

import (
	"bytes"
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// row is a span at its place in the tree.
type row struct {
	at    otlp.Place
	span  *tracepb.Span
	id    trace.SpanID
	depth int
	lost  bool // its parent is not in the data, or above itself
}

func (r *row) start() uint64 { return r.span.GetStartTimeUnixNano() }

// end is never before the start.
func (r *row) end() uint64 { return max(r.span.GetEndTimeUnixNano(), r.start()) }

// rows lists all spans as a tree is read: each below its parent, brothers by time. A
// span whose parent is missing begins a tree of its own, and so does one of each
// circle. Of two reports of one span the later counts.
func rows(td *tracepb.TracesData) []*row {
	byID := map[trace.SpanID]*row{}
	for at, s := range otlp.Spans(td) {
		id := otlp.SpanID(s)
		byID[id] = &row{at: at, span: s, id: id}
	}
	all := make([]*row, 0, len(byID))
	for _, r := range byID {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.start(), b.start()), cmp.Compare(b.end(), a.end()), bytes.Compare(a.id[:], b.id[:]))
	})
	below := map[trace.SpanID][]*row{}
	var tops []*row
	for _, r := range all {
		switch parent := otlp.ParentID(r.span); {
		case !parent.IsValid():
			tops = append(tops, r)
		case byID[parent] == nil:
			r.lost = true
			tops = append(tops, r)
		default:
			below[parent] = append(below[parent], r)
		}
	}
	out := make([]*row, 0, len(all))
	seen := map[trace.SpanID]bool{}
	walk := func(top *row) {
		for stack := []*row{top}; len(stack) > 0; {
			r := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[r.id] {
				continue
			}
			seen[r.id] = true
			out = append(out, r)
			for _, child := range slices.Backward(below[r.id]) {
				if !seen[child.id] {
					child.depth = r.depth + 1
					stack = append(stack, child)
				}
			}
		}
	}
	for _, r := range tops {
		walk(r)
	}
	for _, r := range all { // what no top leads to are circles
		if !seen[r.id] {
			r.lost, r.depth = true, 0
			walk(r)
		}
	}
	return out
}
