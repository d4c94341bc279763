package deliver

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// writeRuns writes metrics, params and tags of all runs, the root's outcome last.
func (j *job) writeRuns() error {
	for _, p := range slices.Backward(j.planned) {
		if p.skipped {
			continue
		}
		if err := j.logBatch(p); err != nil {
			return err
		}
	}
	return nil
}

// logBatch writes metrics, params and tags. Writing the same metrics and tags
// again changes nothing, but a param is only ever written once: one with another
// value makes the server refuse the whole batch.
func (j *job) logBatch(p *plannedRun) error {
	b := mlflow.Batch{Params: tagList(p.Params)}
	for _, m := range p.Metrics {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: m.Key, Value: m.Value, Timestamp: m.Time.UnixMilli(), Step: m.Step})
	}
	if p.Status == runs.Running {
		b.Params = nil // a param is written once: what is known in the end counts
	}
	tags := j.tags(p, true)
	if p.fresh { // its create carried all the others
		maps.DeleteFunc(tags, func(k, _ string) bool { return !p.root() || !slices.Contains(endTags, k) })
	}
	b.Tags = tagList(tags)
	if p.ref.params != nil {
		j.dropConflicts(p, &b)
	}
	err := j.step("write run "+p.Name, func(ctx context.Context) error { return j.d.client.LogBatch(ctx, p.ref.id, b) })
	switch {
	case err == nil:
		return nil
	case isRefused(err):
		budget := maxBisect
		return j.logRefusedBatch(p, b, err, &budget)
	case !mlflow.IsParamConflict(err):
		return err
	}
	// A live run, or another version of the rules, wrote other values before.
	err = j.step("read run "+p.Name, func(ctx context.Context) error {
		run, err := j.d.client.GetRun(ctx, p.ref.id)
		p.ref.params = mlflow.TagMap(run.Data.Params)
		return err
	})
	if err != nil {
		return err
	}
	j.dropConflicts(p, &b)
	return j.step("write run "+p.Name, func(ctx context.Context) error { return j.d.client.LogBatch(ctx, p.ref.id, b) })
}

// isRefused reports whether the server, or a proxy that bounds bodies, does not take
// what a request holds, so that a smaller one may pass.
func isRefused(err error) bool {
	return isContentRefused(err) && !mlflow.IsParamConflict(err) && !mlflow.IsRunDeleted(err)
}

// logRefusedBatch writes the halves of a batch that was refused with err, until what
// is refused stands alone; that is left out, so that the run has all else.
func (j *job) logRefusedBatch(p *plannedRun, b mlflow.Batch, err error, budget *int) error {
	one, two, ok := halves(b)
	if *budget--; !ok || *budget <= 0 {
		j.miss(PartRunData, len(b.Metrics)+len(b.Params)+len(b.Tags), err.Error())
		return nil
	}
	for _, half := range []mlflow.Batch{one, two} {
		err := j.step("write run "+p.Name, func(ctx context.Context) error { return j.d.client.LogBatch(ctx, p.ref.id, half) })
		if isRefused(err) {
			err = j.logRefusedBatch(p, half, err, budget)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// halves cuts each list of a batch in two; ok is false for a batch of one item.
func halves(b mlflow.Batch) (one, two mlflow.Batch, ok bool) {
	if len(b.Metrics)+len(b.Params)+len(b.Tags) < 2 {
		return b, b, false
	}
	one.Metrics, two.Metrics = half(b.Metrics)
	one.Params, two.Params = half(b.Params)
	// Lists of one item each must not all fall on the same side.
	two.Tags, one.Tags = half(b.Tags)
	if len(two.Metrics)+len(two.Params)+len(two.Tags) == 0 || len(one.Metrics)+len(one.Params)+len(one.Tags) == 0 {
		return mlflow.Batch{Metrics: b.Metrics}, mlflow.Batch{Params: b.Params, Tags: b.Tags}, true
	}
	return one, two, true
}

func half[T any](s []T) (one, two []T) { return s[:(len(s)+1)/2], s[(len(s)+1)/2:] }

// dropConflicts leaves out params that have another value already: MLflow never
// changes a param.
func (j *job) dropConflicts(p *plannedRun, b *mlflow.Batch) {
	b.Params = slices.DeleteFunc(b.Params, func(t mlflow.Tag) bool {
		old, there := p.ref.params[t.Key]
		if there && old != t.Value {
			j.result.Notes = append(j.result.Notes, fmt.Sprintf("param %s of run %s keeps the value it has on the server", t.Key, p.Name))
		}
		return there && old != t.Value
	})
}
