package deliver

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
)

// alone waits until no other delivery of a trace is under way, and no request of an earlier
// one may still take effect. unlock lets the next one begin.
func (d *Deliverer) alone(ctx context.Context, id trace.TraceID) (unlock func(), err error) {
	unlock, err = d.memory.lock(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("wait for another delivery of this trace: %w", errors.Join(errStopped, err))
	}
	if err := d.awaitAmbiguous(ctx, id); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// onEarlier lets act change what earlier deliveries of a trace left on the server, while no
// other is under way. found are its runs, those that were deleted too.
func (d *Deliverer) onEarlier(ctx context.Context, id trace.TraceID, act func(j *job, found []mlflow.Run) error) (Result, error) {
	unlock, err := d.alone(ctx, id)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	call, requests, done := d.callContext(ctx)
	defer done()
	j := &job{d: d, stop: ctx, ctx: call, tid: id}
	if err = j.resolveExperiment(); err == nil {
		var found []mlflow.Run
		if found, err = j.search(); err == nil {
			err = act(j, found)
		}
	}
	return Result{TraceID: id, Calls: int(requests.Load())}, err
}

func (j *job) resolveExperiment() error {
	return j.step("resolve experiment", func(ctx context.Context) (err error) {
		j.experimentID, j.resolved, err = j.d.experiment(ctx)
		return err
	})
}

// unlessNoTrace passes over that the trace is not there, or that this server has no way to
// change one.
func unlessNoTrace(err error) error {
	if mlflow.IsNotFound(err) || mlflow.IsUnsupported(err) {
		return nil
	}
	return err
}
