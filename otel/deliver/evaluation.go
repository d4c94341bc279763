package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// An evaluation's rows come in any order, before its root and long after it, and to other
// processes than the root. A row that comes first makes the run, RUNNING, with the tags by
// which the root's delivery finds it. Where two processes did so, whoever looks last sees
// both: it deletes all but one, and then moves the rows of those. A row looks after it is
// written whether its run is still there, and is written again if not: it was there before
// the run was deleted, and is moved, or it sees that the run is gone.

// maxEvaluations bounds the evaluations whose runs are remembered.
const maxEvaluations = 4096

// rootToCome is what a run says in its tag otel.unfinished that was made for a row.
const rootToCome = "the root span of the evaluation has not come yet"

// runMovedError says that the run of a row's evaluation is another by now, which the next
// attempt finds. It is about neither the trace nor the server.
type runMovedError struct{}

func (runMovedError) Error() string {
	return "the run of the trace's evaluation was replaced meanwhile"
}

// Retryable reports true.
func (runMovedError) Retryable() bool { return true }

// RetryAfter returns 0.
func (runMovedError) RetryAfter() time.Duration { return 0 }

func isRunMoved(err error) bool {
	_, ok := errors.AsType[runMovedError](err)
	return ok
}

// evaluationKey names an evaluation among those of one Deliverer.
type evaluationKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

