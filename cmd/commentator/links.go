package main

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/mlflow"
)

// jobLinks gives the pages of a job in MLflow while the job still runs: the run
// has no id yet, as MLflow gives it one when the trace is delivered, so the link is a search
// for its tag. That search has MLflow's own columns: its pages take either a
// search or a saved view from a link, not both. They need the
// experiment's id, which is found out beside the jobs, until ctx ends; before it is known
// there are no links. The function never waits and is safe for concurrent use.
func jobLinks(ctx context.Context, s config.Settings) job.Links {
	if !s.MLflow.EnableTracking && !s.MLflow.EnableTracing {
		return func(string, trace.TraceID) (string, string) { return "", "" }
	}
	l := &linker{settings: s, wanted: make(chan struct{}, 1)}
	go l.look(ctx)
	return l.links
}

// linker makes the links. found is nil until the experiment is known, and then
// stays: it does not change while the program runs. A job that went without links
// puts a word into wanted.
type linker struct {
	settings config.Settings
	found    atomic.Pointer[pages]
	wanted   chan struct{}
}

// pages is where in MLflow's pages the jobs are.
type pages struct {
	ui         mlflow.UI
	experiment string // its id
}

func (l *linker) links(jobID string, id trace.TraceID) (run, tr string) {
	at := l.found.Load()
	if at == nil {
		select {
		case l.wanted <- struct{}{}:
		default: // one is there already
		}
		return "", ""
	}
	if l.settings.MLflow.EnableTracking {
		run = at.ui.Runs(at.experiment, "tags.job_id = '"+jobID+"'")
	}
	if l.settings.MLflow.EnableTracing {
		tr = at.ui.Trace(at.experiment, id)
	}
	return run, tr
}

// look finds the experiment out, one request at a time, at once and then until it is known or ctx ends. A
// failure is not reported: the delivery has the same one, and says so.
func (l *linker) look(ctx context.Context) {
	backoff := retry.Backoff{First: time.Second, Longest: time.Minute, Factor: 2}
	for failures := 0; ; failures++ {
		if at := l.find(ctx); at != nil {
			l.found.Store(at)
			return
		}
		again := time.NewTimer(backoff.Wait(failures))
		select {
		case <-again.C:
		case <-l.wanted:
		case <-ctx.Done():
		}
		again.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// find asks the server for the experiment; nil when it is not known yet. One that is configured by name is
// made where there is none, as the first delivery would: else the first reply of a fresh installation, which
// is written before anything is delivered, would be the only one without links. The delivery then gives it
// the tags and views that it lacks.
func (l *linker) find(ctx context.Context) *pages {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client, err := mlflowConfig(l.settings).Client()
	if err != nil {
		return nil
	}
	defer client.CloseIdle()
	e, err := findExperiment(ctx, client, l.settings)
	if mlflow.IsNotFound(err) && l.settings.MLflow.ExperimentID == "" {
		e, _, err = client.EnsureExperiment(ctx, l.settings.MLflow.ExperimentName, nil)
	}
	if err != nil {
		return nil
	}
	return &pages{pagesOf(l.settings, client), e.ID}
}

// pagesOf are MLflow's pages, where people reach them.
func pagesOf(s config.Settings, client *mlflow.Client) mlflow.UI {
	return mlflow.NewUI(cmp.Or(s.MLflow.UIURL, shownURI(s))).InWorkspace(client.Workspace())
}

// findExperiment looks the configured experiment up: by its id, else by its name.
func findExperiment(ctx context.Context, client *mlflow.Client, s config.Settings) (mlflow.Experiment, error) {
	if s.MLflow.ExperimentID != "" {
		return client.ExperimentByID(ctx, s.MLflow.ExperimentID)
	}
	return client.ExperimentByName(ctx, s.MLflow.ExperimentName)
}
