package main

import (
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
)

// helpAllFlag is --help-all: the help of a command with every flag that it reads.
type helpAllFlag bool

// helpAll is its name.
const helpAll = "help-all"

// IgnoreDefault keeps kong from setting the flag by itself, as it does for its own help flag.
func (helpAllFlag) IgnoreDefault() {}

// BeforeReset prints the help, before kong misses arguments.
func (helpAllFlag) BeforeReset(kctx *kong.Context) error {
	if given(kctx, "help") {
		return nil // which prints it
	}
	if err := kctx.PrintUsage(false); err != nil {
		return err
	}
	kctx.Exit(0)
	return nil
}

// given reports whether a flag is on the command line.
func given(kctx *kong.Context, name string) bool {
	return slices.ContainsFunc(kctx.Path, func(p *kong.Path) bool { return p.Flag != nil && p.Flag.Name == name })
}

// commonTag is the tag of the settings that a command's help shows to somebody who is new to it.
const commonTag = "common"

// rareTag is the tag of a command's own flags that its help leaves to --help-all.
const rareTag = "rare"

// help prints kong's help. That of a command has its own flags, and the settings that most people need,
// so that it fits into a small window; all of them are behind --help-all. A warning follows where it
// shows flags for secrets.
func help(options kong.HelpOptions, kctx *kong.Context) error {
	command, left := kctx.Selected(), 0
	if command != nil && !given(kctx, helpAll) {
		left = shorten(kctx.Model, command)
		options.ValueFormatter = func(v *kong.Value) string { return v.Help } // without the variables
	}
	if err := kong.DefaultHelpPrinter(options, kctx); err != nil || command == nil {
		return err
	}
	if left > 0 {
		if _, err := fmt.Fprintf(kctx.Stdout, `
%d more flags: commentator %s --%s
All of them, as variables or a .env file: commentator env
`, left, command.Path(), helpAll); err != nil {
			return err
		}
	}
	if !showsSecrets(command) {
		return nil
	}
	_, err := fmt.Fprint(kctx.Stdout, `
Secrets: other users of the machine can read flags in the list of processes.
Prefer the variables, or NAME_FILE, such as OPENAI_API_KEY_FILE, for a file.
`)
	return err
}

// few settings are shown whether they are common or not: what they would save is taken by saying so.
const few = 3

// shorten leaves out of a command's help the flags that are for all commands and those of settings that few
// people need, and puts the other settings under one heading. It returns how many settings it left out.
func shorten(app *kong.Application, command *kong.Node) (left int) {
	for _, flag := range app.Flags {
		flag.Hidden = flag.Hidden || flag.Name == helpAll || flag.Name == "version"
	}
	var rare []*kong.Flag
	settings := &kong.Group{Key: "settings", Title: "Settings:"}
	for _, flag := range command.Flags {
		if !flag.Hidden && flag.Tag.Has(rareTag) {
			rare = append(rare, flag)
		}
		if flag.Hidden || len(flag.Envs) == 0 { // not read by the command, or its own
			continue
		}
		flag.Group = settings
		if !flag.Tag.Has(commonTag) {
			rare = append(rare, flag)
		}
	}
	if len(rare) <= few {
		return 0
	}
	for _, flag := range rare {
		flag.Hidden = true
	}
	return len(rare)
}
