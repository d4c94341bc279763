package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// runRef is a run on the server.
type runRef struct {
	id, artifactURI string
	params          map[string]string // known to be there; nil: none known
	hasModel        bool              // it is linked to a logged model
}

// plannedRun is a run of the projection on its way to the server.
type plannedRun struct {
	runs.Run
	ref     runRef
	fresh   bool // created by this attempt: the create carried its tags
	skipped bool // somebody deleted it on the server, or its parent
}

// spanIDOf reads 16 hex digits; anything else is no span.
func spanIDOf(s string) trace.SpanID {
	id, err := trace.SpanIDFromHex(s)
	if err != nil {
		return trace.SpanID{}
	}
	return id
}

func (p *plannedRun) root() bool { return !p.ParentSpanID.IsValid() }

// plannedFor gives the run of a span; nil when the span has none, or is zero.
func (j *job) plannedFor(id trace.SpanID) *plannedRun {
	if !id.IsValid() {
		return nil
	}
	for _, p := range j.planned {
		if p.SpanID == id {
			return p
		}
	}
	return nil
}

// createRuns finds or makes all runs, parents first, and says on the first which
// version of the program made it.
func (j *job) createRuns() error {
	if len(j.planned) == 0 {
		return nil
	}
	if err := j.resume(); err != nil {
		return err
	}
	for i, p := range j.planned {
		parent := j.plannedFor(p.ParentSpanID)
		if parent != nil && parent.skipped {
			p.skipped = true
		}
		if p.skipped {
			continue
		}
		if p.ref.id == "" {
			if err := j.create(p); err != nil {
				return err
			}
		}
		j.result.Runs[p.SpanID] = p.ref.id
		if i == 0 {
			j.result.ParentRunID, j.result.RunURL = p.ref.id, j.d.ui.Run(j.experimentID, p.ref.id)
			if err := j.logModel(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// create makes a run. It is the only call that must not simply be repeated, which
// is why a lost answer gets an error of its own. The run is not searched for here
// even then: a search can be trusted only once the server has given up.
func (j *job) create(p *plannedRun) error {
	asked := j.d.cfg.now()
	err := j.step("create run "+p.Name, func(ctx context.Context) error {
		run, err := j.d.client.CreateRun(ctx, mlflow.RunSpec{
			ExperimentID: j.experimentID, Name: p.Name, Start: p.Start, Tags: tagList(j.tags(p, false)),
		})
		p.ref = runRef{id: run.Info.RunID, artifactURI: run.Info.ArtifactURI}
		return err
	})
	if err != nil {
		if !errors.Is(err, errNotBegun) && mlflow.IsAmbiguous(err) {
			return &AmbiguousError{Wait: j.d.ambiguousFor(err, asked), Err: err}
		}
		return err
	}
	p.fresh = true
	return nil
}

// ambiguousFor is how long an unanswered create may still be under way. An answer
// of the server's own means it is through.
func (d *Deliverer) ambiguousFor(err error, asked time.Time) time.Duration {
	if e := apiError(err); e != nil && e.Status != 502 && e.Status != 504 {
		return 0
	}
	return max(d.cfg.ambiguous-d.cfg.now().Sub(asked), d.cfg.ambiguous/10)
}

// fillRuns writes what the runs hold. Artifacts out of reach do not keep the
// rest back: they are reported at the end.
func (j *job) fillRuns() (artifactsErr, err error) {
	var missing ArtifactsError
	for _, p := range slices.Backward(j.planned) { // the root's outcome last
		if p.skipped {
			continue
		}
		if err := j.logBatch(p); err != nil {
			return nil, err
		}
		for _, a := range p.Artifacts {
			err := j.step("write artifact "+a.Path+" of run "+p.Name, func(ctx context.Context) error {
				return j.d.client.PutArtifact(ctx, mlflow.ArtifactRoot{RunID: p.ref.id, URI: p.ref.artifactURI}, a.Path, a.Body)
			})
			switch {
			case err == nil:
			case IsPermanent(err):
				missing.Missing++
				if missing.Err == nil {
					missing.Err = err
				}
			default:
				return nil, err
			}
		}
	}
	if missing.Missing > 0 {
		return &missing, nil
	}
	return nil, nil
}

// logBatch writes metrics, params and tags. Writing the same metrics and tags
// again changes nothing, but a param is only ever written once: one with another
// value makes the server refuse the whole batch.
func (j *job) logBatch(p *plannedRun) error {
	b := mlflow.Batch{Params: tagList(p.Params)}
	for _, m := range p.Metrics {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: m.Key, Value: m.Value, Timestamp: m.Time.UnixMilli(), Step: m.Step})
	}
	tags := j.tags(p, true)
	if p.fresh { // its create carried all the others
		maps.DeleteFunc(tags, func(k, _ string) bool { return !p.root() || !slices.Contains(endTags, k) })
	}
	b.Tags = tagList(tags)
	if p.ref.params != nil {
		j.dropConflicts(p, &b)
	}
	write := func(ctx context.Context) error { return j.d.client.LogBatch(ctx, p.ref.id, b) }
	err := j.step("write run "+p.Name, write)
	if !mlflow.IsParamConflict(err) {
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
	return j.step("write run "+p.Name, write)
}

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

// finishRuns gives each run its status and end, children first: who sees a
// finished root finds everything below it finished too.
func (j *job) finishRuns() error {
	for _, p := range slices.Backward(j.planned) {
		if p.skipped || p.Status == runs.Running {
			continue
		}
		name := ""
		if !p.fresh {
			name = p.Name // a live run may have begun under another
		}
		err := j.step("finish run "+p.Name, func(ctx context.Context) error {
			return j.d.client.UpdateRun(ctx, p.ref.id, string(p.Status), p.End, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
