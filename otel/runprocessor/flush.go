package runprocessor

import (
	"context"
	"fmt"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// Flush waits until the trace is on disk: until all its spans have ended and
// what was handed over is stored. It returns nil for a trace it knows nothing of
// (any more), which was stored long ago.
//
// When a part of the trace was dropped, the error says so and why: it is
// [ErrQueueFull], [ErrShutdown], one for which spool.IsFull or spool.IsNoSpace
// holds, or another one of the disk. When ctx ends first, the error is its cause,
// and the trace goes its way.
func (p *SpanProcessor) Flush(ctx context.Context, id trace.TraceID) error {
	if p.tree == nil {
		return nil
	}
	for {
		stored, err := p.tree.await(id)
		if stored == nil {
			return err
		}
		select {
		case <-stored:
		case <-ctx.Done():
			p.tree.leave(id, stored)
			return fmt.Errorf("flush trace %s: %w", id, context.Cause(ctx))
		}
	}
}

// ForceFlush implements sdktrace.SpanProcessor. It waits until all traces that are
// complete now are on disk; traces with open spans stay as they are. Its only
// error is the cause for which ctx ended: whether a trace was dropped is told by
// [SpanProcessor.Flush] and the metrics.
func (p *SpanProcessor) ForceFlush(ctx context.Context) error {
	if p.tree == nil {
		return nil
	}
	stored := p.tree.awaitAll()
	select {
	case <-stored:
		return nil
	case <-ctx.Done():
		p.tree.leaveAll(stored)
		return fmt.Errorf("flush traces: %w", context.Cause(ctx))
	}
}

// await returns a channel that is closed when the trace is quiescent, or nil and
// the outcome if it is so already.
func (tr *tree) await(id trace.TraceID) (chan struct{}, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	t := tr.traces[id]
	if t == nil {
		return nil, nil
	}
	if t.live && len(t.open.list) == 0 {
		tr.complete(t) // somebody waits: do not linger
	}
	if t.quiescent() {
		if t.failed != nil {
			return nil, fmt.Errorf("trace %s is not whole: %w", id, t.failed)
		}
		return nil, nil
	}
	w := make(chan struct{})
	t.waiters = append(t.waiters, w)
	return w, nil
}

// leave ends a wait of await.
func (tr *tree) leave(id trace.TraceID, w chan struct{}) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if t := tr.traces[id]; t != nil {
		t.waiters = slices.DeleteFunc(t.waiters, func(x chan struct{}) bool { return x == w })
	}
}

// awaitAll returns a channel that is closed when all complete traces are stored.
func (tr *tree) awaitAll() chan struct{} {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.finishIdle()
	return tr.queue.wait()
}

// leaveAll ends a wait of awaitAll.
func (tr *tree) leaveAll(w chan struct{}) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.queue.leave(w)
}
