package otlp

import (
	"iter"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Place is where a span stands in a request: its resource and its scope, with
// what OTLP keeps beside them (schema URLs). Neither is ever nil in a walk.
type Place struct {
	Resource *tracepb.ResourceSpans
	Scope    *tracepb.ScopeSpans
}

// Spans walks all spans of a request in the order they stand in. Entries that
// are nil, which only Go programs can make, are passed over.
func Spans(td *tracepb.TracesData) iter.Seq2[Place, *tracepb.Span] {
	return func(yield func(Place, *tracepb.Span) bool) {
		for _, rs := range td.GetResourceSpans() {
			for _, ss := range rs.GetScopeSpans() {
				at := Place{rs, ss}
				for _, s := range ss.GetSpans() {
					if s != nil && !yield(at, s) {
						return
					}
				}
			}
		}
	}
}

// Count returns the number of spans in a request.
func Count(td *tracepb.TracesData) int {
	n := 0
	for range Spans(td) {
		n++
	}
	return n
}

// Clone copies a request so that the copy's walk gives the same spans in the
// same order. Nothing is shared with td; nil entries are left out.
func Clone(td *tracepb.TracesData) *tracepb.TracesData {
	out := &tracepb.TracesData{ResourceSpans: make([]*tracepb.ResourceSpans, 0, len(td.GetResourceSpans()))}
	for _, rs := range td.GetResourceSpans() {
		if rs == nil {
			continue
		}
		to := &tracepb.ResourceSpans{SchemaUrl: rs.SchemaUrl, ScopeSpans: make([]*tracepb.ScopeSpans, 0, len(rs.ScopeSpans))}
		if rs.Resource != nil {
			to.Resource = proto.CloneOf(rs.Resource)
		}
		out.ResourceSpans = append(out.ResourceSpans, to)
		for _, ss := range rs.ScopeSpans {
			if ss == nil {
				continue
			}
			scope := &tracepb.ScopeSpans{SchemaUrl: ss.SchemaUrl, Spans: make([]*tracepb.Span, 0, len(ss.Spans))}
			if ss.Scope != nil {
				scope.Scope = proto.CloneOf(ss.Scope)
			}
			for _, s := range ss.Spans {
				if s != nil {
					scope.Spans = append(scope.Spans, proto.CloneOf(s))
				}
			}
			to.ScopeSpans = append(to.ScopeSpans, scope)
		}
	}
	return out
}
