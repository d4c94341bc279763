package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/mlflow"
)

// promptsCommand is `commentator prompts`: versions of the worker's prompt in MLflow's registry.
type promptsCommand struct {
	Push     promptsPush     `cmd:"" help:"Register a file as a version, and print the version."`
	List     promptsList     `cmd:"" help:"List the prompts of the registry."`
	Show     promptsShow     `cmd:"" help:"List the versions of a prompt, or print one as a file."`
	Diff     promptsDiff     `cmd:"" help:"Show what differs between two versions."`
	Promote  promptsPromote  `cmd:"" help:"Move an alias to a version that has proved good."`
	Rollback promptsRollback `cmd:"" help:"Move an alias back to the version before."`
}

// openRegistry connects with MLflow, after a look at the settings. The caller closes idle connections.
func openRegistry(s config.Settings) (r *registry.Registry, client *mlflow.Client, err error) {
	if err := s.Check(); err != nil {
		return nil, nil, usage(err)
	}
	cfg := mlflowConfig(s)
	if client, err = cfg.Client(); err != nil {
		return nil, nil, usage(err)
	}
	return registry.New(client, analysis.Schema()), client, nil
}

// promptError gives an error of the registry its exit code: what is not there, or was named wrongly, is
// wrong usage, and what was refused for want of proof a regression.
func promptError(s config.Settings, err error) error {
	switch coded := (exitError{}); {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return err
	case registry.IsRefused(err):
		return exitError{exitRegression, err}
	case registry.IsNotFound(err):
		return usage(err)
	}
	return exitError{exitJob, plain(s, err)}
}

// promptRef reads a reference from the command line.
func promptRef(s string) (prompts.Ref, error) {
	ref, err := prompts.ParseRef(s)
	if err != nil {
		return ref, usage(err)
	}
	return ref, nil
}

// promptsPush is `commentator prompts push`.
type promptsPush struct {
	config.Settings `embed:"" uses:"MLflow"`
	Alias           string `help:"Alias to move to the version; promote moves production." placeholder:"A"`
	Name            string `arg:"" help:"Name in the registry, such as commentary."`
	File            string `arg:"" optional:"" help:"Prompt as YAML; without it the built-in one is pushed."`
}

// Run prints NAME/VERSION, and what there is to say beside on the standard error.
func (c *promptsPush) Run(ctx context.Context, std streams) error {
	ref, err := promptRef(c.Name)
	if err == nil && ref != (prompts.Ref{Name: c.Name}) {
		err = usage(fmt.Errorf("%s names a version: the registry numbers a new one itself, write `prompts push %s`", c.Name, ref.Name))
	}
	if err == nil && c.Alias != "" {
		err = asUsage(prompts.CheckAlias(c.Alias))
	}
	if err != nil {
		return err
	}
	p, err := analysis.LoadPrompt(c.File)
	if err != nil {
		return usage(err)
	}
	r, client, err := openRegistry(c.Settings)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	experiment, err := findExperiment(ctx, client, c.Settings)
	if err != nil && !mlflow.IsNotFound(err) { // it is made by the first job
		return promptError(c.Settings, err)
	}
	v, made, err := r.Push(ctx, ref.Name, p, experiment.ID)
	if err != nil {
		return promptError(c.Settings, err)
	}
	ref.Version = v.Version
	fmt.Fprintln(std.out, ref)
	if !made {
		fmt.Fprintf(std.err, "%s has this content already: no new version was made.\n", ref)
	}
	if c.Alias != "" {
		move, err := r.SetAlias(ctx, ref, c.Alias)
		if err != nil {
			return promptError(c.Settings, err)
		}
		fmt.Fprintln(std.err, moved(ref.Name, move))
	}
	fmt.Fprintln(std.err, promptPage(ctx, c.Settings, client, experiment.ID, v.Ref()))
	return nil
}

// promptPage is the address of a version's page: the one that lists the version's traces, where there is an
// experiment and the server has such.
func promptPage(ctx context.Context, s config.Settings, client *mlflow.Client, experimentID string, ref mlflow.PromptRef) string {
	if caps, err := client.Capabilities(ctx); err == nil && experimentID != "" && caps.Has(mlflow.FeatureLinkPrompts) {
		return pagesOf(s, client).PromptIn(experimentID, ref)
	}
	return pagesOf(s, client).Prompt(ref)
}

// asUsage marks an error, if there is one, as wrong usage.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return usage(err)
}

// moved says what became of an alias.
func moved(name string, m registry.Move) string {
	switch {
	case !m.Moved:
		return fmt.Sprintf("%s@%s leads to version %d already.", name, m.Alias, m.To)
	case m.From == 0:
		return fmt.Sprintf("%s@%s leads to version %d.", name, m.Alias, m.To)
	}
	return fmt.Sprintf("%s@%s leads to version %d; before, to version %d.", name, m.Alias, m.To, m.From)
}

// promptsList is `commentator prompts list`.
type promptsList struct {
	config.Settings `embed:"" uses:"MLflow"`
	JSON            bool `help:"Print one JSON object a line."`
}

