package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/internal/retry"
)

// scope is a permission of the app and what needs it.
type scope struct {
	name, needed string
}

// required are the scopes without which the bot does not work.
var required = []scope{
	{"chat:write", "to post replies"},
	{"reactions:write", "to show how a link stands"},
	{"reactions:read", "to see 🔁, 👍 and 👎"},
	{"app_mentions:read", "to be asked by name"},
	{"commands", "for /technoshare and the shortcut"},
	{"metadata.message:read", "to find its own posts, so that nothing is posted twice"},
}

// readScopes: one pair per kind of channel; at least one pair is needed.
var readScopes = [][2]string{{"channels:history", "channels:read"}, {"groups:history", "groups:read"}}

// missingScopes lists what the granted scopes lack. Of the read scopes one whole pair is
// enough, since a bot may be in public or in private channels only.
func missingScopes(granted []string) []string {
	var out []string
	for _, s := range required {
		if !slices.Contains(granted, s.name) {
			out = append(out, fmt.Sprintf("%s (%s)", s.name, s.needed))
		}
	}
	for _, pair := range readScopes {
		if slices.Contains(granted, pair[0]) && slices.Contains(granted, pair[1]) {
			return out
		}
	}
	return append(out, "channels:history and channels:read, or groups:history and groups:read "+
		"(to read messages of public or private channels)")
}

// doctorTimeout bounds all questions of a check together: a person or a start waits for them.
const doctorTimeout = 15 * time.Second

// Check looks whether Slack lets the bot do its work. Socket says whether it shall connect by
// Socket Mode. It stops at the first finding without which the others mean nothing. Scopes
// come from a header that servers other than Slack's may not send.
func (b *Bot) Check(ctx context.Context, socket bool) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	if err := b.cfg.checkTokens(socket); err != nil {
		return []doctor.Finding{doctor.Faulty("Slack tokens", err.Error())}
	}
	self, err := b.who(ctx)
	if err != nil {
		return []doctor.Finding{doctor.Faulty("Slack bot token", b.diagnose("SLACK_BOT_TOKEN", err))}
	}
	out := []doctor.Finding{doctor.Fine("Slack bot token", fmt.Sprintf("the bot %s in the workspace %s", self.UserID, self.Team))}
	switch missing := missingScopes(self.Scopes); {
	case self.Scopes == nil:
		out = append(out, doctor.Fine("Slack scopes", "not told by this server"))
	case len(missing) > 0:
		out = append(out, doctor.Faulty("Slack scopes", fmt.Sprintf("missing: %s; "+
			"add on the app's page OAuth & Permissions and install the app again", strings.Join(missing, ", "))))
	default:
		out = append(out, doctor.Fine("Slack scopes", strings.Join(self.Scopes, " ")))
	}
	if socket {
		f := doctor.Fine("Slack app token", "Socket Mode can be opened")
		if err := b.api.OpenSocket(ctx); err != nil {
			f.OK, f.Detail = false, b.diagnose("SLACK_APP_TOKEN", err)
		}
		out = append(out, f)
	}
	if len(b.channels) == 0 {
		out = append(out, doctor.Fine("Slack channels", "every channel the bot is invited to; set TECHNOSHARE_CHANNEL_ID to name some"))
	}
	for _, c := range b.channels {
		f, _ := b.checkChannel(ctx, c)
		out = append(out, f)
	}
	return out
}

// checkChannel looks whether the bot can read and post in a channel. err is that of the question; a
// finding may be faulty without one.
func (b *Bot) checkChannel(ctx context.Context, c Channel) (_ doctor.Finding, err error) {
	f := doctor.Finding{Name: "Slack channel"}
	info, err := b.api.Channel(ctx, c.ID)
	switch {
	case IsCode(err, "channel_not_found"):
		f.Detail = fmt.Sprintf("there is no channel %s that the bot can see: "+
			"check TECHNOSHARE_CHANNEL_ID, and invite the bot if the channel is private", c.ID)
	case err != nil:
		f.Detail = c.ID + ": " + b.diagnose("TECHNOSHARE_CHANNEL_ID", err)
	case info.IsArchived:
		f.Detail = fmt.Sprintf("#%s is archived: name another channel in TECHNOSHARE_CHANNEL_ID", info.Name)
	case !info.Member:
		f.Detail = fmt.Sprintf("the bot is not in #%s: type /invite @ and its name there", info.Name)
	default:
		f.OK, f.Detail = true, fmt.Sprintf("#%s (%s)", info.Name, c.ID)
	}
	return f, err
}

// diagnose says an error of Slack in one sentence.
func (b *Bot) diagnose(setting string, err error) string {
	if refused(err) {
		return b.refusal(setting, err).Error()
	}
	return err.Error()
}

// Validate refuses settings that can't work: tokens in each other's place or refused, missing
// scopes, channels that are unknown or closed to the bot. The error is then a *SettingsError. Only
// what Slack itself says counts: any other error says that Slack could not be asked, which may
// pass, and is a problem of [Bot.Readiness] until it could, see [Bot.Confirm]. It is asked at the
// start, where the doctor's list of findings would be too long an answer: the first setting that
// can't work stops the program.
func (b *Bot) Validate(ctx context.Context, socket bool) error {
	err := b.validate(ctx, socket)
	if err == nil || isSettings(err) {
		b.health.confirmed("")
	} else {
		b.health.confirmed("it could not be asked whether it takes the settings: " + err.Error())
	}
	return err
}

func isSettings(err error) bool {
	var settings *SettingsError
	return errors.As(err, &settings)
}

// Confirm is [Bot.Validate], asked again until Slack answers. It returns nil when ctx ends.
func (b *Bot) Confirm(ctx context.Context, socket bool) error {
	for failures := 0; ; failures++ {
		err := b.Validate(ctx, socket)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil || isSettings(err):
			return err
		case failures == 0:
			b.log.Warn("Slack can't be asked whether it takes the settings; it is asked again until it answers", "error", err)
		}
		if retry.Sleep(ctx, max(identifyBackoff.Wait(failures), retry.After(err))) != nil {
			return nil
		}
	}
}

func (b *Bot) validate(ctx context.Context, socket bool) error {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	if err := b.cfg.checkTokens(socket); err != nil {
		return err
	}
	self, err := b.who(ctx)
	switch {
	case refused(err):
		return b.refusal("SLACK_BOT_TOKEN", err)
	case isFinal(err):
		return &SettingsError{"SLACK_BOT_TOKEN", "is not taken: " + err.Error()}
	case err != nil:
		return err
	}
	if missing := missingScopes(self.Scopes); self.Scopes != nil && len(missing) > 0 {
		return &SettingsError{"SLACK_BOT_TOKEN", fmt.Sprintf("lacks scopes: %s; "+
			"add them on the app's page OAuth & Permissions and install the app again", strings.Join(missing, ", "))}
	}
	var unasked error
	for _, c := range b.channels {
		f, err := b.checkChannel(ctx, c)
		switch {
		case err != nil && !isFinal(err):
			unasked = err
		case !f.OK:
			return &SettingsError{"TECHNOSHARE_CHANNEL_ID", "names " + c.ID + ", but " + f.Detail}
		}
	}
	return unasked
}
