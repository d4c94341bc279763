package deliver

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// GiveUp ends what earlier deliveries of a trace left RUNNING on the server, since none
// will follow: such runs are KILLED, why stands in their tag, and the trace is at work no
// more. It may be called again after any error, and for a trace that is not there. ctx is as
// in [Deliverer.Deliver].
func (d *Deliverer) GiveUp(ctx context.Context, id trace.TraceID, why string) error {
	_, err := d.onEarlier(ctx, id, func(j *job, found []mlflow.Run) error { return j.giveUp(found, why) })
	return err
}

func (j *job) giveUp(found []mlflow.Run, why string) error {
	for _, r := range found {
		if r.Info.Status != string(runs.Running) || r.Info.LifecycleStage == deletedStage {
			continue
		}
		err := j.step("end run "+r.Info.RunID, func(ctx context.Context) error {
			tag := mlflow.Tag{Key: mlflowattr.UnfinishedTag, Value: why}
			if err := j.d.client.LogBatch(ctx, r.Info.RunID, mlflow.Batch{Tags: []mlflow.Tag{tag}}); err != nil {
				return err
			}
			return j.d.client.UpdateRun(ctx, r.Info.RunID, string(runs.Killed), j.d.cfg.now(), "")
		})
		if err = unlessGone(err); err != nil {
			return err
		}
	}
	if !j.d.cfg.tracing {
		return nil
	}
	return unlessNoTrace(j.step("end trace", func(ctx context.Context) error {
		info, err := j.d.client.GetTraceInfo(ctx, j.mlflowTraceID())
		if err != nil || info.State != "IN_PROGRESS" {
			return err
		}
		info.State = "ERROR"
		return j.d.client.PutTraceInfo(ctx, info)
	}))
}
