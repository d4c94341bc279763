package mlflowexporter

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/assembly"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/runs"
)

// deliveries is the exporter's policy on top of a delivery queue: which traces go
// to which experiment, which are left out, and which have to wait because their
// experiment takes nothing for now. The queue itself, with its circuit, waits
// and concurrency, is deliver.Queue.
type deliveries struct {
	cfg       *Config
	rules     runs.Rules
	log       *zap.Logger
	telemetry *telemetry
	out       *outlets
	holds     *holds
	sessions  *spanSessions
	source    *source
	queue     *deliver.Queue
	delivered *deliveryLog
	server    atomic.Value // string: fingerprint of the one that did not take all of a trace

	cancel context.CancelFunc
	ended  sync.WaitGroup
}

func newDeliveries(e *mlflowExporter, out *outlets) *deliveries {
	h := newHolds()
	d := &deliveries{
		cfg: e.cfg, rules: e.rules, log: e.log, telemetry: e.telemetry,
		out: out, holds: h, sessions: &e.sessions, source: newSource(e, h), delivered: &deliveryLog{log: e.log, table: e.table},
	}
	d.queue = deliver.NewQueue(d.source, d,
		deliver.WithConcurrency(e.cfg.Delivery.Concurrency),
		deliver.WithExponentialBackoff(d.backoff()),
		// What fails on a healthy server is tried for as long as
		// retry_on_failure says: the source drops it then.
		deliver.WithMaxAttempts(math.MaxInt),
		deliver.WithObserver(d.delivered),
	)
	return d
}

// backoff is what retry_on_failure says.
func (d *deliveries) backoff() deliver.Backoff {
	r := d.cfg.RetryConfig
	return deliver.Backoff{
		Initial: r.InitialInterval, Max: r.MaxInterval,
		Multiplier: r.Multiplier, Randomization: r.RandomizationFactor,
	}
}

func (d *deliveries) start() {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	d.ended.Go(func() { _ = d.queue.Run(ctx) }) // it has no error but that of a context
	d.ended.Go(func() { d.source.keepExpiring(ctx) })
	d.ended.Go(func() { d.keepLooking(ctx) })
	d.ended.Go(func() { d.keepEnding(ctx) })
	d.ended.Go(func() { d.delivered.keepSummingUp(ctx) })
}

// stop ends the deliveries under way between two calls.
func (d *deliveries) stop() {
	d.cancel()
	d.ended.Wait()
	d.out.close()
}

// wake makes the queue look for what is due now.
func (d *deliveries) wake() { d.source.signal() }

// drain delivers what is there, complete or not, as far as ctx and the
// configured time allow.
func (d *deliveries) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Delivery.DrainTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	d.source.table.Close(time.Now())
	for d.source.table.Undelivered() > 0 {
		d.source.table.MakeDue(time.Now(), assembly.Assembling)
		d.wake()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Handle implements deliver.Handler: it chooses what becomes of a trace, and the
// Deliverer that brings it to its experiment.
func (d *deliveries) Handle(ctx context.Context, w deliver.Work, td *tracepb.TracesData) (deliver.Result, error) {
	one := w.(*work)
	job := one.job
	withRuns := true
	traces, origin := d.read(one, td)
	if d.sessions.has(job.ID) {
		return d.withdraw(ctx, one, td)
	}
	if len(traces.Data().GetResourceSpans()) == 0 {
		return deliver.Result{}, deliver.ErrSkip // a session that only began
	}
	if d.cfg.NonGenAITraces != Project && (!job.Delivered || job.Skipped) && !traces.IsGenAI() {
		if d.cfg.NonGenAITraces == Drop {
			return deliver.Result{}, deliver.ErrSkip
		}
		withRuns = false
	}
	if one.fate == open && !d.cfg.Delivery.Running {
		return deliver.Result{}, deliver.ErrSkip
	}
	outlet, err := d.out.choose(td, withRuns)
	if err != nil {
		return deliver.Result{}, err
	}
	job.Place, job.Of = outlet.place.String(), len(job.Parts)
	if until, held := d.holds.until(job.Place, time.Now()); held {
		return deliver.Result{}, &deliver.PostponedError{Until: until}
	}
	result, err := outlet.DeliverRead(ctx, traces, origin)
	d.telemetry.called(result.Calls)
	if err == nil && !job.Piecemeal {
		err = deleteSuperseded(ctx, outlet, job, result)
	}
	if err != nil {
		return result, d.hold(job, err)
	}
	if len(result.Missing) > 0 {
		d.remember(ctx, outlet.client)
	}
	if d.holds.lift(job.Place) {
		d.log.Info("an experiment takes traces again", zap.String("experiment", job.Place))
	}
	return result, nil
}

// withdraw leaves out a session whose spans are here. What was delivered of it before they
// came is taken back: it would count twice.
func (d *deliveries) withdraw(ctx context.Context, w *work, td *tracepb.TracesData) (deliver.Result, error) {
	job := w.job
	if job.Skipped || !job.Delivered && !job.SearchFirst {
		return deliver.Result{}, deliver.ErrSkip
	}
	outlet, err := d.out.choose(td, true)
	if err != nil {
		return deliver.Result{}, err
	}
	job.Place, job.Of = outlet.place.String(), len(job.Parts)
	result, err := outlet.Withdraw(ctx, w.serverTrace())
	d.telemetry.called(result.Calls)
	if err != nil {
		return result, d.hold(job, err)
	}
	return result, deliver.ErrSkip
}

// hold keeps the traces of one experiment back when an error is about that
// experiment or its workspace only: one team's must not hold up the others'.
func (d *deliveries) hold(job *assembly.Job, err error) error {
	routed := d.cfg.Experiment.FromAttribute != "" || d.cfg.Workspace.FromAttribute != ""
	if !d.cfg.RetryConfig.Enabled || !routed || deliver.IsStopped(err) || deliver.IsPartial(err) || !deliver.IsExperimentClosed(err) {
		return err
	}
	until, first := d.holds.put(job.Place, time.Now(), func(failures int) time.Duration {
		return d.backoff().Wait(failures, 0)
	})
	if first {
		d.log.Warn("an experiment takes nothing for now; its traces are kept until it does",
			zap.String("experiment", job.Place), zap.Time("again", until), zap.Error(err))
	}
	return &deliver.PostponedError{Until: until, Err: err}
}

// deleteSuperseded deletes runs that an earlier delivery made of spans which, now
// that more of the trace is there, are no runs of their own, or are in another experiment
// since the root names one.
func deleteSuperseded(ctx context.Context, to *outlet, job *assembly.Job, r deliver.Result) error {
	for span, run := range job.Runs {
		if r.Runs[span] == run || len(r.Runs) == 0 {
			continue
		}
		if err := to.Supersede(ctx, run); err != nil {
			return err
		}
	}
	return nil
}
