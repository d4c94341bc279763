package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
)

// promptFile keeps the last good versions of the prompt, within the data folder.
const promptFile = "prompts.json"

// firstLook bounds the wait for the registry at the start, before any job, of a process that knows no version yet,
// or ends with its jobs: without it the first jobs after an installation would have the built-in prompt.
const firstLook = 5 * time.Second

// followed is the prompt of the registry that the settings name.
type followed struct {
	*registry.Follower
	cfg    registry.FollowConfig
	client *mlflow.Client
}

// close ends connections. It may be called on nil.
func (f *followed) close() {
	if f != nil {
		f.client.CloseIdle()
	}
}

// followPrompt makes what the settings say of the prompt; nil where they name none of the registry, or no
// model is asked. It makes no request.
func followPrompt(s config.Settings, log *slog.Logger, analyst job.Analyst) (*followed, error) {
	cfg, err := promptConfig(s)
	if err != nil || cfg.Main.Name == "" {
		return nil, err
	}
	if !s.Model.UsesModel() {
		log.Warn("no model is set, so that COMMENTATOR_PROMPT has no effect")
		return nil, nil
	}
	if !s.MLflow.EnableTracking && !s.MLflow.EnableTracing {
		return nil, errors.New("COMMENTATOR_PROMPT is in MLflow, which MLFLOW_ENABLE_TRACKING and MLFLOW_ENABLE_TRACING switch off: " +
			"set one of them to true, or leave COMMENTATOR_PROMPT empty")
	}
	cfg.Check, cfg.File, cfg.Log = promptCheck(analyst), filepath.Join(s.Storage.DataDir, promptFile), log
	mlflowSettings := mlflowConfig(s)
	client, err := mlflowSettings.Client()
	if err != nil {
		return nil, err
	}
	f, err := registry.Follow(registry.New(client, analysis.Schema()), cfg)
	if err != nil {
		return nil, err
	}
	return &followed{f, cfg, client}, nil
}

// promptCheck says why an analyst can't work with a prompt; one that asks no model can with all.
func promptCheck(a job.Analyst) func(*job.Prompt) error {
	if checker, ok := a.(interface{ CheckPrompt(*job.Prompt) error }); ok {
		return checker.CheckPrompt
	}
	return func(*job.Prompt) error { return nil }
}

// promptConfig reads the two settings; its Main has no name where there is none.
func promptConfig(s config.Settings) (cfg registry.FollowConfig, err error) {
	if s.Model.Prompt == "" {
		if s.Model.PromptCanary != "" {
			return cfg, errors.New("COMMENTATOR_PROMPT_CANARY needs COMMENTATOR_PROMPT: set it to the prompt that all other jobs get")
		}
		return cfg, nil
	}
	if cfg.Main, err = prompts.ParseRef(s.Model.Prompt); err != nil {
		return cfg, fmt.Errorf("COMMENTATOR_PROMPT: %w", err)
	}
	if s.Model.PromptCanary == "" {
		return cfg, nil
	}
	if cfg.Canary, err = prompts.ParseCanary(s.Model.PromptCanary); err != nil {
		return cfg, fmt.Errorf("COMMENTATOR_PROMPT_CANARY: %w", err)
	}
	return cfg, nil
}

// checkPrompts looks what the settings' prompts lead to, as a worker does at its start. What the worker has
// on disk is used as long as nothing better is known.
func (c *doctorCommand) checkPrompts(ctx context.Context) []doctor.Finding {
	const name = "prompt"
	analyst, err := newAnalyst(c.Settings, discardLogger(), nil)
	if err != nil {
		return nil // the check of the stages reports it
	}
	f, err := followPrompt(c.Settings, discardLogger(), analyst)
	if err = errors.Join(err, checkWebhook(c.Settings)); err != nil {
		return []doctor.Finding{doctor.Faulty(name, err.Error())}
	}
	if f == nil {
		return nil
	}
	defer f.close()
	f.Look(ctx, firstLook)
	all, away := f.Status()
	var found []doctor.Finding
	for _, s := range all {
		if s.Ref != f.cfg.Main && s.Ref != f.cfg.Canary.Ref {
			continue
		}
		inUse := fmt.Sprintf("version %d is in use", s.Version)
		if s.Version == 0 {
			inUse = "the built-in prompt, or that of COMMENTATOR_PROMPT_FILE, is in use"
		}
		switch {
		case s.Fault != "":
			found = append(found, doctor.Faulty(name, fmt.Sprintf("%s: %s; %s", s.Ref, s.Fault, inUse)))
		case away != "":
			found = append(found, doctor.Faulty(name, fmt.Sprintf("%s: %s; %s", s.Ref, away, inUse)))
		default:
			found = append(found, doctor.Fine(name, fmt.Sprintf("%s, version %d%s", s.Ref, s.Version, share(f.cfg, s.Ref))))
		}
	}
	if away != "" {
		return found
	}
	return append(found, c.checkWebhook(ctx, f.client)...)
}

// share says of the canary how many jobs it gets.
func share(cfg registry.FollowConfig, ref prompts.Ref) string {
	if cfg.Canary.Share == 0 || ref != cfg.Canary.Ref {
		return ""
	}
	return fmt.Sprintf(", for %g %% of the jobs", 100*cfg.Canary.Share)
}
