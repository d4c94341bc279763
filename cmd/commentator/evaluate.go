package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/evaluation/report"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/terminal"
	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/mlflow"
)

// evalFolder is the folder of journals within the data folder.
const evalFolder = "evaluations"

// evalCommand is `commentator eval`: prompts and models over the rows of a dataset.
type evalCommand struct {
	config.Settings `embed:"" uses:"Storage.DataDir,MLflow,Model,-Model.Prompt,-Model.PromptCanary,Telemetry"`
	// Model hides the setting of this name from kong: Models reads its variable, and its flag more
	// than once.
	Model struct{} `kong:"-"`

	Dataset     string        `required:"" help:"Dataset, see commentator dataset list." placeholder:"NAME"`
	Prompts     []string      `name:"prompt" required:"" help:"Prompt; also as NAME@ALIAS." placeholder:"NAME/VERSION"`
	Models      []string      `name:"model" env:"MODEL" common:"" default:"gpt-4o" help:"Model, run with each prompt." placeholder:"NAME"`
	Baseline    string        `help:"What the others are compared with." placeholder:"NAME@ALIAS"`
	Policy      string        `help:"required, no-regression or margin=0.05." placeholder:"POLICY"`
	Judge       string        `help:"Model that judges what people asked for." placeholder:"MODEL"`
	First       int           `help:"Run the first N rows only." placeholder:"N"`
	Trials      int           `rare:"" default:"1" help:"Run each row so many times; it passes if each time does."`
	Concurrency int           `rare:"" default:"4" help:"Rows at once."`
	MaxCost     float64       `rare:"" help:"Begin no row once so many US dollars were spent, all variants together." placeholder:"USD"`
	MaxTime     time.Duration `rare:"" help:"Begin no row after so long, all variants together." placeholder:"DURATION"`
	JSON        bool          `help:"Print one JSON object, and nothing else."`
	JUnit       string        `name:"junit" help:"Write a report as JUnit XML." placeholder:"FILE"`
	Markdown    string        `help:"Write a summary for a pull request." placeholder:"FILE"`
	Wait        time.Duration `rare:"" default:"60s" help:"Longest wait for the delivery; what is left stays in the outbox."`
}

// Help says what flags cannot.
func (c *evalCommand) Help() string {
	return "Exit codes: 0 pass, 2 usage, 3 failed rows, 4 not in MLflow yet, 5 regression."
}

// Run evaluates, compares, writes the verdict to MLflow, and reports.
func (c *evalCommand) Run(ctx context.Context, std streams) error {
	policy, err := c.check()
	if err != nil {
		return usage(err)
	}
	log, err := newLogger(std, c.Telemetry)
	if err != nil {
		return usage(err)
	}
	client, err := mlflowConfig(c.Settings).Client()
	if err != nil {
		return usage(err)
	}
	defer client.CloseIdle()
	e := evaluating{command: c, std: std, log: log, client: client, policy: policy}
	if err := e.prepare(ctx); err != nil {
		return err
	}
	comparison, err := e.run(ctx)
	if err != nil {
		return err
	}
	return e.report(comparison)
}

// check completes the settings, and refuses what cannot work before anything is asked.
func (c *evalCommand) check() (evaluation.Policy, error) {
	policy := evaluation.DefaultPolicy(c.Baseline != "")
	if c.Policy != "" {
		var err error
		if policy, err = evaluation.ParsePolicy(c.Policy); err != nil {
			return policy, err
		}
	}
	if err := c.Check(); err != nil {
		return policy, err
	}
	switch {
	case policy.NeedsBaseline() && c.Baseline == "":
		return policy, fmt.Errorf("the policy %s compares: name what with, by --baseline NAME@production", policy)
	case c.First < 0 || c.Trials < 1 || c.Concurrency < 1:
		return policy, errors.New("--first, --trials and --concurrency are numbers of rows: write positive ones")
	case c.MaxCost < 0 || c.MaxTime < 0 || c.Wait < 0:
		return policy, errors.New("--max-cost, --max-time and --wait are bounds: write positive ones")
	case !c.MLflow.EnableTracking || !c.MLflow.EnableTracing:
		return policy, errors.New("an evaluation is kept in MLflow: MLFLOW_ENABLE_TRACKING and MLFLOW_ENABLE_TRACING have to be true")
	case !c.Telemetry.Content():
		return policy, errors.New("an evaluation records the comments that it judges: set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT " +
			"to SPAN_ONLY for this command")
	}
	for _, model := range c.Models {
		s := c.Settings
		if s.Model.Model = model; !s.Model.UsesModel() {
			return policy, errors.New("an evaluation asks a model: set OPENAI_API_KEY, or OPENAI_BASE_URL for any compatible server, " +
				"and name a model")
		}
	}
	return policy, errors.Join(c.checkNames(), c.checkFiles())
}

