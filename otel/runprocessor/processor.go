package runprocessor

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/spool"
)

// delivery is what the processor needs of deliver.Queue and deliver.Deliverer.
type delivery interface {
	// Run delivers what is pending until ctx ends.
	Run(ctx context.Context) error
	// Started shows a root that is still open as a RUNNING run.
	Started(ctx context.Context, s deliver.Start)
	// Wait returns once the trace is delivered.
	Wait(ctx context.Context, traceID trace.TraceID) (deliver.Result, error)
	// WaitAttempt also returns when an attempt failed.
	WaitAttempt(ctx context.Context, traceID trace.TraceID) (deliver.Result, error)
	Stats() deliver.QueueStats
}

// Processor is a span processor that turns traces into MLflow runs. Create it
// with New and register it before other processors: a provider shuts its
// processors down one after the other, on one deadline.
type Processor struct {
	tree     *tree // nil: switched off, nothing else is set then
	store    store
	lanes    [writers]lane
	flushers []flusher // guarded by tree.mu

	nudges  chan struct{}
	notices chan sdktrace.ReadWriteSpan
	closing chan struct{}  // closed by Shutdown once nothing is handed over any more
	group   sync.WaitGroup // writers and keeper

	spool        *spool.Spool   // nil in tests that bring another store
	delivery     delivery       // nil without delivery, and so is the rest here
	network      sync.WaitGroup // delivery and start notices
	endNotices   context.CancelFunc
	endDelivery  context.CancelFunc
	delivered    chan struct{} // closed when delivery.Run has returned
	deliveryDone error         // what it returned

	shutdownTimeout time.Duration
	shutdown        sync.Once
	shutdownErr     error
	logger          *slog.Logger
	told            map[string]bool // drop reasons already logged; the keeper's own
	unobserve       func() error
}

var _ sdktrace.SpanProcessor = (*Processor)(nil)

// start sets a processor going on a store and, unless it is nil, a delivery.
func start(ctx context.Context, c config, s store, d delivery) *Processor {
	p := &Processor{
		store: s, delivery: d,
		nudges:  make(chan struct{}, 1),
		notices: make(chan sdktrace.ReadWriteSpan, 64),
		closing: make(chan struct{}),

		shutdownTimeout: c.shutdownTimeout,
		logger:          c.logger,
		told:            map[string]bool{},
		unobserve:       func() error { return nil },
	}
	p.tree = newTree(c.limits, p.send, p.nudge)
	p.tree.starts.off, p.tree.starts.delay = d == nil, c.startDelay
	for i := range p.lanes {
		l := &p.lanes[i]
		l.parts = make(chan handover, queued)
		p.group.Go(func() { p.write(l) })
	}
	p.group.Go(p.keep)
	if d != nil {
		p.startDelivery(context.WithoutCancel(ctx))
	}
	return p
}

func (p *Processor) startDelivery(ctx context.Context) {
	var notices, deliveries context.Context
	notices, p.endNotices = context.WithCancel(ctx)
	deliveries, p.endDelivery = context.WithCancel(ctx)
	p.delivered = make(chan struct{})
	p.network.Go(func() { p.tellStarts(notices) })
	p.network.Go(func() {
		defer close(p.delivered)
		p.deliveryDone = p.delivery.Run(deliveries)
	})
}

// OnStart implements sdktrace.SpanProcessor. It keeps the span until it ends,
// and does no I/O. The context is not used: under trace.WithNewRoot it holds
// the wrong parent.
func (p *Processor) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	if p.tree == nil {
		return
	}
	parent := s.Parent()
	p.tree.begin(s.SpanContext(), parent.IsRemote(), parent.IsValid() && !parent.IsRemote(), s)
}

// OnEnd implements sdktrace.SpanProcessor. It does no I/O and never waits for any.
func (p *Processor) OnEnd(s sdktrace.ReadOnlySpan) {
	if p.tree == nil {
		return
	}
	p.tree.finish(s.SpanContext(), s, sizeOf(s))
}

// Wait waits until the trace is delivered, and says where it is. An error for
// which ctx is the cause means that it stays in the outbox, to be tried again.
func (p *Processor) Wait(ctx context.Context, id trace.TraceID) (deliver.Result, error) {
	return p.await(ctx, id, delivery.Wait)
}

// WaitAttempt waits as Wait does, but no longer than until an attempt failed or
// the server is known to be away: for a command that has nothing else to do.
func (p *Processor) WaitAttempt(ctx context.Context, id trace.TraceID) (deliver.Result, error) {
	return p.await(ctx, id, delivery.WaitAttempt)
}

func (p *Processor) await(ctx context.Context, id trace.TraceID, wait func(delivery, context.Context, trace.TraceID) (deliver.Result, error)) (deliver.Result, error) {
	if p.tree == nil {
		return deliver.Result{}, nil
	}
	if err := p.Flush(ctx, id); err != nil {
		return deliver.Result{}, err
	}
	if p.delivery == nil {
		return deliver.Result{}, fmt.Errorf("wait for trace %s: this processor does not deliver; it is in the outbox", id)
	}
	return wait(p.delivery, ctx, id)
}

// Enabled reports whether the processor does anything: not when both
// MLFLOW_ENABLE_TRACKING and MLFLOW_ENABLE_TRACING are off.
func (p *Processor) Enabled() bool { return p.tree != nil }

// Spool is the outbox; nil if the processor is switched off.
func (p *Processor) Spool() *spool.Spool { return p.spool }

func (p *Processor) nudge() {
	select {
	case p.nudges <- struct{}{}:
	default:
	}
}

// tellStarts passes long-running roots to the deliverer, one after the other.
func (p *Processor) tellStarts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case root := <-p.notices:
			p.tellStart(ctx, root)
		}
	}
}

func (p *Processor) tellStart(ctx context.Context, root sdktrace.ReadWriteSpan) {
	td, err := convert(handover{spans: []sdktrace.ReadOnlySpan{root}}, time.Now())
	if err != nil {
		return // harmless: the run is created when the trace is complete
	}
	for _, s := range otlp.Spans(td) {
		if hasEnded(s) {
			return
		}
		s.EndTimeUnixNano = 0
	}
	p.delivery.Started(ctx, deliver.Start{TraceID: root.SpanContext().TraceID(), Data: td})
}
