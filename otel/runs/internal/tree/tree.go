package tree

import (
	"bytes"
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
)

// Tree is one trace.
type Tree struct {
	ID      trace.TraceID
	Spans   []*Span // by start, then id
	Roots   []*Span // local roots, by start; at least one
	Ordered []*Span // all spans, parents first
	Notes   notes.Notes
}

// Options bound and steer reading.
type Options struct {
	MaxRoots int                   // further local roots hang below the first
	Ignored  func(key string) bool // attributes that are not shown
}

// Read reads all spans and puts them into one tree per trace, whatever their order,
// and whether they came in one request or many. The earliest trace comes first.
func Read(td *tracepb.TracesData, o Options) []*Tree {
	traces := map[trace.TraceID]map[trace.SpanID]*Span{}
	var from *tracepb.ResourceSpans
	var resource map[string]any
	position := -1
	for at, pb := range otlp.Spans(td) {
		position++
		if resource == nil || at.Resource != from {
			from, resource = at.Resource, map[string]any{}
			for _, a := range dialect.Gather(at.Resource.GetResource().GetAttributes()) {
				resource[a.Key] = a.Value
			}
		}
		s := newSpan(pb, at, resource)
		s.Position = position
		id := otlp.TraceID(pb)
		spans := traces[id]
		if spans == nil {
			spans = map[trace.SpanID]*Span{}
			traces[id] = spans
		}
		if prev := spans[s.ID]; prev == nil || s.better(prev) {
			spans[s.ID] = s
		}
	}
	trees := make([]*Tree, 0, len(traces))
	for id, spans := range traces {
		trees = append(trees, grow(id, spans, o))
	}
	slices.SortFunc(trees, func(a, b *Tree) int {
		return cmp.Or(cmp.Compare(a.Spans[0].Start, b.Spans[0].Start), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return trees
}

// newSpan reads what a span says by itself, but for what the dialects know.
func newSpan(pb *tracepb.Span, at otlp.Place, resource map[string]any) *Span {
	p := placeOf(pb)
	s := &Span{
		PB: pb, Resource: resource, Scope: otlp.ValidText(at.Scope.GetScope().GetName()),
		ID: p.id, Above: p.above, Pending: p.pending,
		resourceDropped: at.Resource.GetResource().GetDroppedAttributesCount(),
	}
	s.readTimes()
	return s
}

// readFacts reads what the dialects know of a span.
func (s *Span) readFacts(ignored func(key string) bool) {
	s.Facts = dialect.Read(s.PB, ignored)
	s.Failed = s.Failed || s.saysFailed()
}

// grow makes the tree of one trace: first who is whose parent, then the order,
// then what each span says.
func grow(id trace.TraceID, spans map[trace.SpanID]*Span, o Options) *Tree {
	t := &Tree{ID: id, Spans: make([]*Span, 0, len(spans))}
	for _, s := range spans {
		t.Spans = append(t.Spans, s)
	}
	slices.SortFunc(t.Spans, ByStart)
	t.connect(spans)
	t.boundRoots(o.MaxRoots)
	for _, s := range t.Spans { // in order of start, so kids are too
		if s.Parent != nil {
			s.Parent.Kids = append(s.Parent.Kids, s)
		}
	}
	t.Ordered = make([]*Span, 0, len(t.Spans))
	for _, r := range t.Roots {
		r.Walk(func(s *Span) {
			s.Index = len(t.Ordered)
			t.Ordered = append(t.Ordered, s)
		})
	}
	for _, s := range t.Spans {
		if s.Facts == nil {
			s.readFacts(o.Ignored)
		}
		s.Losses = dropped(s.PB)
	}
	for _, r := range t.Roots { // once, not for each span of the resource
		r.Losses.Attributes += int(min(r.resourceDropped, maxDropped))
	}
	t.findCut()
	t.noteLosses()
	return t
}

// connect finds parents and local roots. A local root is a span without a parent,
// or whose parent is not in the trace: in another process, or lost. Spans of lost
// parents hang below the only real root, if there is one. A remote parent that is
// here as well (a Collector sees both services) is a parent like any other, so
// that the trace stays one job.
func (t *Tree) connect(spans map[trace.SpanID]*Span) {
	var parentless, orphans []*Span
	for _, s := range t.Spans {
		switch p := spans[s.Above]; {
		case !s.Above.IsValid():
			parentless = append(parentless, s)
		case p != nil && p != s:
			s.Parent = p
		case s.remote():
			t.Roots = append(t.Roots, s)
		default:
			orphans = append(orphans, s)
		}
	}
	orphans = append(orphans, t.breakCycles()...)
	for _, s := range orphans {
		if len(parentless) == 1 {
			s.Parent, s.Orphan = parentless[0], true
			t.Notes.Add("span %q has no parent in this trace and was counted with the root", s.PB.GetName())
			continue
		}
		t.Roots = append(t.Roots, s)
	}
	t.Roots = append(t.Roots, parentless...)
	slices.SortFunc(t.Roots, ByStart)
}

// boundRoots keeps a trace that lost its root from becoming hundreds of parent
// runs: local roots beyond the limit hang below the first. Those that are roots by
// their own word come first.
func (t *Tree) boundRoots(limit int) {
	if len(t.Roots) <= limit {
		return
	}
	var kept, rest []*Span
	for _, begins := range []bool{true, false} {
		for _, s := range t.Roots {
			switch {
			case s.Begins() != begins:
			case len(kept) < limit:
				kept = append(kept, s)
			default:
				rest = append(rest, s)
			}
		}
	}
	for _, s := range rest {
		s.Parent, s.Orphan = kept[0], true
	}
	t.Notes.Add("%d local roots beyond the limit of %d were folded into the first", len(rest), limit)
	slices.SortFunc(kept, ByStart)
	t.Roots = kept
}

// breakCycles cuts each ring of parents at its earliest span and returns those
// spans. Every span is looked at once: a path stops where an earlier one went.
func (t *Tree) breakCycles() []*Span {
	const (
		unseen = iota
		onPath
		done
	)
	state := make(map[*Span]int, len(t.Spans))
	var cut []*Span
	for _, s := range t.Spans {
		var path []*Span
		for m := s; m != nil && state[m] != done; m = m.Parent {
			if state[m] == onPath {
				first := m
				for r := m.Parent; r != m; r = r.Parent {
					if ByStart(r, first) < 0 {
						first = r
					}
				}
				first.Parent = nil
				cut = append(cut, first)
				t.Notes.Add("spans that are their own ancestors were cut apart at %q", first.PB.GetName())
				break
			}
			state[m] = onPath
			path = append(path, m)
		}
		for _, m := range path {
			state[m] = done
		}
	}
	return cut
}
