package runprocessor

import (
	"context"
	"fmt"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// Flush waits until the trace is on disk: until all its spans have ended and
// what was handed over is stored. It returns an error if a part of the trace was
// dropped, and nil for a trace it knows nothing of (any more), which was stored
// long ago.
func (p *Processor) Flush(ctx context.Context, id trace.TraceID) error {
	if p.tree == nil {
		return nil
	}
	for {
		rested, err := p.tree.await(id)
		if rested == nil {
			return err
		}
		select {
		case <-rested:
		case <-ctx.Done():
			p.tree.leave(id, rested)
			return fmt.Errorf("flush trace %s: %w", id, context.Cause(ctx))
		}
	}
}

// await returns a channel that is closed when the trace rests, or nil and the
// outcome if it rests already.
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
	if t.rests() {
		if t.failed != nil {
			return nil, fmt.Errorf("trace %s is not whole: %w", id, t.failed)
		}
		return nil, nil
	}
	w := make(chan struct{})
	t.waiters = append(t.waiters, w)
	return w, nil
}

func (tr *tree) leave(id trace.TraceID, w chan struct{}) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if t := tr.traces[id]; t != nil {
		t.waiters = slices.DeleteFunc(t.waiters, func(x chan struct{}) bool { return x == w })
	}
}

// flusher waits for what each lane had been sent when it came.
type flusher struct {
	upTo [writers]uint64
	done chan struct{}
}

// ForceFlush waits until all traces that are complete now are on disk. Traces
// with open spans stay as they are.
func (p *Processor) ForceFlush(ctx context.Context) error {
	if p.tree == nil {
		return nil
	}
	f := flusher{done: make(chan struct{})}
	p.tree.mu.Lock()
	p.tree.finishIdle()
	for i := range p.lanes {
		f.upTo[i] = p.lanes[i].sent
	}
	p.flushers = append(p.flushers, f)
	p.wakeFlushers()
	p.tree.mu.Unlock()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		p.tree.mu.Lock()
		p.flushers = slices.DeleteFunc(p.flushers, func(x flusher) bool { return x.done == f.done })
		p.tree.mu.Unlock()
		return fmt.Errorf("flush traces: %w", context.Cause(ctx))
	}
}

// wakeFlushers is called under tree.mu.
func (p *Processor) wakeFlushers() {
	p.flushers = slices.DeleteFunc(p.flushers, func(f flusher) bool {
		for i := range p.lanes {
			if p.lanes[i].written < f.upTo[i] {
				return false
			}
		}
		close(f.done)
		return true
	})
}
