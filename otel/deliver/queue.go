package deliver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// Queue empties a Source into a Handler, several traces at once. A failed trace
// comes back after a growing wait; while the server is down a single trace
// probes it. What the server refuses for good goes to the Source's dead letters,
// with the reason. See the package documentation for goroutines and locks.
type Queue struct {
	source  Source
	handler Handler
	cfg     queueConfig

	wake  chan struct{} // capacity 1: a delivery has ended
	ended chan struct{} // closed when Run has returned

	mu       sync.Mutex            // guards everything below
	running  int                   // works handed out
	active   map[trace.TraceID]int // of them by trace; a further part may begin before conclude
	circuit  circuit
	waiters  map[trace.TraceID][]chan outcome
	failed   chan struct{} // closed and renewed when an attempt failed
	outcomes *lru.Cache[trace.TraceID, outcome]
	stats    QueueStats
}

// outcome is what a Queue remembers of a trace for those who wait for it.
type outcome struct {
	result Result
	err    error
	final  bool // else err is of the last attempt, and there will be another
}

// maxOutcomes bounds the traces whose last outcome is remembered for Wait.
const maxOutcomes = 4096

// preparer is a Handler with something to do before the first delivery, once the
// server answers. pending reports whether a trace is still to be delivered.
type preparer interface {
	prepare(ctx context.Context, pending func(trace.TraceID) bool) (killed int, err error)
}

// lostSource is a Source whose traces may vanish without a delivery, and which
// notices that. takeLost hands such a trace out, to be recorded as Lost; it is nil
// when there is none.
type lostSource interface {
	takeLost() Work
}

// deadLetterSource is a Source that keeps dead letters, from where a person may let
// them be delivered after all.
type deadLetterSource interface {
	deadTraces() map[trace.TraceID]bool
}

// NewQueue makes a queue; Run works it off. Before its first delivery a
// *Deliverer ends the runs that an earlier process with the same instance id left
// RUNNING (WithInstanceID).
func NewQueue(source Source, handler Handler, opts ...QueueOption) *Queue {
	q := &Queue{
		source: source, handler: handler, cfg: newQueueConfig(opts), wake: make(chan struct{}, 1), ended: make(chan struct{}),
		active: map[trace.TraceID]int{}, waiters: map[trace.TraceID][]chan outcome{}, failed: make(chan struct{}),
		outcomes: newLRU[trace.TraceID, outcome](maxOutcomes),
	}
	q.circuit = circuit{backoff: q.cfg.backoff}
	return q
}

// NewSpoolQueue makes a queue that empties a spool: the parts of one trace
// together, the newest traces first and beside them, every third time, the one that has
// waited for longest. Parts that the server refuses become the spool's dead letters.
func NewSpoolQueue(s *spool.Spool, handler Handler, opts ...QueueOption) *Queue {
	c := newQueueConfig(opts)
	return NewQueue(newSpoolSource(s, c.backoff, c.now), handler, opts...)
}

// Run delivers until ctx ends; then it finishes the calls under way and returns
// nil, leaving the rest in the Source, and ends all waits. It is to be called once.
func (q *Queue) Run(ctx context.Context) error {
	defer close(q.ended)
	var workers sync.WaitGroup
	defer workers.Wait()
	prepared := false
	for ctx.Err() == nil {
		q.recordLost()
		now := q.cfg.now()
		var next time.Time
		if !prepared {
			prepared, next = q.prepare(ctx, now)
		}
		for prepared {
			var w Work
			if w, next = q.take(now); w == nil {
				break
			}
			workers.Go(func() {
				defer q.signal()
				q.work(ctx, w)
			})
		}
		q.sleep(ctx, next)
	}
	return nil
}

// sleep waits for anything that could let a delivery begin: the time next unless
// it is zero, an addition, the end of a delivery, or the end of ctx.
func (q *Queue) sleep(ctx context.Context, next time.Time) {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(max(next.Sub(q.cfg.now()), time.Millisecond))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-q.source.Added():
	case <-q.wake:
	case <-due:
	}
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take gets a work if one may begin now. Otherwise it says when to look again; the
// zero time leaves that to a signal.
func (q *Queue) take(now time.Time) (Work, time.Time) {
	allowed, next := q.mayBegin(now)
	if !allowed {
		return nil, next
	}
	// Not under mu: a Source may have to wait for its own I/O. Nobody else lets
	// works begin, so what was allowed still is.
	w, next := q.source.Take(now)
	if w != nil {
		q.begin(w.TraceID())
	}
	return w, next
}

// recordLost answers those who wait for traces that are gone. It needs no server,
// and so waits neither for prepare nor for the circuit.
func (q *Queue) recordLost() {
	s, ok := q.source.(lostSource)
	if !ok {
		return
	}
	for w := s.takeLost(); w != nil; w = s.takeLost() {
		q.begin(w.TraceID())
		q.record(w, Outcome{Kind: Lost})
	}
}

// begin counts a work that was handed out; end counts it off.
func (q *Queue) begin(id trace.TraceID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running++
	q.active[id]++
}

// end counts a work off; called under mu.
func (q *Queue) end(id trace.TraceID) {
	q.running--
	if q.active[id]--; q.active[id] == 0 {
		delete(q.active, id)
	}
}

