package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
	_ "time/tzdata" // digests go by the zones of people, also where the system has none

	"golang.org/x/sync/errgroup"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/resident"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/internal/store"
)

// workerCommand is `commentator worker`. Without --listen and --work a process
// does both; with one each, two kinds of processes share a database.
type workerCommand struct {
	config.Settings `embed:""`
	Listen          bool `help:"Only take events in; another process works."`
	Work            bool `help:"Only work on links; another process listens."`
}

// Run is the worker: it listens to Slack, works on links, or both, until it is
// asked to stop, which is no error. Tokens and channels that Slack refuses are
// errors of the settings, also when Slack says so later. Whoever takes the log may be
// gone, or take nothing: links are worked on all the same.
func (c *workerCommand) Run(ctx context.Context, std streams) error {
	defer surviveSignals(ctx)()
	lines := newLogWriter(std.err, logPatience, func(n int) []byte {
		var b bytes.Buffer
		if log, err := newLogger(streams{err: &b, terminal: std.terminal, mask: std.mask}, c.Telemetry); err == nil {
			log.Error("lines of the log are missing here, as nobody took them", "lines", n) // at each level that there is
		}
		return b.Bytes()
	})
	defer lines.flush()
	std.err = lines
	err := c.work(ctx, std)
	if e := (exitError{}); errors.As(err, &e) && e.err != nil {
		std.complain(std.mask.Mask(err.Error()))
		return exitError{code: e.code}
	}
	return err
}

func (c *workerCommand) work(ctx context.Context, std streams) error {
	if !c.Listen && !c.Work {
		c.Listen, c.Work = true, true
	}
	if err := errors.Join(c.Check(), c.checkWebhook()); err != nil {
		return usage(err)
	}
	log, err := newLogger(std, c.Telemetry)
	if err != nil {
		return usage(err)
	}
	logLibraries(log)
	w, err := newWorker(ctx, c, log, std.mask)
	if err != nil && ctx.Err() != nil {
		// Whatever failed: it was asked to stop, and nothing was begun.
		log.Info("stopped during the start", "error", err)
		return nil
	}
	if err != nil {
		return usage(err)
	}
	// close is needed in any case: it flushes telemetry and hands the database
	// back.
	runErr := w.run(ctx)
	if err := errors.Join(runErr, w.close()); err != nil {
		var settings *slack.SettingsError
		if errors.As(err, &settings) {
			return usage(err)
		}
		return exitError{exitJob, err}
	}
	return nil
}

// worker is the long-running process. newWorker fills the fields in; one that
// failed has left those nil that come later.
type worker struct {
	command *workerCommand
	log     *slog.Logger
	mask    *config.Masker
	app     *app
	store   *store.Store
	bot     *slack.Bot
	process job.Process
	metrics *workerMetrics
	door    *door // nil until something answers

	unconfirmed bool // Slack could not be asked whether it takes the settings
}

// newWorker opens and wires everything, and asks Slack whether it may do what
// it has to. On an error it closes what it opened. The analyst's limit is of
// this process: each analysis takes one of its slots.
func newWorker(ctx context.Context, c *workerCommand, log *slog.Logger, mask *config.Masker) (_ *worker, err error) {
	w := &worker{command: c, log: log, mask: mask}
	defer func() {
		if err != nil {
			// Covers every return below: what is nil yet is skipped.
			err = errors.Join(err, w.close())
		}
	}()
	start := starting{worker: w}
	if err := start.await(ctx, c.EnsureDataDir); err != nil {
		return nil, err
	}
	if err := start.await(ctx, func() (err error) {
		w.store, err = openStore(ctx, c.Settings, log, mask)
		return err
	}); err != nil {
		return nil, err
	}
	if w.metrics, err = newWorkerMetrics(w.store.Queue); err != nil {
		return nil, err
	}
	idle := idleChildren
	if !c.Work {
		idle = 0 // who only listens reads no page
	}
	if err := start.await(ctx, func() (err error) {
		w.app, err = newApp(ctx, c.Settings, log, w.mask, w.metrics.provider, c.Worker.Workers, idle)
		return err
	}); err != nil {
		return nil, err
	}
	if err = w.metrics.observeChildren(w.app.retriever.Children); err != nil {
		return nil, err
	}
	if w.app.prompts != nil {
		if !w.app.prompts.Known() {
			w.app.prompts.Look(ctx, firstLook)
		}
		if err = w.metrics.observePrompts(w.app.prompts); err != nil {
			return nil, err
		}
	}
	w.bot, err = newBot(c.Settings, w.store, log, w.app)
	if err != nil {
		return nil, err
	}
	// A copy: the app's own stages stay without poster and limit.
	stages := w.app.stages
	measure, err := w.metrics.forJobs()
	if err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	_, answers := stages.Analyst.(job.Answerer)
	limited := analysis.Limit(measure.analyst(stages.Analyst), c.Worker.ModelCalls)
	if stages.Analyst = limited; answers {
		stages.Answerer = limited
	}
	stages.Poster, stages.Checkpoints, stages.Kept = w.bot.Poster(), w.store.Queue, w.store.Queue
	stages.Channels = w.store.Set
	if c.Model.UsesModel() {
		stages.Extracts = analysis.NewOffline()
	}
	jobs := w.app.pipeline(stages, pipeline.WithHandedBack(w.store.Queue.HandedBack), pipeline.WithNames(w.bot.Name))
	w.process = measure.process(jobs.Process)
	err = w.bot.Validate(ctx, w.socket())
	var settings *slack.SettingsError
	if err != nil && !errors.As(err, &settings) {
		// Slack is away: run asks it again, while links are worked on.
		w.unconfirmed, err = true, nil
	}
	return w, err
}

