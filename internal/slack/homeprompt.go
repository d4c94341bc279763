package slack

import (
	"slices"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
)

// promptDefault is the choice of the worker's own prompt; Slack takes no empty value, and no alias has a
// slash.
const promptDefault = "/default"

// maxAliases bounds a menu, to which Slack gives 100 options.
const maxAliases = 90

// promptNote is what an admin's wish for an alias that is not there is answered with.
const promptNote = "There is no such version of the prompt."

// promptBlocks let admins choose which version of the prompt a channel's comments are made by, and others
// read it. There are none where the worker follows no prompt of a registry.
func (b *Bot) promptBlocks(v visitor, c ChannelInfo, set job.ChannelSettings) []any {
	if b.aliases == nil {
		return nil
	}
	current := set.Prompt
	shown := "`" + b.prompt + "`"
	if current != "" {
		shown = "the version with the alias `" + slackutilsx.EscapeMessage(current) + "`"
	}
	if !v.Admin {
		return []any{section("*Prompt:* "+shown+"\nOnly admins of the workspace can change it.", nil)}
	}
	options := []option{{"As for all: " + b.prompt, promptDefault}}
	known := b.aliases()
	for _, alias := range known[:min(len(known), maxAliases)] {
		options = append(options, option{alias, alias})
	}
	label := "*Prompt*\nThe alias of a version in MLflow's prompt registry."
	switch {
	case current == "":
		current = promptDefault
	case !slices.Contains(known, current):
		options = append(options, option{current + " (gone)", current})
		label += " `" + slackutilsx.EscapeMessage(current) + "` is gone: comments are made as for all."
	}
	block := section(label, choice(job.SettingPrompt, options, current)).(map[string]any)
	block["block_id"] = c.ID + "/" + job.SettingPrompt + "/" + current
	return []any{block}
}

// promptChoice reads what was chosen, and says why it can't be set.
func (b *Bot) promptChoice(v visitor, value string) (alias, note string) {
	switch {
	case !v.Admin:
		return "", "Only admins of the workspace can change the prompt."
	case value == promptDefault:
		return "", ""
	case b.aliases == nil || !slices.Contains(b.aliases(), value):
		return "", promptNote
	}
	return value, ""
}
