package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/retry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// Deliverer brings traces into one experiment of one server. It is safe for
// concurrent use; deliveries of the same trace follow each other.
type Deliverer struct {
	client *mlflow.Client
	otlp   uploader
	cfg    config
	ui     mlflow.UI

	expMu     sync.Mutex // held while the experiment is looked up, so that it is made once
	exp       foundExperiment
	expByID   mlflow.Experiment // as first found by its configured id; zero: not yet, or configured by name
	expFailed retry.Shared      // the last look-up that failed

	modelMu sync.Mutex                 // held while a model is looked up, so that it is made once
	models  *lru.Cache[string, string] // logged model name → id, "" when the server has none

	memory *memory
}

// New makes a Deliverer. It does not talk to the server yet.
func New(c *mlflow.Client, opts ...Option) *Deliverer {
	d := &Deliverer{client: c, cfg: newConfig(opts), models: newLRU[string, string](maxModels), memory: newMemory()}
	d.otlp = newUploader(c)
	d.ui = mlflow.NewUI(cmp.Or(d.cfg.uiURL, c.URI())).InWorkspace(c.Workspace())
	return d
}

// Deliver brings one whole trace into MLflow: runs, metrics, params, tags,
// artifacts, spans, links. It is idempotent, and may be called again for the
// same trace after any error: see IsPermanent and RetryAfter. When ctx ends, the
// call under way is finished and the delivery stops (IsStopped).
//
// With a nil error everything is on the server that it takes (Result.Incomplete). With
// an error for which IsPartial holds the runs are complete.
func (d *Deliverer) Deliver(ctx context.Context, td *tracepb.TracesData, o Origin) (Result, error) {
	return d.deliver(ctx, td, func() reading { return d.cfg.read(td, d.cfg.rules) }, o)
}

// DeliverRead is Deliver for a trace that the caller has read already, as to ask
// whether it is GenAI. The rules it was read by count, not those of WithRules.
func (d *Deliverer) DeliverRead(ctx context.Context, t *runs.Traces, o Origin) (Result, error) {
	return d.deliver(ctx, t.Data(), func() reading { return t }, o)
}

func (d *Deliverer) deliver(ctx context.Context, td *tracepb.TracesData, read func() reading, o Origin) (Result, error) {
	tid, err := traceIDOf(td)
	if err != nil {
		return Result{}, err
	}
	if !d.cfg.tracking && !d.cfg.tracing {
		return Result{TraceID: tid}, nil
	}
	t := read()
	evaluation, err := d.evaluationOf(ctx, t) // before the trace's own lock, as it needs that of the evaluation
	if err != nil {
		return Result{TraceID: tid}, err
	}
	unlock, err := d.alone(ctx, tid)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	resumed := t.Resumed() || t.HasEvaluation() // a row made its run
	// Another process may have the same trace in its hands now. Only then is it worth a
	// search at the end whether the other one made runs too.
	shared := o.SearchFirst || resumed
	_, failed := d.memory.ambiguousUntil(tid)
	o.SearchFirst = o.SearchFirst || o.Late || resumed || failed

	call, requests, done := d.callContext(ctx)
	defer done()
	j := &job{d: d, stop: ctx, ctx: call, tid: tid, origin: o, td: td, read: t, evaluation: evaluation}
	began := d.cfg.now()
	err = j.run()
	if isReplaced(err) {
		// The experiment was deleted since it was resolved, or the server has another
		// database, in which the runs that this delivery made are not.
		d.invalidateExperiment(j.experimentID)
		j.origin.SearchFirst = true
		err = j.run()
	}
	// A process that was stopped amid it may have been taken for dead, and its work been done again.
	shared = shared || d.cfg.now().Sub(began) > stalledAfter
	if shared && !d.memory.onlyArtifactsMissing(tid, td) || mlflow.IsRunDeleted(err) {
		err = j.reconcile(err)
	}
	if evaluation != "" && (isGone(err) || errors.Is(err, errRunMoved)) {
		m := t.MemberOf()
		d.memory.evaluations.Remove(evaluationKey{m.TraceID, m.SpanID})
		err = errRunMoved // another attempt finds the one that is there
	}
	j.result.Calls = int(requests.Load())
	_, artifactsOnly := errors.AsType[*ArtifactsError](err)
	switch {
	case err == nil:
		d.memory.setDelivered(tid)
	case IsPartial(err):
		d.memory.setPartial(tid)
		if artifactsOnly && j.result.Incomplete() == "" { // else the next attempt has to find out again what is left out
			d.memory.setArtifactsOnly(tid, td)
		}
		if a, ok := errors.AsType[*AmbiguousError](err); ok {
			d.memory.setFailed(tid, d.cfg.now().Add(a.Wait))
		}
	default:
		var a *AmbiguousError
		wait := time.Duration(0)
		if errors.As(err, &a) {
			wait = a.Wait
		}
		d.memory.setFailed(tid, d.cfg.now().Add(wait))
	}
	return j.result, err
}

// awaitAmbiguous waits until an earlier ambiguous create is certainly through or
// lost.
func (d *Deliverer) awaitAmbiguous(ctx context.Context, tid trace.TraceID) error {
	until, _ := d.memory.ambiguousUntil(tid)
	wait := until.Sub(d.cfg.now())
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

func apiError(err error) *mlflow.APIError {
	var e *mlflow.APIError
	errors.As(err, &e)
	return e
}
