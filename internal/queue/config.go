package queue

import (
	"log/slog"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

// Config are the bounds of a queue. Those of all processes of a database should
// agree.
type Config struct {
	// Workers is how many links are worked on at once in this process.
	Workers int
	// Depth is how many unfinished links are kept; more are rejected.
	Depth int
	// Attempts is how often a link is tried. The wait before the second attempt
	// is RetryFirst; it triples with each further one up to RetryLongest.
	Attempts                 int
	RetryFirst, RetryLongest time.Duration
	// Timeout bounds one attempt.
	Timeout time.Duration
	// Outage is how long a link waits for a peer that is away, such as Slack or the model server,
	// from the first failure on. 0 waits for none: each failure counts.
	Outage time.Duration
	// Grace is how long a shutdown waits for running links before they are handed
	// back.
	Grace time.Duration
	// SeenWindow is for how long a link shared again is answered with a pointer to
	// the first answer. 0 answers it anew each time.
	SeenWindow time.Duration
	// Redact takes secrets out of the texts of errors and panics before they are
	// stored, in the queue's rows and in River's. It is called from several
	// goroutines; nil stores texts as they are.
	Redact func(string) string
	Log    *slog.Logger
}

// Defaults are the bounds of a queue that nobody has set up otherwise.
func Defaults() Config {
	return Config{
		Workers: 4, Depth: 10_000, Attempts: 6, RetryFirst: 10 * time.Second, RetryLongest: 15 * time.Minute,
		Timeout: 10 * time.Minute, Outage: 24 * time.Hour, Grace: 20 * time.Second, SeenWindow: 30 * 24 * time.Hour,
		Log: slog.New(slog.DiscardHandler),
	}
}

// retryFactor is how much longer each wait is than the one before.
const retryFactor = 3

// backoff is the wait between attempts at a link.
func (c Config) backoff() retry.Backoff {
	return retry.Backoff{First: c.RetryFirst, Longest: c.RetryLongest, Factor: retryFactor}
}

// maxRetryAfter bounds what a server may ask us to wait.
const maxRetryAfter = time.Hour
