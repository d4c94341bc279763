package deliver

import (
	"context"
	"errors"
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
	incomplete      string            // what it says of itself about parts that are not there
	unfinished      bool              // it says that its trace has no root
	status          string            // "" when it is not known
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
	defer j.nameRuns()
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
		var err error
		switch {
		case p.Evaluation != nil: // with a model it would be no run of MLflow's page of evaluations
			err = j.logDataset(p)
		case i == 0:
			err = j.logModel(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nameRuns says in the result which runs there are.
func (j *job) nameRuns() {
	for i, p := range j.planned {
		if p.skipped || p.ref.id == "" {
			continue
		}
		j.result.Runs[p.SpanID] = p.ref.id
		if i == 0 {
			j.result.ParentRunID, j.result.RunURL = p.ref.id, j.d.ui.Run(j.experimentID, p.ref.id)
		}
	}
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

// finishRuns gives each run its status and end, children first: who sees a
// finished root finds everything below it finished too.
func (j *job) finishRuns() error {
	for _, p := range slices.Backward(j.planned) {
		if p.skipped {
			continue
		}
		if p.Status == runs.Running {
			if err := j.reopen(p); err != nil {
				return err
			}
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
