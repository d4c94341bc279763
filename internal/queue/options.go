package queue

import (
	"log/slog"
	"time"
)

// Defaults of the options.
const (
	DefaultWorkers     = 4
	DefaultDepth       = 10_000
	DefaultMaxAttempts = 6
	DefaultGrace       = 20 * time.Second
	DefaultDeadAfter   = 15 * time.Second
	DefaultRetention   = 90 * 24 * time.Hour
	DefaultSeenWindow  = 30 * 24 * time.Hour
)

type config struct {
	workers     int
	depth       int
	maxAttempts int
	retryBase   time.Duration
	retryMax    time.Duration
	timeout     time.Duration
	grace       time.Duration
	deadAfter   time.Duration
	retention   time.Duration
	seenWindow  time.Duration
	log         *slog.Logger
	now         func() time.Time
}

// Option adjusts a Store.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

// WithWorkers sets how many links are worked on at once in this process.
func WithWorkers(n int) Option {
	return optionFunc(func(c config) config { c.workers = n; return c })
}

// WithDepth sets how many unfinished links are kept; more are rejected.
func WithDepth(n int) Option {
	return optionFunc(func(c config) config { c.depth = n; return c })
}

// WithRetry sets how often a link is tried, and the wait before the second
// attempt, which triples with each further one up to longest.
func WithRetry(attempts int, base, longest time.Duration) Option {
	return optionFunc(func(c config) config {
		c.maxAttempts, c.retryBase, c.retryMax = attempts, base, longest
		return c
	})
}

// WithTimeout bounds one attempt.
func WithTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.timeout = d; return c })
}

// WithGrace sets how long a shutdown waits for running links before they are
// handed back.
func WithGrace(d time.Duration) Option {
	return optionFunc(func(c config) config { c.grace = d; return c })
}

// WithDeadAfter sets, for Postgres, how long a worker may be silent before
// others take its work over. It stops its own work at two thirds of that, and
// writes its heartbeat five times in it. All workers of a database must agree.
func WithDeadAfter(d time.Duration) Option {
	return optionFunc(func(c config) config { c.deadAfter = d; return c })
}

// WithRetention sets how long finished links and what belongs to them are kept.
func WithRetention(d time.Duration) Option {
	return optionFunc(func(c config) config { c.retention = d; return c })
}

// WithSeenWindow sets for how long a link shared again is answered with a
// pointer to the first answer. 0 answers it anew each time.
func WithSeenWindow(d time.Duration) Option {
	return optionFunc(func(c config) config { c.seenWindow = d; return c })
}

// WithLogger sets where the store and the queue log.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c config) config { c.log = l; return c })
}

func newConfig(opts []Option) config {
	c := config{
		workers: DefaultWorkers, depth: DefaultDepth, maxAttempts: DefaultMaxAttempts,
		retryBase: 10 * time.Second, retryMax: 15 * time.Minute, timeout: 10 * time.Minute,
		grace: DefaultGrace, deadAfter: DefaultDeadAfter, retention: DefaultRetention, seenWindow: DefaultSeenWindow,
		log: slog.New(slog.DiscardHandler), now: time.Now,
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}
