package fakeslack

import (
	"log/slog"
	"strings"
	"time"
)

// Option configures a Server.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// App identifies the one workspace and the one app that the server plays.
type App struct {
	TeamID, TeamName, TeamDomain string
	AppID, BotID, BotUserID      string
	BotName                      string
}

// User is one person of the workspace.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RealName string `json:"real_name"`
	Admin    bool   `json:"admin"` // of the workspace
	Guest    bool   `json:"guest"`
}

// Channel is one channel of the workspace.
type Channel struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Private  bool     `json:"private"`
	Archived bool     `json:"archived"`
	Members  []string `json:"members"` // user ids; empty: everybody, and the bot
	NoBot    bool     `json:"no_bot"`  // the bot is not a member
}

// Shortcut is a message shortcut that the page offers on each message.
type Shortcut struct{ CallbackID, Name string }

// config is what options set. It does not change once the server is made.
type config struct {
	app                         App
	botToken, appToken          string
	scopes                      []string
	channels                    []Channel
	users                       []User
	shortcuts                   []Shortcut
	commands                    []string
	ackTimeout                  time.Duration
	retries                     []time.Duration
	pingInterval                time.Duration
	lifetime                    time.Duration
	postRate                    float64
	postBurst                   int
	unfurlDelay                 time.Duration
	requestURL, signingSecret   string
	publicURL                   string
	maxMessages, maxCalls, maxQ int
	maxBody                     int64
	logger                      *slog.Logger
	now                         func() time.Time
}

// DefaultChannel and DefaultUser are seeded unless WithChannel or WithUser name others.
const (
	DefaultChannel = "C0TECHNO1"
	DefaultUser    = "U0ALICE01"
)

// defaultConfig is Slack as it is documented or was recorded, but without limits on posts and
// without previews, which tests ask for where they need them.
func defaultConfig() config {
	return config{
		app: App{
			TeamID: "T0FAKE001", TeamName: "Fake Slack", TeamDomain: "fakeslack",
			AppID: "A0COMMENT", BotID: "B0COMMENT", BotUserID: "U0COMMENT", BotName: "commentator",
		},
		scopes: []string{
			"app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands",
			"files:write", "groups:history", "groups:read", "links:read", "links:write", "metadata.message:read",
			"reactions:read", "reactions:write", "team:read", "users:read",
		},
		// Slack waits 3 s for an acknowledgement and then tries again at once, after
		// one minute and after five (docs.slack.dev/apis/events-api, "Retries").
		ackTimeout:   3 * time.Second,
		retries:      []time.Duration{0, time.Minute, 5 * time.Minute},
		pingInterval: 5 * time.Second,
		lifetime:     18060 * time.Second, // approximate_connection_time of a recorded hello
		maxMessages:  20_000,
		maxCalls:     20_000,
		maxQ:         30_000, // Slack's own limit: 30,000 events an hour and workspace
		maxBody:      1 << 20,
		logger:       slog.New(slog.DiscardHandler),
		now:          time.Now,
	}
}

// WithApp sets the identity of workspace and app. Empty fields keep their defaults.
func WithApp(a App) Option {
	return optionFunc(func(c *config) {
		for _, f := range []struct{ dst, src *string }{
			{&c.app.TeamID, &a.TeamID}, {&c.app.TeamName, &a.TeamName}, {&c.app.TeamDomain, &a.TeamDomain},
			{&c.app.AppID, &a.AppID}, {&c.app.BotID, &a.BotID}, {&c.app.BotUserID, &a.BotUserID}, {&c.app.BotName, &a.BotName},
		} {
			if *f.src != "" {
				*f.dst = *f.src
			}
		}
	})
}

// WithTokens sets the only tokens that are accepted. Without it, every token with
// the prefix of its kind is (xoxb- bot, xapp- app).
func WithTokens(bot, app string) Option {
	return optionFunc(func(c *config) { c.botToken, c.appToken = bot, app })
}

