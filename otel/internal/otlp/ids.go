package otlp

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// TraceID returns the span's trace id. One that OTLP does not allow (empty,
// zero, of another length) is padded, or derived from the span, so that the span
// is not lost; the same span always gets the same id.
func TraceID(s *tracepb.Span) (id trace.TraceID) {
	copy(id[:], valid(s.GetTraceId(), len(id), s))
	return id
}

// SpanID returns the span's own id, made valid as TraceID does.
func SpanID(s *tracepb.Span) (id trace.SpanID) {
	copy(id[:], valid(s.GetSpanId(), len(id), s))
	return id
}

// ParentID returns the id of the span's parent, made valid as TraceID does, or
// the zero id for a span without a parent.
func ParentID(s *tracepb.Span) (id trace.SpanID) {
	if !zero(s.GetParentSpanId()) {
		copy(id[:], valid(s.GetParentSpanId(), len(id), s))
	}
	return id
}

// zero reports whether an id is empty or all zeros, both of which mean none.
func zero(id []byte) bool { return len(bytes.Trim(id, "\x00")) == 0 }

// valid gives an id of the right size. A shorter one is padded on the left, as
// B3's 64 bit trace ids are.
func valid(id []byte, size int, s *tracepb.Span) []byte {
	switch {
	case len(id) == size && !zero(id):
	case len(id) > 0 && len(id) < size && !zero(id):
		id = append(make([]byte, size-len(id)), id...)
	default:
		sum := sha256.Sum256(fmt.Appendf(nil, "%x/%x/%q/%d/%d",
			s.GetTraceId(), id, s.GetName(), s.GetStartTimeUnixNano(), s.GetEndTimeUnixNano()))
		id = sum[:size]
	}
	return id
}

// ValidLink reports whether a link points to a span: both ids have their length.
func ValidLink(l *tracepb.Span_Link) bool {
	return len(l.GetTraceId()) == len(trace.TraceID{}) && len(l.GetSpanId()) == len(trace.SpanID{})
}
