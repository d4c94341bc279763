package tree

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// A span may be reported twice: open and then finished, as pending and then itself, or by
// a sender that tried again. One report counts.

// better reports whether s counts rather than o, another report of the same span:
// the finished one, then the later, then the fuller, then any fixed order.
func (s *Span) better(o *Span) bool {
	if s.Unfinished != o.Unfinished {
		return o.Unfinished
	}
	c := cmp.Or(
		cmp.Compare(s.End, o.End),
		cmp.Compare(len(s.PB.GetAttributes()), len(o.PB.GetAttributes())),
		cmp.Compare(len(s.PB.GetEvents()), len(o.PB.GetEvents())),
	)
	if c == 0 {
		c = strings.Compare(s.spelling(), o.spelling())
	}
	return c > 0
}

// spelling is all that two reports of one span can still differ in.
func (s *Span) spelling() string {
	above := ""
	if s.Above.IsValid() {
		above = s.Above.String()
	}
	return string(value.CompactJSON([]any{
		s.Name(), value.Attributes(s.PB.GetAttributes()), EventList(s.PB.GetEvents(), true),
		int64(s.PB.GetStatus().GetCode()), otlp.ValidText(s.PB.GetStatus().GetMessage()), s.Resource, s.Scope, above,
	}))
}

// TimeLayout is how times are written in artifacts.
const TimeLayout = "2006-01-02T15:04:05.000000Z07:00"

// EventList gives events as they are written to artifacts. Those whose content
// stands elsewhere are left out, exceptions too unless they are asked for.
func EventList(events []*tracepb.Span_Event, exceptions bool) []any {
	var out []any
	for _, e := range dialect.SortedEvents(events) {
		switch name := e.GetName(); {
		case name == mlflowattr.MetricEventName, name == dialect.EvaluationEvent, logrecords.IsMessage(name):
			continue
		case name == "exception" && !exceptions:
			continue
		case strings.HasPrefix(name, "mlflow.chunk.item."), isEmptyChunk(e):
			continue // pieces of a streamed answer, whole in the output
		default:
			out = append(out, map[string]any{
				"name": otlp.ValidText(name), "time": Time(e.GetTimeUnixNano()).Format(TimeLayout),
				"attributes": value.Attributes(e.GetAttributes()),
			})
		}
	}
	return out
}

// isEmptyChunk reports whether an event says only that a piece of a streamed answer came:
// its name speaks of chunks or content, and it holds nothing but numbers, if anything. When
// the first one came is worth knowing.
func isEmptyChunk(e *tracepb.Span_Event) bool {
	words := naming.Words(e.GetName())
	speaks := slices.ContainsFunc(words, func(w string) bool { return w == "chunk" || w == "delta" || w == "content" })
	if !speaks || slices.Contains(words, "first") {
		return false
	}
	for _, kv := range e.GetAttributes() {
		switch x := value.Decode(kv.GetValue()).(type) {
		case int64, float64, bool:
		default:
			if !value.Empty(x) {
				return false
			}
		}
	}
	return true
}

// Merge puts requests together and keeps, of several reports of one span, the one
// that counts. The result shares spans with its arguments.
func Merge(parts ...*tracepb.TracesData) *tracepb.TracesData {
	type key struct {
		trace trace.TraceID
		span  trace.SpanID
	}
	best := map[key]*Span{}
	for _, td := range parts {
		for _, pb := range otlp.Spans(td) {
			p := placeOf(pb)
			s := &Span{PB: pb, Above: p.above, Pending: p.pending}
			s.readTimes()
			k := key{otlp.TraceID(pb), p.id}
			if prev := best[k]; prev == nil || s.better(prev) {
				best[k] = s
			}
		}
	}
	kept := make(map[*tracepb.Span]bool, len(best))
	for _, s := range best {
		kept[s.PB] = true
	}
	out := &tracepb.TracesData{}
	var last otlp.Place
	for _, td := range parts {
		for at, pb := range otlp.Spans(td) {
			if !kept[pb] {
				continue
			}
			delete(kept, pb)
			if at.Resource != last.Resource {
				out.ResourceSpans = append(out.ResourceSpans, &tracepb.ResourceSpans{
					Resource: at.Resource.GetResource(), SchemaUrl: at.Resource.GetSchemaUrl(),
				})
			}
			rs := out.ResourceSpans[len(out.ResourceSpans)-1]
			if at != last {
				rs.ScopeSpans = append(rs.ScopeSpans, &tracepb.ScopeSpans{Scope: at.Scope.GetScope(), SchemaUrl: at.Scope.GetSchemaUrl()})
			}
			ss := rs.ScopeSpans[len(rs.ScopeSpans)-1]
			ss.Spans = append(ss.Spans, pb)
			last = at
		}
	}
	return out
}
