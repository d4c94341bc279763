package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/spool"
)

func TestShutdownStoresOpenTracesMarked(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "root")
	_, child := b.start(ctx, "child")
	child.End()
	_, other := b.start(t.Context(), "other")
	if err := b.provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := b.stored()
	slices.SortFunc(got, func(a, b part) int { return len(b.spans) - len(a.spans) })
	check(t, got, want{1, true, []string{"child", "root"}, []string{"root"}}, want{1, true, []string{"other"}, []string{"other"}})
	root.End()
	other.End()
	if got := b.stored(); len(got) != 2 {
		t.Errorf("%d parts after Shutdown", len(got))
	}
}

func TestEndsAfterShutdownAreCounted(t *testing.T) {
	b := setup(t)
	b.provider.RegisterSpanProcessor(sdktrace.NewSimpleSpanProcessor(nil))
	_, s := b.start(t.Context(), "a")
	if err := b.Shutdown(t.Context()); err != nil { // the processor's own, the provider goes on
		t.Fatal(err)
	}
	s.End()
	_, late := b.start(t.Context(), "late")
	late.End()
	if n := b.tree.snapshot().afterShutdown; n != 2 {
		t.Errorf("%d counted", n)
	}
}

func TestShutdownStoresMoreThanTheQueueHolds(t *testing.T) {
	b := setup(t, WithMaxHeldBytes(1<<30))
	const n = 3 * writers * queued
	for range n {
		b.start(t.Context(), "a")
	}
	if err := b.provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(b.stored()); got != n {
		t.Errorf("%d of %d stored", got, n)
	}
}

func TestShutdownKeepsItsDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		opts    []Option
		timeout time.Duration // of the context
		want    time.Duration
	}{
		"its own":                         {[]Option{WithShutdownTimeout(3 * time.Second)}, time.Hour, 3 * time.Second},
		"three quarters of the context's": {nil, 8 * time.Second, 6 * time.Second},
		"the default":                     {nil, time.Hour, 10 * time.Second},
		"time to store, if the context is at end": {nil, -time.Second, 2 * time.Second},
		"its own, if that is less":                {[]Option{WithShutdownTimeout(time.Second)}, -time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &memoryStore{hold: make(chan struct{})}
				p := start(newConfig(append(c.opts, WithLogger(quiet))), store, nil)
				tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
				_, s := tp.Tracer("x").Start(t.Context(), "a")
				s.End()
				ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
				defer cancel()
				began := time.Now()
				err := p.Shutdown(ctx)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("shutdown: %v", err)
				}
				if took := time.Since(began); took != c.want {
					t.Errorf("took %v, want %v", took, c.want)
				}
				if again := p.Shutdown(context.Background()); !errors.Is(again, err) {
					t.Errorf("second shutdown: %v", again)
				}
				close(store.hold)
			})
		})
	}
}

// TestShutdownWithAnEndedContextStoresAndDoesNotDeliver: what is finished, and what is
// open, goes to the disk; the network has to wait for the next start.
func TestShutdownWithAnEndedContextStoresAndDoesNotDeliver(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	server.down.Store(true)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	p := mustNew(t)
	oneSpan(t, p)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	_, open := tp.Tracer("x").Start(t.Context(), "open")
	defer open.End()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Shutdown(ended); err != nil {
		t.Fatal(err)
	}
	if left, err := spool.List(p.Spool().Dir()); err != nil || len(left) != 2 {
		t.Errorf("in the outbox: %v, %v", left, err)
	}
}

// TestFinishedTraceIsStoredWhenTheProviderShutsNothingDown: TracerProvider.Shutdown
// returns at a context that has ended before it comes to a processor.
func TestFinishedTraceIsStoredWhenTheProviderShutsNothingDown(t *testing.T) {
	hermetic(t)
	p := mustNew(t, WithoutDelivery())
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	_, done := tp.Tracer("x").Start(t.Context(), "done")
	_, open := tp.Tracer("x").Start(t.Context(), "open")
	done.End()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tp.Shutdown(ended); !errors.Is(err, context.Canceled) {
		t.Fatalf("the provider's Shutdown: %v; does it reach its processors now?", err)
	}
	open.End() // the processor goes on
	stored := func() int { return int(p.Spool().Stats().Stored) }
	eventually(t, "both traces are stored without anybody's asking", func() bool { return stored() == 2 })
}

// stuckDelivery does not end.
type stuckDelivery struct {
	memoryDelivery
	hold chan struct{}
}

func (s *stuckDelivery) Run(context.Context) error { <-s.hold; return nil }

func TestShutdownDoesNotWaitForStuckDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &stuckDelivery{hold: make(chan struct{})}
		o := startOutbound(t.Context(), d, d, nil)
		p := start(newConfig([]Option{WithLogger(quiet), WithShutdownTimeout(time.Second)}), &memoryStore{}, o)
		began := time.Now()
		if err := p.Shutdown(context.Background()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown: %v", err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		close(d.hold)
	})
}

func TestEndsThatRaceWithShutdownAreStoredOrCounted(t *testing.T) {
	for range 50 {
		b := setup(t)
		const n = 100
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range n / 4 {
					_, s := b.start(context.Background(), fmt.Sprint(g, i))
					s.End()
				}
			})
		}
		if err := b.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		var ended, open int
		for _, p := range b.stored() {
			open += len(p.unfinished())
			ended += len(p.spans) - len(p.unfinished())
		}
		if s := b.tree.snapshot(); ended+int(s.afterShutdown) != n || open > int(s.afterShutdown) {
			t.Fatalf("%d ended stored, %d open stored, %d counted, of %d", ended, open, s.afterShutdown, n)
		}
	}
}

func TestSwitchedOffProcessorDoesNothing(t *testing.T) {
	p := &SpanProcessor{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	_, s := tp.Tracer("x").Start(t.Context(), "a")
	s.End()
	_, waitErr := p.Wait(t.Context(), trace.TraceID{1})
	for what, err := range map[string]error{
		"flush": p.Flush(t.Context(), trace.TraceID{1}), "force flush": tp.ForceFlush(t.Context()),
		"wait": waitErr, "shutdown": tp.Shutdown(t.Context()),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if p.Enabled() {
		t.Error("enabled")
	}
}

// TestDrainWaitsForAnAttemptUnderWay: the outbox does not count a trace as untried that
// an earlier process has tried, and this one is at work on it.
func TestDrainWaitsForAnAttemptUnderWay(t *testing.T) {
	outbox, err := spool.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer outbox.Close()
	for name, c := range map[string]struct {
		states []deliver.QueueStats
		looks  int // that drain takes
	}{
		"nothing to do":    {[]deliver.QueueStats{{}}, 1},
		"one under way":    {[]deliver.QueueStats{{Running: 2}, {Running: 1}, {}}, 3},
		"the server fails": {[]deliver.QueueStats{{Running: 2}, {Running: 1, ServerDown: true}, {}}, 2},
	} {
		q := &states{left: c.states}
		(&outbound{queue: q}).drain(t.Context(), outbox)
		if looks := len(c.states) - len(q.left); looks != c.looks {
			t.Errorf("%s: ended after %d looks, want %d", name, looks, c.looks)
		}
	}
}
