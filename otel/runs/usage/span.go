package usage

import (
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Span is what counts of one span, a kilobyte or so whatever the span holds. It belongs to one goroutine.
type Span struct {
	*tree.Span

	trace      trace.TraceID
	service    string
	errorType  string
	firstChunk time.Duration

	at       int  // in the trace's order
	returned bool // by Count, or told by a span that was
	calls    int  // that it was returned as
	usage    bool // it was returned with usage
}

// TraceID returns the trace that the span is of.
func (s *Span) TraceID() trace.TraceID { return s.trace }

// Attributes that are read beside what the dialects know.
const (
	operationKey = "gen_ai.operation.name"
	errorTypeKey = "error.type"
	serviceKey   = "service.name"
)

// Read reads the spans of a request, one Span for each. td is not changed, and may be changed afterwards.
func Read(td *tracepb.TracesData) []*Span {
	var out []*Span
	keep := append(count.PriceKeys(), operationKey)
	var from *tracepb.ResourceSpans
	service := ""
	for at, pb := range otlp.Spans(td) {
		if at.Resource != from {
			from, service = at.Resource, serviceOf(at.Resource)
		}
		s := &Span{trace: otlp.TraceID(pb), service: service}
		s.Span = tree.ReadLight(pb, at, keep, func(full *tree.Span) {
			s.firstChunk = firstChunk(full)
			if full.Failed {
				s.errorType = value.Name(errorType(full))
			}
		})
		out = append(out, s)
	}
	return out
}

func serviceOf(rs *tracepb.ResourceSpans) string {
	for _, kv := range rs.GetResource().GetAttributes() {
		if kv.GetKey() == serviceKey {
			return value.Name(value.Word(value.Decode(kv.GetValue())))
		}
	}
	return ""
}

// other is what the conventions call an error of no known type.
const other = "_OTHER"

// errorType names why a span failed, in a word of few.
func errorType(s *tree.Span) string {
	if v, ok := s.Attribute(errorTypeKey); ok {
		if w := dialect.Label(v); w != "" {
			return w
		}
	}
	for _, e := range s.PB.GetEvents() {
		for _, kv := range e.GetAttributes() {
			if kv.GetKey() == "exception.type" {
				if w := dialect.Label(value.Decode(kv.GetValue())); w != "" {
					return w
				}
			}
		}
	}
	return other
}

const serverFirstToken = "gen_ai.server.time_to_first_token"

// firstChunk is how long the first chunk of a streamed answer took, 0 where the span does not say.
func firstChunk(s *tree.Span) time.Duration {
	for _, from := range []struct {
		key  string
		unit time.Duration
	}{
		{"gen_ai.response.time_to_first_chunk", time.Second},
		{"gen_ai.client.operation.time_to_first_chunk", time.Second}, // the name of the metric: Pydantic AI, the AI SDK 7
		{serverFirstToken, time.Second},
		{"ai.response.msToFirstChunk", time.Millisecond}, // the AI SDK's
		{"ttft_ms", time.Millisecond},                    // Claude Code's
	} {
		v, ok := s.Attribute(from.key)
		if !ok {
			continue
		}
		if _, whole := v.(int64); whole && from.key == serverFirstToken {
			from.unit = time.Millisecond // Strands counts whole milliseconds; others write seconds with a fraction
		}
		const longest = 1e6 // no stream begins after that, in either unit
		if n, ok := value.Number(v); ok && n > 0 && n < longest*1000 {
			return time.Duration(n * float64(from.unit))
		}
	}
	return 0
}
