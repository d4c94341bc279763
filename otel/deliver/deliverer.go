package deliver

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// Deliverer brings traces into one experiment of one server. It is safe for
// concurrent use; deliveries of the same trace follow each other.
type Deliverer struct {
	client *mlflow.Client
	otlp   otlptrace.Client
	cfg    config
	ui     mlflow.UI

	expMu sync.Mutex
	expID string

	modelMu sync.Mutex
	models  map[string]string // logged model name → id, "" when the server has none

	memory memory
}

// New makes a Deliverer. It does not talk to the server yet.
func New(c *mlflow.Client, opts ...Option) *Deliverer {
	d := &Deliverer{client: c, cfg: newConfig(opts), models: map[string]string{}}
	d.otlp = newUploader(c)
	d.ui = mlflow.NewUI(cmp.Or(d.cfg.uiURL, c.URI()))
	d.memory.init()
	return d
}

// Deliver brings one whole trace into MLflow: runs, metrics, params, tags,
// artifacts, spans, links. It is idempotent, and may be called again for the
// same trace after any error: see IsPermanent and RetryAfter. When ctx ends, the
// call under way is finished and the delivery stops (IsStopped).
//
// With a nil error everything is on the server but Result.Poison.
func (d *Deliverer) Deliver(ctx context.Context, td *tracepb.TracesData, o Origin) (Result, error) {
	tid, err := traceIDOf(td)
	if err != nil {
		return Result{}, err
	}
	if !d.cfg.tracking && !d.cfg.tracing {
		return Result{TraceID: hex.EncodeToString(tid[:])}, nil
	}
	unlock, err := d.memory.lock(ctx, tid)
	if err != nil {
		return Result{}, fmt.Errorf("wait for another delivery of this trace: %w", errors.Join(errStopped, err))
	}
	defer unlock()
	if err := d.settle(ctx, tid); err != nil {
		return Result{}, err
	}
	shared := o.SearchFirst || resumed(td) // another process may have the same trace in its hands now
	o.SearchFirst = o.SearchFirst || o.Late || resumed(td) || d.memory.doubtful(tid)

	call, requests, done := d.callContext(ctx)
	defer done()
	j := &job{d: d, stop: ctx, ctx: call, tid: tid, origin: o, td: td}
	err = j.run()
	if mlflow.IsExperimentGone(err) {
		// The experiment was deleted or replaced since it was resolved.
		d.forgetExperiment(j.experimentID)
		j.origin.SearchFirst = true
		err = j.run()
	}
	if shared || mlflow.IsRunDeleted(err) {
		err = j.agree(err)
	}
	j.result.Calls = int(requests.Load())
	var artifacts *ArtifactsError
	switch {
	case err == nil, errors.As(err, &artifacts):
		d.memory.delivered(tid)
	default:
		var a *AmbiguousError
		wait := time.Duration(0)
		if errors.As(err, &a) {
			wait = a.Wait
		}
		d.memory.failed(tid, d.cfg.now().Add(wait))
	}
	return j.result, err
}

// settle waits until an earlier ambiguous create is certainly through or lost.
func (d *Deliverer) settle(ctx context.Context, tid [16]byte) error {
	wait := d.memory.settled(tid).Sub(d.cfg.now())
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errStopped, ctx.Err())
	}
}

// callContext is a context for single calls: it outlives ctx by the grace, so
// that a call under way can finish.
func (d *Deliverer) callContext(ctx context.Context) (context.Context, *atomic.Int64, func()) {
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var mu sync.Mutex
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(d.cfg.grace, cancel)
	})
	call, n := mlflow.CountRequests(call)
	return call, n, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}

// job is one delivery under way.
type job struct {
	d      *Deliverer
	stop   context.Context // ended: no further call
	ctx    context.Context // of the calls
	tid    [16]byte
	origin Origin
	td     *tracepb.TracesData

	experimentID string
	projection   runs.Projection
	planned      []*plannedRun // parents before children
	resource     resource
	spans        spanSet
	modelID      string
	result       Result
}

func (j *job) traceID() string       { return hex.EncodeToString(j.tid[:]) }
func (j *job) mlflowTraceID() string { return mlflow.TraceID(j.tid) }

// step runs one call, unless the delivery was stopped, and says in the error
// which it was.
func (j *job) step(what string, call func(ctx context.Context) error) error {
	if j.stop.Err() != nil {
		return fmt.Errorf("%w (next: %s)", errNotBegun, what)
	}
	if err := call(j.ctx); err != nil {
		if j.ctx.Err() != nil {
			err = errors.Join(errStopped, err)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (j *job) run() error {
	j.result = Result{TraceID: j.traceID(), Runs: map[string]string{}}
	if err := j.plan(); err != nil {
		return err
	}
	err := j.step("resolve experiment", func(ctx context.Context) (err error) {
		j.experimentID, err = j.d.experiment(ctx)
		return err
	})
	if err != nil {
		return err
	}
	j.result.ExperimentID = j.experimentID
	if len(j.spans.send) > 0 {
		j.result.TraceURL = j.d.ui.Trace(j.experimentID, j.tid)
	}
	if err := j.createRuns(); err != nil {
		return err
	}
	artifactsErr, err := j.fillRuns()
	if err != nil {
		return err
	}
	if err := j.deliverTrace(); err != nil {
		return err
	}
	if err := j.finishRuns(); err != nil {
		return err
	}
	return artifactsErr
}

func apiError(err error) *mlflow.APIError {
	var e *mlflow.APIError
	errors.As(err, &e)
	return e
}
