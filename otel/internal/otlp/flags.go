package otlp

import tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

// sampled is the W3C trace flag in the low byte of a span's flags
// (SpanFlags_SPAN_FLAGS_TRACE_FLAGS_MASK covers the whole byte).
const sampled = 0x01

// Sampled reports whether the span carries the W3C sampled flag. Senders other
// than this process's SDK mostly leave it unset.
func Sampled(s *tracepb.Span) bool { return s.GetFlags()&sampled != 0 }

// ParentIsRemote reports whether the span declares its parent to be in another
// process. One that declares nothing has a local parent, as far as is known.
func ParentIsRemote(s *tracepb.Span) bool {
	const known = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	const remote = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	return s.GetFlags()&known != 0 && s.GetFlags()&remote != 0
}
