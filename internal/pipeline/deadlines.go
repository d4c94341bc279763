package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

// Deadlines are how long each stage may take. Whoever bounds a whole job gives it more than
// [Deadlines.Total], so that it is the stage that is named.
type Deadlines struct {
	Retrieval, Analysis, Gates, Post time.Duration
}

// DefaultDeadlines are for pages that are fetched within 20 s, and a model that answers within two
// minutes: a call, its repair, and one more try of each.
func DefaultDeadlines() Deadlines {
	return Deadlines{Retrieval: 2 * time.Minute, Analysis: 10 * time.Minute, Gates: 30 * time.Second, Post: 2 * time.Minute}
}

// Total is how long a job may take.
func (d Deadlines) Total() time.Duration { return d.Retrieval + d.Analysis + d.Gates + d.Post }

// StageTimeoutError says that a stage was not done by its deadline. Another attempt may succeed.
type StageTimeoutError struct {
	Stage string // as in job.Event
	After time.Duration
	cause error // of the stage, if it said anything
}

// Error names the stage and what it had to say.
func (e *StageTimeoutError) Error() string {
	s := fmt.Sprintf("the stage %s was not done within %s", e.Stage, e.After)
	if e.cause != nil && !errors.Is(e.cause, context.DeadlineExceeded) {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns what the stage said, so that it is known whose fault it is, or else
// context.DeadlineExceeded.
func (e *StageTimeoutError) Unwrap() error {
	if e.cause == nil {
		return context.DeadlineExceeded
	}
	return e.cause
}

// Retryable is true: a busy machine or a slow server is no fact about the page.
func (e *StageTimeoutError) Retryable() bool { return true }

// RetryAfter is what the stage said.
func (e *StageTimeoutError) RetryAfter() time.Duration {
	if e.cause == nil {
		return 0
	}
	return retry.After(e.cause)
}

// ErrorType is the low-cardinality error.type of the stage's span.
func (e *StageTimeoutError) ErrorType() string { return "timeout" }

const (
	// stageGrace is how long a stage has, after its context has ended, to return by itself.
	stageGrace = 2 * time.Second
	// maxAbandoned bounds the stages that go on after their deadline.
	maxAbandoned = 4
	// abandonedPause is when a job that found so many is tried again.
	abandonedPause = time.Minute
)

// errAbandoned says why a stage was not begun.
var errAbandoned = fmt.Errorf("%d stages that did not stop at their deadline are still at work", maxAbandoned)

// stagePanic carries a panic of a stage to the goroutine of its job.
type stagePanic struct {
	value any
	stack []byte
}

// String is what the stage panicked with.
func (p stagePanic) String() string { return fmt.Sprint(p.value) }

// Stack is where it did.
func (p stagePanic) Stack() []byte { return p.stack }

// within does the work of a stage by its deadline. Work that does not heed its context is left to
// itself: the job goes on without it, what it still brings is dropped, and at most maxAbandoned of
// them are about at a time. do must therefore change nothing that others see. A panic of do is one
// of the caller.
func within[T any](
	ctx context.Context, abandoned *atomic.Int32, stage string, limit time.Duration, do func(context.Context) (T, error),
) (T, error) {
	type result struct {
		value    T
		err      error
		panicked *stagePanic
	}
	var none T
	if abandoned.Load() >= maxAbandoned {
		return none, retry.Turn(errAbandoned, abandonedPause)
	}
	sctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan result, 1)
	var gone atomic.Int32 // of the job and the work, when the job left first
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.panicked = &stagePanic{p, debug.Stack()}
			}
			done <- r
			if gone.Add(1) == 2 {
				abandoned.Add(-1)
			}
		}()
		r.value, r.err = do(sctx)
	}()
	var r result
	select {
	case r = <-done:
	case <-sctx.Done():
		grace := time.NewTimer(stageGrace)
		defer grace.Stop()
		select {
		case r = <-done:
		case <-grace.C:
			abandoned.Add(1)
			if gone.Add(1) == 2 {
				abandoned.Add(-1)
			}
			r.err = sctx.Err()
		}
	}
	if r.panicked != nil {
		panic(*r.panicked)
	}
	return r.value, timedOut(ctx, sctx, stage, limit, r.err)
}

// timedOut names the stage in an error that came of its own deadline.
func timedOut(ctx, sctx context.Context, stage string, limit time.Duration, err error) error {
	if err == nil || ctx.Err() != nil || !errors.Is(sctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &StageTimeoutError{Stage: stage, After: limit, cause: err}
}
