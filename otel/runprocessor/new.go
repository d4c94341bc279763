package runprocessor

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// New sets up a processor as the MLFLOW_* environment and the options say, and
// starts delivering what is in the outbox. It sends no request itself, so a
// server that is away is no error. With both MLFLOW_ENABLE_TRACKING and
// MLFLOW_ENABLE_TRACING off the processor does nothing at all.
//
// An error says which variable, address or folder is wrong and what to do about
// it; spool.IsLocked holds for a folder that another process has. The processor
// beside it is never nil and does nothing, so that a program can log the error and
// go on.
//
// Where none of the default folders can be written, the outbox is in a temporary
// one, which is reported as a warning (see Outbox).
//
// ctx bounds New alone. Shutdown ends the processor.
func New(ctx context.Context, opts ...Option) (*SpanProcessor, error) {
	p, err := newProcessor(ctx, newConfig(opts))
	if err != nil {
		return &SpanProcessor{}, fmt.Errorf("set up run processor: %w", err)
	}
	return p, nil
}

func newProcessor(ctx context.Context, c config) (*SpanProcessor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m, err := c.environment()
	if err != nil {
		return nil, err
	}
	if !m.EnableTracking && !m.EnableTracing {
		return &SpanProcessor{}, nil
	}
	var client *mlflow.Client
	if !c.withoutDelivery {
		if client, err = m.Client(); err != nil {
			return nil, err
		}
	}
	if client != nil {
		c.destination = destinationOf(m, client)
	}
	outbox, err := openSpool(c)
	if err != nil {
		return nil, err
	}
	about := about{
		Outbox: outbox.Dir(), Experiment: cmp.Or(m.ExperimentID, m.ExperimentName, mlflow.DefaultExperiment),
		Runs: m.EnableTracking, Traces: m.EnableTracing,
	}
	var o *outbound
	if client != nil {
		about.URI = client.URI()
		d := deliver.New(client, c.deliverOptions(m, outbox)...)
		handler := c.destinations(m, client, d, outbox)
		watch := newIncompleteWatch(c.logger)
		queue := []deliver.QueueOption{deliver.WithObserver(watch)}
		if m.MaxRetries > 0 {
			queue = append(queue, deliver.WithMaxAttempts(m.MaxRetries))
		}
		o = startOutbound(ctx, deliver.NewSpoolQueue(outbox, handler, queue...), d, c.redact)
		o.incomplete, o.server = watch, about.URI
	}
	p := start(c, destined{outbox, c.destination}, o)
	p.outbox, p.about = outbox, about
	if err := p.observe(c.meterProvider); err != nil {
		return nil, errors.Join(err, p.Shutdown(context.WithoutCancel(ctx)))
	}
	return p, nil
}

// environment is what WithConfig or MLFLOW_* say.
func (c config) environment() (mlflow.Config, error) {
	if c.mlflow != nil {
		return *c.mlflow, nil
	}
	return mlflow.FromEnv()
}

// deliverOptions is the one place that knows how this package's options and the
// environment are told to package deliver.
func (c config) deliverOptions(m mlflow.Config, outbox *spool.Spool) []deliver.Option {
	return []deliver.Option{
		deliver.WithExperiment(m.ExperimentName),
		deliver.WithExperimentID(m.ExperimentID),
		deliver.WithRules(c.rules),
		deliver.WithTracking(m.EnableTracking),
		deliver.WithTracing(m.EnableTracing),
		deliver.WithArtifacts(!m.DisableArtifacts),
		deliver.WithParentRunID(m.ParentRunID),
		deliver.WithInstanceID(outbox.InstanceID()),
		deliver.WithFormerInstances(outbox.FormerInstances()...),
		deliver.WithUIURL(cmp.Or(c.uiURL, m.UIURL)),
		deliver.WithRunTags(c.runTags),
		deliver.WithExperimentTags(c.experimentTags),
		deliver.WithViews(c.views...),
	}
}
