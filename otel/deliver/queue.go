package deliver

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// Queue empties a spool into a Deliverer: several traces at once, the parts of
// one trace together. A failed trace comes back after a growing wait; while the
// server is down a single trace probes it. What the server refuses for good goes
// to the spool's dead letters, with the reason.
type Queue struct {
	spool *spool.Spool
	d     *Deliverer
	cfg   queueConfig

	wake chan struct{} // capacity 1

	mu      sync.Mutex
	traces  map[[16]byte]*waiting
	busy    int
	circuit circuit
	waiters map[[16]byte][]chan outcome
	trouble chan struct{} // closed and renewed when an attempt failed
	results recent[outcome]
	stats   QueueStats
}

// waiting is one trace in the spool.
type waiting struct {
	tid      [16]byte
	parts    []spool.Entry // in order
	active   bool          // being delivered
	stale    bool          // parts came while it was
	attempts int           // all that failed, for the wait
	faults   int           // those that failed on a healthy server
	next     time.Time
	err      error // of the last attempt
}

type outcome struct {
	result Result
	err    error
}

// QueueStats counts what a Queue did since it was made.
type QueueStats struct {
	Delivered uint64 // traces
	Late      uint64 // of them: further parts of traces delivered before
	Retried   uint64 // failed attempts that will be repeated
	Buried    uint64 // traces refused for good
	Poison    uint64 // spans refused for good, their traces otherwise delivered
	Killed    uint64 // runs of dead processes ended
	// ServerDown: the last answer was none, and a single trace probes.
	ServerDown bool
	// LastError is of the newest failed attempt; empty after a success.
	LastError string
}

// BuriedError: a trace was refused for good.
type BuriedError struct {
	TraceID string
	Err     error
}

func (e *BuriedError) Error() string {
	return fmt.Sprintf("trace %s cannot be delivered and lies in the outbox's dead letters: %v", e.TraceID, e.Err)
}
func (e *BuriedError) Unwrap() error { return e.Err }

// LostError: a trace left the outbox without being delivered: dropped by a
// person, or its file was damaged.
type LostError struct{ TraceID string }

func (e *LostError) Error() string {
	return fmt.Sprintf("trace %s is not in the outbox any more: it was dropped, or its file is damaged", e.TraceID)
}

// NewQueue makes a queue; Run works it off.
func NewQueue(s *spool.Spool, d *Deliverer, opts ...QueueOption) *Queue {
	q := &Queue{
		spool: s, d: d, cfg: newQueueConfig(opts), wake: make(chan struct{}, 1),
		traces: map[[16]byte]*waiting{}, waiters: map[[16]byte][]chan outcome{}, trouble: make(chan struct{}),
	}
	q.circuit = circuit{backoff: q.cfg.backoff}
	q.results.init(maxResults)
	return q
}

const maxResults = 1024 // remembered for Wait

