package deliver

import (
	"errors"
	"fmt"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// Origin says where a trace comes from, as far as delivery depends on it.
type Origin struct {
	// SearchFirst: the trace may have been delivered in part before, by an
	// earlier attempt or an earlier process.
	SearchFirst bool
	// Late: a further part of a trace that is delivered already. Its spans join
	// the trace; only spans without a local parent become runs.
	Late bool
	// SampledFlag: the W3C sampled flag of the spans is to be believed. Spans
	// without it become runs and are not sent as traces. True for spans out of
	// a Go SDK in this process; other senders leave the flag unset, and what
	// arrives over the wire was sampled anyway.
	SampledFlag bool
}

// Result says what a delivery left on the server.
type Result struct {
	TraceID      string // 32 hex digits
	ExperimentID string
	ParentRunID  string // of the first root run; empty with tracking off
	RunURL       string // pages in MLflow's UI
	TraceURL     string
	Runs         map[string]string // span id in hex → run id
	Poison       []*tracepb.Span   // spans the server refuses; all others are delivered
	PoisonReason string            // the server's words about the first
	Notes        []string          // what was shortened or left out, one sentence each
	Calls        int               // requests sent
}

// Start is a trace that has begun and will take a while: Data holds its local
// root as it is now, with no end time.
type Start struct {
	TraceID [16]byte
	Data    *tracepb.TracesData
}

// errStopped ends a delivery; errNotBegun does so between two calls, so that
// nothing is ambiguous.
var (
	errStopped  = errors.New("stopped before the delivery was complete")
	errNotBegun = fmt.Errorf("%w, between two calls", errStopped)
)

// AmbiguousError is a create that may have happened: the next attempt waits for
// the server to settle, and searches.
type AmbiguousError struct {
	Wait time.Duration
	Err  error
}

func (e *AmbiguousError) Error() string { return fmt.Sprintf("%v (it may have been processed)", e.Err) }
func (e *AmbiguousError) Unwrap() error { return e.Err }

// Retryable reports whether the cause can pass.
func (e *AmbiguousError) Retryable() bool { return retry.Retryable(e.Err) }

// RetryAfter returns until when the server may still process the create, or
// longer where it asked for that.
func (e *AmbiguousError) RetryAfter() time.Duration { return max(e.Wait, retry.After(e.Err)) }

// InvalidTraceError: the data is no trace that could be delivered.
type InvalidTraceError struct{ Reason string }

func (e *InvalidTraceError) Error() string { return "not a deliverable trace: " + e.Reason }

// ArtifactsError: everything was delivered except artifacts.
type ArtifactsError struct {
	Missing int
	Err     error
}

func (e *ArtifactsError) Error() string {
	return fmt.Sprintf("all but %d artifacts delivered: %v", e.Missing, e.Err)
}
func (e *ArtifactsError) Unwrap() error { return e.Err }

// Retryable reports false: a store that cannot be reached stays so until somebody
// changes the server.
func (e *ArtifactsError) Retryable() bool { return false }

// RetryAfter returns the wait that the server asked for.
func (e *ArtifactsError) RetryAfter() time.Duration { return retry.After(e.Err) }

// IsPermanent reports whether delivering the same trace again is pointless until
// somebody mends something.
func IsPermanent(err error) bool {
	return err != nil && !IsStopped(err) && !retry.Retryable(err)
}

// IsStopped reports whether the caller's context ended the delivery.
func IsStopped(err error) bool { return errors.Is(err, errStopped) }

// RetryAfter returns how long to wait at least before the next attempt.
func RetryAfter(err error) time.Duration { return retry.After(err) }
