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
	td     *tracepb.TracesData // read only: its owner may keep it
	read   reading             // td, read by the rules

	// What follows is the state of one run. plan sets all but the experiment, and
	// then each phase adds what it learns from the server.
	experimentID string
	projection   runs.Projection
	planned      []*plannedRun // parents before children
	resource     resource
	spans        spanSet
	modelID      string
	result       Result
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
// gives. Artifacts that cannot be written do not end it, but are what it returns.
func (j *job) run() error {
	j.result = Result{TraceID: j.tid, Runs: map[trace.SpanID]string{}}
	if err := j.plan(); err != nil {
		return err
	}
	err := j.step("resolve experiment", func(ctx context.Context) (err error) {
		j.experimentID, err = j.d.experiment(ctx)
		return err
	})
	if err != nil {
		return err
	}
	j.result.ExperimentID = j.experimentID
	if len(j.spans.send) > 0 {
		j.result.TraceURL = j.d.ui.Trace(j.experimentID, j.tid)
	}
	if err := j.createRuns(); err != nil {
		return err
	}
	artifactsErr, err := j.fillRuns()
	if err != nil {
		return err
	}
	if err := j.deliverTrace(); err != nil {
		return err
	}
	if err := j.finishRuns(); err != nil {
		return err
	}
	return artifactsErr
}