// Run delivers until ctx ends; then it finishes the calls under way and returns
// nil, leaving the rest in the spool.
func (q *Queue) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	janitor := !q.d.cfg.tracking || q.d.cfg.instanceID == ""
	q.refresh()
	for {
		now := q.cfg.now()
		if !janitor && q.mayProbe(now) {
			janitor = q.killAbandoned(ctx)
		}
		for janitor {
			w := q.take(now)
			if w == nil {
				break
			}
			workers.Go(func() { q.work(ctx, w); q.signal() })
		}
		timer := time.NewTimer(q.nextDue(now, !janitor))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-q.spool.Added():
			q.refresh()
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// refresh takes over what lies in the spool.
func (q *Queue) refresh() {
	byTrace := map[[16]byte][]spool.Entry{}
	for _, e := range q.spool.Entries() {
		byTrace[e.TraceID] = append(byTrace[e.TraceID], e)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for tid, parts := range byTrace {
		w, known := q.traces[tid]
		if !known {
			w = &waiting{tid: tid}
			for _, e := range parts { // what an earlier process, or this one, noted
				w.attempts = max(w.attempts, e.Attempts)
			}
			q.traces[tid] = w
		}
		if w.active {
			w.stale = w.stale || len(parts) != len(w.parts)
			continue
		}
		w.parts = parts
		// The noted wait counts for a trace that is new here, and when a person
		// cleared it; in between serverIsUp may have.
		if noted := noted(parts); !known || noted.IsZero() {
			w.next = noted
		}
	}
	for tid, w := range q.traces {
		if _, there := byTrace[tid]; !there && !w.active {
			delete(q.traces, tid)
			q.answer(tid, outcome{err: &LostError{TraceID: hex.EncodeToString(tid[:])}})
		}
	}
}

// noted is the time that the spool keeps for the next attempt.
func noted(parts []spool.Entry) (next time.Time) {
	for _, e := range parts {
		if e.NextAttempt.After(next) {
			next = e.NextAttempt
		}
	}
	return next
}

// ready: complete, or left by a process that will add nothing to it.
func (w *waiting) ready() bool {
	if len(w.parts) == 0 {
		return false
	}
	return slices.ContainsFunc(w.parts, func(e spool.Entry) bool { return e.Complete || e.FoundAtOpen })
}

// take picks the oldest trace that is due, if a worker may start.
func (q *Queue) take(now time.Time) *waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy >= q.cfg.concurrency || !q.circuit.allows(now, q.busy) {
		return nil
	}
	var best *waiting
	for _, w := range q.traces {
		if w.active || !w.ready() || w.next.After(now) {
			continue
		}
		if best == nil || w.parts[0].ID < best.parts[0].ID {
			best = w
		}
	}
	if best != nil {
		best.active, best.stale = true, false
		q.busy++
	}
	return best
}

// mayProbe: the server may be asked something.
func (q *Queue) mayProbe(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.circuit.allows(now, q.busy)
}

// nextDue is how long until something can start without being told.
func (q *Queue) nextDue(now time.Time, probing bool) time.Duration {
	const never = time.Hour // something else wakes
	q.mu.Lock()
	defer q.mu.Unlock()
	var due time.Time
	found := probing
	if q.busy < q.cfg.concurrency {
		for _, w := range q.traces {
			if !w.active && w.ready() && (!found || w.next.Before(due)) {
				due, found = w.next, true
			}
		}
	}
	if !found || q.circuit.open && q.busy > 0 { // the probe's end wakes
		return never
	}
	if q.circuit.open && q.circuit.until.After(due) {
		due = q.circuit.until
	}
	return max(due.Sub(now), time.Millisecond)
}

func (q *Queue) killAbandoned(ctx context.Context) (done bool) {
	n, err := q.d.KillAbandoned(ctx, func(traceID string) bool {
		tid, err := hex.DecodeString(traceID)
		if err != nil || len(tid) != 16 {
			return false
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.traces[[16]byte(tid)] != nil
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Killed += uint64(n) //nolint:gosec // a count
	if err == nil {
		q.serverIsUp()
		return true
	}
	if ctx.Err() != nil {
		return false
	}
	if mlflow.IsUnsupported(err) || IsPermanent(err) {
		return true // this server will not tell
	}
	q.stats.LastError = err.Error()
	q.circuit.failure(q.cfg.now(), mlflow.RetryAfter(err), q.cfg.jitter)
	q.tellTrouble()
	return false
}

// work delivers one trace and records what came of it.
func (q *Queue) work(ctx context.Context, w *waiting) {
	began := q.cfg.now()
	parts := w.parts // nobody changes it while active
	td, err := q.read(parts)
	var result Result
	late := len(parts) > 0 && parts[0].Part > 1
	if err == nil && td != nil {
		result, err = q.d.Deliver(ctx, td, Origin{
			SearchFirst: w.attempts > 0 || slices.ContainsFunc(parts, func(e spool.Entry) bool { return e.FoundAtOpen }),
			Late:        late,
			SampledFlag: true,
		})
	}
	if err == nil && td != nil {
		err = q.clear(parts, result)
		if err == nil {
			q.cfg.observer.Delivered(result, q.cfg.now().Sub(began))
		}
	}
	q.settled(w, parts, td != nil, late, result, err)
}

// read merges the parts. A part that vanished or is damaged is left out: the
// spool took care of it.
func (q *Queue) read(parts []spool.Entry) (*tracepb.TracesData, error) {
	var all *tracepb.TracesData
	for _, e := range parts {
		td, err := q.spool.Read(e.ID)
		if spool.IsNotFound(err) || spool.IsCorrupt(err) {
			continue
		}
		if err != nil {
			return nil, &outboxError{fmt.Errorf("read %s from the outbox: %w", e.ID, err)}
		}
		if all == nil {
			all = td
			continue
		}
		all.ResourceSpans = append(all.ResourceSpans, td.GetResourceSpans()...)
	}
	return all, nil
}

// clear takes delivered parts out of the spool; parts with refused spans go to
// the dead letters.
func (q *Queue) clear(parts []spool.Entry, r Result) error {
	var done []string
	for _, e := range parts {
		if len(r.Poison) == 0 {
			done = append(done, e.ID)
			continue
		}
		if err := q.buryPoison(e, r); err != nil {
			return err
		}
	}
	if err := q.spool.Remove(done...); err != nil && !spool.IsNotFound(err) {
		return &outboxError{fmt.Errorf("take delivered trace out of the outbox: %w", err)}
	}
	return nil
}

// buryPoison keeps the whole part: what was delivered of it is delivered again
// without harm once somebody mended the cause.
func (q *Queue) buryPoison(e spool.Entry, r Result) error {
	reason := fmt.Sprintf("%d spans refused, all others delivered; first %q (span id %x): %s",
		len(r.Poison), r.Poison[0].GetName(), r.Poison[0].GetSpanId(), r.PoisonReason)
	if err := q.spool.Bury(e.ID, reason); err != nil && !spool.IsNotFound(err) {
		return &outboxError{fmt.Errorf("bury refused spans: %w", err)}
	}
	return nil
}

// answer tells everybody who waits; called under mu.
func (q *Queue) answer(tid [16]byte, o outcome) {
	q.results.put(tid, o)
	for _, c := range q.waiters[tid] {
		c <- o // capacity 1
	}
	delete(q.waiters, tid)
}

// Stats is a snapshot.
func (q *Queue) Stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.ServerDown = q.circuit.open
	return s
}
