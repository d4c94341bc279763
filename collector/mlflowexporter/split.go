package mlflowexporter

import (
	"crypto/sha256"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// piece is what one request holds of one trace, or a part of that.
type piece struct {
	id     pcommon.TraceID
	traces ptrace.Traces
	spans  int
	bytes  int  // of the spans, before they are compressed
	rooted bool // a root that has ended is in it
	entry  bool // a span whose parent is in another process is in it
	idle   bool // silence ends the trace

	resource, scope int // position in the request of those that were added last
}

// pieces is a request, cut by trace id, and further where a trace has too much of it.
// Spans keep their order.
type pieces struct {
	order []*piece
	byID  map[pcommon.TraceID]*piece // the last one of each trace

	projected int // spans left out: their process delivers them
	repaired  int // spans without a valid id or any time
	cut       int // spans and resources that were too large
}

// bounds are those of what is stored.
type bounds struct {
	spans     int // of a piece
	bytes     int // of a piece, before it is compressed
	spanBytes int // of a span
}

// What stands around the spans of a request is stored with each of its traces.
const (
	surroundingBytes  = 256 << 10 // of one resource or scope
	surroundingsBytes = 64 << 20  // of all that are made of one request
	leastSurrounding  = 1 << 10
)

// split takes td apart; afterwards td is empty.
func split(td ptrace.Traces, now time.Time, most bounds) (*pieces, error) {
	out := &pieces{byID: map[pcommon.TraceID]*piece{}}
	var fit fitter
	around := surroundingBytes
	for i, rs := range td.ResourceSpans().All() {
		projected := isProjected(rs.Resource())
		if i == 0 && !projected {
			around = surrounding(td)
		}
		gone := fit.surroundings(rs.Resource().Attributes(), around)
		rs.Resource().SetDroppedAttributesCount(rs.Resource().DroppedAttributesCount() + uint32(gone)) //nolint:gosec // a count
		for k, ss := range rs.ScopeSpans().All() {
			gone := fit.surroundings(ss.Scope().Attributes(), around)
			ss.Scope().SetDroppedAttributesCount(ss.Scope().DroppedAttributesCount() + uint32(gone)) //nolint:gosec // a count
			for _, s := range ss.Spans().All() {
				if projected {
					out.projected++
					continue
				}
				repaired, err := repair(s, now)
				if err != nil {
					return nil, err
				}
				if repaired {
					out.repaired++
				}
				id, size := s.TraceID(), fit.span(s, most.spanBytes)
				to := out.span(i, rs, k, ss, id, size, most)
				s.MoveTo(to)
				one := out.byID[id]
				one.rooted = one.rooted || isEndedRoot(to)
				one.entry = one.entry || isEntry(to)
			}
		}
	}
	out.cut = fit.cut
	return out, nil
}

// surrounding is how much may stand around the spans of a request, which is less where
// many traces would have a copy of it.
func surrounding(td ptrace.Traces) int {
	largest := 0
	for _, rs := range td.ResourceSpans().All() {
		largest = max(largest, sizeOfMap(rs.Resource().Attributes()))
		for _, ss := range rs.ScopeSpans().All() {
			largest = max(largest, sizeOfMap(ss.Scope().Attributes()))
		}
	}
	if largest <= leastSurrounding || largest*td.SpanCount() <= surroundingsBytes {
		return surroundingBytes
	}
	traces := map[pcommon.TraceID]struct{}{}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				traces[s.TraceID()] = struct{}{}
			}
		}
	}
	return max(leastSurrounding, min(surroundingBytes, surroundingsBytes/max(1, len(traces))))
}

// span is a new span in the piece of its trace, below the same resource and scope.
func (p *pieces) span(i int, rs ptrace.ResourceSpans, k int, ss ptrace.ScopeSpans, id pcommon.TraceID, size int, most bounds) ptrace.Span {
	one := p.byID[id]
	if one == nil || one.spans >= most.spans || one.spans > 0 && one.bytes+size > most.bytes {
		one = &piece{id: id, traces: ptrace.NewTraces(), resource: -1}
		p.byID[id] = one
		p.order = append(p.order, one)
	}
	list := one.traces.ResourceSpans()
	if one.resource != i {
		to := list.AppendEmpty()
		rs.Resource().CopyTo(to.Resource())
		to.SetSchemaUrl(rs.SchemaUrl())
		one.resource, one.scope = i, -1
	}
	scopes := list.At(list.Len() - 1).ScopeSpans()
	if one.scope != k {
		to := scopes.AppendEmpty()
		ss.Scope().CopyTo(to.Scope())
		to.SetSchemaUrl(ss.SchemaUrl())
		one.scope = k
	}
	one.spans++
	one.bytes += size
	return scopes.At(scopes.Len() - 1).Spans().AppendEmpty()
}

// isEndedRoot reports whether a span begins the trace and has ended: one that is still open,
// or only announces a span, says that the root is yet to come (runs.BeginningOf).
func isEndedRoot(s ptrace.Span) bool {
	if !s.ParentSpanID().IsEmpty() || s.EndTimestamp() == 0 {
		return false
	}
	for key, v := range s.Attributes().All() {
		if v.Type() == pcommon.ValueTypeStr && runs.SaysPending(key, v.Str()) {
			return false
		}
	}
	return true
}

// isEntry reports whether a span's parent is in another process.
func isEntry(s ptrace.Span) bool {
	return !s.ParentSpanID().IsEmpty() && runs.IsEntry(s.Flags(), tracepb.Span_SpanKind(s.Kind()))
}

func isProjected(r pcommon.Resource) bool {
	v, ok := r.Attributes().Get(string(mlflowattr.ProjectedKey))
	if !ok {
		return false
	}
	if v.Type() == pcommon.ValueTypeBool {
		return v.Bool()
	}
	return v.AsString() == "true"
}

// repair gives a span what OTLP demands of it, so that it is not lost: ids, derived
// from the span itself and so the same when it comes again, and a time.
func repair(s ptrace.Span, now time.Time) (bool, error) {
	noID, noTime := s.TraceID().IsEmpty() || s.SpanID().IsEmpty(), s.StartTimestamp() == 0 && s.EndTimestamp() == 0
	if noID {
		one := ptrace.NewTraces()
		s.CopyTo(one.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
		b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(one)
		if err != nil {
			return false, fmt.Errorf("encode span: %w", err)
		}
		sum := sha256.Sum256(b)
		if s.TraceID().IsEmpty() {
			s.SetTraceID(pcommon.TraceID(sum[:16]))
		}
		if s.SpanID().IsEmpty() {
			s.SetSpanID(pcommon.SpanID(sum[16:24]))
		}
	}
	if noTime {
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(now))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
	}
	return noID || noTime, nil
}
