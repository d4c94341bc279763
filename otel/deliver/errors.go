package deliver

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
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

// Retryable reports whether the cause can pass.
func (e *AmbiguousError) Retryable() bool { return retry.Retryable(e.Err) }

// RetryAfter returns until when the server may still process the create, or
// longer where it asked for that.
func (e *AmbiguousError) RetryAfter() time.Duration { return max(e.Wait, retry.After(e.Err)) }

// InvalidTraceError says that the data is no trace that could be delivered.
type InvalidTraceError struct{ Reason string }

func (e *InvalidTraceError) Error() string { return "not a deliverable trace: " + e.Reason }

// ReplacedExperimentError says that the experiment which is named by its id is not the
// one that deliveries began with: the server has another database.
type ReplacedExperimentError struct{ ID, Name, Was string }

func (e *ReplacedExperimentError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("experiment %s, %q, is not there any more: the server has another database, or it was removed for good; "+
			"correct MLFLOW_EXPERIMENT_ID", e.ID, e.Was)
	}
	return fmt.Sprintf("experiment %s was %q and is now another one, %q: the server has another database; "+
		"correct MLFLOW_EXPERIMENT_ID, or restart this program if it is meant", e.ID, e.Was, e.Name)
}

// Retryable reports true: the right database may come back.
func (e *ReplacedExperimentError) Retryable() bool { return true }

// RetryAfter returns 0: nobody said when.
func (e *ReplacedExperimentError) RetryAfter() time.Duration { return 0 }

// TraceError says that the runs are complete, with their status and end, and the
// trace beside them is not there yet. It says nothing about the server as a whole,
// which took the runs.
type TraceError struct{ Err error }

func (e *TraceError) Error() string {
	return fmt.Sprintf("all runs delivered, the trace not yet: %v", e.Err)
}

// Unwrap gives what went wrong with the trace.
func (e *TraceError) Unwrap() error { return e.Err }

// Retryable reports true: what a server will never take is Result.Missing.
func (e *TraceError) Retryable() bool { return true }

// RetryAfter returns the wait that the server asked for.
func (e *TraceError) RetryAfter() time.Duration { return retry.After(e.Err) }

// ArtifactsError says that runs and trace are complete except for artifacts, which
// the store behind the server does not take now, and may later.
type ArtifactsError struct {
	Missing int
	// StoreDown says that no artifact of any trace got through lately.
	StoreDown bool
	Err       error
}

func (e *ArtifactsError) Error() string {
	return fmt.Sprintf("all but %d artifacts delivered: %v", e.Missing, e.Err)
}

// Unwrap gives the first reason.
func (e *ArtifactsError) Unwrap() error { return e.Err }

// Retryable reports true: what a server will never take is Result.Missing.
func (e *ArtifactsError) Retryable() bool { return true }

// RetryAfter returns the wait that the server asked for.
func (e *ArtifactsError) RetryAfter() time.Duration { return retry.After(e.Err) }

// IsPartial reports whether the runs of the trace are complete, and only its trace or
// artifacts are not there yet ([TraceError], [ArtifactsError]).
func IsPartial(err error) bool {
	var t *TraceError
	var a *ArtifactsError
	return errors.As(err, &t) || errors.As(err, &a)
}

// needsService reports whether an error of a part says that a service beside the
// tracking server is away, which is no fault of the trace. A route that is closed to
// traces, while runs got through, is none: it may stay so for ever.
func needsService(err error) bool {
	var t *TraceError
	if errors.As(err, &t) {
		var elsewhere *mlflow.SpansStoredError
		return !mlflow.IsRouteClosed(t.Err) && !errors.As(t.Err, &elsewhere) &&
			(serverDown(t.Err) || mlflow.IsArtifactStorageFailure(t.Err))
	}
	var a *ArtifactsError
	return errors.As(err, &a) && a.StoreDown
}

// IsPermanent reports whether delivering the same trace again is pointless until
// somebody repairs something: the data, or the server.
func IsPermanent(err error) bool {
	// A run that the server does not know is made anew by the next attempt, which also finds the experiment
	// that has the name of one deleted meanwhile.
	deleted := mlflow.IsExperimentGone(err) && !mlflow.IsNotFound(err)
	return err != nil && !IsStopped(err) && !retry.Retryable(err) && !mlflow.IsRunGone(err) && !deleted
}

// IsExperimentClosed reports whether an error is about one experiment or its workspace and says
// nothing of the others: the one is deleted, the other not there, or this account may not write
// to it, for which MLflow answers 403.
func IsExperimentClosed(err error) bool {
	var deleted *mlflow.DeletedExperimentError
	api := apiError(err)
	return errors.As(err, &deleted) || mlflow.IsNoWorkspace(err) || api != nil && api.Status == http.StatusForbidden
}

// IsStopped reports whether the caller's context ended the delivery.
func IsStopped(err error) bool { return errors.Is(err, errStopped) }

// RetryAfter returns how long to wait at least before the next attempt.
func RetryAfter(err error) time.Duration { return retry.After(err) }
