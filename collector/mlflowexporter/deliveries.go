package mlflowexporter

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/config/configretry"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/journal"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// deliveries brings due traces to the server, several at once. A failed trace
// comes back after a growing wait; while the server is away a single trace
// probes it.
type deliveries struct {
	e     *mlflowExporter
	out   *outlets
	holds *holds

	ctx    context.Context
	cancel context.CancelFunc
	woken  chan struct{} // capacity 1
	ended  sync.WaitGroup

	mu       sync.Mutex
	busy     int
	outage   int       // failures in a row of a server that is away
	until    time.Time // the next probe
	draining bool
}

func newDeliveries(e *mlflowExporter, out *outlets) *deliveries {
	d := &deliveries{e: e, out: out, holds: newHolds(), woken: make(chan struct{}, 1)}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

func (d *deliveries) start() { d.ended.Go(d.run) }

// stop ends the delivery under way between two calls.
func (d *deliveries) stop() {
	d.cancel()
	d.ended.Wait()
	d.out.client.CloseIdle()
}

func (d *deliveries) wake() {
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// run hands out traces until stop.
func (d *deliveries) run() {
	for {
		next := d.dispatch(time.Now())
		evicted, expiry := d.e.table.Expire(time.Now())
		d.forget(evicted)
		if !expiry.IsZero() && expiry.Before(next) {
			next = expiry
		}
		timer := time.NewTimer(max(time.Until(next), time.Millisecond))
		select {
		case <-d.ctx.Done():
			timer.Stop()
			return
		case <-d.woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// dispatch starts what may start, and says when to look again.
func (d *deliveries) dispatch(now time.Time) time.Time {
	later := now.Add(time.Minute) // something else wakes
	for {
		d.mu.Lock()
		if d.busy >= d.e.cfg.Delivery.Concurrency || d.outage > 0 && d.busy > 0 {
			d.mu.Unlock()
			return later // the end of a delivery wakes
		}
		if d.outage > 0 && d.until.After(now) {
			defer d.mu.Unlock()
			return d.until
		}
		job, next, ok := d.e.table.Take(now)
		if job == nil {
			d.mu.Unlock()
			if ok && next.Before(later) {
				return next
			}
			return later
		}
		d.busy++
		d.mu.Unlock()
		d.ended.Go(func() {
			d.deliver(job)
			d.mu.Lock()
			d.busy--
			d.mu.Unlock()
			d.wake()
		})
	}
}

// deliver makes one attempt and books what came of it.
func (d *deliveries) deliver(job *assembly.Job) {
	began := time.Now()
	if job.Of == len(job.Parts) && d.heldBack(job, began) {
		return
	}
	td, err := d.read(job)
	if err != nil {
		d.failed(job, err)
		return
	}
	if td == nil {
		d.drop(job, "damaged", "nothing of a stored trace can be read back")
		return
	}
	withRuns := true
	traces := runs.Read(td, d.e.rules)
	if d.e.cfg.NonGenAITraces != Project && !traces.IsGenAI() && !job.Delivered {
		if d.e.cfg.NonGenAITraces == Drop {
			n := 0
			for _, p := range job.Parts {
				n += p.Spans
			}
			d.e.telemetry.add(d.e.telemetry.skipped, n, "reason", "non_genai")
			d.settle(job, nil)
			return
		}
		withRuns = false
	}
	var outlet *deliver.Deliverer
	outlet, job.Experiment = d.out.of(td, withRuns)
	job.Of = len(job.Parts)
	if d.heldBack(job, began) {
		return
	}
	result, err := outlet.DeliverRead(d.ctx, traces, deliver.Origin{SearchFirst: job.SearchFirst, Late: job.Delivered && job.Piecemeal})
	d.e.telemetry.add(d.e.telemetry.calls, result.Calls, "", "")
	if err == nil && !job.Piecemeal {
		err = d.sweep(job, result)
	}
	if err != nil {
		d.failed(job, err)
		return
	}
	d.reachable()
	if d.holds.lift(job.Experiment) {
		d.e.log.Info("an experiment takes traces again", zap.String("experiment", job.Experiment))
	}
	if len(result.Poison) > 0 {
		d.refused(job, fmt.Sprintf("%d spans, all others are delivered: %s", len(result.Poison), result.PoisonReason), result.Runs)
		return
	}
	kind := "first"
	switch {
	case job.Piecemeal:
		kind = "piece"
	case job.Delivered:
		kind = "again"
	}
	d.e.telemetry.add(d.e.telemetry.delivered, 1, "kind", kind)
	d.e.telemetry.duration.Record(d.ctx, time.Since(began).Seconds(), d.e.telemetry.self)
	d.e.telemetry.delay.Record(d.ctx, (job.Waited + time.Since(began)).Seconds(), d.e.telemetry.self)
	d.settle(job, result.Runs)
}

// heldBack gives a job back whose experiment takes nothing for now.
func (d *deliveries) heldBack(job *assembly.Job, now time.Time) bool {
	until, held := d.holds.until(job.Experiment, now)
	if held {
		d.e.table.Retry(job, now, until, false)
	}
	return held
}

// read puts the parts of a trace together. Parts that cannot be read are lost,
// and said to be.
func (d *deliveries) read(job *assembly.Job) (*tracepb.TracesData, error) {
	numbers := make([]uint64, len(job.Parts))
	for i, p := range job.Parts {
		numbers[i] = p.Number
	}
	encoded, err := d.e.journal.Read(context.WithoutCancel(d.ctx), numbers)
	if err != nil {
		return nil, err
	}
	var parts []*tracepb.TracesData
	var lost []uint64
	for i, b := range encoded {
		td := &tracepb.TracesData{}
		body, err := journal.Decode(b)
		if err == nil {
			err = proto.Unmarshal(body, td)
		}
		if err != nil {
			lost = append(lost, numbers[i])
			d.e.log.Error("a stored part of a trace is damaged and dropped", zap.String("trace_id", hexID(job.ID)), zap.Error(err))
			continue
		}
		parts = append(parts, td)
	}
	if len(lost) > 0 {
		var c journal.Change
		for _, n := range lost {
			c.Remove(n)
		}
		d.e.table.Lose(job, lost)
		if err := d.e.journal.Apply(d.ctx, &c); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return runs.Merge(parts...), nil
}

// sweep deletes runs that an earlier delivery made of spans which, now that more
// of the trace is there, are no runs of their own.
func (d *deliveries) sweep(job *assembly.Job, r deliver.Result) error {
	for span, run := range job.Runs {
		if _, still := r.Runs[span]; still || len(r.Runs) == 0 {
			continue
		}
		if err := d.out.client.DeleteRun(d.ctx, run); err != nil && !mlflow.IsNotFound(err) {
			return fmt.Errorf("delete run %s of a span that is part of another run now: %w", run, err)
		}
	}
	return nil
}

// settle books a delivered trace.
func (d *deliveries) settle(job *assembly.Job, made map[string]string) {
	remove, unmark, mark := d.e.table.Done(job, made, time.Now())
	var c journal.Change
	for _, n := range remove {
		c.Remove(n)
	}
	if unmark != 0 && unmark != mark {
		c.Unmark(unmark)
	}
	if mark != 0 {
		c.Mark(mark)
	}
	d.write(&c)
}

// failed books a failed attempt.
func (d *deliveries) failed(job *assembly.Job, err error) {
	now := time.Now()
	retry := d.e.cfg.RetryConfig
	switch {
	case deliver.IsStopped(err) || d.ctx.Err() != nil:
		d.e.table.Stopped(job, now)
		return
	case retry.Enabled && d.e.cfg.Experiment.FromAttribute != "" && isClosed(err):
		d.reachable()
		until, first := d.holds.put(job.Experiment, now, func(n int) time.Duration {
			return backoff(retry, n, 0)
		})
		if first {
			d.e.log.Warn("an experiment takes nothing for now; its traces are kept until it does", zap.String("experiment", job.Experiment), zap.Time("again", until), zap.Error(err))
		}
	case deliver.IsOutage(err):
		d.mu.Lock()
		d.outage++
		d.until = now.Add(backoff(retry, d.outage, deliver.RetryAfter(err)))
		first := d.outage == 1
		d.mu.Unlock()
		if first {
			d.e.log.Warn("MLflow takes nothing for now; traces are kept until it does", zap.Error(err))
		}
	case deliver.IsPermanent(err):
		d.refused(job, err.Error(), nil)
		return
	default:
		d.reachable()
		d.e.log.Warn("delivery failed and will be repeated", zap.String("trace_id", hexID(job.ID)), zap.Int("attempt", job.Attempts+1), zap.Error(err))
	}
	d.e.telemetry.add(d.e.telemetry.failed, 1, "", "")
	if !retry.Enabled || retry.MaxElapsedTime > 0 && !job.FirstTry.IsZero() && now.Sub(job.FirstTry) > retry.MaxElapsedTime {
		d.drop(job, "retry_exhausted", err.Error())
		return
	}
	wait := backoff(retry, job.Attempts+1, deliver.RetryAfter(err))
	d.e.table.Retry(job, now, now.Add(wait), true)
}

// refused keeps a trace that the server does not take as it is.
func (d *deliveries) refused(job *assembly.Job, reason string, made map[string]string) {
	now := time.Now()
	d.e.telemetry.add(d.e.telemetry.refused, 1, "", "")
	d.e.log.Error("MLflow refuses a trace; it is kept and tried again", zap.String("trace_id", hexID(job.ID)),
		zap.Duration("again_in", d.e.cfg.Delivery.RefusedInterval), zap.String("reason", reason))
	evicted := d.e.table.Refuse(job, now, now.Add(d.e.cfg.Delivery.RefusedInterval), made)
	for _, t := range evicted {
		d.e.telemetry.add(d.e.telemetry.dropped, 1, "reason", "max_refused")
		d.e.log.Error("a trace that MLflow refused is dropped: limits::max_refused is reached", zap.String("trace_id", hexID(t.ID)))
	}
	d.forget(evicted)
}

func (d *deliveries) drop(job *assembly.Job, reason, text string) {
	d.e.telemetry.add(d.e.telemetry.dropped, 1, "reason", reason)
	d.e.log.Error("a trace is dropped", zap.String("trace_id", hexID(job.ID)), zap.String("reason", reason), zap.String("error", text))
	if t, ok := d.e.table.Drop(job); ok {
		d.forget([]assembly.Evicted{t})
	}
}

// forget removes from the storage what left the table.
func (d *deliveries) forget(list []assembly.Evicted) {
	if len(list) == 0 {
		return
	}
	var c journal.Change
	evict(&c, list)
	d.write(&c)
}

// write stores what may be lost in a crash: a trace would be delivered again.
func (d *deliveries) write(c *journal.Change) {
	if err := d.e.journal.Apply(context.WithoutCancel(d.ctx), c); err != nil {
		d.e.log.Error("the storage does not take a change; delivered traces may be delivered again after a restart", zap.Error(err))
	}
}

// reachable ends an outage: all that waited for it may go on.
func (d *deliveries) reachable() {
	d.mu.Lock()
	was := d.outage > 0
	d.outage = 0
	d.mu.Unlock()
	if was {
		d.e.log.Info("MLflow takes traces again", zap.Int("traces", d.e.table.Open()))
		d.e.table.Hurry(time.Now(), assembly.Waiting)
	}
}

// drain delivers what is there, complete or not, as far as ctx and the
// configured time allow.
func (d *deliveries) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, d.e.cfg.Delivery.DrainTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for d.e.table.Open() > 0 {
		d.e.table.Hurry(time.Now(), assembly.Assembling)
		d.wake()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// backoff is the wait before attempt n+1.
func backoff(retry configretry.BackOffConfig, n int, asked time.Duration) time.Duration {
	w, limit := float64(retry.InitialInterval), float64(retry.MaxInterval)
	for range min(n-1, 64) {
		if w *= retry.Multiplier; w >= limit {
			break
		}
	}
	w = min(w, limit)
	w *= 1 + retry.RandomizationFactor*(2*rand.Float64()-1)
	return max(time.Duration(w), asked, time.Millisecond)
}

func hexID(id assembly.ID) string { return hex.EncodeToString(id[:]) }
