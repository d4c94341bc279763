package deliver

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// A trace may be delivered before its root is there (Origin.Unfinished). Its runs say so in
// a tag, by which the delivery that has the root finds them: those of spans that are runs
// still are completed, and the others deleted.

// superseded is what the tag says on a run that was deleted because its span is part of
// another run. More of the trace may turn the span into a run again: that one is created
// anew. A run that a person deleted stays deleted.
const superseded = "superseded: its span is part of another run"

// isSuperseded reports whether a run was deleted by an earlier delivery.
func isSuperseded(r mlflow.Run, tags map[string]string) bool {
	return r.Info.LifecycleStage == deletedStage && tags[mlflowattr.UnfinishedTag] == superseded
}

// sortOut takes note of a run of a span that is no run in this delivery, if it was made
// while the trace had no root. It tells the runs of this trace's spans, and of parents that
// they name, from those that others made of other spans of the same trace.
func (j *job) sortOut(r mlflow.Run, tags map[string]string) {
	if tags[mlflowattr.UnfinishedTag] == "" || r.Info.LifecycleStage == deletedStage {
		return
	}
	switch {
	case !j.origin.Late:
		if j.names(spanIDOf(tags[mlflowattr.SpanIDTag])) {
			j.stale = append(j.stale, r.Info.RunID)
		}
	case tags[tagParent] == "":
		j.strays = append(j.strays, r.Info.RunID)
	}
}

// names reports whether a span is in this delivery, or named as a parent there.
func (j *job) names(id trace.SpanID) bool {
	for _, s := range otlp.Spans(j.td) {
		if otlp.SpanID(s) == id || otlp.ParentID(s) == id {
			return true
		}
	}
	return false
}

// settleUnfinished sets right what deliveries without the root left: runs that are none any
// more go, a root that came too late for the whole trace takes in the runs that were
// without it, and runs of a trace that is whole say no longer that it is not.
func (j *job) settleUnfinished() error {
	if len(j.planned) == 0 {
		return nil
	}
	for _, id := range j.stale {
		err := j.step("delete superseded run "+id, func(ctx context.Context) error { return j.d.Supersede(ctx, id) })
		if err != nil {
			return err
		}
	}
	if root := j.planned[0]; !root.skipped && root.root() {
		for _, id := range j.strays {
			if err := j.nest(id, root); err != nil {
				return err
			}
		}
	}
	for _, p := range j.planned {
		if p.skipped || !p.ref.unfinished || j.origin.Unfinished != "" {
			continue
		}
		if err := j.untag(p.ref.id); err != nil {
			return err
		}
	}
	return nil
}

// Supersede deletes a run that an earlier delivery made of a span which, now that more of
// the trace is there, is no run of its own. It says on the run that it was not a person who
// deleted it, so that still more of the trace may bring it back. A run that is not there is
// no error.
func (d *Deliverer) Supersede(ctx context.Context, runID string) error {
	err := d.client.LogBatch(ctx, runID, mlflow.Batch{Tags: []mlflow.Tag{{Key: mlflowattr.UnfinishedTag, Value: superseded}}})
	if err == nil {
		err = d.client.DeleteRun(ctx, runID)
	}
	if err = unlessGone(err); err != nil {
		return fmt.Errorf("delete run %s of a span that is part of another run now: %w", runID, err)
	}
	return nil
}

// nest puts a run that was without a root below it.
func (j *job) nest(id string, root *plannedRun) error {
	err := j.step("nest run "+id, func(ctx context.Context) error {
		return j.d.client.LogBatch(ctx, id, mlflow.Batch{Tags: []mlflow.Tag{{Key: tagParent, Value: root.ref.id}}})
	})
	if err == nil {
		err = j.untag(id)
	}
	return unlessGone(err)
}

func (j *job) untag(id string) error {
	return unlessGone(j.step("untag run "+id, func(ctx context.Context) error {
		return j.d.client.DeleteRunTag(ctx, id, mlflowattr.UnfinishedTag)
	}))
}

// unlessGone passes over that a run, or its tag, is not there any more: another delivery of
// the same trace, or a person, was faster.
func unlessGone(err error) error {
	if mlflow.IsNotFound(err) || mlflow.IsRunGone(err) || mlflow.IsRunDeleted(err) {
		return nil
	}
	return err
}

// reopen gives a run that was ended its status back: more of its trace came, and it goes on.
func (j *job) reopen(p *plannedRun) error {
	if p.ref.status == "" || p.ref.status == string(runs.Running) {
		return nil
	}
	return j.step("reopen run "+p.Name, func(ctx context.Context) error {
		return j.d.client.UpdateRun(ctx, p.ref.id, string(runs.Running), p.End, "")
	})
}
