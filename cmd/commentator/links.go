package main

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
)

// jobLinks gives the pages of a job in MLflow while the job still runs: the run
// has no id yet, so the link is a search for its tag. They need the
// experiment's id, which is looked up once, beside the jobs; before it is known
// there are no links. The function never waits and is safe for concurrent use.
func jobLinks(s config.Settings) job.Links {
	if !s.MLflow.EnableTracking && !s.MLflow.EnableTracing {
		return func(string, trace.TraceID) (string, string) { return "", "" }
	}
	l := &linker{settings: s}
	l.ask()
	return l.links
}

// linker makes the links. found is nil until the experiment is known, and then
// stays: it does not change while the program runs. asking is set while a
// request is under way.
type linker struct {
	settings config.Settings
	found    atomic.Pointer[pages]
	asking   atomic.Bool
}

// pages is where in MLflow's pages the jobs are.
type pages struct {
	ui         mlflow.UI
	experiment string // its id
}

func (l *linker) links(jobID string, id trace.TraceID) (run, tr string) {
	at := l.found.Load()
	if at == nil {
		l.ask()
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

// ask looks the experiment up in the background, one request at a time. A
// failure is not reported, only tried again by the next job: the experiment may
// not exist before the first trace is delivered.
func (l *linker) ask() {
	// Whoever sets asking makes the request and resets it; the others go on
	// without.
	if !l.asking.CompareAndSwap(false, true) {
		return
	}
	// Not the job's context: the answer is for all jobs, and the job need not
	// wait.
	go func() {
		defer l.asking.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		client, err := mlflowConfig(l.settings).Client()
		if err != nil {
			return
		}
		defer client.CloseIdle()
		if e, err := findExperiment(ctx, client, l.settings); err == nil {
			ui := mlflow.NewUI(cmp.Or(l.settings.MLflow.UIURL, shownURI(l.settings))).InWorkspace(client.Workspace())
			l.found.Store(&pages{ui, e.ID})
		}
	}()
}

// findExperiment looks the configured experiment up: by its id, else by its name.
func findExperiment(ctx context.Context, client *mlflow.Client, s config.Settings) (mlflow.Experiment, error) {
	if s.MLflow.ExperimentID != "" {
		return client.ExperimentByID(ctx, s.MLflow.ExperimentID)
	}
	return client.ExperimentByName(ctx, s.MLflow.ExperimentName)
}
