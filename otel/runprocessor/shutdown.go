package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrShutdown says that spans were dropped because Shutdown ran out of time.
var ErrShutdown = errors.New("spans dropped: shut down before they were stored")

// storeTime is what storing may take at the least, whatever the context says.
const storeTime = 2 * time.Second

// Shutdown implements sdktrace.SpanProcessor. It stores what is there, open
// spans marked unfinished, and delivers what can be delivered within
// WithShutdownTimeout and three quarters of what is left of ctx, so that
// processors after this one get their share. What is not delivered stays in the
// outbox for the next start, which is no error. Storing is a write to the local
// disk, and gets two seconds also when ctx has ended.
//
// A provider passes a context that has ended on to no processor: give its Shutdown
// a fresh one with a deadline. What was finished is stored without Shutdown.
//
// An error says that traces could not be stored in time (its cause is
// context.DeadlineExceeded or that of ctx), that delivery gave up or did not end,
// or that the outbox could not be closed. Further calls return the same.
func (p *SpanProcessor) Shutdown(ctx context.Context) error {
	if p.tree == nil {
		return nil
	}
	p.shutdown.Do(func() {
		if err := p.close(ctx); err != nil {
			p.shutdownErr = fmt.Errorf("shut down run processor: %w", err)
		}
	})
	return p.shutdownErr
}

func (p *SpanProcessor) close(ctx context.Context) error {
	timeout := p.shutdownTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline)*3/4)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	if p.outbound != nil {
		p.outbound.endStarts() // what ends now needs no run that says RUNNING
	}
	storing, stop := lasting(ctx, min(storeTime, p.shutdownTimeout))
	defer stop()
	if err := p.storeAll(storing); err != nil {
		if p.outbound != nil {
			p.outbound.endQueue()
		}
		return err // the folder stays locked: its writers are still at work
	}
	p.reports.drops(p.tree.snapshot())
	var err error
	if p.outbound != nil {
		p.outbound.drain(ctx, p.outbox)
		err = p.outbound.join(ctx)
	}
	return errors.Join(err, p.unobserve(), p.closeOutbox())
}

// lasting returns a context that ends with ctx, but not before least has passed.
func lasting(ctx context.Context, least time.Duration) (context.Context, context.CancelFunc) {
	out, end := context.WithCancelCause(context.WithoutCancel(ctx))
	until := time.Now().Add(least)
	context.AfterFunc(ctx, func() {
		rest := time.NewTimer(time.Until(until))
		defer rest.Stop()
		select {
		case <-rest.C:
			end(context.Cause(ctx))
		case <-out.Done():
		}
	})
	return out, func() { end(context.Canceled) }
}

// storeAll ends the tree, and waits for writers and keeper.
func (p *SpanProcessor) storeAll(ctx context.Context) error {
	p.tree.handOverRest(ctx, p.tree.close())
	close(p.closing)
	// Storing does not end with ctx, so that a part is whole or not there.
	stored := make(chan struct{})
	go func() { p.workers.Wait(); close(stored) }()
	select {
	case <-stored:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("store traces: %w", context.Cause(ctx))
	}
}

func (p *SpanProcessor) closeOutbox() error {
	if p.outbox == nil {
		return nil
	}
	if st := p.outbox.Stats(); st.Pending > st.Elsewhere && p.outbound != nil {
		p.reports.left(p.outbox.Dir(), st.Pending-st.Elsewhere, p.outbound.queue.Stats())
	}
	return p.outbox.Close()
}