// WithScopes sets the scopes granted to the bot token.
func WithScopes(scopes ...string) Option {
	return optionFunc(func(c *config) { c.scopes = scopes })
}

// WithChannel adds a channel; the first one added is the default of page and control API.
func WithChannel(ch Channel) Option {
	return optionFunc(func(c *config) { c.channels = append(c.channels, ch) })
}

// WithUser adds a person; the first one added is the page's default author.
func WithUser(u User) Option {
	return optionFunc(func(c *config) { c.users = append(c.users, u) })
}

// WithShortcut offers a message shortcut on the page.
func WithShortcut(callbackID, name string) Option {
	return optionFunc(func(c *config) { c.shortcuts = append(c.shortcuts, Shortcut{callbackID, name}) })
}

// WithCommand lets the page's composer send a slash command, such as "/technoshare".
func WithCommand(name string) Option {
	return optionFunc(func(c *config) { c.commands = append(c.commands, name) })
}

// WithAckTimeout sets how long an acknowledgement is awaited (Slack: 3 s).
func WithAckTimeout(d time.Duration) Option {
	return optionFunc(func(c *config) { c.ackTimeout = d })
}

// WithRetries sets the waits before each redelivery (Slack: 0, 1 min, 5 min).
func WithRetries(waits ...time.Duration) Option {
	return optionFunc(func(c *config) { c.retries = waits })
}

// WithTimeScale multiplies the waits before redelivery: 0.01 makes five minutes
// three seconds. The acknowledgement timeout is a property of the app and stays.
func WithTimeScale(f float64) Option {
	return optionFunc(func(c *config) {
		scaled := make([]time.Duration, len(c.retries))
		for i, d := range c.retries {
			scaled[i] = time.Duration(float64(d) * f)
		}
		c.retries = scaled
	})
}

// WithPingInterval sets how often an open socket is pinged.
func WithPingInterval(d time.Duration) Option {
	return optionFunc(func(c *config) { c.pingInterval = d })
}

// WithConnectionLifetime sets how long a socket lives before Slack asks the app to
// open another (a warning first, then refresh_requested, then the close).
func WithConnectionLifetime(d time.Duration) Option {
	return optionFunc(func(c *config) { c.lifetime = d })
}

// WithPostRate limits posts a second and channel; more are answered with HTTP 429.
// Slack allows about one, with short bursts. Zero, the default, means no limit.
func WithPostRate(perSecond float64, burst int) Option {
	return optionFunc(func(c *config) { c.postRate, c.postBurst = perSecond, max(burst, 1) })
}

// WithUnfurls makes a posted link's preview follow as Slack's hidden
// message_changed event after the delay (Slack: about 3 s). Off by default.
func WithUnfurls(delay time.Duration) Option {
	return optionFunc(func(c *config) { c.unfurlDelay = delay })
}

// WithRequestURL delivers events, commands and interactions as signed HTTP
// requests to the URL instead of through sockets.
func WithRequestURL(url, signingSecret string) Option {
	return optionFunc(func(c *config) { c.requestURL, c.signingSecret = url, signingSecret })
}

// WithPublicURL sets the address under which people open the page, for
// permalinks; by default it is the one that the client used.
func WithPublicURL(url string) Option {
	return optionFunc(func(c *config) { c.publicURL = strings.TrimRight(url, "/") })
}

// WithBounds sets how many messages a channel, calls and undelivered events are
// kept; zero keeps the default.
func WithBounds(messages, calls, events int) Option {
	return optionFunc(func(c *config) {
		for _, f := range []struct {
			dst *int
			v   int
		}{{&c.maxMessages, messages}, {&c.maxCalls, calls}, {&c.maxQ, events}} {
			if f.v > 0 {
				*f.dst = f.v
			}
		}
	})
}

// WithLogger sets where the server logs; default nowhere.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) { c.logger = l })
}
