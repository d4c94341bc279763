package tree

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// Beginning says what is known of the root of a trace.
type Beginning int

// The kinds of beginning.
const (
	// RootHere is a trace with a root that has ended, or one with nothing to wait for.
	RootHere Beginning = iota
	// RootOutside is a trace that is whole but for parents in other processes.
	RootOutside
	// RootMissing is a trace whose root is still open, or whose spans name parents of their
	// own process that are not there: they end after their children, and come later.
	RootMissing
)

// BeginningOf looks for the root of a trace among its spans.
func BeginningOf(td *tracepb.TracesData) Beginning {
	ended, open, gaps := survey(td)
	outside := false
	for _, g := range gaps {
		outside = outside || g.remote
		open = open || !g.remote
	}
	switch {
	case ended:
		return RootHere
	case open:
		return RootMissing
	case outside:
		return RootOutside
	}
	return RootHere
}

// gap is a parent that is not in the trace.
type gap struct {
	id     trace.SpanID // zero: not said
	remote bool         // in another process
	child  *tracepb.Span
	at     otlp.Place
}

// survey finds roots and what is missing. ended and open say that there is such a root;
// a root in another process counts by its local root here.
func survey(td *tracepb.TracesData) (ended, open bool, gaps []gap) {
	here := map[trace.SpanID]bool{} // span → it has ended
	for _, pb := range otlp.Spans(td) {
		p := placeOf(pb)
		here[p.id] = here[p.id] || !p.pending && pb.GetEndTimeUnixNano() != 0
	}
	for at, pb := range otlp.Spans(td) {
		p := placeOf(pb)
		switch {
		case !p.above.IsValid():
			ended = ended || here[p.id]
			open = open || !here[p.id]
		case p.above == p.id && p.pending:
			if !here[p.id] {
				gaps = append(gaps, gap{child: pb, at: at})
			}
		case hasSpan(here, p.above) || p.pending && here[p.id]:
		default:
			// What is still open has begun here, wherever it was asked for.
			remote := !p.pending && here[p.id] && IsEntry(pb.GetFlags(), pb.GetKind())
			gaps = append(gaps, gap{id: p.above, remote: remote, child: pb, at: at})
		}
	}
	return ended, open, gaps
}

func hasSpan(here map[trace.SpanID]bool, id trace.SpanID) bool { _, ok := here[id]; return ok }

// IsEntry reports whether a span that has a parent says that it is in another process: by
// its flags, else by its kind, since servers and consumers are called from outside.
func IsEntry(flags uint32, k tracepb.Span_SpanKind) bool {
	const known = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if flags&known != 0 {
		return flags&uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK) != 0
	}
	return k == tracepb.Span_SPAN_KIND_SERVER || k == tracepb.Span_SPAN_KIND_CONSUMER
}

// standInType is the attribute that marks the spans of AddMissing, which have no other.
const standInType = "span_type"

// AddMissing returns td with a pending span for each parent that is missing in a trace
// whose root is not there, so that what is there hangs together below runs that the parents
// complete once they come. Where a root is known to be open nothing is added: all hangs
// below it. The result shares spans with td.
func AddMissing(td *tracepb.TracesData) *tracepb.TracesData {
	ended, open, gaps := survey(td)
	if ended || open {
		return td
	}
	first := map[trace.SpanID]gap{}
	for _, g := range gaps {
		if g.remote || !g.id.IsValid() {
			continue
		}
		if f, ok := first[g.id]; !ok || before(g.child, f.child) {
			first[g.id] = g
		}
	}
	ids := make([]trace.SpanID, 0, len(first))
	for id := range first {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b trace.SpanID) int { return bytes.Compare(a[:], b[:]) })
	out := &tracepb.TracesData{ResourceSpans: slices.Clip(td.GetResourceSpans())}
	for _, id := range ids {
		g := first[id]
		own := sha256.Sum256(append([]byte("stands in for "), id[:]...))
		start := g.child.GetStartTimeUnixNano()
		out.ResourceSpans = append(out.ResourceSpans, &tracepb.ResourceSpans{
			Resource: g.at.Resource.GetResource(), SchemaUrl: g.at.Resource.GetSchemaUrl(),
			ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{
				TraceId: g.child.GetTraceId(), SpanId: own[:8], ParentSpanId: id[:], StartTimeUnixNano: start, EndTimeUnixNano: start,
				Attributes: []*commonpb.KeyValue{{Key: standInType, Value: &commonpb.AnyValue{
					Value: &commonpb.AnyValue_StringValue{StringValue: pendingType},
				}}},
			}}}},
		})
	}
	return out
}

// before orders children of one missing parent by their start, then by id.
func before(a, b *tracepb.Span) bool {
	if a.GetStartTimeUnixNano() != b.GetStartTimeUnixNano() {
		return a.GetStartTimeUnixNano() < b.GetStartTimeUnixNano()
	}
	return bytes.Compare(a.GetSpanId(), b.GetSpanId()) < 0
}
