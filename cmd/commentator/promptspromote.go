package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/user"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
)

// aliasWords are aliases with their versions, by name.
func aliasWords(all map[string]int) []string {
	words := make([]string, 0, len(all))
	for _, alias := range slices.Sorted(maps.Keys(all)) {
		words = append(words, fmt.Sprintf("%s → %d", alias, all[alias]))
	}
	return words
}

// promptsDiff is `commentator prompts diff`.
type promptsDiff struct {
	config.Settings `embed:"" uses:"MLflow"`
	From            string `arg:"" help:"The version before: NAME/VERSION or NAME@ALIAS."`
	To              string `arg:"" help:"The version after."`
}

// Run prints what differs between the files of two versions, in the form of diff -u.
func (c *promptsDiff) Run(ctx context.Context, std streams) error {
	from, fromErr := promptRef(c.From)
	to, toErr := promptRef(c.To)
	if err := cmp.Or(fromErr, toErr); err != nil {
		return err
	}
	r, client, err := openRegistry(c.Settings)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	var files [2]string
	var names [2]string
	for i, ref := range []prompts.Ref{from, to} {
		v, err := r.Get(ctx, ref)
		if err != nil {
			return promptError(c.Settings, err)
		}
		file, err := prompts.Encode(v.Prompt)
		if err != nil {
			return err
		}
		files[i], names[i] = string(file), v.Ref.String()
	}
	out := udiff.Unified(names[0], names[1], files[0], files[1])
	if out == "" {
		out = fmt.Sprintf("%s and %s are the same.\n", names[0], names[1])
	}
	_, err = fmt.Fprint(std.out, out)
	return err
}

// promptsPromote is `commentator prompts promote`.
type promptsPromote struct {
	config.Settings `embed:"" uses:"MLflow"`
	Alias           string `default:"production" help:"Alias to move." placeholder:"A"`
	Comparison      string `xor:"why" help:"Run of an evaluation that compared this version with a baseline, and passed." placeholder:"RUN_ID"`
	Canary          bool   `xor:"why" help:"Compare this version's jobs with those of the alias, and move it unless they did worse."`
	Force           string `xor:"why" help:"Move it without a proof, for this reason." placeholder:"REASON"`
	Version         string `arg:"" name:"name/version" help:"Version that the alias is to lead to."`
}

// Run moves the alias, or says why not: then the exit code is 5.
func (c *promptsPromote) Run(ctx context.Context, std streams) error {
	ref, err := promptRef(c.Version)
	switch {
	case err != nil:
	case ref.Version == 0:
		err = usage(fmt.Errorf("%s names no version: write it like %s/3", c.Version, ref.Name))
	case c.Comparison == "" && !c.Canary && strings.TrimSpace(c.Force) == "":
		err = usage(errors.New("say why: --comparison RUN_ID, --canary, or --force REASON"))
	default:
		err = asUsage(prompts.CheckAlias(c.Alias))
	}
	if err != nil {
		return err
	}
	r, client, err := openRegistry(c.Settings)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	reason := "forced: " + c.Force
	switch {
	case c.Comparison != "":
		reason, err = r.CheckComparison(ctx, ref, c.Comparison)
	case c.Canary:
		reason, err = c.canary(ctx, std, r, client, ref)
	}
	if err != nil {
		return promptError(c.Settings, err)
	}
	m, err := r.Promote(ctx, ref, c.Alias, who(), reason)
	if err != nil {
		return promptError(c.Settings, err)
	}
	fmt.Fprintln(std.out, moved(ref.Name, m))
	return nil
}

// canary prints the comparison of jobs, and gives the reason if it allows to promote.
func (c *promptsPromote) canary(
	ctx context.Context, std streams, r *registry.Registry, client *mlflow.Client, ref prompts.Ref,
) (string, error) {
	experiment, err := findExperiment(ctx, client, c.Settings)
	if mlflow.IsNotFound(err) {
		return "", usage(fmt.Errorf("there is no experiment with jobs to compare, check MLFLOW_EXPERIMENT_NAME: %w", err))
	}
	if err != nil {
		return "", err
	}
	result, err := r.CompareCanary(ctx, ref, c.Alias, experiment.ID)
	if err != nil {
		return "", err
	}
	for _, line := range result.Lines() {
		fmt.Fprintln(std.out, line)
	}
	return result.Reason(), result.Verdict()
}

// promptsRollback is `commentator prompts rollback`.
type promptsRollback struct {
	config.Settings `embed:"" uses:"MLflow"`
	Alias           string `default:"production" help:"Alias to move back." placeholder:"A"`
	Reason          string `default:"rolled back" help:"Why, for the registry."`
	Name            string `arg:"" help:"Name of the prompt."`
}

// Run moves the alias back.
func (c *promptsRollback) Run(ctx context.Context, std streams) error {
	ref, err := promptRef(c.Name)
	if err == nil && ref != (prompts.Ref{Name: ref.Name}) {
		err = usage(fmt.Errorf("%s names a version: write `prompts rollback %s --alias %s`", c.Name, ref.Name, c.Alias))
	}
	if err == nil {
		err = asUsage(prompts.CheckAlias(c.Alias))
	}
	if err != nil {
		return err
	}
	r, client, err := openRegistry(c.Settings)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	m, err := r.Rollback(ctx, ref.Name, c.Alias, who(), c.Reason)
	if err != nil {
		return promptError(c.Settings, err)
	}
	fmt.Fprintln(std.out, moved(ref.Name, m))
	return nil
}

// who is the user of the machine, for the registry.
func who() string {
	u, err := user.Current()
	if err != nil {
		return "somebody"
	}
	return u.Username
}
