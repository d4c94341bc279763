package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// operation is what all started operations share.
type operation struct {
	span    trace.Span
	content recorder
}

// Span returns the operation's span, for attributes of one's own.
func (o operation) Span() trace.Span { return o.span }

// Fail marks the operation as failed and ends its span, as [MarkFailed] does.
// kind is the low cardinality error.type (an HTTP status, an exception type, a
// word); empty means _OTHER.
func (o operation) Fail(err error, kind string) {
	MarkFailed(o.span, err, kind)
	o.span.End()
}

// MarkFailed sets error.type, the exception event and the error status that
// the conventions ask for, without ending the span. A nil err has no event, and
// kind says what there is to say. Of an address that net/http quotes, user and query
// are left out: some providers take their key there.
func MarkFailed(span trace.Span, err error, kind string) {
	if kind == "" {
		kind = "_OTHER"
	}
	said := kind
	if err != nil {
		said = withoutAddressKeys(err)
		recordError(span, err, said)
	}
	span.SetAttributes(ErrorTypeKey.String(kind))
	span.SetStatus(codes.Error, said)
}

// start begins the span of an operation. Content is left out where nobody records.
func start(
	ctx context.Context, t trace.Tracer, name string, kind trace.SpanKind, kv []attribute.KeyValue, opts []Option,
) (context.Context, operation) {
	c := newConfig(opts)
	if c.name != "" {
		name = c.name
	}
	options := append([]trace.SpanStartOption{trace.WithSpanKind(kind), trace.WithAttributes(kv...)}, c.start...)
	ctx, span := t.Start(ctx, name, options...)
	c.content.on = c.content.on && span.IsRecording()
	return ctx, operation{span: span, content: c.content}
}

// named returns the conventions' span name: the operation, and its object if known.
func named(operation, object string) string {
	if object == "" {
		return operation
	}
	return operation + " " + object
}

func appendString(kv []attribute.KeyValue, k attribute.Key, v string) []attribute.KeyValue {
	if v == "" {
		return kv
	}
	return append(kv, k.String(v))
}

func appendInt(kv []attribute.KeyValue, k attribute.Key, v int) []attribute.KeyValue {
	if v == 0 {
		return kv
	}
	return append(kv, k.Int(v))
}

// appendSettings adds what models are asked with.
func appendSettings(kv []attribute.KeyValue, temperature, topP *float64, maxTokens int, seed *int) []attribute.KeyValue {
	kv = appendInt(kv, RequestMaxTokensKey, maxTokens)
	if temperature != nil {
		kv = append(kv, RequestTemperatureKey.Float64(*temperature))
	}
	if topP != nil {
		kv = append(kv, RequestTopPKey.Float64(*topP))
	}
	if seed != nil {
		kv = append(kv, RequestSeedKey.Int(*seed))
	}
	return kv
}
