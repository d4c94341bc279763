package genaihttp

import (
	"context"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

type holdKey struct{}

// Held is a model call whose span stays open after its answer has been read, for a program that judges answers: an answer
// that breaks the schema asked for is a failed call, though the server says 200. It is safe for concurrent use.
type Held struct {
	attributes []attribute.KeyValue // at the span's start

	mu       sync.Mutex
	span     trace.Span // of the last call; nil: none was sent, or recorded
	reading  bool       // its answer is not read yet
	failure  *failure   // of the call itself
	judgment func()     // what End said; nil: not yet
}

// Hold returns a context for one model call, whose span begins with further attributes and is ended by [Held.End], which
// must be called. Where a client sends more than one request with the context, the last one is held. The call is recorded also
// below a span that says it is a model call, such as a stage that shows as one.
func Hold(ctx context.Context, kv ...attribute.KeyValue) (context.Context, *Held) {
	h := &Held{attributes: kv}
	return context.WithValue(ctx, holdKey{}, h), h
}

// End ends the span, or has it end with the answer if that is still being read. err is what the program finds wrong with the
// call, and kind its error.type; a nil err leaves the transport's own judgment. The attributes replace those of
// the same keys. What is said after the first time is not heard.
func (h *Held) End(err error, kind string, kv ...attribute.KeyValue) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.judgment != nil {
		return
	}
	h.judgment = func() {
		h.span.SetAttributes(kv...)
		switch {
		case err != nil:
			genai.MarkFailed(h.span, err, kind)
		case h.failure != nil:
			genai.MarkFailed(h.span, h.failure, h.failure.kind)
		}
		h.span.End()
	}
	if h.span != nil && !h.reading {
		h.judgment()
	}
}

// heldBy returns who holds the call of a request, if somebody does.
func heldBy(req *http.Request) *Held {
	h, _ := req.Context().Value(holdKey{}).(*Held)
	return h
}

// begin takes hold of a call. It is refused while another is being read, and after End.
func (h *Held) begin(span trace.Span) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reading || h.judgment != nil {
		return false
	}
	if h.span != nil { // the request before, of which another came of
		if h.failure != nil {
			genai.MarkFailed(h.span, h.failure, h.failure.kind)
		}
		h.span.End()
	}
	h.span, h.failure, h.reading = span, nil, true
	return true
}

// read takes what the call itself came to.
func (h *Held) read(f *failure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure, h.reading = f, false
	if h.judgment != nil {
		h.judgment()
	}
}
