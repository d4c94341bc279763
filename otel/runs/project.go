package runs

import (
	"cmp"
	"slices"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Project gives the runs of every trace in td, the earliest trace first. It
// does not change td, and the result does not depend on the order of spans,
// nor on the requests they came in, nor on spans that came twice.
func Project(td *tracepb.TracesData, rules Rules) []Projection {
	trees := grow(td, rules)
	out := make([]Projection, 0, len(trees))
	for _, t := range trees {
		t.sum()
	}
	noteDoublesAcross(trees)
	for _, t := range trees {
		out = append(out, t.project())
	}
	return out
}

func (t *tree) project() Projection {
	chosen := t.choose()
	foldedSpans(t.ordered)
	nested := map[*draft][]*draft{}
	for _, n := range chosen {
		n.run.title = n.run.fill()
		if p := n.run.above(); p != nil {
			nested[p] = append(nested[p], n.run)
		}
	}
	for i := len(chosen) - 1; i >= 0; i-- { // children first, so that collecting reaches the top
		d := chosen[i].run
		if d.above() == nil {
			d.sections(nested[d])
		}
		d.seal()
		if t.rules.Collect {
			d.collect(nested[d])
		}
	}
	p := Projection{TraceID: t.id, Trace: t.info()}
	for _, n := range chosen { // parents first, so that inheriting reaches the leaves
		d, parent := n.run, n.run.above()
		parentID := ""
		if parent != nil {
			parentID = parent.node.id
			for _, key := range t.rules.Inherit {
				d.tag(key, parent.tags.values[key])
			}
		}
		if t.rules.ColorBy != "" {
			if color := t.rules.Colors[d.tags.values[t.rules.ColorBy]]; color != "" {
				d.tag("mlflow.runColor", color)
			}
		}
		r := d.finish(parentID)
		r.Name = d.title
		p.Runs = append(p.Runs, r)
	}
	p.Runs = inOrder(p.Runs)
	p.Notes = t.notes.list
	return p
}

// above is the run that this one is nested in.
func (d *draft) above() *draft {
	if d.node.parent == nil {
		return nil
	}
	return d.node.parent.run
}

// noteDoublesAcross says where a call of one trace stands in another one too,
// because a second instrumentation did not see the first one's context. Each
// trace keeps its numbers: either may be delivered without the other.
func noteDoublesAcross(trees []*tree) {
	first := map[string]*tree{}
	for _, t := range trees {
		for _, n := range t.nodes {
			if id := n.f.responseID; id != "" && n.f.kind.model() {
				switch other := first[id]; other {
				case nil:
					first[id] = t
				case t:
				default:
					t.notes.add("model call %s is also in trace %s", id, other.id)
					other.notes.add("model call %s is also in trace %s", id, t.id)
				}
			}
		}
	}
}

// inOrder lists parents before their children, siblings by start.
func inOrder(list []Run) []Run {
	kids := map[string][]Run{}
	for _, r := range list {
		kids[r.ParentSpanID] = append(kids[r.ParentSpanID], r)
	}
	out := make([]Run, 0, len(list))
	var add func(parent string)
	add = func(parent string) {
		level := kids[parent]
		slices.SortStableFunc(level, func(a, b Run) int {
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.SpanID, b.SpanID))
		})
		for _, r := range level {
			out = append(out, r)
			add(r.SpanID)
		}
	}
	add("")
	return out
}
