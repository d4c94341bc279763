// Command commentator comments on links: from the command line, or in a Slack
// channel. Every job is traced by OpenTelemetry and tracked in MLflow.
//
// Follow a job from here: run.go makes a pipeline (wiring in app.go), package
// internal/pipeline does the job, otel/runprocessor turns its spans into a
// trace on disk, and otel/deliver brings that into MLflow.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/terminal"
)

// Exit codes, fixed in the documentation of the command. Scripts rely on them.
const (
	exitOK      = 0
	exitUsage   = 2 // wrong usage or settings
	exitJob     = 3 // a job ended in gate_failed or error
	exitWaiting = 4 // all jobs fine, but something waits in the outbox
	// exitRegression: nothing shows that a version is as good as the other, or it is not.
	exitRegression = 5
)

// exitError carries an exit code from a command to execute. Its message may be
// empty when all has been said already.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// usage marks an error of the user's settings or arguments.
func usage(err error) error { return exitError{exitUsage, err} }

// cli is the command line as kong reads it. Each command has a method Run,
// whose parameters kong fills in by their types: a context and the streams.
type cli struct {
	EnvFile string           `name:"env-file" help:"Settings file; else .env, if it is here." placeholder:"FILE"`
	Version kong.VersionFlag `help:"Print the version and exit."`
	HelpAll helpAllFlag      `name:"help-all" help:"Show the help of a command with every flag."`

	Run     runCommand       `cmd:"" help:"Comment on links, one job each, without Slack."`
	Worker  workerCommand    `cmd:"" help:"Answer links in Slack channels."`
	Project projectCommand   `cmd:"" help:"Show the runs that OTLP files would become, without any server."`
	Extract extractCommand   `cmd:"" help:"Show what retrieval sees of a page."`
	Outbox  outboxCommand    `cmd:"" help:"Traces that are not delivered yet."`
	Prompts promptsCommand   `cmd:"" help:"Versions of the prompt in MLflow's prompt registry."`
	Dataset datasetCommand   `cmd:"" help:"Examples for evaluations, made of jobs and feedback, in MLflow."`
	Eval    evalCommand      `cmd:"" help:"Run prompts and models over the rows of a dataset, and compare them."`
	Doctor  doctorCommand    `cmd:"" help:"Check settings, Slack, model, MLflow, database and disk; each line says ok or what to do."`
	Health  healthCommand    `cmd:"" name:"healthcheck" help:"Ask the worker in this container whether it is alive." hidden:""`
	PDF     pdfReaderCommand `cmd:"" name:"compile-pdf-reader" help:"Compile the PDF reader beforehand, for an image or a package." hidden:""`
	Env     envCommand       `cmd:"" help:"Print every setting with its default, as a .env file."`
	Ver     versionCommand   `cmd:"" name:"version" help:"Print the version."`
}

// streams are the process's standard streams, passed on so that tests can
// stand in.
type streams struct {
	out, err io.Writer
	in       io.Reader
	terminal bool // out is a terminal
	color    bool
	width    int            // of lines of out, in columns; 0 leaves them whole
	errWidth int            // the same of err
	mask     *config.Masker // of the process's secrets; nil masks none
}

// sequences are the control sequences that the program itself prints.
func (s streams) sequences() []string {
	var all []string
	if s.terminal {
		all = append(all, "\r") // a line of progress is written over
	}
	if s.color {
		for _, code := range []string{reset, bold, red, green, yellow} {
			all = append(all, sgr(code))
		}
		all = append(all, comment.Sequences()...)
	}
	return all
}

// complain prints what the program itself says of a fault. On a terminal its lines break at words; elsewhere
// each is one line, for whatever reads it.
func (s streams) complain(msg string) {
	fmt.Fprintln(s.err, terminal.WrapLines(terminal.Clean("commentator: "+msg), s.errWidth, 2))
}

// gcPercent keeps the heap of a job near what is in use: parsing a page leaves
// several times its size behind. It costs some 30 ms of CPU a job and saves
// 7 MB; GOGC in the environment wins.
// 100, Go's default, lets the heap grow to twice what is in use before it is
// cleared.
const gcPercent = 50

// main does what a test cannot: it looks at the process and ends it.
func main() {
	// A child process reads no settings, whose secrets are not for it.
	if len(os.Args) == 2 && os.Args[1] == isolate.Argument {
		os.Exit(child())
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// The first signal ends ctx, and with it the command in its own time. Not all ask for it, as one that reads a
	// pipe or a large file does not: a second signal ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(sameSignal, stop) })
	terminal := term.IsTerminal(int(os.Stdout.Fd()))
	os.Exit(execute(ctx, os.Args[1:], streams{
		out: os.Stdout, err: os.Stderr, in: os.Stdin,
		terminal: terminal, color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		width: columns(os.Getenv, os.Stdout), errWidth: terminalColumns(os.Stderr),
	}))
}

// sameSignal is how long after the first signal another counts as the same one, which wrappers pass on beside the
// terminal.
const sameSignal = time.Second

// endSignals are the signals that ask a process to end.
func endSignals() []os.Signal {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends = append(ends, syscall.SIGHUP)
	}
	return ends
}

