package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
)

// IDGenerator is a sdktrace.IDGenerator. It gives the spans of a job ids that follow
// from the job and its attempt. An attempt that is run again after a crash thus
// lands on the same trace and the same runs instead of beside them. Spans outside a
// job get random ids. The zero value is ready; it is safe for concurrent use.
type IDGenerator struct{}

type seedKey struct{}

// seed is the place in a job's span tree whose spans are numbered. next counts
// the spans started so far; it is atomic because goroutines of one stage may
// share the context.
type seed struct {
	text string
	next atomic.Uint64
}

// withSeed makes the spans started under ctx follow from text. Spans of one
// seed must be started in a fixed order.
// They get their numbers in the order in which they start, and an attempt that
// is run again must give each the number it had.
func withSeed(ctx context.Context, text string) context.Context {
	return context.WithValue(ctx, seedKey{}, &seed{text: text})
}

// jobSeed is the seed of a job's attempt. Its form is part of the ids: changing
// it parts the attempts that are under way from their traces.
func jobSeed(j job.Job) string { return "job/" + j.ID + "/" + strconv.Itoa(j.Attempt) }

// TraceID is the id of the trace that an attempt of a job writes, known before
// and after the attempt itself. It is the first half of a SHA-256, evenly
// spread as samplers need it.
func TraceID(j job.Job) trace.TraceID {
	sum := sha256.Sum256([]byte("trace/" + jobSeed(j)))
	return trace.TraceID(sum[:16])
}

// NewIDs returns the ids of a span without a parent. The SDK calls it.
func (g IDGenerator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	s, ok := ctx.Value(seedKey{}).(*seed)
	if !ok {
		var id trace.TraceID
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64()|1)
		return id, g.NewSpanID(ctx, id)
	}
	sum := sha256.Sum256([]byte("trace/" + s.text))
	id := trace.TraceID(sum[:16])
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID returns the id of a span with a parent. The SDK calls it. |1 below
// keeps a random id from being zero, which is invalid.
func (IDGenerator) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	var id trace.SpanID
	s, ok := ctx.Value(seedKey{}).(*seed)
	if !ok {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64()|1)
		return id
	}
	sum := sha256.Sum256([]byte("span/" + s.text + "/" + strconv.FormatUint(s.next.Add(1), 10)))
	copy(id[:], sum[:8])
	return id
}
