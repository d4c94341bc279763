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

// seed is the place in a job's span tree whose spans are numbered.
type seed struct {
	text string
	next atomic.Uint64
}

// withSeed makes the spans started under ctx follow from text. Spans of one
// seed must be started in a fixed order.
func withSeed(ctx context.Context, text string) context.Context {
	return context.WithValue(ctx, seedKey{}, &seed{text: text})
}

// jobSeed is the seed of a job's attempt.
func jobSeed(j job.Job) string { return "job/" + j.ID + "/" + strconv.Itoa(j.Attempt) }

// TraceID is the id of the trace that an attempt of a job writes.
func TraceID(j job.Job) trace.TraceID {
	sum := sha256.Sum256([]byte("trace/" + jobSeed(j)))
	return trace.TraceID(sum[:16])
}

// NewIDs is called for spans without a parent.
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

// NewSpanID is called for every span with a parent.
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
