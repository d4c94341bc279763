package deliver

import (
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// QueueOption configures a Queue.
type QueueOption interface{ apply(queueConfig) queueConfig }

type queueOptionFunc func(queueConfig) queueConfig

func (f queueOptionFunc) apply(c queueConfig) queueConfig { return f(c) }

type queueConfig struct {
	concurrency int
	backoff     Backoff
	maxAttempts int
	observer    Observer
	now         func() time.Time
}

func newQueueConfig(opts []QueueOption) queueConfig {
	c := queueConfig{
		concurrency: 3,
		backoff:     Backoff(retry.Between(time.Second, time.Minute)),
		maxAttempts: 120,
		observer:    NopObserver{},
		now:         time.Now,
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// WithConcurrency sets how many traces are delivered at once; 3 by default. The
// server is the limit: with SQLite more than 4 only wait for each other.
func WithConcurrency(n int) QueueOption {
	return queueOptionFunc(func(c queueConfig) queueConfig { c.concurrency = max(n, 1); return c })
}

// WithBackoff bounds the wait between attempts, which doubles in between; 1 s and
// 1 min by default. Half of each wait is by chance.
func WithBackoff(minWait, maxWait time.Duration) QueueOption {
	return queueOptionFunc(func(c queueConfig) queueConfig {
		c.backoff = Backoff(retry.Between(minWait, max(minWait, maxWait)))
		return c
	})
}

// Backoff is a wait that grows exponentially: Initial after the first failure,
// Multiplier times as long after each further one, at most Max. By chance each
// wait is shorter or longer by up to the share Randomization of it.
type Backoff struct {
	Initial, Max              time.Duration
	Multiplier, Randomization float64
}

// Wait is how long to wait after so many failures in a row, and never less than
// asked, which is what the server wants, or 0.
func (b Backoff) Wait(failures int, asked time.Duration) time.Duration {
	return max(retry.Backoff(b).Wait(failures, asked), time.Millisecond)
}

// WithExponentialBackoff sets the wait between attempts in all detail, in place
// of WithBackoff.
func WithExponentialBackoff(b Backoff) QueueOption {
	return queueOptionFunc(func(c queueConfig) queueConfig { c.backoff = b; return c })
}

// WithMaxAttempts makes a dead letter of a trace that failed so often while the
// server was healthy, such as one that always makes it answer 500; 120 by
// default, one to two hours. An outage does not count against a trace, but for its first
// failure where no answer came whole: that may be due to what is in the trace.
func WithMaxAttempts(n int) QueueOption {
	return queueOptionFunc(func(c queueConfig) queueConfig { c.maxAttempts = max(n, 1); return c })
}

// WithObserver sets who is notified of what happens.
func WithObserver(o Observer) QueueOption {
	return queueOptionFunc(func(c queueConfig) queueConfig { c.observer = o; return c })
}
