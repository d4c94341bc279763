package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/mlflow"
)

// loadPrompts reads the prompts from the registry; the last is the baseline's where there is one.
func (e *evaluating) loadPrompts(ctx context.Context) error {
	names := e.command.Prompts
	if e.command.Baseline != "" {
		names = append(slices.Clone(names), e.command.Baseline)
	}
	from := registry.New(e.client, nil)
	for _, name := range names {
		ref, err := prompts.ParseRef(name)
		if err != nil {
			return usage(err)
		}
		p, err := from.Load(ctx, ref)
		var answer *mlflow.APIError
		switch {
		case err == nil:
			e.prompts = append(e.prompts, p)
		case errors.As(err, &answer) || !hasAnswered(err) && isAway(err):
			return e.unasked("read the prompt "+name, err)
		default:
			return usage(err)
		}
	}
	return nil
}

// vary makes the variants: each prompt with each model, and the baseline with the first model unless it
// is one of them. What two flags name alike is run once.
func (e *evaluating) vary(t *telemetry, table *prices.Table) error {
	c := e.command
	analysts := make([]job.Analyst, len(c.Models))
	for i, model := range c.Models {
		var err error
		if analysts[i], err = e.analyst(t, table, model); err != nil {
			return err
		}
	}
	candidates := e.prompts
	e.baseline = evaluation.NoBaseline
	if c.Baseline != "" {
		candidates = candidates[:len(candidates)-1]
	}
	add := func(v evaluation.Variant) int {
		i := slices.IndexFunc(e.variants, v.Same)
		if i < 0 {
			i, e.variants = len(e.variants), append(e.variants, v)
		}
		return i
	}
	for _, p := range candidates {
		for _, a := range analysts {
			add(evaluation.Variant{Prompt: p, Analyst: a})
		}
	}
	if c.Baseline != "" {
		e.baseline = add(evaluation.Variant{Prompt: e.prompts[len(e.prompts)-1], Analyst: analysts[0]})
		if len(e.variants) == 1 {
			return fmt.Errorf("--prompt and --baseline are the same version %s, and there is one model: name another prompt or model",
				e.variants[0].PromptName())
		}
	}
	return nil
}

// analyst asks a model, under keys by which no call is paid twice, and says no secrets in its errors.
func (e *evaluating) analyst(t *telemetry, table *prices.Table, model string) (job.Analyst, error) {
	s := e.command.Settings
	s.Model.Model = model
	cfg := analystConfig(s, table, e.log, t.provider)
	cfg.HTTPClient = evaluation.Client(http.DefaultTransport)
	a, err := analysis.NewOpenAI(cfg)
	if err != nil {
		return nil, err
	}
	check := promptCheck(a)
	for _, p := range e.prompts {
		if err := check(p); err != nil {
			return nil, fmt.Errorf("prompt %s with %s: %w", p.Ref(), model, err)
		}
	}
	return maskStages(pipeline.Stages{Analyst: a}, e.std.mask).Analyst, nil
}
