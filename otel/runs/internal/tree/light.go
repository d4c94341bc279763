package tree

import (
	"slices"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// A light span is one of which only what is counted is left: it may be kept by the thousand, without the prompts
// and answers of the span that it was read from.

// ReadLight reads one span on its own, shown to see first, and makes it light. Of its attributes those in keep stay.
func ReadLight(pb *tracepb.Span, at otlp.Place, keep []string, see func(*Span)) *Span {
	s := newSpan(pb, at, nil)
	s.Facts = dialect.ReadCounted(pb)
	s.Failed = s.Failed || s.saysFailed()
	see(s)
	s.PB = &tracepb.Span{
		TraceId: slices.Clone(pb.GetTraceId()), SpanId: slices.Clone(pb.GetSpanId()), ParentSpanId: slices.Clone(pb.GetParentSpanId()),
		Kind: pb.GetKind(), Flags: pb.GetFlags(),
	}
	if s.Facts.Kind == kind.Tool { // which may have no other name
		s.PB.Name = value.Name(pb.GetName())
	}
	s.Scope = value.Name(s.Scope)
	s.Facts = s.Facts.Light(keep)
	return s
}

// GrowLight makes the tree of light spans of one trace, none of them twice. The spans may be parts of a tree that was made
// before, which is then none any more.
func GrowLight(id trace.TraceID, light []*Span) *Tree {
	spans := make(map[trace.SpanID]*Span, len(light))
	for _, s := range light {
		s.Parent, s.Kids, s.Orphan, s.Index = nil, nil, false, 0
		spans[s.ID] = s
	}
	return grow(id, spans, Options{MaxRoots: len(light)})
}
