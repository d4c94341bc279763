package deliver

import (
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
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

// IsPermanent reports whether delivering the same trace again is pointless until
// somebody repairs something: the data, or the server.
func IsPermanent(err error) bool {
	var artifacts *ArtifactsError
	return err != nil && !IsStopped(err) && (errors.As(err, &artifacts) || !mlflow.IsRetryable(err))
}

// IsStopped reports whether the caller's context ended the delivery.
func IsStopped(err error) bool { return errors.Is(err, errStopped) }

// RetryAfter is how long to wait at least before the next attempt.
func RetryAfter(err error) time.Duration {
	d := mlflow.RetryAfter(err)
	var a *AmbiguousError
	if errors.As(err, &a) {
		d = max(d, a.Wait)
	}
	return d
}
