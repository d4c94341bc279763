package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// scope names the tracers and meters of the program itself, as OpenTelemetry
// asks of an instrumentation: by the path of its module.
const scope = "github.com/technoshare/commentator"

// idleChildren is the number of processes that wait for a page, so that it costs no start. Each takes
// some 20 MB.
const idleChildren = 2

// app is what run and worker share: telemetry, and what the stages are made of.
// Whoever made one closes it, or, as the worker does, its parts.
type app struct {
	settings  config.Settings
	mask      *config.Masker
	telemetry *telemetry
	reachable *probe // of those who wait for deliveries; nil while MLflow is switched off
	retriever *isolate.Retriever
	links     job.Links
	prompts   *followed       // nil where no prompt of the registry is set
	stages    pipeline.Stages // without poster and checkpoints
}

// newApp checks the settings and wires what needs no Slack. meter may be nil. most is the number of
// pages read at once, idle that of processes that wait for one.
// The only requests are to MLflow, in the background, and end with ctx. An error is one of the
// settings, and telemetry has been ended then.
func newApp(
	ctx context.Context, s config.Settings, log *slog.Logger, mask *config.Masker, meter metric.MeterProvider, most, idle int,
) (*app, error) {
	if err := s.EnsureDataDir(); err != nil {
		return nil, usage(err)
	}
	// The stages get their tracers from telemetry. Its backends are attached when all else is known to
	// be right: MLflow gets no experiment for settings that are refused.
	t, err := newProviders(ctx, s, log)
	if err != nil {
		return nil, usage(err)
	}
	a := &app{settings: s, mask: mask, telemetry: t}
	// t.close(0) below gives up at once: nothing has been traced yet.
	retriever, err := newRetriever(s, t.provider, isolate.Config{Most: most, Idle: idle, Logger: log})
	if err != nil {
		return nil, usage(errors.Join(err, t.close(0)))
	}
	a.retriever = retriever
	analyst, err := newAnalyst(s, log, t.provider)
	if err != nil {
		return nil, usage(errors.Join(err, retriever.Close(), t.close(0)))
	}
	themes, err := themeNames(s)
	if err != nil {
		return nil, usage(errors.Join(err, retriever.Close(), t.close(0)))
	}
	if a.prompts, err = followPrompt(s, log, analyst); err != nil {
		return nil, usage(errors.Join(err, retriever.Close(), t.close(0)))
	}
	if err := attachBackends(ctx, t, s, log, mask, meter); err != nil {
		return nil, usage(errors.Join(err, retriever.Close(), t.close(0)))
	}
	a.stages = pipeline.Stages{
		Retriever: retriever, Analyst: analyst, Formatter: comment.Format{},
		Gates: gates.New(gates.Options{Language: s.Model.Language, ProjectThemes: themes}),
	}
	if a.prompts != nil {
		a.stages.Prompts = a.prompts
	}
	a.links = jobLinks(ctx, s)
	return a, nil
}

// pipeline puts the stages together, with secrets taken out of their errors.
// The caller adds what only it has: a poster, checkpoints, an observer.
func (a *app) pipeline(stages pipeline.Stages, opts ...pipeline.Option) *pipeline.Pipeline {
	return pipeline.New(maskStages(stages, a.mask), append([]pipeline.Option{
		pipeline.WithTracer(a.telemetry.provider.Tracer(scope, trace.WithSchemaURL(genai.SchemaURL))),
		pipeline.WithContent(a.settings.Telemetry.Content()),
		pipeline.WithFlush(a.telemetry.flush),
		pipeline.WithLinks(a.links),
		pipeline.WithDeadlines(deadlines(a.settings)),
	}, opts...)...)
}

// deadlines are those of the stages, with room for what the settings allow a fetch and a model call.
func deadlines(s config.Settings) pipeline.Deadlines {
	d := pipeline.DefaultDeadlines()
	d.Retrieval = max(d.Retrieval, 3*s.Fetch.Timeout)
	d.Analysis = analysisTime(s.Model)
	return d
}

