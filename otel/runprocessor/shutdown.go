package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrShutdown says that spans were dropped because Shutdown ran out of time.
var ErrShutdown = errors.New("spans dropped: shut down before they were stored")

// Shutdown implements sdktrace.SpanProcessor. It stores what is there, open
// spans marked unfinished, and delivers what can be delivered within
// WithShutdownTimeout and three quarters of what is left of ctx, so that
// processors after this one get their share. What is not delivered stays in the
// outbox for the next start.
func (p *Processor) Shutdown(ctx context.Context) error {
	if p.tree == nil {
		return nil
	}
	p.shutdown.Do(func() { p.shutdownErr = p.close(ctx) })
	return p.shutdownErr
}

func (p *Processor) close(ctx context.Context) error {
	timeout := p.shutdownTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline)*3/4)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	if p.delivery != nil {
		p.endNotices() // what ends now needs no run that says RUNNING
	}
	p.storeRest(ctx, p.tree.close())
	close(p.closing)
	// Storing does not end with ctx, so that a part is whole or not there.
	stored := make(chan struct{})
	go func() { p.group.Wait(); close(stored) }()
	select {
	case <-stored:
	case <-ctx.Done():
		if p.delivery != nil {
			p.endDelivery()
		}
		// The folder stays locked: its writers are still at work.
		return fmt.Errorf("shut down run processor: store traces: %w", context.Cause(ctx))
	}
	p.tellDrops()
	var errs error
	if p.delivery != nil {
		p.drain(ctx)
		p.endDelivery()
		errs = p.joinDelivery(ctx)
	}
	errs = errors.Join(errs, p.unobserve())
	if p.spool != nil {
		if st := p.spool.Stats(); st.Pending > 0 && p.delivery != nil {
			p.logger.Warn("traces wait in the outbox; the next start delivers them", "dir", p.spool.Dir(), "parts", st.Pending)
		}
		errs = errors.Join(errs, p.spool.Close())
	}
	if errs != nil {
		return fmt.Errorf("shut down run processor: %w", errs)
	}
	return nil
}

// close ends the tree and returns what was still in it.
func (tr *tree) close() []handover {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.closed = true
	var rest []handover
	tr.send = func(h handover) bool {
		rest = append(rest, h)
		return true
	}
	for tr.live.head != nil {
		tr.abandon(tr.live.head)
	}
	tr.starts.queue, tr.lingering = nil, nil
	return rest
}

// storeRest hands the rest to the writers, who have to make room first.
func (p *Processor) storeRest(ctx context.Context, rest []handover) {
	for _, h := range rest {
		l := p.laneOf(h)
		p.tree.mu.Lock()
		h.seq = l.sent + 1
		p.tree.mu.Unlock()
		select {
		case l.parts <- h:
			p.tree.mu.Lock()
			l.sent++
			p.tree.mu.Unlock()
		case <-ctx.Done():
			p.tree.mu.Lock()
			p.tree.settle(h, ErrShutdown)
			p.tree.mu.Unlock()
		}
	}
}

// drain waits until everything is delivered, or the server is down, or what is
// left has failed already and waits for another attempt.
func (p *Processor) drain(ctx context.Context) {
	if p.spool == nil {
		return
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !p.delivery.Stats().ServerDown && p.spool.Stats().Untried > 0 {
		select {
		case <-ctx.Done():
			return
		case <-p.delivered: // it gave up; joinDelivery tells why
			return
		case <-tick.C:
		}
	}
}

// joinDelivery waits for the network to fall silent. Out of time, it gives it a
// moment to notice that it was ended.
func (p *Processor) joinDelivery(ctx context.Context) error {
	silent := make(chan struct{})
	go func() { p.network.Wait(); close(silent) }()
	select {
	case <-silent:
	case <-ctx.Done():
		select {
		case <-silent:
		case <-time.After(100 * time.Millisecond):
			return fmt.Errorf("deliver traces: %w", context.Cause(ctx))
		}
	}
	if err := p.deliveryDone; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("deliver traces: %w", err)
	}
	return nil
}
