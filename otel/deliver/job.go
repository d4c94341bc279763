package deliver

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// job is one delivery under way, in one goroutine. It may run several times: when
// the experiment was replaced, and when another process delivers the same trace.
//
// The two contexts differ so that a call that has begun is not cut off: a create
// that was cut off would be ambiguous.
type job struct {
	d      *Deliverer
	stop   context.Context // ended: no further call
	ctx    context.Context // of the calls
	tid    trace.TraceID
	origin Origin
	td     *tracepb.TracesData // as it came; read only: its owner may keep it
	read   reading             // td, read by the rules, with log records on their spans

	// What follows is the state of one run. plan sets all but the experiment and the
	// capabilities, and then each phase adds what it learns from the server.
	experimentID string
	resolved     bool // the experiment was looked up by this delivery
	caps         mlflow.Capabilities
	lookErr      error // why caps is not known: the trace has to wait
	projection   runs.Projection
	planned      []*plannedRun // parents before children
	resource     resource
	spans        spanSet
	attachments  []runs.Attachment // that spans to send refer to
	modelID      string
	sourceRun    string // the run that the trace names, and which lists it therefore; "" until its info is there
	evaluation   string // run of the evaluation that the trace is a row of; "" for others
	result       Result
	stale        []string // runs of an earlier delivery that are none any more
	strays       []string // runs of earlier parts that were without a root
}

func (j *job) mlflowTraceID() string { return mlflow.TraceID(j.tid) }

// step runs one call, unless the delivery was stopped, and says in the error
// which it was.
func (j *job) step(what string, call func(ctx context.Context) error) error {
	if j.stop.Err() != nil {
		return fmt.Errorf("%w (next: %s)", errNotBegun, what)
	}
	if err := call(j.ctx); err != nil {
		if j.ctx.Err() != nil {
			err = errors.Join(errStopped, err)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// run makes one pass over all calls, in the order that the package documentation
// gives. Once the runs are there they are ended, whatever becomes of the trace and of
// the artifacts: what of these is still to come is the error that is returned.
func (j *job) run() error {
	if err := j.begin(); err != nil {
		return err
	}
	if j.d.memory.onlyArtifactsMissing(j.tid, j.td) {
		if done, err := j.finishArtifacts(); done || err != nil {
			return err
		}
		if err := j.begin(); err != nil { // some of it is gone: all anew
			return err
		}
	}
	if err := j.createRuns(); err != nil {
		return j.endCreated(err)
	}
	if err := j.checkExperiment(); err != nil {
		return err
	}
	if err := j.writeRuns(); err != nil {
		return j.endCreated(err)
	}
	traceErr := j.deliverTrace()
	if IsStopped(traceErr) || isGone(traceErr) {
		return traceErr
	}
	if traceErr != nil { // they are of no use before it
		j.attachments = nil
	}
	if len(j.planned) == 0 {
		if traceErr == nil && j.isRow() {
			traceErr = j.settleRow()
		}
		if traceErr != nil {
			return traceErr
		}
		return j.uploadArtifacts()
	}
	// A store that was away just now may keep each request waiting: the runs first.
	afterwards := j.d.memory.storeIsDown()
	var artifactsErr error
	if !afterwards {
		if artifactsErr = j.uploadArtifacts(); IsStopped(artifactsErr) || isGone(artifactsErr) {
			return artifactsErr
		}
	}
	if err := j.finishRuns(); err != nil {
		return err
	}
	if afterwards {
		artifactsErr = j.uploadArtifacts()
	}
	if err := j.tagIncomplete(); err != nil {
		return err
	}
	if err := j.settleUnfinished(); err != nil {
		return err
	}
	if err := j.settleEvaluations(); err != nil {
		return err
	}
	if traceErr != nil {
		return &TraceError{Err: traceErr}
	}
	return artifactsErr
}

// isGone reports whether what the delivery writes to was deleted meanwhile, or is in
// the database of another server.
func isGone(err error) bool { return isReplaced(err) || mlflow.IsRunDeleted(err) }

// isReplaced reports whether the delivery has to begin anew, with the experiment.
func isReplaced(err error) bool {
	return mlflow.IsExperimentGone(err) || mlflow.IsRunGone(err) || errors.Is(err, errForeignExperiment)
}

// checkExperiment makes sure that the runs are in the experiment they are meant for.
// What was made in a stranger's is deleted again.
func (j *job) checkExperiment() error {
	if j.resolved { // just now
		return nil
	}
	err := j.step("look at the experiment", func(ctx context.Context) error { return j.d.checkExperiment(ctx, j.experimentID) })
	if !errors.Is(err, errForeignExperiment) {
		return err
	}
	for _, p := range j.planned {
		if p.ref.id == "" || p.skipped {
			continue
		}
		deleteErr := j.step("delete run "+p.Name, func(ctx context.Context) error { return j.d.client.DeleteRun(ctx, p.ref.id) })
		if deleteErr != nil && !mlflow.IsRunGone(deleteErr) && !mlflow.IsRunDeleted(deleteErr) {
			return errors.Join(err, deleteErr)
		}
	}
	return err
}

// begin plans the delivery, and gets what it needs to know about the server.
func (j *job) begin() error {
	j.result = Result{TraceID: j.tid, Runs: map[trace.SpanID]string{}}
	j.caps, j.lookErr = mlflow.Capabilities{}, nil
	j.stale, j.strays, j.sourceRun = nil, nil, ""
	if err := j.plan(); err != nil {
		return err
	}
	err := j.resolveExperiment()
	if err != nil {
		return err
	}
	j.result.ExperimentID = j.experimentID
	if len(j.spans.send) == 0 {
		return nil // runs are the same on all servers
	}
	err = j.step("look at the server", func(ctx context.Context) (err error) {
		j.caps, err = j.d.client.Capabilities(ctx)
		return err
	})
	if err != nil && !IsStopped(err) && len(j.planned) > 0 && j.evaluation == "" {
		j.lookErr = err // the experiment was found: runs may well get through
		return nil
	}
	if err != nil {
		return err
	}
	if j.isRow() {
		if err := j.becomeRow(); err != nil {
			return err
		}
	}
	j.refer()
	return j.addTraceArtifacts()
}

// endCreated ends the runs that are there when a delivery will never be complete: a
// dead letter must not leave runs that look as if the job was still under way.
func (j *job) endCreated(err error) error {
	if !IsPermanent(err) || isGone(err) {
		return err
	}
	for _, p := range j.planned {
		if p.ref.id == "" {
			p.skipped = true
		}
	}
	return errors.Join(err, j.finishRuns())
}
