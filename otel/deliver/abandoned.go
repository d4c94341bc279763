package deliver

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// prepare ends the runs that an earlier process with the same outbox left RUNNING:
// kill -9, power loss. Runs whose trace is pending are left to their delivery. It
// returns how many were ended.
func (d *Deliverer) prepare(ctx context.Context, pending func(trace.TraceID) bool) (int, error) {
	if d.cfg.instanceID == "" || !d.cfg.tracking {
		return 0, nil
	}
	exp, _, err := d.experiment(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for abandoned runs: %w", err)
	}
	var abandoned []mlflow.Run
	for _, instance := range append([]string{d.cfg.instanceID}, d.cfg.former...) {
		found, err := d.running(ctx, exp, instance)
		if err != nil {
			return 0, fmt.Errorf("look for abandoned runs: %w", err)
		}
		for _, r := range found {
			if !d.inUse(r, pending) {
				abandoned = append(abandoned, r)
			}
		}
	}
	for i, r := range abandoned {
		// Another process may have run the job again and be done by now.
		now, err := d.client.GetRun(ctx, r.Info.RunID)
		if err != nil {
			return i, fmt.Errorf("look at abandoned run %s: %w", r.Info.RunID, err)
		}
		if now.Info.Status != string(runs.Running) {
			continue
		}
		if err := d.client.UpdateRun(ctx, r.Info.RunID, string(runs.Killed), d.cfg.now(), ""); err != nil {
			return i, fmt.Errorf("end abandoned run %s: %w", r.Info.RunID, err)
		}
	}
	return len(abandoned), nil
}

// running lists the RUNNING runs that began in one outbox's processes. Runs of other
// outboxes, on this host or another, have other ids and are never touched.
func (d *Deliverer) running(ctx context.Context, experiment, instance string) ([]mlflow.Run, error) {
	q := mlflow.RunSearch{
		ExperimentIDs: []string{experiment}, MaxResults: 200,
		Filter: "attributes.status = 'RUNNING' and tags.`" + tagInstance + "` = '" + instance + "'",
	}
	var all []mlflow.Run
	for {
		page, next, err := d.client.SearchRuns(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		q.PageToken = next
	}
}

// inUse reports whether this process still cares for a run.
func (d *Deliverer) inUse(r mlflow.Run, pending func(trace.TraceID) bool) bool {
	id, err := trace.TraceIDFromHex(mlflow.TagMap(r.Data.Tags)[mlflowattr.TraceIDTag])
	if err != nil {
		return false
	}
	_, live := d.memory.liveRun(id)
	return live || d.memory.locked(id) || pending(id)
}