// socket reports whether this process connects by Socket Mode.
func (w *worker) socket() bool { return w.command.Listen && !w.command.Worker.HTTPEvents }

// run goes on until ctx ends or a half of the worker fails, which ends the
// other. Handlers of the queue have their grace time before it returns.
func (w *worker) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	// Each part runs in a goroutine of the group; the first error ends ctx for
	// all.
	if addr := w.command.Worker.HTTPAddr; addr != "" {
		server, err := newOps(ctx, w)
		if err != nil {
			return err
		}
		if err := w.open(ctx, addr, server.mux); err != nil {
			return err
		}
		if err := w.metrics.observeConnections(w.door.server.Ended); err != nil {
			return fmt.Errorf("set up metrics: %w", err)
		}
		group.Go(func() error { return w.door.wait(ctx) })
	}
	if w.unconfirmed {
		group.Go(func() error { return w.bot.Confirm(ctx, w.socket()) })
	}
	if w.socket() {
		group.Go(func() error { return w.bot.Run(ctx) })
	}
	if w.app.prompts != nil { // who only listens shows the aliases in App Home
		group.Go(func() error { w.app.prompts.Run(ctx); return nil })
	}
	if w.command.Work {
		feedback := newFeedback(w.command.Settings)
		group.Go(func() error { return w.store.Run(ctx, w.bot.Worker(w.process, comment.Format{}, feedback).Handlers()) })
	}
	group.Go(func() error { resident.Keep(ctx, w.log); return nil })
	w.log.Info("worker started", "listen", w.command.Listen, "work", w.command.Work,
		"database", w.store.DB.Name(), "mlflow", shownURI(w.command.Settings))
	return group.Wait()
}

// open has h answer at the address, where the start may have been waited for.
func (w *worker) open(ctx context.Context, addr string, h http.Handler) (err error) {
	if w.door != nil {
		w.door.show(h)
		return nil
	}
	w.door, err = openDoor(ctx, addr, h, w.log)
	return err
}

// close ends what newWorker began, users before what they use: telemetry and
// metrics read the store. It may be called on a worker that is half made.
func (w *worker) close() error {
	var errs []error
	w.door.close()
	if w.app != nil {
		w.app.prompts.close()
		errs = append(errs, w.app.retriever.Close(), w.app.telemetry.close(shutdownTime))
	}
	if w.metrics != nil {
		errs = append(errs, w.metrics.close())
	}
	if w.store != nil {
		errs = append(errs, w.store.Close())
	}
	return errors.Join(errs...)
}

// openStore opens the queue's database and brings its schema up to date. The
// caller closes it.
func openStore(ctx context.Context, s config.Settings, log *slog.Logger, mask *config.Masker) (*store.Store, error) {
	// What no setting names keeps the store's defaults.
	cfg := store.Defaults()
	cfg.Queue.Workers, cfg.Queue.Depth, cfg.Queue.Attempts = s.Worker.Workers, s.Worker.QueueDepth, s.Worker.Attempts
	cfg.Queue.Grace, cfg.Queue.SeenWindow, cfg.Queue.Outage, cfg.Queue.Log = s.Worker.Grace, s.Worker.SeenWindow, s.Worker.Outage, log
	cfg.Queue.Redact = mask.Mask
	cfg.Channel = job.ChannelSettings{Answers: job.Answers(s.Slack.Answers), Language: s.Model.Language, BudgetUSD: s.Slack.Budget}
	cfg.Queue.Timeout = deadlines(s).Total() + time.Minute // a stage's own deadline comes first
	kept, err := store.Open(ctx, s.QueueURL(), cfg)
	if err != nil {
		return nil, fmt.Errorf("open the queue's database: %w", err)
	}
	return kept, nil
}

// newBot connects Slack with the stores. a is nil where nothing is traced, as
// for the doctor.
func newBot(s config.Settings, kept *store.Store, log *slog.Logger, a *app) (*slack.Bot, error) {
	options := []slack.Option{slack.WithLogger(log), slack.WithPostInterval(s.Worker.PostInterval)}
	if a != nil {
		options = append(options, slack.WithTracer(a.telemetry.listener))
		if a.prompts != nil {
			options = append(options, slack.WithPrompts(a.prompts.cfg.Main.String(), a.prompts.Aliases))
		}
	}
	return slack.New(slackConfig(s), slack.Stores{
		Queue: kept.Queue, Posts: kept.Posts, People: kept.People, Channels: kept.Set, Marks: kept.Members, Database: kept.DB,
	}, options...)
}

// slackConfig is the part of the settings that Slack's package needs. It
// carries the tokens.
func slackConfig(s config.Settings) slack.Config {
	return slack.Config{
		AppToken: s.Slack.AppToken.Reveal(), BotToken: s.Slack.BotToken.Reveal(), SigningSecret: s.Slack.SigningSecret.Reveal(),
		Channels: s.Slack.Channels, MaxLinks: s.Slack.MaxLinks, APIURL: s.Slack.APIURL.Reveal(),
	}
}
