package deliver

import (
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Reasons of Observer.Dropped.
const (
	DroppedTrace = "refused_trace"
	DroppedSpan  = "refused_span"
)

// Observer is notified of what a Queue does, for metrics and logs. Its methods must not
// block; they are called from several goroutines, and without a lock held.
type Observer interface {
	// Delivered is called for a trace that is on the server, but for Result.Missing;
	// took is the time of this attempt.
	Delivered(r Result, took time.Duration)
	// Retried is called for an attempt that failed; the next is not before next.
	Retried(id trace.TraceID, err error, next time.Time)
	// Dropped is called when n things became dead letters; reason is
	// DroppedTrace or DroppedSpan.
	Dropped(reason string, n int)
	// ServerDown is called once when an outage begins.
	ServerDown(err error)
	// ServerUp is called when it has ended.
	ServerUp()
}

// NopObserver does nothing. Embed it in an Observer that wants to know only some
// of it.
type NopObserver struct{}

// Delivered implements Observer.
func (NopObserver) Delivered(Result, time.Duration) {}

// Retried implements Observer.
func (NopObserver) Retried(trace.TraceID, error, time.Time) {}

// Dropped implements Observer.
func (NopObserver) Dropped(string, int) {}

// ServerDown implements Observer.
func (NopObserver) ServerDown(error) {}

// ServerUp implements Observer.
func (NopObserver) ServerUp() {}
