package deliver

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
)

// Withdraw takes back a trace that was delivered and is now known to tell what another
// trace tells too: its runs are deleted, as [Deliverer.Supersede] does, and so are its
// spans. It may be called again after any error, and for a trace that is not there. ctx is
// as in [Deliverer.Deliver].
func (d *Deliverer) Withdraw(ctx context.Context, id trace.TraceID) (Result, error) {
	return d.onEarlier(ctx, id, (*job).withdraw)
}

func (j *job) withdraw(found []mlflow.Run) error {
	for _, r := range found {
		if r.Info.LifecycleStage == deletedStage {
			continue
		}
		err := j.step("delete withdrawn run "+r.Info.RunID, func(ctx context.Context) error { return j.d.Supersede(ctx, r.Info.RunID) })
		if err != nil {
			return err
		}
	}
	return unlessNoTrace(j.step("delete withdrawn trace", func(ctx context.Context) error {
		return j.d.client.DeleteTrace(ctx, j.experimentID, j.mlflowTraceID())
	}))
}