// evaluationOf gives the run of the evaluation that a trace is a row of, and makes it where
// there is none. It is empty for any other trace, and where a person has deleted it.
func (d *Deliverer) evaluationOf(ctx context.Context, t reading) (string, error) {
	m := t.MemberOf()
	if m == nil || !d.cfg.tracking {
		return "", nil
	}
	if id, ok := d.memory.evaluations.Get(evaluationKey{m.TraceID, m.SpanID}); ok {
		return id, nil
	}
	var id string
	_, err := d.onEarlier(ctx, m.TraceID, func(j *job, found []mlflow.Run) (err error) {
		id, err = j.evaluationRun(*m, found, t)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("find run of evaluation %s: %w", m.TraceID, err)
	}
	if id != "" {
		d.memory.evaluations.Add(evaluationKey{m.TraceID, m.SpanID}, id)
	}
	return id, nil
}

// evaluationRun chooses among the runs of the evaluation's trace, with j for that trace.
func (j *job) evaluationRun(m runs.Membership, found []mlflow.Run, row reading) (string, error) {
	there := runsOfSpan(found, m.SpanID)
	if len(there) == 0 {
		if err := j.beginEvaluation(m, row); err != nil {
			return "", err
		}
		// Another process may have made one too.
		found, err := j.search()
		if err != nil {
			return "", err
		}
		if there = runsOfSpan(found, m.SpanID); len(there) == 0 {
			return "", runMovedError{}
		}
	}
	if there[0].Info.LifecycleStage == deletedStage {
		return "", nil
	}
	err := j.deleteDoubles(there[1:])
	if err == nil {
		err = j.uniteRows(there)
	}
	return there[0].Info.RunID, err
}

// runsOfSpan gives the runs of a span, the one that stays first.
func runsOfSpan(found []mlflow.Run, span trace.SpanID) []mlflow.Run {
	var out []mlflow.Run
	for _, r := range found {
		tags := mlflow.TagMap(r.Data.Tags)
		if !isSuperseded(r, tags) && spanIDOf(tags[mlflowattr.SpanIDTag]) == span {
			out = append(out, r)
		}
	}
	rankRuns(out)
	return out
}

// rankRuns sorts runs of one span so that all processes keep the same: the first.
func rankRuns(group []mlflow.Run) {
	slices.SortFunc(group, func(a, b mlflow.Run) int {
		return cmp.Or(
			strings.Compare(a.Info.LifecycleStage, b.Info.LifecycleStage), // active before deleted
			strings.Compare(a.Info.RunID, b.Info.RunID),
		)
	})
}

// beginEvaluation makes the run of an evaluation whose root has not come.
func (j *job) beginEvaluation(m runs.Membership, row reading) error {
	start := j.d.cfg.now()
	if all := row.Project(); len(all) > 0 && !all[0].Trace.Start.IsZero() {
		start = all[0].Trace.Start
	}
	tags := map[string]string{mlflowattr.RunTypeTag: mlflowattr.RunTypeEvaluation}
	j.resource = resourceOf(row.Data())
	j.origin = Origin{Unfinished: rootToCome}
	p := &plannedRun{Run: runs.Run{
		SpanID: m.SpanID, Name: cmp.Or(m.Name, "evaluation"), Status: runs.Running, Start: start, Tags: tags,
	}}
	if err := j.create(p); err != nil {
		if a, ok := errors.AsType[*AmbiguousError](err); ok {
			j.d.memory.setFailed(j.tid, j.d.cfg.now().Add(a.Wait))
		}
		return err
	}
	j.d.memory.setFailed(j.tid, time.Time{}) // the root's delivery has to look for it
	return nil
}

// uniteRows gives the first of several runs of one evaluation, of which all others are
// deleted, the rows of all. Those that an earlier attempt deleted may still have some.
func (j *job) uniteRows(there []mlflow.Run) error {
	for _, r := range there[1:] {
		if err := j.moveRows(r.Info.RunID, there[0].Info.RunID); err != nil {
			return err
		}
	}
	return nil
}

// moveRows makes the rows of one run those of another.
func (j *job) moveRows(from, to string) error {
	return unlessUnsupported(j.step("move rows of run "+from, func(ctx context.Context) error {
		var rows []mlflow.TraceInfo
		if err := j.d.client.RunTraces(ctx, j.experimentID, from, func(i mlflow.TraceInfo) error {
			rows = append(rows, i)
			return nil
		}); err != nil {
			return err
		}
		for _, info := range rows {
			for n := range info.Assessments {
				if a := &info.Assessments[n]; a.Metadata[assessedByKey] == from {
					a.Metadata[assessedByKey] = to
				}
			}
			info.Metadata[sourceRunKey] = to
			if err := j.d.client.PutTraceInfo(ctx, info); err != nil {
				return err
			}
		}
		return nil
	}))
}

// isRow reports whether the trace is shown as a row of an evaluation: by itself, without runs
// of its own. On a server without such traces it is a nested run of the evaluation.
func (j *job) isRow() bool {
	return j.evaluation != "" && len(j.spans.send) > 0 && j.caps.Has(mlflow.FeatureTraceInfo)
}

// becomeRow gives up what the trace would be if it stood for itself. Runs that were made of
// it before its root was there, which tells that it is a row, go.
func (j *job) becomeRow() error {
	j.planned = nil
	j.result.ParentRunID, j.result.RunURL = j.evaluation, j.d.ui.Run(j.experimentID, j.evaluation)
	if !j.origin.SearchFirst || j.origin.Late {
		return nil
	}
	found, err := j.search()
	if err != nil {
		return err
	}
	for _, r := range found {
		if tags := mlflow.TagMap(r.Data.Tags); r.Info.LifecycleStage == deletedStage || tags[mlflowattr.UnfinishedTag] == "" {
			continue
		}
		err := j.step("delete run "+r.Info.RunID+" of a row", func(ctx context.Context) error { return j.d.Supersede(ctx, r.Info.RunID) })
		if err != nil {
			return err
		}
	}
	return nil
}

// settleRow looks, after the row was written, whether its run is still there, and whether it
// waits for rows.
func (j *job) settleRow() error {
	var run mlflow.Run
	err := j.step("look at the evaluation's run", func(ctx context.Context) (err error) {
		run, err = j.d.client.GetRun(ctx, j.evaluation)
		return err
	})
	switch {
	case err != nil:
		return err
	case run.Info.LifecycleStage == deletedStage:
		return runMovedError{}
	}
	missing := mlflow.TagMap(run.Data.Tags)[mlflowattr.RowsMissingTag]
	if missing == "" {
		return nil
	}
	for _, m := range run.Data.Metrics {
		if m.Key == runs.RowsExpectedMetric {
			return j.countRows(j.evaluation, int(m.Value), missing)
		}
	}
	return nil
}

// countRows says on an evaluation's run how many of its rows are not on the server, where it
// says known so far. Others count too: who wrote something looks once more, so that what the
// last one writes holds.
func (j *job) countRows(runID string, expected int, known string) error {
	for range maxReconciled {
		var there int
		err := j.step("count rows", func(ctx context.Context) (err error) {
			there, err = j.d.client.CountRunTraces(ctx, j.experimentID, runID)
			return err
		})
		if err != nil {
			return unlessUnsupported(err)
		}
		missing := ""
		if there < expected {
			missing = strconv.Itoa(expected - there)
		}
		if missing == known {
			return nil
		}
		if err := j.setRowsMissing(runID, missing); err != nil || missing == "" {
			return err
		}
		known = missing
	}
	return nil
}

func (j *job) setRowsMissing(runID, missing string) error {
	return j.step("say what rows are missing", func(ctx context.Context) error {
		if missing == "" {
			err := j.d.client.DeleteRunTag(ctx, runID, mlflowattr.RowsMissingTag)
			if mlflow.IsNotFound(err) { // another row was faster
				return nil
			}
			return err
		}
		return j.d.client.LogBatch(ctx, runID, mlflow.Batch{Tags: []mlflow.Tag{{Key: mlflowattr.RowsMissingTag, Value: missing}}})
	})
}

// settleEvaluations counts the rows of the evaluations that are complete.
func (j *job) settleEvaluations() error {
	for _, p := range j.planned {
		if p.Evaluation == nil || p.Evaluation.Rows == 0 || p.skipped || p.Status == runs.Running || !j.caps.Has(mlflow.FeatureTraceInfo) {
			continue
		}
		// Said before it is counted: a row that comes meanwhile sees that it has to count.
		all := strconv.Itoa(p.Evaluation.Rows)
		if err := j.setRowsMissing(p.ref.id, all); err != nil {
			return err
		}
		if err := j.countRows(p.ref.id, p.Evaluation.Rows, all); err != nil {
			return err
		}
	}
	return nil
}

// logDataset says on an evaluation's run what its rows were taken from.
func (j *job) logDataset(p *plannedRun) error {
	e := p.Evaluation
	if e == nil || e.DatasetName == "" {
		return nil
	}
	set := mlflow.NamedDataset(e.DatasetName, cmp.Or(shortDigest(e.DatasetDigest), "unknown"))
	if e.DatasetID != "" {
		set = mlflow.EvaluationDataset(e.DatasetID, set.Name, set.Digest)
	}
	if e.Rows > 0 {
		set.Profile = `{"num_rows":` + strconv.Itoa(e.Rows) + `}`
	}
	err := j.step("name dataset of run "+p.Name, func(ctx context.Context) error { return j.d.client.LogInputs(ctx, p.ref.id, set) })
	if mlflow.IsUnsupported(err) && !isGone(err) || isContentRefused(err) {
		j.result.Notes = append(j.result.Notes, "dataset of run "+p.Name+" left out: "+err.Error())
		return nil
	}
	return err
}

// shortDigest is as much of a digest as MLflow keeps (dataset_digest is 36 characters wide,
// mlflow/store/tracking/dbmodels/models.py).
func shortDigest(s string) string {
	if r := []rune(s); len(r) > 36 {
		return string(r[:36])
	}
	return s
}

// unlessUnsupported passes over that a server has no way to do something.
func unlessUnsupported(err error) error {
	if mlflow.IsUnsupported(err) && !isGone(err) {
		return nil
	}
	return err
}
