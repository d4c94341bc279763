package deliver

import (
	"math/rand/v2"
	"time"
)

// QueueOption configures a Queue.
type QueueOption interface{ applyQueue(*queueConfig) }

type queueOptionFunc func(*queueConfig)

func (f queueOptionFunc) applyQueue(c *queueConfig) { f(c) }

type queueConfig struct {
	concurrency int
	backoff     backoff
	maxAttempts int
	observer    Observer
	now         func() time.Time
	jitter      func() float64 // [0, 1)
}

// Observer is told what a Queue does, for metrics and logs. Its methods must not
// block; they are called from several goroutines.
type Observer interface {
	// Delivered: a trace is on the server, took is the time of this attempt.
	Delivered(r Result, took time.Duration)
	// Retried: an attempt failed, the next is not before next.
	Retried(traceID string, err error, next time.Time)
	// Dropped: n things went to the dead letters; reason is refused_trace or
	// refused_span.
	Dropped(reason string, n int)
}

type noObserver struct{}

func (noObserver) Delivered(Result, time.Duration)  {}
func (noObserver) Retried(string, error, time.Time) {}
func (noObserver) Dropped(string, int)              {}

func newQueueConfig(opts []QueueOption) queueConfig {
	c := queueConfig{
		concurrency: 3,
		backoff:     backoff{min: time.Second, max: time.Minute},
		maxAttempts: 120,
		observer:    noObserver{},
		now:         time.Now,
		jitter:      rand.Float64,
	}
	for _, o := range opts {
		o.applyQueue(&c)
	}
	return c
}

// WithConcurrency is how many traces are delivered at once; 3 by default. The
// server is the limit: with SQLite more than 4 only wait for each other.
func WithConcurrency(n int) QueueOption {
	return queueOptionFunc(func(c *queueConfig) { c.concurrency = max(n, 1) })
}

// WithBackoff bounds the wait between attempts; 1 s and 1 min by default.
func WithBackoff(minWait, maxWait time.Duration) QueueOption {
	return queueOptionFunc(func(c *queueConfig) {
		c.backoff = backoff{max(minWait, time.Millisecond), max(minWait, maxWait, time.Millisecond)}
	})
}

// WithMaxAttempts buries a trace that failed so often while the server was
// healthy, such as one that always makes it answer 500; 120 by default, two
// hours. An outage never counts against a trace.
func WithMaxAttempts(n int) QueueOption {
	return queueOptionFunc(func(c *queueConfig) { c.maxAttempts = max(n, 1) })
}

// WithObserver is told what happens.
func WithObserver(o Observer) QueueOption {
	return queueOptionFunc(func(c *queueConfig) { c.observer = o })
}
