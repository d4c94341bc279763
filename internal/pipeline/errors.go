package pipeline

import (
	"errors"
	"time"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/evidence"
)

// passing is what a poster's or a checkpoint's error says of itself.
type passing interface{ Retryable() bool }

// Retryable tells whether another attempt of the job may succeed without
// anybody mending anything, and without paying the model for the same answer.
func (r Result) Retryable() bool {
	if r.Outcome != Error {
		return false
	}
	var page *evidence.Error
	var own passing
	switch {
	case errors.As(r.Err, &page):
		return page.Temporary()
	case errors.As(r.Err, &own):
		return own.Retryable()
	}
	return analysis.IsRetryable(r.Err)
}

// RetryAfter is how long the other side asked to wait, or 0.
func (r Result) RetryAfter() time.Duration { return RetryAfter(r.Err) }

// RetryAfter is how long the other side asked to wait in an error of a stage or
// of Slack, or 0.
func RetryAfter(err error) time.Duration {
	var own interface{ RetryAfter() time.Duration }
	if errors.As(err, &own) {
		return own.RetryAfter()
	}
	return analysis.RetryAfter(err)
}

// errorType is the low-cardinality error.type of a failed stage.
func errorType(err error) string {
	var page *evidence.Error
	var model *analysis.Error
	var typed interface{ ErrorType() string }
	switch {
	case errors.As(err, &page):
		return string(page.Reason)
	case errors.As(err, &model):
		return string(model.Kind)
	case errors.As(err, &typed):
		return typed.ErrorType()
	}
	return "_OTHER"
}
