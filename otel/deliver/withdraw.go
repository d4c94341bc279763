package deliver

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
)

// Withdraw takes back a trace that was delivered and is now known to tell what another
// trace tells too: its runs are deleted, as [Deliverer.Supersede] does, and so are its
// spans. It may be called again after any error, and for a trace that is not there. ctx is
// as in [Deliverer.Deliver].
func (d *Deliverer) Withdraw(ctx context.Context, id trace.TraceID) (Result, error) {
	unlock, err := d.memory.lock(ctx, id)
	if err != nil {
		return Result{}, fmt.Errorf("wait for another delivery of this trace: %w", errors.Join(errStopped, err))
	}
	defer unlock()
	if err := d.awaitAmbiguous(ctx, id); err != nil {
		return Result{}, err
	}
	call, requests, done := d.callContext(ctx)
	defer done()
	j := &job{d: d, stop: ctx, ctx: call, tid: id}
	err = j.withdraw()
	return Result{TraceID: id, Calls: int(requests.Load())}, err
}

func (j *job) withdraw() error {
	err := j.step("resolve experiment", func(ctx context.Context) (err error) {
		j.experimentID, _, err = j.d.experiment(ctx)
		return err
	})
	if err != nil {
		return err
	}
	found, err := j.search()
	if err != nil {
		return err
	}
	for _, r := range found {
		if r.Info.LifecycleStage == deletedStage {
			continue
		}
		err := j.step("delete withdrawn run "+r.Info.RunID, func(ctx context.Context) error { return j.d.Supersede(ctx, r.Info.RunID) })
		if err != nil {
			return err
		}
	}
	err = j.step("delete withdrawn trace", func(ctx context.Context) error {
		return j.d.client.DeleteTrace(ctx, j.experimentID, j.mlflowTraceID())
	})
	if mlflow.IsNotFound(err) || mlflow.IsUnsupported(err) {
		return nil
	}
	return err
}
