package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/terminal"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/namedfile"
)

// datasetCommand is `commentator dataset`: examples for evaluations, in MLflow's own datasets.
type datasetCommand struct {
	Build datasetBuild `cmd:"" help:"Add jobs that people judged or gates stopped."`
	Add   datasetAdd   `cmd:"" help:"Add the rows of a file; their pages are fetched once."`
	List  datasetList  `cmd:"" help:"List the datasets of the experiment."`
	Show  datasetShow  `cmd:"" help:"Show the rows of a dataset."`
}

// maxDatasetFile bounds a file of rows, in bytes.
const maxDatasetFile = 256 << 20

// age is a length of time that may be in days or weeks: 30d, 2w, 12h.
type age time.Duration

// UnmarshalText reads it.
func (a *age) UnmarshalText(b []byte) error {
	s := string(b)
	for unit, d := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if n, err := strconv.Atoi(strings.TrimSuffix(s, unit)); err == nil && strings.HasSuffix(s, unit) && n > 0 && n <= 10_000 {
			*a = age(time.Duration(n) * d)
			return nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no time such as 30d, 2w or 12h", s)
	}
	*a = age(d)
	return nil
}

// atMLflow calls do with a client of the server that keeps datasets, and the experiment of the settings,
// which is made if there is none and needed.
func atMLflow(ctx context.Context, s config.Settings, create bool, do func(*mlflow.Client, mlflow.Experiment) error) error {
	if err := s.Check(); err != nil {
		return usage(err)
	}
	client, err := mlflowConfig(s).Client()
	if err != nil {
		return usage(err)
	}
	defer client.CloseIdle()
	if err := datasets.Check(ctx, client); datasets.IsMissing(err) {
		return usage(err)
	} else if err != nil {
		return plain(s, err)
	}
	e, err := findExperiment(ctx, client, s)
	if mlflow.IsNotFound(err) && s.MLflow.ExperimentID == "" && create {
		e, _, err = client.EnsureExperiment(ctx, s.MLflow.ExperimentName, nil)
	}
	if mlflow.IsNotFound(err) {
		return usage(fmt.Errorf("the experiment %q is not there yet, check MLFLOW_EXPERIMENT_NAME: %w", s.MLflow.ExperimentName, err))
	}
	if err == nil {
		err = do(client, e)
	}
	return plain(s, err)
}

// errNoName says that a dataset was given an empty name.
var errNoName = errors.New("name the dataset, as commentator dataset build feedback")

// datasetBuild is `commentator dataset build`.
type datasetBuild struct {
	config.Settings `embed:"" uses:"MLflow"`
	From            []string `help:"Which jobs: ${enum}." enum:"feedback,gates,jobs" default:"feedback,gates" sep:","`
	Since           age      `help:"Jobs of the last 30d, 2w or 12h." default:"30d" placeholder:"AGE"`
	Filter          string   `help:"Only jobs whose trace this search in MLflow finds, as tags.domain = 'arxiv.org'." placeholder:"FILTER"`
	Name            string   `arg:"" help:"Of the dataset; it is made if there is none."`
}

// Run gathers rows. Where no job is found it says so, and makes nothing.
func (c *datasetBuild) Run(ctx context.Context, std streams) error {
	if strings.TrimSpace(c.Name) == "" {
		return usage(errNoName)
	}
	return atMLflow(ctx, c.Settings, false, func(client *mlflow.Client, e mlflow.Experiment) error {
		q := datasets.Query{ExperimentID: e.ID, Since: time.Now().Add(-time.Duration(c.Since)), Filter: c.Filter, Verdict: job.FeedbackName}
		for _, from := range c.From {
			q.From = append(q.From, datasets.From(from))
		}
		jobs, err := q.Jobs(ctx, client)
		if err != nil {
			return filterError(err)
		}
		if jobs.None() { // nor is a dataset made
			std.complain(c.none(q.Since))
			return nil
		}
		w, err := datasets.NewWriter(ctx, client, e.ID, c.Name)
		if err != nil {
			return err
		}
		err = w.Build(ctx, jobs)
		done, closeErr := w.Close(ctx)
		reportChanges(std, c.Settings, client, e, w.Info(), done)
		return errors.Join(err, closeErr)
	})
}

