package runprocessor

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/spool"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// memoryStore keeps parts. hold, if set, holds Put up until it is closed.
type memoryStore struct {
	hold chan struct{}
	err  error

	mu    sync.Mutex
	parts []spool.Part
}

func (m *memoryStore) Put(_ context.Context, p spool.Part) error {
	if m.hold != nil {
		<-m.hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.parts = append(m.parts, p)
	return nil
}

func (m *memoryStore) all() []spool.Part {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.parts)
}

// memoryDelivery notes what it is told.
type memoryDelivery struct {
	mu      sync.Mutex
	started []deliver.Start
}

func (*memoryDelivery) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (d *memoryDelivery) Started(_ context.Context, s deliver.Start) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.started = append(d.started, s)
}

func (d *memoryDelivery) WaitAttempt(ctx context.Context, id trace.TraceID) (deliver.Result, error) {
	return d.Wait(ctx, id)
}

func (d *memoryDelivery) Wait(_ context.Context, id trace.TraceID) (deliver.Result, error) {
	return deliver.Result{TraceID: id}, nil
}

func (*memoryDelivery) Stats() deliver.QueueStats { return deliver.QueueStats{} }

func (d *memoryDelivery) names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, s := range d.started {
		out = append(out, s.Data.ResourceSpans[0].ScopeSpans[0].Spans[0].Name)
	}
	return out
}

// outboundTo sets a processor's network side going on a double.
func outboundTo(d *memoryDelivery) *outbound { return startOutbound(context.Background(), d, d, nil) }

// bench is a provider with a processor on a store in memory.
type bench struct {
	*SpanProcessor
	tb       testing.TB
	store    *memoryStore
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

func setup(tb testing.TB, opts ...Option) *bench {
	return setupOn(tb, &memoryStore{}, nil, nil, opts...)
}

func setupOn(tb testing.TB, s *memoryStore, o *outbound, provider []sdktrace.TracerProviderOption, opts ...Option) *bench {
	tb.Helper()
	c := newConfig(append([]Option{WithLogger(quiet), WithShutdownTimeout(time.Hour)}, opts...))
	p := start(c, s, o)
	tp := sdktrace.NewTracerProvider(append(provider, sdktrace.WithSpanProcessor(p))...)
	b := &bench{SpanProcessor: p, tb: tb, store: s, provider: tp, tracer: tp.Tracer("test")}
	tb.Cleanup(func() {
		if err := tp.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return b
}

func (b *bench) start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	return b.tracer.Start(ctx, name, opts...)
}

// flushed returns what is stored after everything complete is.
func (b *bench) flushed() []part {
	b.tb.Helper()
	if err := b.ForceFlush(context.Background()); err != nil {
		b.tb.Fatal(err)
	}
	return b.stored()
}

func (b *bench) stored() []part {
	var out []part
	for _, p := range b.store.all() {
		out = append(out, newPart(p))
	}
	return out
}

// part is a stored part as tests look at it.
type part struct {
	spool.Part
	spans []*tracepb.Span
}

func newPart(p spool.Part) part {
	out := part{Part: p}
	for _, rs := range p.Data.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			out.spans = append(out.spans, ss.Spans...)
		}
	}
	return out
}

func (p part) names() []string {
	var out []string
	for _, s := range p.spans {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}

func unfinished(s *tracepb.Span) bool {
	return slices.ContainsFunc(s.Attributes, func(kv *commonpb.KeyValue) bool {
		return kv.Key == string(mlflowattr.UnfinishedKey) && kv.Value.GetBoolValue()
	})
}

func (p part) unfinished() []string {
	var out []string
	for _, s := range p.spans {
		if unfinished(s) {
			out = append(out, s.Name)
		}
	}
	slices.Sort(out)
	return out
}

// want is one expected part.
type want struct {
	number     int
	complete   bool
	names      []string
	unfinished []string
}

func check(tb testing.TB, got []part, wants ...want) {
	tb.Helper()
	if len(got) != len(wants) {
		tb.Errorf("%d parts, want %d", len(got), len(wants))
	}
	for i := range min(len(got), len(wants)) {
		g, w := got[i], wants[i]
		if g.Number != w.number || g.Complete != w.complete || !slices.Equal(g.names(), w.names) || !slices.Equal(g.unfinished(), w.unfinished) {
			tb.Errorf("part %d: number %d, complete %v, spans %v, unfinished %v; want %+v", i, g.Number, g.Complete, g.names(), g.unfinished(), w)
		}
	}
}

func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("not within a minute: %s", what)
		}
	}
}
