package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/internal/config"
)

// usesTag is the tag of an embedded config.Settings that says what of it a command reads: groups, such as
// MLflow, and single settings, such as Slack.BotToken, or with a minus those that it does not. A command
// without it reads all of them.
const usesTag = "uses"

// hideUnused leaves out of each command's help the flags of settings that it does not read. They are
// still parsed, since the same environment is for all commands.
func hideUnused(app *kong.Application) {
	fields := map[string]string{}
	for _, v := range config.Variables() {
		fields[v.Name] = v.Field
	}
	for _, command := range app.Leaves(false) {
		settings, ok := command.Target.Type().FieldByName("Settings")
		if !ok {
			continue
		}
		uses, limited := settings.Tag.Lookup(usesTag)
		if !limited {
			continue
		}
		for _, flag := range command.Flags {
			if field := settingOf(flag, fields); field != "" {
				group, _, _ := strings.Cut(field, ".")
				used := strings.Split(uses, ",")
				flag.Hidden = slices.Contains(used, "-"+field) || !slices.Contains(used, group) && !slices.Contains(used, field)
			}
		}
	}
}

// settingOf is the setting that a flag gives, empty for a flag of the command's own. fields are those of
// the settings by their variables.
func settingOf(flag *kong.Flag, fields map[string]string) string {
	if len(flag.Envs) == 0 {
		return ""
	}
	return fields[flag.Envs[0]]
}

// refuseUnused refuses a flag on the command line that the command does not read: whoever gives it expects
// it to do something.
func refuseUnused(kctx *kong.Context) error {
	for _, p := range kctx.Path {
		if p.Flag != nil && p.Flag.Hidden && !p.Resolved {
			return fmt.Errorf("--%s does nothing for %s; try commentator %[2]s --help", p.Flag.Name, kctx.Selected().Path())
		}
	}
	return nil
}

// showsSecrets reports whether a command has a flag in its help that takes a secret.
func showsSecrets(command *kong.Node) bool {
	secrets := config.Secrets()
	return slices.ContainsFunc(command.Flags, func(flag *kong.Flag) bool {
		return !flag.Hidden && len(flag.Envs) > 0 && slices.Contains(secrets, flag.Envs[0])
	})
}