// Run lists names with their newest version and their aliases.
func (c *promptsList) Run(ctx context.Context, std streams) error {
	r, client, err := openRegistry(c.Settings)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	all, err := r.List(ctx)
	if err != nil {
		return promptError(c.Settings, err)
	}
	if c.JSON {
		for _, p := range all {
			line := map[string]any{"name": p.Name, "latest": p.Latest, "aliases": p.Aliases, "description": p.Description}
			if err := printJSON(std, line); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		fmt.Fprintln(std.out, "There are no prompts: `commentator prompts push commentary` registers the built-in one.")
		return nil
	}
	w := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tNEWEST\tALIASES")
	for _, p := range all {
		fmt.Fprintf(w, "%s\t%d\t%s\n", p.Name, p.Latest, strings.Join(aliasWords(p.Aliases), ", "))
	}
	return w.Flush()
}

func printJSON(std streams, v any) error {
	enc := json.NewEncoder(std.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// promptsShow is `commentator prompts show`.
type promptsShow struct {
	config.Settings `embed:"" uses:"MLflow"`
	JSON            bool   `help:"Print one JSON object a version."`
	BuiltIn         bool   `name:"builtin" help:"Print the program's own prompt as a file."`
	Name            string `arg:"" optional:"" help:"NAME lists versions; NAME@ALIAS or NAME/VERSION prints one."`
}

// promptVersion is a version as JSON, which scripts read.
type promptVersion struct {
	Name        string            `json:"name"`
	Version     int               `json:"version"`
	Aliases     []string          `json:"aliases"`
	Created     time.Time         `json:"created"`
	User        string            `json:"user,omitempty"`
	Description string            `json:"description,omitempty"`
	System      string            `json:"system"`
	UserMessage string            `json:"user_message,omitempty"`
	Temperature *float64          `json:"temperature,omitempty"`
	MaxTokens   int               `json:"max_tokens,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Fault       string            `json:"fault,omitempty"` // why it can't be used
}

func newPromptVersion(v registry.Version) promptVersion {
	out := promptVersion{
		Name: v.Ref.Name, Version: v.Ref.Version, Aliases: append([]string{}, v.Aliases...), Created: v.Created, User: v.User,
		Description: v.Prompt.Description, System: v.Prompt.System, UserMessage: v.Prompt.User,
		Temperature: v.Prompt.Temperature, MaxTokens: v.Prompt.MaxTokens, Tags: mlflow.TagMap(v.Tags),
	}
	if v.Fault != nil {
		out.Fault = v.Fault.Error()
	}
	return out
}

// Run prints the built-in prompt, the versions of a prompt, or one of them.
func (c *promptsShow) Run(ctx context.Context, std streams) error {
	if c.BuiltIn == (c.Name != "") {
		return usage(errors.New("name a prompt, such as commentary@production, or give --builtin"))
	}
	if c.BuiltIn {
		return printPrompt(std, prompts.BuiltIn(), c.JSON)
	}
	ref, err := promptRef(c.Name)
	if err != nil {
		return err
	}
	r, client, err := openRegistry(c.Settings)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	if ref.Alias == "" && ref.Version == 0 {
		all, err := r.Versions(ctx, ref.Name)
		if err != nil {
			return promptError(c.Settings, err)
		}
		return c.versions(std, all)
	}
	v, err := r.Get(ctx, ref)
	if err != nil {
		return promptError(c.Settings, err)
	}
	if c.JSON {
		return printJSON(std, newPromptVersion(v))
	}
	fmt.Fprint(std.out, comments(v))
	return printPrompt(std, v.Prompt, false)
}

// versions prints a table.
func (c *promptsShow) versions(std streams, all []registry.Version) error {
	if c.JSON {
		for _, v := range all {
			if err := printJSON(std, newPromptVersion(v)); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tALIASES\tCREATED\tDESCRIPTION")
	for _, v := range all {
		note := text.OneLine(text.Clip(v.Prompt.Description, 80))
		if v.Fault != nil {
			note = "CAN'T BE USED, see `prompts show " + v.Ref.String() + "`"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", v.Ref.Version, strings.Join(v.Aliases, ", "), v.Created.Format("2006-01-02 15:04"), note)
	}
	return w.Flush()
}

// printPrompt prints a prompt as a file, or as JSON.
func printPrompt(std streams, p *job.Prompt, asJSON bool) error {
	if asJSON {
		return printJSON(std, p)
	}
	file, err := prompts.Encode(p)
	if err != nil {
		return err
	}
	_, err = std.out.Write(file)
	return err
}

// comments are what the registry knows of a version beside the prompt, as comments of the file.
func comments(v registry.Version) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString("# " + text.OneLine(fmt.Sprintf(format, args...)) + "\n")
	}
	line("%s, %s", v.Ref, v.Created.Format(time.RFC3339))
	if len(v.Aliases) > 0 {
		line("aliases: %s", strings.Join(v.Aliases, ", "))
	}
	for _, t := range v.Tags {
		line("%s: %s", t.Key, text.Clip(t.Value, 400))
	}
	if v.Fault != nil {
		line("%v", v.Fault)
	}
	return b.String()
}
