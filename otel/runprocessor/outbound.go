package runprocessor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/spool"
)

// queue is what the processor needs of a deliver.Queue.
type queue interface {
	// Run delivers what is pending until ctx ends.
	Run(ctx context.Context) error
	// Wait returns once the trace is delivered.
	Wait(ctx context.Context, traceID trace.TraceID) (deliver.Result, error)
	// WaitAttempt also returns when an attempt failed.
	WaitAttempt(ctx context.Context, traceID trace.TraceID) (deliver.Result, error)
	Stats() deliver.QueueStats
}

// starter is what the processor needs of a deliver.Deliverer.
type starter interface {
	// Started shows a root that is still open as a RUNNING run.
	Started(ctx context.Context, s deliver.Start)
}

// maxNotices bounds the long-running roots that wait to be shown.
const maxNotices = 64

// outbound is the network's side of a processor: a goroutine that runs the queue,
// and one that shows long-running roots. Neither holds a lock of the processor.
type outbound struct {
	queue   queue
	starter starter
	redact  redactor
	starts  chan sdktrace.ReadWriteSpan // capacity maxNotices; never closed

	server     string           // its address, without credentials
	incomplete *incompleteWatch // of the queue; nil where nobody looks

	group      sync.WaitGroup
	endStarts  context.CancelFunc
	endQueue   context.CancelFunc
	queueEnded chan struct{} // closed when queue.Run has returned
	err        error         // what it returned; read after queueEnded
}

// address returns the server's; "" without delivery.
func (o *outbound) address() string {
	if o == nil {
		return ""
	}
	return o.server
}

// startOutbound sets both going. ctx carries values only.
func startOutbound(ctx context.Context, q queue, s starter, redact redactor) *outbound {
	ctx = context.WithoutCancel(ctx)
	o := &outbound{
		queue: q, starter: s, redact: redact,
		starts: make(chan sdktrace.ReadWriteSpan, maxNotices), queueEnded: make(chan struct{}),
	}
	var starts, deliveries context.Context
	starts, o.endStarts = context.WithCancel(ctx)
	deliveries, o.endQueue = context.WithCancel(ctx)
	o.group.Go(func() { o.showStarts(starts) })
	o.group.Go(func() {
		defer close(o.queueEnded)
		o.err = o.queue.Run(deliveries)
	})
	return o
}

// showStarts passes long-running roots to the starter, one after the other.
func (o *outbound) showStarts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case root := <-o.starts:
			if s, ok := startOf(root, o.redact); ok {
				o.starter.Started(ctx, s)
			}
		}
	}
}

// startOf converts a root as it is now. It reports false for one that has ended
// meanwhile or cannot be converted, which is harmless: its run is created when the
// trace is complete. A panic, of the redaction say, costs the notice only.
func startOf(root sdktrace.ReadWriteSpan, redact redactor) (start deliver.Start, ok bool) {
	defer func() {
		if recover() != nil {
			start, ok = deliver.Start{}, false
		}
	}()
	td, err := convert(handover{spans: []sdktrace.ReadOnlySpan{root}}, redact, time.Now())
	if err != nil {
		return deliver.Start{}, false
	}
	for _, rs := range td.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				if hasEnded(s) {
					return deliver.Start{}, false
				}
				s.EndTimeUnixNano = 0
			}
		}
	}
	return deliver.Start{TraceID: root.SpanContext().TraceID(), Data: td}, true
}

// drain waits until everything is delivered, or the server is down, or what is
// left has failed already and waits for another attempt. An attempt under way is
// waited for: cut off, all of it would have to be done again.
func (o *outbound) drain(ctx context.Context, outbox *spool.Spool) {
	if outbox == nil {
		return
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		s := o.queue.Stats()
		if s.ServerDown || outbox.Stats().Untried == 0 && s.Running == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-o.queueEnded: // it gave up; join says why
			return
		case <-tick.C:
		}
	}
}

// join ends the queue and waits for both goroutines. Out of time, it gives them a
// moment to notice that they were ended.
func (o *outbound) join(ctx context.Context) error {
	o.endQueue()
	ended := make(chan struct{})
	go func() { o.group.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
		select {
		case <-ended:
		case <-time.After(100 * time.Millisecond):
			return fmt.Errorf("deliver traces: %w", context.Cause(ctx))
		}
	}
	if o.err != nil && !errors.Is(o.err, context.Canceled) {
		return fmt.Errorf("deliver traces: %w", o.err)
	}
	return nil
}
