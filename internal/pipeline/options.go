package pipeline

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/internal/comment"
)

// Poster puts a reply into the thread of a job. Calling it again for the same
// job must not post again.
type Poster interface {
	Post(ctx context.Context, j Job, messages []comment.Message) (Posted, error)
}

// Checkpoints keep what a stage got at a price, so that an attempt after a
// crash does not pay again. Values are encoded as JSON.
type Checkpoints interface {
	Load(ctx context.Context, jobID, stage string, into any) (found bool, err error)
	Save(ctx context.Context, jobID, stage string, value any) error
}

// Event tells how a job moves on. The first event of a stage has Done false.
type Event struct {
	JobID, Stage string
	Done         bool
	Duration     time.Duration
	Detail       string
	Err          error
}

// Links gives the addresses of a job's pages in MLflow, as far as they can be
// known before the job's telemetry is delivered; empty when they can't.
type Links func(jobID string, id trace.TraceID) (run, trace string)

type config struct {
	tracer      trace.Tracer
	content     bool
	poster      Poster
	checkpoints Checkpoints
	links       Links
	flush       func(context.Context, trace.TraceID) error
	observe     func(Event)
}

// Option adjusts a Pipeline.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

// WithTracer records the stages; without it there are no spans.
func WithTracer(t trace.Tracer) Option {
	return optionFunc(func(c config) config { c.tracer = t; return c })
}

// WithContent puts evidence, prompts and answers on the spans.
func WithContent(on bool) Option {
	return optionFunc(func(c config) config { c.content = on; return c })
}

// WithPoster posts replies; without it they are only rendered.
func WithPoster(p Poster) Option {
	return optionFunc(func(c config) config { c.poster = p; return c })
}

// WithCheckpoints keeps the costly stages' results between attempts.
func WithCheckpoints(s Checkpoints) Option {
	return optionFunc(func(c config) config { c.checkpoints = s; return c })
}

// WithLinks adds links to MLflow to the reply.
func WithLinks(l Links) Option {
	return optionFunc(func(c config) config { c.links = l; return c })
}

// WithFlush waits, at the end of each job, until its trace is on disk.
func WithFlush(flush func(context.Context, trace.TraceID) error) Option {
	return optionFunc(func(c config) config { c.flush = flush; return c })
}

// WithObserver calls observe as jobs move on, from the job's own goroutine.
func WithObserver(observe func(Event)) Option {
	return optionFunc(func(c config) config { c.observe = observe; return c })
}

func newConfig(opts []Option) config {
	c := config{
		tracer:  noop.NewTracerProvider().Tracer(""),
		links:   func(string, trace.TraceID) (string, string) { return "", "" },
		flush:   func(context.Context, trace.TraceID) error { return nil },
		observe: func(Event) {},
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// resume fills into with what an earlier attempt left. A checkpoint that can't
// be read is as good as none.
func (c config) resume(ctx context.Context, j Job, stage string, into any) bool {
	if c.checkpoints == nil {
		return false
	}
	found, err := c.checkpoints.Load(ctx, j.ID, stage, into)
	return found && err == nil
}

func (c config) checkpoint(ctx context.Context, j Job, stage string, value any) error {
	if c.checkpoints == nil {
		return nil
	}
	if err := c.checkpoints.Save(ctx, j.ID, stage, value); err != nil {
		return checkpointError{fmt.Errorf("keep the %s of job %s: %w", stage, j.ID, err)}
	}
	return nil
}

// checkpointError is a passing fault of the job database.
type checkpointError struct{ error }

func (checkpointError) Retryable() bool { return true }
func (e checkpointError) Unwrap() error { return e.error }

// stageClock reports a stage's end to the observer.
type stageClock struct {
	p         *Pipeline
	job, name string
	began     time.Time
}

func (s stageClock) done(format string, args ...any) {
	s.p.observe(Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Detail: fmt.Sprintf(format, args...)})
}

func (s stageClock) failed(err error) {
	s.p.observe(Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Err: err})
}
