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

// piece is what one request holds of one trace.
type piece struct {
	traces ptrace.Traces
	spans  int
	rooted bool // a root that has ended is in it
	entry  bool // a span whose parent is in another process is in it
	idle   bool // silence ends the trace

	resource, scope int // position in the request of those that were added last
}

// pieces is a request, cut by trace id. Spans keep their order.
type pieces struct {
	order []pcommon.TraceID
	byID  map[pcommon.TraceID]*piece

	projected int // spans left out: their process delivers them
	repaired  int // spans without a valid id or any time
}

// split takes td apart; afterwards td is empty.
func split(td ptrace.Traces, now time.Time) (*pieces, error) {
	out := &pieces{byID: map[pcommon.TraceID]*piece{}}
	for i, rs := range td.ResourceSpans().All() {
		projected := isProjected(rs.Resource())
		for k, ss := range rs.ScopeSpans().All() {
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
				id := s.TraceID()
				to := out.span(i, rs, k, ss, id)
				s.MoveTo(to)
				one := out.byID[id]
				one.rooted = one.rooted || isEndedRoot(to)
				one.entry = one.entry || isEntry(to)
			}
		}
	}
	return out, nil
}

// span is a new span in the piece of its trace, below the same resource and scope.
func (p *pieces) span(i int, rs ptrace.ResourceSpans, k int, ss ptrace.ScopeSpans, id pcommon.TraceID) ptrace.Span {
	one := p.byID[id]
	if one == nil {
		one = &piece{traces: ptrace.NewTraces(), resource: -1}
		p.byID[id] = one
		p.order = append(p.order, id)
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
