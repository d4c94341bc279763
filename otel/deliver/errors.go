package deliver

import (
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// errStopped ends a delivery; errNotBegun does so between two calls, so that
// nothing is ambiguous.
var (
	errStopped  = errors.New("stopped before the delivery was complete")
	errNotBegun = fmt.Errorf("%w, between two calls", errStopped)
)

// AmbiguousError says that a create may have happened: the next attempt searches
// for what it made, and not before Wait is over.
type AmbiguousError struct {
	Wait time.Duration
	Err  error
}

func (e *AmbiguousError) Error() string { return fmt.Sprintf("%v (it may have been processed)", e.Err) }

// Unwrap gives why no answer came.
func (e *AmbiguousError) Unwrap() error { return e.Err }

// Retryable reports whether the cause can pass.
func (e *AmbiguousError) Retryable() bool { return retry.Retryable(e.Err) }

// RetryAfter returns until when the server may still process the create, or
// longer where it asked for that.
func (e *AmbiguousError) RetryAfter() time.Duration { return max(e.Wait, retry.After(e.Err)) }

// InvalidTraceError says that the data is no trace that could be delivered.
type InvalidTraceError struct{ Reason string }

func (e *InvalidTraceError) Error() string { return "not a deliverable trace: " + e.Reason }

// ArtifactsError says that everything was delivered except artifacts.
type ArtifactsError struct {
	Missing int
	Err     error
}

func (e *ArtifactsError) Error() string {
	return fmt.Sprintf("all but %d artifacts delivered: %v", e.Missing, e.Err)
}

// Unwrap gives the first reason.
func (e *ArtifactsError) Unwrap() error { return e.Err }

// Retryable reports false: a store that cannot be reached stays so until somebody
// changes the server.
func (e *ArtifactsError) Retryable() bool { return false }

// RetryAfter returns the wait that the server asked for.
func (e *ArtifactsError) RetryAfter() time.Duration { return retry.After(e.Err) }

// IsPermanent reports whether delivering the same trace again is pointless until
// somebody repairs something: the data, or the server.
func IsPermanent(err error) bool {
	return err != nil && !IsStopped(err) && !retry.Retryable(err)
}

// IsStopped reports whether the caller's context ended the delivery.
func IsStopped(err error) bool { return errors.Is(err, errStopped) }

// RetryAfter returns how long to wait at least before the next attempt.
func RetryAfter(err error) time.Duration { return retry.After(err) }
