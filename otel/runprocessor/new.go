package runprocessor

import (
	"context"
	"errors"
	"fmt"

	"github.com/technoshare/commentator/otel/mlflow"
)

// defaultExperiment is where runs go when MLFLOW_EXPERIMENT_NAME is not set.
const defaultExperiment = "technoshare_commentator"

// New sets up a processor as the MLFLOW_* environment and the options say, and
// starts delivering what is in the outbox. It sends no request itself, so a
// server that is away is no error. With both MLFLOW_ENABLE_TRACKING and
// MLFLOW_ENABLE_TRACING off the processor does nothing at all.
//
// ctx bounds New alone. Shutdown ends the processor.
func New(ctx context.Context, opts ...Option) (*Processor, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("set up run processor: %w", err)
	}
	c := newConfig(opts)
	m, err := c.environment()
	if err != nil {
		return nil, fmt.Errorf("set up run processor: %w", err)
	}
	if !m.EnableTracking && !m.EnableTracing {
		return &Processor{}, nil
	}
	client := c.client
	if client == nil && !c.withoutDelivery && !c.wire.complete() {
		if client, err = m.Client(); err != nil {
			return nil, fmt.Errorf("set up run processor: %w", err)
		}
	}
	s, former, err := openSpool(c)
	if err != nil {
		return nil, fmt.Errorf("set up run processor: %w", err)
	}
	var d delivery
	if !c.withoutDelivery {
		d = c.wire.delivery(c, m, client, s, former)
	}
	p := start(ctx, c, s, d)
	p.spool = s
	if err := p.observe(c.meterProvider); err != nil {
		return nil, errors.Join(fmt.Errorf("set up run processor: %w", err), p.Shutdown(ctx))
	}
	return p, nil
}

// environment is what WithConfig or MLFLOW_* say.
func (c config) environment() (mlflow.Config, error) {
	if c.mlflow != nil {
		return *c.mlflow, nil
	}
	m, err := mlflow.FromEnv()
	if m.ExperimentName == "" {
		m.ExperimentName = defaultExperiment
	}
	return m, err
}
