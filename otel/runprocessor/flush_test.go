package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/spool"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

func TestFlushWaitsUntilTheTraceIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{hold: make(chan struct{})}
		b := setupOn(t, store, nil, nil)
		_, s := b.start(t.Context(), "a")
		done := make(chan error, 1)
		go func() { done <- b.Flush(context.Background(), s.SpanContext().TraceID()) }()
		steps := []func(){func() { s.End() }, func() { close(store.hold) }}
		for i, step := range steps {
			synctest.Wait()
			select {
			case err := <-done:
				t.Fatalf("returned %v before step %d", err, i)
			default:
			}
			step()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		check(t, b.stored(), want{1, true, []string{"a"}, nil})
	})
}

func TestFlushEndsWithItsContext(t *testing.T) {
	b := setup(t)
	_, s := b.start(t.Context(), "a")
	defer s.End()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if err := b.Flush(ctx, s.SpanContext().TraceID()); !errors.Is(err, why) {
		t.Errorf("flush: %v", err)
	}
	b.tree.mu.Lock()
	defer b.tree.mu.Unlock()
	if n := len(b.tree.traces[s.SpanContext().TraceID()].waiters); n != 0 {
		t.Errorf("%d waiters left", n)
	}
}

func TestFlushOfAnUnknownTraceIsDone(t *testing.T) {
	if err := setup(t).Flush(t.Context(), trace.TraceID{1}); err != nil {
		t.Error(err)
	}
}

func TestFlushTellsThatTheOutboxRefused(t *testing.T) {
	full := &spool.FullError{Dir: "/outbox"}
	b := setupOn(t, &memoryStore{err: full}, nil, nil)
	_, s := b.start(t.Context(), "a")
	s.End()
	for range 2 { // remembered, also when asked after the fact
		if err := b.Flush(t.Context(), s.SpanContext().TraceID()); !spool.IsFull(err) {
			t.Errorf("flush: %v", err)
		}
	}
	if n := b.tree.snapshot().droppedOutbox; n != 1 {
		t.Errorf("%d spans counted", n)
	}
}

func TestForceFlushLeavesOpenTraces(t *testing.T) {
	b := setup(t)
	_, open := b.start(t.Context(), "open")
	defer open.End()
	for i := range 20 {
		_, s := b.start(t.Context(), fmt.Sprint(i))
		s.End()
	}
	if got := b.flushed(); len(got) != 20 {
		t.Errorf("%d parts", len(got))
	}
}

func TestForceFlushEndsWithItsContext(t *testing.T) {
	store := &memoryStore{hold: make(chan struct{})}
	b := setupOn(t, store, nil, nil)
	_, s := b.start(t.Context(), "a")
	s.End()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := b.ForceFlush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("force flush: %v", err)
	}
	close(store.hold)
	if err := b.ForceFlush(t.Context()); err != nil {
		t.Errorf("force flush: %v", err)
	}
	b.tree.mu.Lock()
	defer b.tree.mu.Unlock()
	if n := len(b.tree.queue.flushers); n != 0 {
		t.Errorf("%d flushers left", n)
	}
}

func TestSlowDiskDropsAndTells(t *testing.T) {
	store := &memoryStore{hold: make(chan struct{})}
	b := setupOn(t, store, nil, nil)
	var dropped trace.TraceID
	const n = writers*(queued+1) + 500
	for range n {
		_, s := b.start(t.Context(), "a")
		before := b.tree.snapshot().droppedQueue
		s.End() // never waits
		if b.tree.snapshot().droppedQueue > before {
			dropped = s.SpanContext().TraceID()
		}
	}
	counted := b.tree.snapshot().droppedQueue
	if counted < 500 {
		t.Errorf("%d dropped", counted)
	}
	if err := b.Flush(t.Context(), dropped); !errors.Is(err, ErrQueueFull) {
		t.Errorf("flush of a dropped trace: %v", err)
	}
	close(store.hold)
	if got := len(b.flushed()); uint64(got)+counted != n {
		t.Errorf("%d stored and %d dropped of %d", got, counted, n)
	}
}

func TestHandedOverBytesAreBounded(t *testing.T) {
	store := &memoryStore{hold: make(chan struct{})}
	b := setupOn(t, store, nil, nil, WithMaxHeldBytes(10*spanBytes))
	for range 100 {
		_, s := b.start(t.Context(), "a")
		s.End()
	}
	if s := b.tree.snapshot(); s.queuedSpans != 10 || s.droppedQueue != 90 {
		t.Errorf("%d handed over, %d dropped", s.queuedSpans, s.droppedQueue)
	}
	close(store.hold)
}

// panicStore panics on the first part.
type panicStore struct {
	memoryStore
	once sync.Once
}

func (p *panicStore) Put(ctx context.Context, part spool.Part) error {
	p.once.Do(func() { panic("boom") })
	return p.memoryStore.Put(ctx, part)
}

func TestPanicWhileStoringCostsOnePart(t *testing.T) {
	c := newConfig([]Option{WithLogger(quiet)})
	store := &panicStore{}
	p := start(c, store, nil)
	b := setup(t) // for its tracer
	b.provider.RegisterSpanProcessor(p)
	for range 2 {
		_, s := b.start(t.Context(), "a")
		s.End()
		_ = p.Flush(t.Context(), s.SpanContext().TraceID())
	}
	if s := p.tree.snapshot(); s.droppedOther != 1 || s.stored != 1 {
		t.Errorf("%d dropped, %d stored", s.droppedOther, s.stored)
	}
}

func TestWaitFlushesFirst(t *testing.T) {
	b := setupOn(t, &memoryStore{}, outboundTo(&memoryDelivery{}), nil)
	_, s := b.start(t.Context(), "a")
	s.End()
	id := s.SpanContext().TraceID()
	r, err := b.Wait(t.Context(), id)
	if err != nil || r.TraceID != id {
		t.Errorf("wait: %v, %v", r, err)
	}
	check(t, b.stored(), want{1, true, []string{"a"}, nil})
	if _, err := setup(t).Wait(t.Context(), id); err == nil {
		t.Error("wait without delivery")
	}
}

func TestATraceHandedBackIsLeftToTheProcessThatWritesItAgain(t *testing.T) {
	b := setup(t)
	ctx, root := b.start(t.Context(), "root")
	_, child := b.start(ctx, "child")
	child.End()
	root.SetAttributes(mlflowattr.HandedBackKey.Bool(true))
	root.End()
	_, other := b.start(t.Context(), "other")
	other.SetAttributes(mlflowattr.HandedBackKey.Bool(false))
	other.End()
	for _, s := range []trace.Span{root, other} {
		if err := b.Flush(t.Context(), s.SpanContext().TraceID()); err != nil {
			t.Error(err)
		}
	}
	check(t, b.stored(), want{1, true, []string{"other"}, nil})
}
