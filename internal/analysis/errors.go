package analysis

import (
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

var _ retry.Hint = (*Error)(nil)

// Kind classifies an Error. It is the error.type of the stage's span and does
// not change.
type Kind string

// The kinds of failures. A kind is the error.type of a span unless there is an HTTP status.
const (
	KindNoEvidence    Kind = "no_evidence"       // nothing, or too little, to analyse
	KindAuth          Kind = "unauthorized"      // 401
	KindForbidden     Kind = "forbidden"         // 403
	KindModelNotFound Kind = "model_not_found"   // 404
	KindRateLimited   Kind = "rate_limited"      // 429
	KindQuota         Kind = "quota_exhausted"   // 429 that waiting does not cure
	KindContextLength Kind = "context_too_small" // prompt and answer do not fit
	KindBadRequest    Kind = "bad_request"       // any other 4xx
	KindServer        Kind = "server_error"      // 5xx
	KindUnreachable   Kind = "unreachable"       // no connection
	KindTimeout       Kind = "timeout"
	KindCanceled      Kind = "canceled"
	KindNotAPI        Kind = "not_an_api"      // the address answers, but not as a model server
	KindEmpty         Kind = "empty_answer"    // an empty body, or a choice without text
	KindNoChoice      Kind = "no_choice"       // an answer without any choice
	KindTruncated     Kind = "truncated"       // finish_reason length
	KindFiltered      Kind = "filtered"        // by a content filter, before or after the model
	KindRefusal       Kind = "refusal"         // the model declined
	KindInvalidJSON   Kind = "invalid_json"    // no JSON object in the answer
	KindSchema        Kind = "schema_violated" // JSON, but not the result asked for
)

// Error is an analysis that failed. Its text is one sentence: what happened
// and where, then how to repair it.
type Error struct {
	Kind   Kind
	Status int           // HTTP status, 0 if there was no answer
	What   string        // what happened and where
	Hint   string        // how to repair it
	After  time.Duration // wait that the server asked for; 0: none
	Issues []string      // of KindSchema: the violations

	complaint string // all that the server said, in lower case; not fit to be shown
	cause     error  // context or network error; never holds a request
}

// Error returns What and Hint, as one sentence for people.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.What
	}
	return e.What + ": " + e.Hint
}

// Unwrap returns context.Canceled, context.DeadlineExceeded, a network error,
// or nil.
func (e *Error) Unwrap() error { return e.cause }

// typeName is error.type on the span: the status where there is one.
func (e *Error) typeName() string {
	if e.Status >= 400 {
		return statusName(e.Status)
	}
	return string(e.Kind)
}

// Retryable reports whether the same analysis may succeed later without anybody
// changing anything, and without paying twice for the same answer. A truncated,
// refused or invalid answer was paid for, and asking again mostly gives it
// again.
func (e *Error) Retryable() bool {
	switch e.Kind {
	case KindRateLimited, KindServer, KindUnreachable, KindTimeout, KindCanceled, KindEmpty:
		return true
	}
	return false
}

// RetryAfter is how long the server asked to wait, or 0.
func (e *Error) RetryAfter() time.Duration { return e.After }

// Peer is job.PeerModel where the server is away, overloaded or asks to wait, and empty where the
// failure is the request's.
func (e *Error) Peer() string {
	switch e.Kind {
	case KindRateLimited, KindServer, KindUnreachable, KindTimeout:
		return job.PeerModel
	}
	return ""
}

// ErrorType is the low-cardinality error.type of the stage's span.
func (e *Error) ErrorType() string { return string(e.Kind) }