// none says that no job was found, in the words of --from.
func (c *datasetBuild) none(since time.Time) string {
	words := map[string]string{"feedback": "judged by people", "gates": "stopped by gates", "jobs": "there"}
	what := make([]string, len(c.From))
	for i, from := range c.From {
		what[i] = words[from]
	}
	msg := "no job since " + since.Format("2006-01-02 15:04") + " was " + strings.Join(what, " or ")
	if c.Filter != "" {
		msg += " and is found by --filter"
	}
	return msg + ": give a longer --since, or another --from"
}

// filterError is wrong usage where the server does not understand the filter.
func filterError(err error) error {
	if answer, ok := errors.AsType[*mlflow.APIError](err); ok && answer.Status == http.StatusBadRequest {
		return usage(fmt.Errorf("--filter: %w", err))
	}
	return err
}

// datasetAdd is `commentator dataset add`.
type datasetAdd struct {
	config.Settings `embed:"" uses:"MLflow,Fetch,Storage.DataDir"`
	Name            string `arg:"" help:"Of the dataset; it is made if there is none."`
	File            string `arg:"" help:"Lines of {\"id\", \"inputs\": {\"url\"}, \"expectations\": {…}, \"tags\": {…}}."`
}

// Run adds rows of a file. The file is read whole before anything is done.
func (c *datasetAdd) Run(ctx context.Context, std streams) error {
	if strings.TrimSpace(c.Name) == "" {
		return usage(errNoName)
	}
	body, err := namedfile.Read(c.File, maxDatasetFile)
	if err != nil {
		return usage(fmt.Errorf("dataset add: %w", err))
	}
	lines, err := datasets.ReadFile(c.File, bytes.NewReader(body))
	if err != nil {
		return usage(err)
	}
	return atMLflow(ctx, c.Settings, true, func(client *mlflow.Client, e mlflow.Experiment) error {
		r, err := newRetriever(c.Settings, nil, isolate.Config{Most: 1, Idle: 1})
		if err != nil {
			return usage(err)
		}
		defer func() { _ = r.Close() }()
		w, err := datasets.NewWriter(ctx, client, e.ID, c.Name)
		if err != nil {
			return err
		}
		err = w.Add(ctx, lines, func(ctx context.Context, url string) (*job.Evidence, error) { return r.Retrieve(ctx, url) })
		done, closeErr := w.Close(ctx)
		reportChanges(std, c.Settings, client, e, w.Info(), done)
		if err = errors.Join(err, closeErr); err == nil && len(done.Skipped) > 0 {
			return exitError{code: exitJob}
		}
		return err
	})
}

// maxSkips bounds the rows that are named as skipped.
const maxSkips = 50

// reportChanges says what became of rows, and where they are.
func reportChanges(
	std streams, s config.Settings, client *mlflow.Client, e mlflow.Experiment, d mlflow.DatasetInfo, done datasets.Changes,
) {
	fmt.Fprintf(std.out, "%s: added %d, changed %d, unchanged %d, skipped %d\n",
		d.Name, done.Added, done.Changed, done.Unchanged, len(done.Skipped))
	for i, skip := range done.Skipped {
		if i == maxSkips {
			fmt.Fprintf(std.out, "  and %d more\n", len(done.Skipped)-i)
			break
		}
		fmt.Fprintln(std.out, terminal.WrapLines("  skipped "+skip.What+": "+text.OneLine(std.mask.Mask(skip.Why)), std.width, 2))
	}
	fmt.Fprintln(std.out, pagesOf(s, client).Dataset(e.ID, d.ID))
}

// datasetList is `commentator dataset list`.
type datasetList struct {
	config.Settings `embed:"" uses:"MLflow"`
	JSON            bool `help:"Print one JSON object a line."`
}

