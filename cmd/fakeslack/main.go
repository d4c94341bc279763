// Command fakeslack runs a stand-in for Slack: the Web API under /api/, Socket Mode,
// a control API under /_control/, and the channel as a page at /.
//
// Give the worker SLACK_API_URL as printed, and any tokens that begin with xoxb- and
// xapp-. Everything is kept in memory and gone at the end.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/fakeslack"
)

// flags are the command line as kong reads it. Defaults behave like a friendly
// Slack: any token, no limits, no previews.
type flags struct {
	Addr          string        `help:"Address to listen on." default:"127.0.0.1:3001" placeholder:"HOST:PORT"`
	PublicURL     string        `help:"Address under which people open the page, for permalinks (default: where the app reaches it)." placeholder:"URL"`                  //nolint:lll // a tag is one literal
	Channel       []string      `help:"Channel to begin with, as ID or ID=name; the first is the default. May be given several times." placeholder:"ID[=NAME]"`           //nolint:lll // a tag is one literal
	User          []string      `help:"Person to begin with, as ID or ID=name; the first administers the workspace. May be given several times." placeholder:"ID[=NAME]"` //nolint:lll // a tag is one literal
	BotName       string        `help:"Name of the app." default:"commentator"`
	BotToken      config.Secret `help:"The only bot token accepted (default: any that begins with xoxb-)." env:"FAKESLACK_BOT_TOKEN"`
	AppToken      config.Secret `help:"The only app-level token accepted (default: any that begins with xapp-)." env:"FAKESLACK_APP_TOKEN"`
	Scopes        []string      `help:"Scopes of the bot token, comma-separated (default: all that the worker needs)."`
	TimeScale     float64       `help:"Factor on the waits before an event is delivered again (Slack: at once, 1 min, 5 min)." default:"1"`
	AckTimeout    time.Duration `help:"How long an acknowledgement is awaited." default:"3s"`
	PostRate      float64       `help:"Posts a second and channel before HTTP 429 (Slack: about 1); 0 is no limit." default:"0"`
	Unfurl        time.Duration `help:"Previews of shared links follow after this time (Slack: about 3s); 0 is never." default:"0"`
	Command       []string      `help:"Slash command that the composer sends to the app." default:"/technoshare"`
	Shortcut      []string      `help:"Message shortcut that the page offers, as CALLBACK_ID=Name." placeholder:"ID=NAME"`
	RequestURL    string        `help:"Deliver events as signed HTTP requests to this URL instead of by Socket Mode." placeholder:"URL"`
	SigningSecret config.Secret `help:"Secret that signs HTTP events." env:"SLACK_SIGNING_SECRET"`
	Verbose       bool          `short:"v" help:"Log more."`
}

// main ends with 2 for a wrong command line or an address in use, and with 0
// when it is asked to stop.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "fakeslack:", err)
		stop()
		os.Exit(2)
	}
}

// run serves until the context ends. It prints the address for SLACK_API_URL
// and that of the page once requests are answered, so that scripts can wait for
// the lines. --help is no error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f flags
	exited := false
	parser, err := kong.New(&f, kong.Name("fakeslack"), kong.Description("A stand-in for Slack, for tests and demos."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	// kong would end the process after --help; here it only sets exited, and
	// may then complain of what it did not read.
	if _, err := parser.Parse(args); err != nil && !exited {
		return err
	}
	if exited { // --help
		return nil
	}
	opts, err := f.options(stderr)
	if err != nil {
		return err
	}
	s := fakeslack.New(opts...)
	defer func() { _ = s.Close() }()
	if err := s.Start(f.Addr); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "SLACK_API_URL=%s\n", s.APIURL())
	fmt.Fprintf(stdout, "page: %s/\n", s.URL())
	<-ctx.Done()
	// ctx has ended; open sockets get a moment of their own to close.
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return s.Shutdown(end)
}

// options turns the flags into options of the stand-in. Logs go to stderr, and
// are warnings only unless --verbose is set.
func (f *flags) options(stderr io.Writer) ([]fakeslack.Option, error) {
	level := slog.LevelWarn
	if f.Verbose {
		level = slog.LevelDebug
	}
	opts := []fakeslack.Option{
		fakeslack.WithApp(fakeslack.App{BotName: f.BotName}),
		fakeslack.WithTokens(f.BotToken.Reveal(), f.AppToken.Reveal()),
		fakeslack.WithTimeScale(f.TimeScale),
		fakeslack.WithAckTimeout(f.AckTimeout),
		fakeslack.WithPostRate(f.PostRate, 1),
		fakeslack.WithUnfurls(f.Unfurl),
		fakeslack.WithRequestURL(f.RequestURL, f.SigningSecret.Reveal()),
		fakeslack.WithPublicURL(f.PublicURL),
		fakeslack.WithLogger(slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))),
	}
	// Without a secret the worker would refuse every event, and nothing would
	// say why.
	if f.RequestURL != "" && !f.SigningSecret.IsSet() {
		return nil, fmt.Errorf("--request-url needs --signing-secret (or SLACK_SIGNING_SECRET), or the app can't check requests")
	}
	if len(f.Scopes) > 0 {
		opts = append(opts, fakeslack.WithScopes(f.Scopes...))
	}
	for _, c := range f.Channel {
		id, name, _ := strings.Cut(c, "=")
		opts = append(opts, fakeslack.WithChannel(fakeslack.Channel{ID: id, Name: strings.TrimPrefix(name, "#")}))
	}
	for i, u := range f.User {
		id, name, _ := strings.Cut(u, "=")
		if name == "" {
			name = id
		}
		opts = append(opts, fakeslack.WithUser(fakeslack.User{
			ID: id, Name: strings.ToLower(strings.Fields(name + " ")[0]), RealName: name, Admin: i == 0,
		}))
	}
	for _, c := range f.Command {
		opts = append(opts, fakeslack.WithCommand(c))
	}
	for _, sc := range f.Shortcut {
		id, name, ok := strings.Cut(sc, "=")
		if !ok {
			return nil, fmt.Errorf("--shortcut %q must be CALLBACK_ID=Name", sc)
		}
		opts = append(opts, fakeslack.WithShortcut(id, name))
	}
	return opts, nil
}
