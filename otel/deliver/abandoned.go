package deliver

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// prepare ends the runs that an earlier process with the same outbox left RUNNING:
// kill -9, power loss. Runs whose trace is pending are left to their delivery. It
// returns how many were ended.
func (d *Deliverer) prepare(ctx context.Context, pending func(trace.TraceID) bool) (int, error) {
	killed, _, err := d.endFormer(ctx, pending)
	return killed, err
}

// endFormer is prepare. done reports whether no run may have to be ended later.
func (d *Deliverer) endFormer(ctx context.Context, pending func(trace.TraceID) bool) (killed int, done bool, _ error) {
	if d.cfg.instanceID == "" || !d.cfg.tracking {
		return 0, true, nil
	}
	exp, _, err := d.experiment(ctx)
	if err != nil {
		return 0, false, fmt.Errorf("look for abandoned runs: %w", err)
	}
	return d.endAbandoned(ctx, exp, pending)
}

// prepareFormer is prepare for an experiment that an earlier process delivered to, which is not
// made where there is none any more.
func (d *Deliverer) prepareFormer(ctx context.Context, pending func(trace.TraceID) bool) (killed int, done bool, err error) {
	if d.cfg.instanceID == "" || !d.cfg.tracking {
		return 0, true, nil
	}
	var e mlflow.Experiment
	if d.cfg.experimentID != "" {
		e, err = d.client.ExperimentByID(ctx, d.cfg.experimentID)
	} else {
		e, err = d.client.ExperimentByName(ctx, cmp.Or(d.cfg.experiment, mlflow.DefaultExperiment))
	}
	switch {
	case mlflow.IsNotFound(err) && !mlflow.IsUnsupported(err):
		return 0, true, nil
	case err != nil:
		return 0, false, fmt.Errorf("look for abandoned runs in a former experiment: %w", err)
	}
	return d.endAbandoned(ctx, e.ID, pending)
}

// endAbandoned ends the runs of this outbox's processes, and of former ones, that are RUNNING in
// an experiment. It is done unless some are of traces that are still to be delivered.
func (d *Deliverer) endAbandoned(ctx context.Context, exp string, pending func(trace.TraceID) bool) (killed int, done bool, _ error) {
	done = true
	var abandoned []mlflow.Run
	for _, instance := range append([]string{d.cfg.instanceID}, d.cfg.former...) {
		found, err := d.running(ctx, exp, instance)
		if err != nil {
			return 0, false, fmt.Errorf("look for abandoned runs: %w", err)
		}
		for _, r := range found {
			if d.inUse(r, pending) {
				done = false
				continue
			}
			abandoned = append(abandoned, r)
		}
	}
	for i, r := range abandoned {
		if err := d.kill(ctx, r.Info.RunID, d.cfg.now()); err != nil {
			return i, false, fmt.Errorf("end abandoned run %s: %w", r.Info.RunID, err)
		}
	}
	return len(abandoned), done, nil
}

// kill ends a run whose process is dead. Another process may have run the job again, or have
// the dead one's outbox, and end the run at any moment. Its delivery says on the root how it
// went before it ends any run, so whoever looks for that last gives the run back its end: a
// nested one that of the trace, since the server knows of no better.
func (d *Deliverer) kill(ctx context.Context, id string, end time.Time) error {
	r, err := d.client.GetRun(ctx, id)
	if err != nil || r.Info.Status != string(runs.Running) {
		return err
	}
	root, err := d.rootOf(ctx, r)
	if err != nil {
		return err
	}
	if root.Info.RunID != id && hasOutcome(root) && root.Info.Status == string(runs.Running) {
		return nil // its delivery is about to end both
	}
	if err := d.client.UpdateRun(ctx, id, string(runs.Killed), end, ""); err != nil {
		return err
	}
	if r, err = d.client.GetRun(ctx, id); err != nil || r.Info.Status != string(runs.Killed) {
		return err
	}
	if root, err = d.rootOf(ctx, r); err != nil || !hasOutcome(root) {
		return err
	}
	tags := mlflow.TagMap(r.Data.Tags)
	if end, err = d.endOf(ctx, tags[mlflowattr.TraceIDTag], end); err != nil {
		return err
	}
	state := runs.Finished
	if tags["error"] != "" {
		state = runs.Failed
	}
	return d.client.UpdateRun(ctx, id, string(state), end, "")
}

// hasOutcome reports whether a delivery said on the root run of a trace how all of it went.
func hasOutcome(root mlflow.Run) bool {
	tags := mlflow.TagMap(root.Data.Tags)
	return tags[tagNote] != "" && tags[mlflowattr.UnfinishedTag] == ""
}

// maxDepth bounds the way from a nested run to its root.
const maxDepth = 32

// rootOf is the run of the same trace below which a run is nested, directly or not; itself where
// there is none, or its parent is not there any more.
func (d *Deliverer) rootOf(ctx context.Context, r mlflow.Run) (mlflow.Run, error) {
	for range maxDepth {
		tags := mlflow.TagMap(r.Data.Tags)
		if tags[tagParent] == "" {
			return r, nil
		}
		parent, err := d.client.GetRun(ctx, tags[tagParent])
		if err != nil && unlessGone(err) == nil {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		if mlflow.TagMap(parent.Data.Tags)[mlflowattr.TraceIDTag] != tags[mlflowattr.TraceIDTag] { // as MLFLOW_RUN_ID names one
			return r, nil
		}
		r = parent
	}
	return r, nil
}

// endOf is when a trace on the server ended, or otherwise, where the server does not know.
func (d *Deliverer) endOf(ctx context.Context, traceID string, otherwise time.Time) (time.Time, error) {
	id, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		return otherwise, nil
	}
	info, err := d.client.GetTraceInfo(ctx, mlflow.TraceID(id))
	if unlessNoTrace(err) != nil {
		return time.Time{}, err
	}
	start, err := time.Parse(time.RFC3339Nano, info.RequestTime)
	took, terr := time.ParseDuration(info.Duration)
	if err != nil || terr != nil {
		return otherwise, nil
	}
	return start.Add(took), nil
}

// running lists the RUNNING runs that began in one outbox's processes. Runs of other
// outboxes, on this host or another, have other ids and are never touched.
func (d *Deliverer) running(ctx context.Context, experiment, instance string) ([]mlflow.Run, error) {
	q := mlflow.RunSearch{
		ExperimentIDs: []string{experiment}, MaxResults: 200,
		Filter: "attributes.status = 'RUNNING' and tags.`" + tagInstance + "` = '" + instance + "'",
	}
	return d.allRuns(ctx, q)
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