// checkNames refuses what names no prompt.
func (c *evalCommand) checkNames() error {
	for _, name := range c.Prompts {
		if _, err := prompts.ParseRef(name); err != nil {
			return err
		}
	}
	if c.Baseline == "" {
		return nil
	}
	_, err := prompts.ParseRef(c.Baseline)
	return err
}

// checkFiles refuses reports that could not be written when all is paid and the journals are gone.
func (c *evalCommand) checkFiles() error {
	if c.JUnit != "" && c.JUnit == c.Markdown {
		return fmt.Errorf("--junit and --markdown both write %s: name two files", c.JUnit)
	}
	for _, path := range []string{c.JUnit, c.Markdown} {
		if path == "" {
			continue
		}
		if err := checkFile(path); err != nil {
			return fmt.Errorf("the report can't be written: %w", err)
		}
	}
	return nil
}

// checkFile says why a file can't be written. One that is there keeps its content, and pipes are not opened.
func checkFile(path string) error {
	there, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return config.ProveWritable(filepath.Dir(path))
	case err != nil:
		return err
	case there.IsDir():
		return fmt.Errorf("%s is a folder: name a file", path)
	case !there.Mode().IsRegular():
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // a report for others, where its caller wants it
	if err != nil {
		return err
	}
	return f.Close()
}

// evaluating is one run of the command. prepare fills in what stands below.
type evaluating struct {
	command *evalCommand
	std     streams
	log     *slog.Logger
	client  *mlflow.Client
	policy  evaluation.Policy

	experiment string // its id
	dataset    evaluation.Dataset
	required   []string
	prompts    []*job.Prompt
	variants   []evaluation.Variant
	baseline   int // among variants
}

// prepare reads what is evaluated from MLflow. Nothing is written or paid before all of it is there.
func (e *evaluating) prepare(ctx context.Context) error {
	c := e.command
	if err := datasets.Check(ctx, e.client); err != nil {
		return e.unasked("ask what the server keeps", err)
	}
	experiment, err := findExperiment(ctx, e.client, c.Settings)
	if mlflow.IsNotFound(err) && c.MLflow.ExperimentID == "" {
		return usage(fmt.Errorf("the experiment %q is not there yet, check MLFLOW_EXPERIMENT_NAME: %w", c.MLflow.ExperimentName, err))
	}
	if err == nil && experiment.LifecycleStage == "deleted" {
		err = &mlflow.DeletedExperimentError{ID: experiment.ID, Name: experiment.Name}
	}
	if err != nil {
		return e.unasked("find the experiment", err)
	}
	d, err := datasets.Read(ctx, e.client, experiment.ID, c.Dataset)
	if err != nil {
		return e.unasked("read the dataset", err)
	}
	if c.First > 0 {
		d.Rows = d.Rows[:min(c.First, len(d.Rows))]
	}
	if len(d.Rows) == 0 {
		return usage(fmt.Errorf("the dataset %s has no rows: commentator dataset add %[1]s FILE.jsonl adds some", c.Dataset))
	}
	e.experiment = experiment.ID
	e.dataset, e.required = evaluation.Dataset{Name: c.Dataset, ID: d.ID, Rows: d.Rows}, evaluation.Required(d.Rows)
	if err := e.loadPrompts(ctx); err != nil {
		return err
	}
	// Warnings are about an evaluation that begins.
	if d.Foreign > 0 {
		e.warn(fmt.Sprintf("%d records of the dataset have no url among their inputs: they are left out", d.Foreign))
	}
	if n := evaluation.Unjudged(d.Rows); n > 0 && c.Judge == "" {
		e.warn(fmt.Sprintf("%d of %d rows expect what only a judge can weigh: --judge MODEL asks one", n, len(d.Rows)))
	}
	return nil
}

// unasked is the error of a step that asked MLflow. What the user has to mend is wrong usage.
func (e *evaluating) unasked(step string, err error) error {
	switch {
	case datasets.IsMissing(err), datasets.IsUnknown(err):
		return usage(err)
	case mlflow.IsNotFound(err), isDeleted(err), mlflow.IsUnauthorized(err), mlflow.IsUnsupported(err):
		return usage(fmt.Errorf("%s: %w", step, err))
	case !hasAnswered(err):
		return errors.New(unreachable(shownURI(e.command.Settings), err))
	}
	return fmt.Errorf("%s: %w", step, err)
}

// warn prints to standard error, so that output for scripts stays clean.
func (e *evaluating) warn(s string) { e.std.complain(e.std.mask.Mask(s)) }

