package slack

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Config are the settings of the bot.
type Config struct {
	AppToken      string // xapp-…, for Socket Mode
	BotToken      string // xoxb-…
	SigningSecret string // for HTTP events
	// Channels are watched; none means every channel the bot is a member of.
	// Entries may read "C123=name".
	Channels []string
	MaxLinks int    // answered per message
	APIURL   string // empty for Slack itself
}

// SettingsError says which setting can't work and how to set it right. Setting is the name of
// the environment variable, and Problem goes on with the sentence: "is not set: copy …".
type SettingsError struct{ Setting, Problem string }

func (e *SettingsError) Error() string { return e.Setting + " " + e.Problem }

// Channel is a watched channel.
type Channel struct{ ID, Name string }

// channelID matches C024BE91L and G01234567, and no name such as #general.
var channelID = lazyregexp.New(`^[A-Z][A-Z0-9]+$`)

// ParseChannels reads the list of watched channels. Empty entries are skipped. The name is for
// people only; an error is a [SettingsError].
func ParseChannels(list []string) ([]Channel, error) {
	var out []Channel
	for _, entry := range list {
		id, name, _ := strings.Cut(strings.TrimSpace(entry), "=")
		id = strings.TrimSpace(id)
		if id == "" {
			continue
		}
		if !channelID.MatchString(id) {
			return nil, &SettingsError{"TECHNOSHARE_CHANNEL_ID", fmt.Sprintf("holds %q, which is no channel ID: "+
				"open the channel's details in Slack and copy the ID at the bottom, such as C024BE91L", id)}
		}
		out = append(out, Channel{ID: id, Name: strings.TrimSpace(name)})
	}
	return out, nil
}

// checkTokens refuses tokens that are missing or in each other's place. The prefixes are
// Slack's (docs.slack.dev/authentication/tokens). Errors say what kind of token it is and
// never quote it.
func (c Config) checkTokens(socket bool) error {
	kinds := map[string]string{"xoxb-": "a bot token", "xapp-": "an app-level token", "xoxp-": "a user token", "xoxe": "a configuration token"}
	what := func(token string) string {
		for prefix, name := range kinds {
			if strings.HasPrefix(token, prefix) {
				return name
			}
		}
		return "something else"
	}
	switch {
	case c.BotToken == "":
		return &SettingsError{"SLACK_BOT_TOKEN", "is not set: copy the Bot User OAuth Token (xoxb-…) from the app's page OAuth & Permissions"}
	case !strings.HasPrefix(c.BotToken, "xoxb-"):
		return &SettingsError{"SLACK_BOT_TOKEN", "holds " + what(c.BotToken) + ", not a bot token: " +
			"copy the Bot User OAuth Token (xoxb-…) from the app's page OAuth & Permissions"}
	case socket && c.AppToken == "":
		return &SettingsError{"SLACK_APP_TOKEN", "is not set: " +
			"make an app-level token (xapp-…) with the scope connections:write on the app's page Basic Information"}
	case socket && !strings.HasPrefix(c.AppToken, "xapp-"):
		return &SettingsError{"SLACK_APP_TOKEN", "holds " + what(c.AppToken) + ", not an app-level token: " +
			"make one (xapp-…) with the scope connections:write on the app's page Basic Information"}
	}
	return nil
}

// settings are what options adjust.
type settings struct {
	log       *slog.Logger
	tracer    trace.Tracer
	postEvery time.Duration
	inTurn    time.Duration
	now       func() time.Time
	prompt    string
	aliases   func() []string
}

// Option adjusts a Bot.
type Option interface{ apply(settings) settings }

type optionFunc func(settings) settings

func (f optionFunc) apply(s settings) settings { return f(s) }

// WithLogger sets where the bot logs.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(s settings) settings { s.log = l; return s })
}

// WithTracer records a span for each event that has consequences; jobs link to it.
func WithTracer(t trace.Tracer) Option {
	return optionFunc(func(s settings) settings { s.tracer = t; return s })
}

// WithPrompts lets a channel choose among the aliases of the worker's prompt. prompt names the one that it
// has where it chooses none; aliases is asked each time that settings are shown or set, and must not wait.
func WithPrompts(prompt string, aliases func() []string) Option {
	return optionFunc(func(s settings) settings { s.prompt, s.aliases = prompt, aliases; return s })
}

// WithPostInterval sets the least time between two posts in a channel. Slack
// allows about one a second.
func WithPostInterval(d time.Duration) Option {
	return optionFunc(func(s settings) settings { s.postEvery = d; return s })
}

// newSettings applies options to the defaults: no log, no spans, a post a second and channel,
// and at most half a minute's wait for earlier links of the message.
func newSettings(opts []Option) settings {
	s := settings{
		log: slog.New(slog.DiscardHandler), tracer: noop.NewTracerProvider().Tracer(""),
		postEvery: time.Second, inTurn: 30 * time.Second, now: time.Now,
	}
	for _, o := range opts {
		s = o.apply(s)
	}
	return s
}
