package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/technoshare/commentator/internal/job"
)

// jobMetrics are those of the links that this process works on.
type jobMetrics struct {
	attempt, analysis metric.Float64Histogram
	calls, tokens     metric.Int64Counter
	cost              metric.Float64Counter
}

func (m *workerMetrics) forJobs() (j jobMetrics, err error) {
	meter := m.provider.Meter(scope)
	// A page from the cache is read in a tenth of a second; a model that is asked four times may take minutes.
	seconds := metric.WithExplicitBucketBoundaries(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
	if j.attempt, err = meter.Float64Histogram("commentator.job.duration", seconds,
		metric.WithUnit("s"), metric.WithDescription("Time of an attempt at a link")); err != nil {
		return j, err
	}
	if j.analysis, err = meter.Float64Histogram("commentator.analysis.duration", seconds,
		metric.WithUnit("s"), metric.WithDescription("Time of an analysis, of all its calls of the model")); err != nil {
		return j, err
	}
	if j.calls, err = meter.Int64Counter("commentator.model.calls",
		metric.WithUnit("{call}"), metric.WithDescription("Calls of the model, those that failed included")); err != nil {
		return j, err
	}
	if j.tokens, err = meter.Int64Counter("commentator.model.tokens",
		metric.WithUnit("{token}"), metric.WithDescription("Tokens that the model server counted")); err != nil {
		return j, err
	}
	j.cost, err = meter.Float64Counter("commentator.model.cost",
		metric.WithUnit("{USD}"), metric.WithDescription("Price of the calls in US dollars, where it is known"))
	return j, err
}

// process measures attempts.
func (j jobMetrics) process(next job.Process) job.Process {
	return func(ctx context.Context, o job.Job) job.Result {
		began := time.Now()
		r := next(ctx, o)
		j.attempt.Record(ctx, time.Since(began).Seconds(), metric.WithAttributes(attribute.String("outcome", string(r.Outcome))))
		return r
	}
}

// analyst measures analyses, and what they cost.
func (j jobMetrics) analyst(next job.Analyst) job.Analyst {
	return &measuredAnalyst{Analyst: next, metrics: j}
}

type measuredAnalyst struct {
	job.Analyst
	metrics jobMetrics
}

func (a *measuredAnalyst) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	return a.measured(ctx, func() (*job.Analysis, error) { return a.Analyst.Analyze(ctx, ev) })
}

// Answer implements [job.Answerer], as which the analyst has to do.
func (a *measuredAnalyst) Answer(ctx context.Context, ev *job.Evidence, question string) (*job.Analysis, error) {
	return a.measured(ctx, func() (*job.Analysis, error) { return job.Answer(ctx, a.Analyst, ev, question) })
}

func (a *measuredAnalyst) measured(ctx context.Context, do func() (*job.Analysis, error)) (*job.Analysis, error) {
	began := time.Now()
	got, err := do()
	outcome := "success"
	if err != nil {
		outcome = "error"
	}
	m := a.metrics
	m.analysis.Record(ctx, time.Since(began).Seconds(), metric.WithAttributes(
		attribute.String("analyst", got.Analyst), attribute.String("outcome", outcome)))
	if got.Calls == 0 {
		return got, err
	}
	model := attribute.String("gen_ai.request.model", got.Model)
	m.calls.Add(ctx, int64(got.Calls), metric.WithAttributes(model))
	if got.HasUsage {
		m.tokens.Add(ctx, int64(got.InputTokens), metric.WithAttributes(model, attribute.String("gen_ai.token.type", "input")))
		m.tokens.Add(ctx, int64(got.OutputTokens), metric.WithAttributes(model, attribute.String("gen_ai.token.type", "output")))
	}
	if got.CostUSD != nil {
		m.cost.Add(ctx, *got.CostUSD, metric.WithAttributes(model))
	}
	return got, err
}