// run evaluates all variants, and compares them.
func (e *evaluating) run(ctx context.Context) (evaluation.Comparison, error) {
	c := e.command
	if err := c.EnsureDataDir(); err != nil {
		return evaluation.Comparison{}, usage(err)
	}
	t, err := newTelemetry(ctx, c.Settings, e.log, e.std.mask)
	if err != nil {
		return evaluation.Comparison{}, usage(err)
	}
	left := time.Duration(0) // of the wait; nothing is waited for where nothing was found
	defer func() {
		if err := t.close(max(left, shutdownTime)); err != nil {
			e.warn(fmt.Sprintf("telemetry: %v", err))
		}
	}()
	settings, err := e.settings(t)
	if err != nil {
		return evaluation.Comparison{}, usage(err)
	}
	shown := func() {}
	if !c.JSON {
		columns := 0
		if e.std.terminal {
			columns = cmp.Or(e.std.width, defaultColumns)
		}
		show := report.NewProgress(e.std.out, columns, len(e.dataset.Rows)*c.Trials, e.variants, e.clean)
		settings.Begin, settings.Observe = show.Begin, show.Row
		shown = show.End
	}
	outcomes, err := evaluation.Run(ctx, settings, e.dataset, e.variants)
	shown() // before anything is waited for, and said of it
	if err != nil {
		return evaluation.Comparison{}, err
	}
	comparison, err := evaluation.Compare(e.policy, c.Dataset, outcomes, e.baseline, e.required)
	if err != nil {
		return comparison, err
	}
	began := time.Now()
	e.settle(ctx, t, comparison)
	left = c.Wait - time.Since(began)
	return comparison, nil
}

// settings are those of all variants.
func (e *evaluating) settings(t *telemetry) (evaluation.Settings, error) {
	c := e.command
	table, err := prices.Load(c.Settings.Model.PricesFile)
	if err != nil {
		return evaluation.Settings{}, err
	}
	themes, err := themeNames(c.Settings)
	if err != nil {
		return evaluation.Settings{}, err
	}
	s := evaluation.Settings{
		Gates: gates.New(gates.Options{Language: c.Settings.Model.Language, ProjectThemes: themes}), Format: comment.Format{},
		Provider: t.provider, Meter: eval.NewMeter(judgePrice(table, c.Judge, time.Now())),
		Concurrency: c.Concurrency, Trials: c.Trials, MaxCost: c.MaxCost, MaxTime: c.MaxTime,
		RowTimeout: analysisTime(c.Settings.Model), Journals: filepath.Join(c.Storage.DataDir, evalFolder),
		Origin: fmt.Sprintf("%s, experiment %s, first %d, models of %s",
			shownURI(c.Settings), e.experiment, c.First, c.Settings.Model.BaseURL.Reveal()),
	}
	for _, g := range gates.Gates() {
		s.GateNames = append(s.GateNames, g.Name)
	}
	if c.Judge != "" {
		judge := evaluation.NewJudge(c.Settings.Model.BaseURL.Reveal(), c.Settings.Model.APIKey.Reveal(), c.Judge)
		s.Judge = &judge
	}
	t.provider.RegisterSpanProcessor(s.Meter)
	return s, e.vary(t, table)
}

// judgePrice is what the judge's tokens cost on the day of the run, by the table; the spans of the variants' own calls say it themselves.
func judgePrice(table *prices.Table, judge string, day time.Time) map[string]eval.Price {
	const tokens, million = 1000, 1e6 // few: some prices rise with the length of a call
	in, known := table.Cost(prices.Call{Asked: judge, Time: day, Usage: prices.Usage{Input: tokens}})
	out, both := table.Cost(prices.Call{Asked: judge, Time: day, Usage: prices.Usage{Output: tokens}})
	if !known || !both {
		return nil
	}
	return map[string]eval.Price{judge: {Input: in.Total() / tokens * million, Output: out.Total() / tokens * million}}
}

// clean takes out of what servers, models and people wrote what is not for a terminal.
func (e *evaluating) clean(s string) string { return terminal.Clean(e.std.mask.Mask(s)) }

// report prints what was found, writes the files, and gives the exit code.
func (e *evaluating) report(c evaluation.Comparison) error {
	write := report.Text
	if e.command.JSON {
		write = report.JSON
	}
	shown, err := e.masked(c, write)
	if err != nil {
		return err
	}
	if !e.command.JSON {
		shown = terminal.WrapLines(shown, e.std.width, 4)
	}
	if _, err := io.WriteString(e.std.out, shown); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	for path, write := range map[string]func(io.Writer, evaluation.Comparison) error{
		e.command.JUnit: report.JUnit, e.command.Markdown: report.Markdown,
	} {
		if path == "" {
			continue
		}
		text, err := e.masked(c, write)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o666) //nolint:gosec // a report for others, where its caller wants it
		}
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	switch c.Decision().Verdict {
	case evaluation.Regression:
		return exitError{code: exitRegression}
	case evaluation.Failed:
		return exitError{code: exitJob}
	}
	if c.Candidate().RunID == "" {
		return exitError{code: exitWaiting}
	}
	return nil
}

// masked is a report without secrets, which servers repeat in errors.
func (e *evaluating) masked(c evaluation.Comparison, write func(io.Writer, evaluation.Comparison) error) (string, error) {
	var b strings.Builder
	err := write(&b, c)
	return e.std.mask.Mask(b.String()), err
}
