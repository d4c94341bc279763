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

// job is one delivery under way.
type job struct {
	d      *Deliverer
	stop   context.Context // ended: no further call
	ctx    context.Context // of the calls
	tid    trace.TraceID
	origin Origin
	td     *tracepb.TracesData
	read   reading // td, read by the rules

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