// child is the life of a process that reads pages for another one, see package isolate.
func child() int {
	if err := isolate.Child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	return exitOK
}

// execute runs the command line and returns the exit code. It prints the error,
// if there is one with a text, without secrets. Errors without a code of their
// own count as a job's.
// All that is printed goes through the terminal's printer, since much of it quotes servers, pages
// and files.
func execute(ctx context.Context, args []string, std streams) int {
	std.out, std.err = terminal.NewWriter(std.out, std.sequences()...), terminal.NewWriter(std.err)
	masker, err := dispatch(ctx, args, std)
	if err == nil {
		return exitOK
	}
	if msg := masker.Mask(err.Error()); msg != "" {
		std.complain(msg)
	}
	if e := (exitError{}); errors.As(err, &e) {
		return e.code
	}
	return exitJob
}

// masked is a command with settings: those that embed config.Settings have the
// method.
type masked interface {
	Masker(*config.Environment) *config.Masker
}

// dispatch reads settings and arguments and runs the command. The masker that it
// returns knows the secrets that the error may quote.
// It goes in steps because each needs the one before: the file feeds the
// defaults of the flags, and the flags may carry secrets of their own. Until
// they are read, the masker knows those of the environment.
func dispatch(ctx context.Context, args []string, std streams) (*config.Masker, error) {
	file, given := envFile(args)
	env, err := config.LoadEnvironment(file, given)
	if err != nil {
		return nil, usage(err)
	}
	std.mask = new(config.Settings).Masker(env) // until the flags are read
	exited := false
	parser, err := newParser(ctx, std, env, &exited)
	if err != nil {
		return nil, fmt.Errorf("read the command's own definition: %w", err)
	}
	kctx, err := parser.Parse(args)
	// kong has printed the help or the version.
	if exited {
		return nil, nil
	}
	if err != nil {
		return std.mask.WithAddresses(args...), usage(fmt.Errorf("%w; try %s --help", plainly(err), meant(err)))
	}
	// The definitive masker: flags are read now, and may hold secrets.
	if command, ok := kctx.Selected().Target.Addr().Interface().(masked); ok {
		std.mask = command.Masker(env)
	}
	if err := refuseUnused(kctx); err != nil {
		return std.mask, usage(err)
	}
	return std.mask, kctx.Run(std)
}

// plainly says of a flag at the end of the line that its value is missing; kong names the token
// that it found there.
func plainly(err error) error {
	flag, _, missing := strings.Cut(err.Error(), ": expected ")
	if missing && strings.HasSuffix(err.Error(), `but got "EOL" (<EOL>)`) {
		return fmt.Errorf("%s needs a value", flag)
	}
	return err
}

// meant is the command that a command line is for which cannot be parsed, as far as it was.
func meant(err error) string {
	var failed *kong.ParseError
	if errors.As(err, &failed) && failed.Context != nil && failed.Context.Selected() != nil {
		return failed.Context.Selected().FullPath()
	}
	return "commentator"
}

// newParser makes the parser of the command line. It sets exited where kong would
// end the process, after --help.
func newParser(ctx context.Context, std streams, env *config.Environment, exited *bool) (*kong.Kong, error) {
	parser, err := kong.New(new(cli),
		kong.Name("commentator"),
		kong.Description("Comments on links; every job is traced by OpenTelemetry and tracked in MLflow."),
		kong.Vars{"version": versionText()},
		kong.Writers(std.out, std.err),
		kong.Exit(func(int) { *exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: std.width}),
		kong.Help(help),
		kong.Resolvers(env.Resolver()),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return nil, err
	}
	hideUnused(parser.Model)
	return parser, nil
}

// envFile finds --env-file before the flags are parsed, since the file feeds
// their defaults.
// given says that the user named a file, which must then exist; .env need not.
func envFile(args []string) (file string, given bool) {
	const flag = "--env-file"
	for i, a := range args {
		// What follows are arguments, whatever they look like.
		if a == "--" {
			break
		}
		if a == flag && i+1 < len(args) {
			return args[i+1], true
		}
		if len(a) > len(flag) && a[:len(flag)+1] == flag+"=" {
			return a[len(flag)+1:], true
		}
	}
	return ".env", false
}
