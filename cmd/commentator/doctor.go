package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// doctorCommand is `commentator doctor`: the first thing to run after an
// installation.
type doctorCommand struct {
	config.Settings `embed:""`
}

// Run prints one line a check. It ends with code 2 when there is something to do.
func (c *doctorCommand) Run(ctx context.Context, std streams) error {
	if err := c.Check(); err != nil {
		return usage(err)
	}
	faults := doctor.Run(ctx, std.out, std.mask.Mask,
		// In the order in which faults follow from each other: without a folder
		// there is no outbox and no queue.
		doctor.Folder("data folder", c.Storage.DataDir, c.EnsureDataDir), doctor.Outbox(c.countOutbox), c.checkMLflow, c.modelCheck(),
		doctor.Backend(secondBackend(os.Getenv)), doctor.Queue(c.queueStatus), c.checkSlack)
	if faults > 0 {
		return exitError{code: exitUsage}
	}
	return nil
}

// countOutbox counts the traces of all folders. Those that cannot be read count
// as refused: both want a person.
func (c *doctorCommand) countOutbox() (waiting, refused int, err error) {
	dirs, err := outboxDirs(&c.Settings)
	entries, listErr := listOutbox(dirs)
	for _, e := range entries {
		if e.State == spool.Pending {
			waiting++
		} else {
			refused++
		}
	}
	return waiting, refused, errors.Join(err, listErr)
}

// tracking is MLflow's client as the doctor asks it.
type tracking struct {
	*mlflow.Client
	settings config.Settings
}

// Answers reports whether an MLflow server gave the error as its answer.
func (tracking) Answers(err error) bool {
	var answer *mlflow.APIError
	return errors.As(err, &answer)
}

// HasExperiment reports whether the server has the experiment of the settings.
// One that is named by its id is never made, so that its absence is an error.
func (t tracking) HasExperiment(ctx context.Context) (bool, error) {
	_, err := findExperiment(ctx, t.Client, t.settings)
	// One that is named is made with the first delivery.
	if mlflow.IsNotFound(err) && t.settings.MLflow.ExperimentID == "" {
		return false, nil
	}
	return err == nil, err
}

// checkMLflow makes the client with the check, as it holds connections to
// close.
func (c *doctorCommand) checkMLflow(ctx context.Context) []doctor.Finding {
	if !c.MLflow.EnableTracking && !c.MLflow.EnableTracing {
		return doctor.MLflow(nil, "", "")(ctx)
	}
	client, err := mlflowConfig(c.Settings).Client()
	if err != nil {
		return []doctor.Finding{doctor.Faulty("MLflow", err.Error())}
	}
	defer client.CloseIdle()
	return doctor.MLflow(tracking{client, c.Settings}, shownURI(c.Settings), cmp.Or(c.MLflow.ExperimentID, c.MLflow.ExperimentName))(ctx)
}

// modelCheck asks a model server only if one is configured.
func (c *doctorCommand) modelCheck() doctor.Check {
	if !c.Model.UsesModel() {
		return doctor.NoModel
	}
	return doctor.Model(c.Model.BaseURL.Reveal(), c.Model.APIKey.Reveal(), c.Model.Model)
}

// queueStatus opens the queue's database as the worker does, which also creates
// or migrates it, and closes it again.
func (c *doctorCommand) queueStatus(ctx context.Context) (doctor.QueueStatus, error) {
	kept, err := openStore(ctx, c.Settings, discardLogger(), nil)
	if err != nil {
		return doctor.QueueStatus{}, err
	}
	st, err := kept.Queue.Status(ctx)
	status := doctor.QueueStatus{Name: kept.DB.Name(), Queued: st.Queued, Running: st.Running, Waiting: st.Waiting}
	return status, errors.Join(err, kept.Close())
}

// checkSlack asks Slack about tokens, scopes and channels. Without tokens there
// is nothing to check, and nothing wrong: the command line needs no Slack.
func (c *doctorCommand) checkSlack(ctx context.Context) []doctor.Finding {
	if !c.Slack.BotToken.IsSet() && !c.Slack.AppToken.IsSet() {
		return []doctor.Finding{doctor.Fine("Slack", "not configured: commentator run works without")}
	}
	store, err := openStore(ctx, c.Settings, discardLogger(), nil) // the bot wants one, though the checks need no queue
	if err != nil {
		return nil // the check of the queue reports it
	}
	defer func() { _ = store.Close() }()
	bot, err := newBot(c.Settings, store, discardLogger(), nil)
	if err != nil {
		return []doctor.Finding{doctor.Faulty("Slack", err.Error())}
	}
	return bot.Check(ctx, !c.Worker.HTTPEvents)
}