// datasetEntry is a line of `dataset list --json`, which scripts read.
type datasetEntry struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Rows    int               `json:"rows"`
	Digest  string            `json:"digest"`
	Created time.Time         `json:"created"`
	Updated time.Time         `json:"updated"`
	Tags    map[string]string `json:"tags"`
	URL     string            `json:"url"`
}

// Run lists the datasets of the experiment.
func (c *datasetList) Run(ctx context.Context, std streams) error {
	return atMLflow(ctx, c.Settings, false, func(client *mlflow.Client, e mlflow.Experiment) error {
		all, err := client.Datasets(ctx, e.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(std.out)
			for _, d := range all {
				entry := datasetEntry{d.ID, d.Name, d.Records, d.Digest, time.UnixMilli(d.Created).UTC(), time.UnixMilli(d.Updated).UTC(),
					d.Tags, pagesOf(c.Settings, client).Dataset(e.ID, d.ID)}
				if err := enc.Encode(entry); err != nil {
					return fmt.Errorf("print the datasets: %w", err)
				}
			}
			return nil
		}
		if len(all) == 0 {
			fmt.Fprintln(std.out, "There are no datasets in this experiment yet: commentator dataset build NAME makes one.")
			return nil
		}
		w := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tROWS\tCHANGED\tID")
		for _, d := range all {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", d.Name, d.Records, time.UnixMilli(d.Updated).Format(time.DateTime), d.ID)
		}
		return w.Flush()
	})
}

// datasetShow is `commentator dataset show`.
type datasetShow struct {
	config.Settings `embed:"" uses:"MLflow"`
	JSON            bool   `help:"Print one JSON object a row, with the evidence, as dataset add reads it."`
	Name            string `arg:"" help:"As listed."`
}

// Run shows the rows of a dataset, one page of them at a time.
func (c *datasetShow) Run(ctx context.Context, std streams) error {
	return atMLflow(ctx, c.Settings, false, func(client *mlflow.Client, e mlflow.Experiment) error {
		d, err := datasets.Find(ctx, client, e.ID, c.Name)
		if datasets.IsUnknown(err) {
			return usage(err)
		}
		if err != nil {
			return err
		}
		foreign := 0
		err = datasets.Each(ctx, client, d.ID, func(r datasets.Row, ours bool) error {
			switch {
			case !ours:
				foreign++
				return nil
			case c.JSON:
				return datasets.WriteRow(std.out, r)
			}
			return printRow(std, r)
		})
		if err != nil {
			return err
		}
		if foreign > 0 && !c.JSON {
			fmt.Fprintf(std.out, "%d records are of another kind: their inputs have no url.\n", foreign)
		}
		if !c.JSON {
			fmt.Fprintln(std.out, pagesOf(c.Settings, client).Dataset(e.ID, d.ID))
		}
		return nil
	})
}

// maxShownText bounds what is shown of a text in a list of rows, in characters.
const maxShownText = 300

// printRow shows a row to people: the link, what was found there, and what would be right.
func printRow(std streams, r datasets.Row) error {
	fmt.Fprintf(std.out, "%s  %s\n", cut(r.ID), text.OneLine(r.Inputs.URL))
	if ev := r.Inputs.Evidence; ev != nil {
		what := fmt.Sprintf("  %s: %d snippets, %s, by %s", cut(ev.Title), len(ev.Snippets), ev.Coverage, ev.AdapterName)
		fmt.Fprintln(std.out, terminal.WrapLines(what, std.width, 2))
	} else {
		fmt.Fprintln(std.out, "  without evidence")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Expectations)) {
		value, err := json.Marshal(r.Expectations[name])
		if err != nil {
			return fmt.Errorf("print row %s: %w", r.ID, err)
		}
		fmt.Fprintln(std.out, terminal.WrapLines("  "+name+": "+cut(string(value)), std.width, 2))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Tags)) {
		fmt.Fprintln(std.out, terminal.WrapLines("  "+name+" = "+cut(r.Tags[name]), std.width, 2))
	}
	_, err := io.WriteString(std.out, "\n")
	return err
}

func cut(s string) string { return text.Shorten(text.OneLine(s), maxShownText) }
