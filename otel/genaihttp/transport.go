package genaihttp

import (
	"context"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

const scopeName = "github.com/technoshare/commentator/otel/genaihttp"

// NewTransport returns a round tripper that records model calls which pass through base; nil is http.DefaultTransport.
// Like every round tripper it is safe for concurrent use, and it changes neither requests nor answers (but see [WithStreamUsage]).
func NewTransport(base http.RoundTripper, opts ...Option) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	c := newConfig(opts)
	return &transport{
		base:        base,
		config:      c,
		tracer:      c.tracers.Tracer(scopeName, trace.WithSchemaURL(genai.SchemaURL)),
		kind:        trace.WithSpanKind(trace.SpanKindClient),
		instruments: newInstruments(c),
	}
}

type transport struct {
	config
	base        http.RoundTripper
	tracer      trace.Tracer
	kind        trace.SpanStartOption
	instruments *instruments
	documents   sync.Pool // of *scan.Document, empty
}

// RoundTrip sends a request by the base. If it is a model call, a span and metrics follow it to the end of its answer's body.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	route, ok := match(req)
	if !ok || isSuppressed(req.Context()) {
		return t.base.RoundTrip(req)
	}
	c, req := t.begin(req, route)
	if c == nil {
		return t.base.RoundTrip(req)
	}
	back := false
	defer func() {
		if !back {
			c.finish(errPanic, "")
		}
	}()
	resp, err := t.base.RoundTrip(req)
	back = true
	if err != nil || resp == nil { // without both, http.Client says what is wrong
		c.finish(err, "")
		return resp, err
	}
	c.answered(resp)
	return resp, nil
}

// CloseIdleConnections does so in the base, where http.Client looks for it.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type suppressKey struct{}

// Suppress returns a context whose requests are sent without a span and metrics of this package, for a program that
// records a call itself in a way that is not seen: see the package documentation.
func Suppress(ctx context.Context) context.Context {
	return context.WithValue(ctx, suppressKey{}, true)
}
