package isolate

import (
	"context"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/sandbox"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

func newTracer(tp trace.TracerProvider) trace.Tracer {
	if tp == nil {
		tp = noop.NewTracerProvider()
	}
	return tp.Tracer("github.com/technoshare/commentator/internal/evidence/isolate")
}

// work makes spans of what a child does with a page between its fetches, which have their own. A
// child computes while none of its calls is served.
type work struct {
	*Retriever
	ctx   context.Context
	began time.Time

	mu    sync.Mutex
	calls int       // served now
	first time.Time // the first call
	since time.Time // the end of the last call
}

func (r *Retriever) begin(ctx context.Context) *work {
	return &work{Retriever: r, ctx: ctx, began: time.Now()}
}

// serve is that of the Retriever.
func (w *work) serve(ctx context.Context, m sandbox.Message) sandbox.Message {
	w.mu.Lock()
	if w.calls++; w.first.IsZero() {
		w.first = time.Now()
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.calls--
		w.since = time.Now()
		w.mu.Unlock()
	}()
	return w.Retriever.serve(ctx, m)
}

// end makes the spans: of the wait for a child, which there is where the first call came late, and
// of the reading after the last call.
func (w *work) end(rawURL string, err error) {
	w.mu.Lock()
	first, since := w.first, w.since
	w.mu.Unlock()
	if since.IsZero() { // nothing was fetched
		since = w.began
	} else if first.Sub(w.began) >= fetch.LongWait {
		_, span := w.tracer.Start(w.ctx, "wait for a process", trace.WithTimestamp(w.began), trace.WithAttributes(
			mlflowattr.SpanTypeKey.String(mlflowattr.TypeTask)))
		span.End(trace.WithTimestamp(first))
	}
	host := "page"
	if u, err := url.Parse(rawURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	_, span := w.tracer.Start(w.ctx, "extract "+host, trace.WithTimestamp(since), trace.WithAttributes(
		mlflowattr.SpanTypeKey.String(mlflowattr.TypeParser), attribute.String("server.address", host)))
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}
