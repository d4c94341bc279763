package main

import (
	"context"
	"errors"
	"os"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/terminal"
	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/spool"
)

// doctorCommand is `commentator doctor`: the first thing to run after an
// installation.
type doctorCommand struct {
	config.Settings `embed:"" uses:"Storage,MLflow,Model,Fetch,Slack,Telemetry.LogLevel,Telemetry.CaptureContent,Worker,-Worker.HTTPAddr,-Worker.RiverUI"` //nolint:lll // a tag stands on one line
}

// Run prints one line a check. It ends with code 2 when there is something to do.
func (c *doctorCommand) Run(ctx context.Context, std streams) error {
	if err := c.Check(); err != nil {
		return usage(err)
	}
	show := func(detail string) string {
		return terminal.Wrap(std.mask.Mask(detail), std.width, doctor.DetailColumn, doctor.DetailColumn)
	}
	faults := doctor.Run(ctx, std.out, show,
		// In the order in which faults follow from each other: without a folder
		// there is no outbox and no queue.
		doctor.Folder("data folder", c.Storage.DataDir, c.EnsureDataDir), doctor.Outbox(c.countOutbox), c.checkStages,
		c.checkMLflow, c.checkPrompts, c.modelCheck(), doctor.Backend(secondBackend(os.Getenv)), doctor.Queue(c.queueStatus), c.checkSlack)
	if faults > 0 {
		return exitError{code: exitUsage}
	}
	return nil
}

// countOutbox counts the traces of all folders. Those that cannot be read count
// as refused: both want a person.
func (c *doctorCommand) countOutbox() (doctor.OutboxStatus, error) {
	server := serverOf(c.Settings)
	dirs, err := outboxDirs(&c.Settings)
	entries, listErr := listOutbox(dirs)
	var st doctor.OutboxStatus
	for _, e := range entries {
		switch {
		case isElsewhere(e.Entry, server):
			st.Elsewhere++
		case e.State == spool.Pending:
			st.Waiting++
		case deliver.IsIncomplete(e.Reason):
			st.Incomplete++
		default:
			st.Refused++
		}
	}
	return st, errors.Join(err, listErr)
}

// checkStages makes the stages as a worker does at its start, which reads the files that settings name: the
// prompt, the themes, the prices, the rules of retrieval. Nothing is fetched, and no model asked.
func (c *doctorCommand) checkStages(context.Context) []doctor.Finding {
	const name = "stages"
	_, analyst := newAnalyst(c.Settings, discardLogger(), noop.NewTracerProvider())
	_, themes := themeNames(c.Settings)
	retriever, err := newRetriever(c.Settings, nil, isolate.Config{Most: c.Worker.Workers})
	if err == nil {
		err = retriever.Close()
	}
	var found []doctor.Finding
	for _, err := range []error{err, analyst, themes} {
		if err != nil && (len(found) == 0 || found[len(found)-1].Detail != err.Error()) { // two read the themes
			found = append(found, doctor.Faulty(name, err.Error()))
		}
	}
	if len(found) == 0 {
		return []doctor.Finding{doctor.Fine(name, "retrieval, analysis and gates can work with these settings")}
	}
	return found
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
	status := doctor.QueueStatus{
		Name: kept.DB.Name(), Queued: st.Queued, Running: st.Running, Waiting: st.Waiting, Clock: kept.DB.ClockProblem(),
	}
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
