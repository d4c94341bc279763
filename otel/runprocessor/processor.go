package runprocessor

import (
	"context"
	"fmt"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/spool"
)

// SpanProcessor turns traces into MLflow runs. Create it with [New] and register
// it before other processors: a provider shuts its processors down one after the
// other, on one deadline. It is safe for concurrent use; the zero value does
// nothing.
type SpanProcessor struct {
	tree     *tree // nil: switched off, and nothing else is set
	reports  *reporter
	closing  chan struct{}  // closed by Shutdown once nothing is handed over any more
	workers  sync.WaitGroup // writers and keeper, which closing ends
	outbound *outbound      // nil without delivery
	outbox   *spool.Spool   // nil in tests that bring another store

	about           about
	unobserve       func() error
	shutdownTimeout time.Duration
	shutdown        sync.Once
	shutdownErr     error
}

var _ sdktrace.SpanProcessor = (*SpanProcessor)(nil)

// start sets a processor going on a store and, unless it is nil, an outbound.
func start(c config, s store, o *outbound) *SpanProcessor {
	p := &SpanProcessor{
		tree: newTree(c.limits), reports: newReporter(c.logger, o.address()), closing: make(chan struct{}), outbound: o,
		unobserve: func() error { return nil }, shutdownTimeout: c.shutdownTimeout,
	}
	p.tree.starts.off, p.tree.starts.delay = o == nil, c.startDelay
	for i := range p.tree.queue.lanes {
		w := writer{tree: p.tree, lane: &p.tree.queue.lanes[i], store: s, redact: c.redact}
		p.workers.Go(func() { w.run(p.closing) })
	}
	k := &keeper{tree: p.tree, outbound: o, reports: p.reports}
	p.workers.Go(func() { k.run(p.closing) })
	return p
}

// OnStart implements sdktrace.SpanProcessor. It keeps the span until it ends,
// and does no I/O. The context is not used: under trace.WithNewRoot it holds
// the wrong parent.
func (p *SpanProcessor) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	if p.tree == nil {
		return
	}
	parent := s.Parent()
	p.tree.begin(s.SpanContext(), parent.IsRemote(), parent.IsValid() && !parent.IsRemote(), s)
}

// OnEnd implements sdktrace.SpanProcessor. It does no I/O and never waits for any.
func (p *SpanProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	if p.tree == nil {
		return
	}
	p.tree.finish(s.SpanContext(), s, sizeOf(s))
}

// Wait waits until the trace is delivered, and says where it is. It begins with
// Flush, whose errors it returns. A trace that the server refused for good is a
// *deliver.DeadLetterError; when ctx or the delivery ends first, as it does with Shutdown,
// a *deliver.NotDeliveredError says why the last attempt failed, and the trace stays in
// the outbox, to be tried again.
// Without delivery the error says so.
func (p *SpanProcessor) Wait(ctx context.Context, id trace.TraceID) (deliver.Result, error) {
	return p.await(ctx, id, queue.Wait)
}

// WaitAttempt waits as Wait does, with the same errors, but no longer than until an
// attempt failed or the server is known to be away: for a command that has nothing
// else to do.
func (p *SpanProcessor) WaitAttempt(ctx context.Context, id trace.TraceID) (deliver.Result, error) {
	return p.await(ctx, id, queue.WaitAttempt)
}

func (p *SpanProcessor) await(
	ctx context.Context, id trace.TraceID, wait func(queue, context.Context, trace.TraceID) (deliver.Result, error),
) (deliver.Result, error) {
	if p.tree == nil {
		return deliver.Result{}, nil
	}
	if err := p.Flush(ctx, id); err != nil {
		return deliver.Result{}, err
	}
	if p.outbound == nil {
		return deliver.Result{}, fmt.Errorf("wait for trace %s: this processor does not deliver; it is in the outbox", id)
	}
	return wait(p.outbound.queue, ctx, id)
}

// Enabled reports whether the processor does anything: not when both
// MLFLOW_ENABLE_TRACKING and MLFLOW_ENABLE_TRACING are off.
func (p *SpanProcessor) Enabled() bool { return p.tree != nil }

// Spool returns the outbox; nil if the processor is switched off.
func (p *SpanProcessor) Spool() *spool.Spool { return p.outbox }

// about is what a log says of a processor. It holds no secrets.
type about struct {
	Type       string
	Enabled    bool
	Outbox     string
	URI        string // without credentials; empty without delivery
	Experiment string // name, or id
	Runs       bool
	Traces     bool
}

// MarshalLog returns what the SDK logs about the processor when a provider is
// created.
func (p *SpanProcessor) MarshalLog() any {
	a := p.about
	a.Type, a.Enabled = "RunProcessor", p.Enabled()
	return a
}