// analysisTime is how long an analysis may take: a wait for its place, and four calls, the first, its
// repair, and one more try of each.
func analysisTime(s config.Model) time.Duration { return analysis.SlotWait + 4*s.Timeout }

// newAnalyst is the configured model, or the offline analyst without one. It
// reads the files that the settings name.
func newAnalyst(s config.Settings, log *slog.Logger, tp trace.TracerProvider) (job.Analyst, error) {
	if !s.Model.UsesModel() {
		return analysis.NewOffline(), nil
	}
	table, err := prices.Load(s.Model.PricesFile)
	if err != nil {
		return nil, err
	}
	return analysis.NewOpenAI(analystConfig(s, table, log, tp))
}

// analystConfig is how the settings say that a model is asked.
func analystConfig(s config.Settings, table *prices.Table, log *slog.Logger, tp trace.TracerProvider) analysis.OpenAIConfig {
	return analysis.OpenAIConfig{
		BaseURL: s.Model.BaseURL.Reveal(), APIKey: s.Model.APIKey.Reveal(), Model: s.Model.Model, Temperature: &s.Model.Temperature,
		MaxTokens: s.Model.MaxTokens, ContextTokens: s.Model.ContextTokens, Timeout: s.Model.Timeout, Language: s.Model.Language,
		PromptFile: s.Model.PromptFile, ContextFile: s.Model.ContextFile, Prices: table,
		FormFile: filepath.Join(s.Storage.DataDir, "model-forms.json"), Logger: log,
		TracerProvider: tp, Spans: []genaihttp.Option{genaihttp.WithContent(s.Telemetry.Content())},
	}
}

// themeNames are the names of the team's themes, which a comment may use though
// no page has them.
func themeNames(s config.Settings) ([]string, error) {
	project, err := analysis.LoadContext(s.Model.ContextFile)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(project.Themes))
	for i, t := range project.Themes {
		names[i] = t.Name
	}
	return names, nil
}

// newRunProcessor turns finished traces into runs, through the outbox in the
// data folder. Several processes may share the folder: the spool gives each a
// folder of its own beside the first. ctx is for the start only; delivery goes
// on until Shutdown.
func newRunProcessor(
	ctx context.Context, s config.Settings, log *slog.Logger, mask *config.Masker, meter metric.MeterProvider,
) (*runprocessor.SpanProcessor, error) {
	_, commit := buildVersion()
	// MLflow shows these two as the source of a run.
	tags := map[string]string{"mlflow.source.name": serviceName, "mlflow.source.type": "JOB"}
	if commit != "" {
		tags["mlflow.source.git.commit"] = commit
	}
	if meter == nil {
		meter = noop.NewMeterProvider()
	}
	return runprocessor.New(ctx,
		runprocessor.WithMeterProvider(meter),
		runprocessor.WithConfig(mlflowConfig(s)),
		runprocessor.WithSharedSpoolDir(filepath.Join(s.Storage.DataDir, outboxFolder)),
		runprocessor.WithRules(mlflowview.Rules()),
		runprocessor.WithRedaction(newSpanMask(mask).text),
		runprocessor.WithLogger(log),
		runprocessor.WithShutdownTimeout(time.Hour), // callers bound each shutdown by its context
		runprocessor.WithViews(mlflowview.Views()...),
		runprocessor.WithExperimentTags(map[string]string{"mlflow.note.content": mlflowview.Note()}),
		runprocessor.WithRunTags(tags),
		runprocessor.WithUIURL(cmp.Or(s.MLflow.UIURL, shownURI(s))),
	)
}

// mlflowConfig is the part of the settings by which MLflow is reached, for
// every client that the program makes. It carries the credentials.
func mlflowConfig(s config.Settings) mlflow.Config { return s.MLflow.Config() }

// shownURI is the server's address without user and password, for messages.
// Links to pages are made of it too where people reach MLflow under the same
// address.
func shownURI(s config.Settings) string { return cmp.Or(serverOf(s), "the address set") }

// serverOf is the same, empty where the setting is no address.
func serverOf(s config.Settings) string {
	u, err := mlflow.ParseURI(s.MLflow.TrackingURI.Reveal())
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}