// mayBegin reports whether the server may be asked something more now, or when
// it may; the zero time says that the end of a delivery decides.
func (q *Queue) mayBegin(now time.Time) (bool, time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	busy := q.running
	switch {
	case busy >= q.cfg.concurrency:
		return false, time.Time{}
	case q.circuit.allows(now, busy):
		return true, time.Time{}
	case busy > 0: // the probe
		return false, time.Time{}
	}
	return false, q.circuit.until
}

// prepare lets the Handler do what comes first, and reports whether it is done.
func (q *Queue) prepare(ctx context.Context, now time.Time) (done bool, next time.Time) {
	p, ok := q.handler.(preparer)
	if !ok {
		return true, time.Time{}
	}
	allowed, next := q.mayBegin(now)
	if !allowed {
		return false, next
	}
	killed, err := p.prepare(ctx, q.kept())
	q.mu.Lock()
	q.stats.Killed += uint64(killed) //nolint:gosec // a count
	q.mu.Unlock()
	switch {
	case err == nil:
		q.serverIsUp()
		return true, time.Time{}
	case ctx.Err() != nil:
		return false, time.Time{}
	case mlflow.IsUnsupported(err) || IsPermanent(err):
		return true, time.Time{} // this server cannot be asked for such runs
	}
	q.serverIsDown(err)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.notifyFailed()
	return false, q.circuit.until
}

// kept returns what reports whether the Source still has a trace, delivered or not
// delivered for good: its runs are not abandoned.
func (q *Queue) kept() func(trace.TraceID) bool {
	s, ok := q.source.(deadLetterSource)
	if !ok {
		return q.source.Pending
	}
	dead := s.deadTraces()
	return func(id trace.TraceID) bool { return dead[id] || q.source.Pending(id) }
}

// work makes one attempt and records what came of it.
func (q *Queue) work(ctx context.Context, w Work) {
	began := q.cfg.now()
	td, err := w.Read(ctx)
	switch {
	case err != nil:
		q.record(w, q.judge(ctx, w, Result{}, &sourceError{fmt.Errorf("read the trace: %w", err)}))
		return
	case td == nil:
		q.record(w, Outcome{Kind: Lost})
		return
	}
	result, err := q.handle(ctx, w, td)
	o := q.judge(ctx, w, result, err)
	o.Took = q.cfg.now().Sub(began)
	q.record(w, o)
}

// handle makes the Handler's panic an error of this trace, which becomes a dead letter: else it would end the
// program, and each one after it that finds the trace in its outbox.
func (q *Queue) handle(ctx context.Context, w Work, td *tracepb.TracesData) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, at: panickedAt()}
		}
	}()
	return q.handler.Handle(ctx, w, td)
}

// sourceError is trouble on this side, which says nothing about server and trace.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// judge decides what an attempt means for the trace, and for the others.
func (q *Queue) judge(ctx context.Context, w Work, r Result, err error) Outcome {
	attempts, faults := w.Failures()
	o := Outcome{Kind: Retried, Result: r, Err: err}
	switch postponed, isPostponed := errors.AsType[*PostponedError](err); {
	case err == nil:
		o.Kind = Delivered
		return o
	case errors.Is(err, ErrSkip):
		return Outcome{Kind: Skipped, Result: r}
	case IsStopped(err), ctx.Err() != nil && errors.Is(err, context.Canceled):
		o.Kind = Stopped
		return o
	case isPostponed:
		if postponed.Err != nil {
			q.serverIsUp()
		}
		return Outcome{Kind: Postponed, Result: r, Err: postponed.Err, Reason: postponed.Reason, Next: postponed.Until}
	case isSourceError(err):
	case IsPartial(err):
		q.serverIsUp()
		if o.Fault = !needsService(err); o.Fault && faults+1 >= q.cfg.maxAttempts {
			o.Kind = DeadLettered
			return o
		}
	case serverDown(err):
		// Where others got through until now, the trace may be what cuts its connections, or what a proxy breaks the answer to.
		opened := q.serverIsDown(err)
		if o.Fault = opened && apiError(err) == nil && mlflow.IsAmbiguous(err); o.Fault && faults+1 >= q.cfg.maxAttempts {
			o.Kind = DeadLettered
			return o
		}
	default:
		o.Fault = true
		if apiError(err) != nil {
			q.serverIsUp()
		}
		if IsPermanent(err) || faults+1 >= q.cfg.maxAttempts {
			o.Kind = DeadLettered
			return o
		}
	}
	o.Next = q.cfg.now().Add(q.cfg.backoff.Wait(attempts+1, RetryAfter(err)))
	return o
}

func isSourceError(err error) bool {
	_, ok := errors.AsType[*sourceError](err)
	return ok
}

// serverIsUp closes the circuit, and lets all traces that met the outage go on.
func (q *Queue) serverIsUp() {
	q.mu.Lock()
	closed := q.circuit.success()
	q.mu.Unlock()
	if closed {
		q.source.Release(q.cfg.now())
		q.cfg.observer.ServerUp()
	}
}

// serverIsDown opens the circuit, and reports whether it was closed. Whoever sees it open sees why.
func (q *Queue) serverIsDown(err error) (opened bool) {
	q.mu.Lock()
	q.stats.LastError = err.Error()
	opened = q.circuit.failure(q.cfg.now(), mlflow.RetryAfter(err))
	q.mu.Unlock()
	if opened {
		q.cfg.observer.ServerDown(err)
	}
	return opened
}
