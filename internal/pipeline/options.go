package pipeline

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/internal/job"
)

// config holds the options. All functions are set, by newConfig where no option
// does.
type config struct {
	tracer     trace.Tracer
	content    bool
	links      job.Links
	flush      func(context.Context, trace.TraceID) error
	observe    func(job.Event)
	handedBack func(ctx context.Context, jobID string, err error) bool
	deadlines  Deadlines
	name       func(ctx context.Context, user string) string
}

// Option adjusts a Pipeline.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

// WithTracer records the stages with t; without it there are no spans. Its
// provider should use [IDGenerator], or attempts that are run again get other
// ids.
func WithTracer(t trace.Tracer) Option {
	return optionFunc(func(c config) config { c.tracer = t; return c })
}

// WithContent says whether evidence, prompts and answers are put on the spans;
// they are not by default. Names, counts and outcomes always are.
func WithContent(on bool) Option {
	return optionFunc(func(c config) config { c.content = on; return c })
}

// WithLinks adds links to MLflow to the reply. The function is asked while the
// job runs, with its id and trace; it must not wait, and may return empty
// strings.
func WithLinks(l job.Links) Option {
	return optionFunc(func(c config) config { c.links = l; return c })
}

// WithFlush waits, at the end of each job, until its trace is on disk. Its
// error ends up in the result and fails nothing.
func WithFlush(flush func(context.Context, trace.TraceID) error) Option {
	return optionFunc(func(c config) config { c.flush = flush; return c })
}

// WithObserver calls observe as jobs move on, from the job's own goroutine:
// when a stage begins, and when it ends. It must be safe for concurrent use if
// jobs run at once.
func WithObserver(observe func(job.Event)) Option {
	return optionFunc(func(c config) config { c.observe = observe; return c })
}

// WithHandedBack asks, at the end of each attempt, whether another will end it: it was
// cut by a shutdown and will be run again under the same number, or others have
// taken it over. Its telemetry is then left to them. The context is the one given
// to Process, and the error that of the result, nil for none.
func WithHandedBack(handedBack func(ctx context.Context, jobID string, err error) bool) Option {
	return optionFunc(func(c config) config { c.handedBack = handedBack; return c })
}

// WithDeadlines sets how long each stage may take, instead of [DefaultDeadlines].
func WithDeadlines(d Deadlines) Option {
	return optionFunc(func(c config) config { c.deadlines = d; return c })
}

// WithNames says what people call a user, who is an id otherwise. The function is asked at the end
// of a job, where content may be recorded; it must return soon, and "" for whom it does not know.
func WithNames(name func(ctx context.Context, user string) string) Option {
	return optionFunc(func(c config) config { c.name = name; return c })
}

func newConfig(opts []Option) config {
	c := config{
		tracer:     noop.NewTracerProvider().Tracer(""),
		links:      func(string, trace.TraceID) (string, string) { return "", "" },
		flush:      func(context.Context, trace.TraceID) error { return nil },
		observe:    func(job.Event) {},
		handedBack: func(context.Context, string, error) bool { return false },
		deadlines:  DefaultDeadlines(),
		name:       func(context.Context, string) string { return "" },
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}
