package eval

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// idsKey finds in a context the ids that the next root span has to have.
type idsKey struct{}

type ids struct {
	trace trace.TraceID
	span  trace.SpanID
}

// idsOf derives ids from texts.
func idsOf(texts ...string) ids {
	sum := sha256.Sum256([]byte(digestOf(texts...)))
	return ids{trace.TraceID(sum[:16]), trace.SpanID(sum[16:24])}
}

// NewIDGenerator returns a generator that a TracerProvider needs for evaluations with a
// journal, as their traces keep their ids when a run goes on:
//
//	sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)), …)
//
// All other ids come from the generator that it is given, random ones where that is nil.
func NewIDGenerator(others sdktrace.IDGenerator) sdktrace.IDGenerator {
	if others == nil {
		others = randomIDs{}
	}
	return idGenerator{others}
}

type idGenerator struct{ others sdktrace.IDGenerator }

// NewIDs returns the ids of a root span.
func (g idGenerator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if want, ok := ctx.Value(idsKey{}).(ids); ok {
		return want.trace, want.span
	}
	return g.others.NewIDs(ctx)
}

// NewSpanID returns the id of a span with a parent.
func (g idGenerator) NewSpanID(ctx context.Context, id trace.TraceID) trace.SpanID {
	return g.others.NewSpanID(ctx, id)
}

// randomIDs gives ids as the SDK does; |1 keeps them from being zero, which is invalid.
type randomIDs struct{}

func (g randomIDs) NewIDs(ctx context.Context) (id trace.TraceID, _ trace.SpanID) {
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64()|1)
	return id, g.NewSpanID(ctx, id)
}

func (randomIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.NativeEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}
