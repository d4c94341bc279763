package slack

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// A link carries the listener's span to the worker, so that the job's trace can
// point to it. It is stored as the values of the W3C headers: traceparent, and
// behind a line break tracestate where there is one.

const (
	traceparentHeader = "traceparent"
	tracestateHeader  = "tracestate"
)

// origin is the stored form of the span in ctx; empty when there is none.
func origin(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if state := carrier[tracestateHeader]; state != "" {
		return carrier[traceparentHeader] + "\n" + state
	}
	return carrier[traceparentHeader]
}

// originSpan reads what [origin] has stored; the span context is invalid when
// there was none.
func originSpan(stored string) trace.SpanContext {
	parent, state, _ := strings.Cut(stored, "\n")
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparentHeader: parent, tracestateHeader: state})
	return trace.SpanContextFromContext(ctx)
}
