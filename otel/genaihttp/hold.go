package genaihttp

import (
	"cmp"
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/otel/genai"
)

type holdKey struct{}

// Held is a model call whose span stays open after its answer has been read, for a program that judges answers: an answer
// that breaks the schema asked for is a failed call, though the server says 200. It is safe for concurrent use.
type Held struct {
	held    *held
	cleanup runtime.Cleanup
}

// held is what the call knows of who holds it. It does not refer to the Held, so that one whom nobody can end is found.
type held struct {
	attributes []attribute.KeyValue // at the span's start

	mu      sync.Mutex
	call    *call         // the last one; nil: none was sent, or recorded
	reading bool          // its answer is not read yet
	failure *failure      // of the call itself
	took    time.Duration // it
	verdict *verdict      // nil: not yet
}

// verdict is what the program says of the call.
type verdict struct {
	err        error
	kind       string
	attributes []attribute.KeyValue
}

// Hold returns a context for one model call, whose span begins with further attributes and is ended by [Held.End], which
// must be called. Where a client sends more than one request with the context, the last one is held. The call is recorded also
// below a span that says it is a model call, such as a stage that shows as one.
//
// A deferred End tells of a judge that panics. The span of a Held that is forgotten ends when the garbage collector finds it,
// with [BodyEndKey] "unjudged".
func Hold(ctx context.Context, kv ...attribute.KeyValue) (context.Context, *Held) {
	h := &held{attributes: kv}
	out := &Held{held: h}
	out.cleanup = runtime.AddCleanup(out, unjudged, h)
	return context.WithValue(ctx, holdKey{}, h), out
}

// unjudged ends a call that nobody can judge any more. What gets its span may wait for something.
func unjudged(h *held) {
	go h.end(verdict{attributes: []attribute.KeyValue{BodyEndKey.String("unjudged")}})
}

// End ends the span, or has it end with the answer if that is still being read. err is what the program finds wrong with the
// call, and kind its error.type, on the span and in the metrics; a nil err leaves the transport's own judgment. The attributes replace
// those of the same keys. What is said after the first time is not heard.
func (h *Held) End(err error, kind string, kv ...attribute.KeyValue) {
	h.cleanup.Stop()
	h.held.end(verdict{err, kind, kv})
	runtime.KeepAlive(h)
}

func (h *held) end(v verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.verdict != nil {
		return
	}
	h.verdict = &v
	if h.call != nil && !h.reading {
		h.settle(v)
	}
}

// settle ends the span of the call and records its metrics, as the program and the call itself say. h.mu is held.
func (h *held) settle(v verdict) {
	span, kind := h.call.span, ""
	span.SetAttributes(v.attributes...)
	switch {
	case v.err != nil:
		kind = cmp.Or(v.kind, "_OTHER")
		err := v.err
		if bare := withoutKeys(err.Error(), h.call.url); bare != err.Error() {
			err = &failure{kind: kind, text: bare, err: err}
		}
		genai.MarkFailed(span, err, kind)
	case h.failure != nil:
		kind = h.failure.kind
		genai.MarkFailed(span, h.failure, kind)
	}
	span.End()
	h.call.instruments.finished(h.call, h.took, kind)
}

// heldBy returns who holds the call of a request, if somebody does.
func heldBy(req *http.Request) *held {
	h, _ := req.Context().Value(holdKey{}).(*held)
	return h
}

// begin takes hold of a call. It is refused while another is being read, and after End.
func (h *held) begin(c *call) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reading || h.verdict != nil {
		return false
	}
	if h.call != nil { // the request before, of which another came of
		h.settle(verdict{})
	}
	h.call, h.failure, h.reading = c, nil, true
	return true
}

// read takes what the call itself came to.
func (h *held) read(f *failure, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure, h.took, h.reading = f, took, false
	if h.verdict != nil {
		h.settle(*h.verdict)
	}
}
