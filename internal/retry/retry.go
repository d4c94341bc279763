// Package retry is the one protocol for "try again". In go errors and HTTP
// headers, out come the answers to two questions: may the same call succeed later
// without anybody mending anything, and how long should it wait.
//
// An error answers by implementing [Hint]; whoever branches asks [Retryable] and
// [After] and need not know whose error it is.
package retry

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Hint is an error that knows whether the call it came from may be repeated.
type Hint interface {
	error
	// Retryable reports whether the same call may succeed later.
	Retryable() bool
	// RetryAfter is how long the other side asked to wait, or 0.
	RetryAfter() time.Duration
}

// Retryable reports whether the first Hint in err's chain says that the call may
// succeed later. An error that wraps context.DeadlineExceeded may always: that there
// was too little time is a fact about the moment, not about what was asked for. It is
// false for any other error that is, or wraps, no Hint.
func Retryable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var h Hint
	return errors.As(err, &h) && h.Retryable()
}

// After is how long the other side asked to wait, or 0 where err does not say.
func After(err error) time.Duration {
	var h Hint
	if errors.As(err, &h) {
		return h.RetryAfter()
	}
	return 0
}

// Counted reports whether an attempt that failed with err counts although a wait was
// asked for. An error says so by a method Counted() bool, as that of a page does: its
// server has no say in how long people wait for a word.
func Counted(err error) bool {
	var c interface{ Counted() bool }
	return errors.As(err, &c) && c.Counted()
}

// Passing marks err as one that may be gone next time, such as a fault of a
// database. It is nil for nil.
func Passing(err error) error {
	if err == nil {
		return nil
	}
	return passing{err}
}

type passing struct{ error }

func (passing) Retryable() bool           { return true }
func (passing) RetryAfter() time.Duration { return 0 }
func (p passing) Unwrap() error           { return p.error }

// ParseAfter reads a Retry-After header (RFC 9110, section 10.2.3): seconds, which
// some servers write with a fraction, or a date. It is 0 for anything else and for
// the past, and at most 24 hours.
func ParseAfter(header string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	header = strings.TrimSpace(header)
	var d time.Duration
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		if !(seconds > 0) { // also NaN
			return 0
		}
		d = time.Duration(min(seconds, most.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(header); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), most)
}

// Backoff is the wait before further attempts: First after the first failure,
// growing by Factor up to Longest, and by chance a fifth more or less, so that what
// failed together does not come back together.
type Backoff struct {
	First, Longest time.Duration
	Factor         float64
}

// jitter is the part of a wait that chance adds or takes away.
const jitter = 0.2

// Wait is the wait after a failure; earlier is how many failed before it.
func (b Backoff) Wait(earlier int) time.Duration {
	e := &backoff.ExponentialBackOff{InitialInterval: b.First, RandomizationFactor: jitter, Multiplier: b.Factor, MaxInterval: b.Longest}
	e.Reset()
	for range min(earlier, 64) { // no factor needs more steps to reach Longest
		e.NextBackOff()
	}
	return e.NextBackOff()
}

// Sleep waits, or returns ctx's error as soon as ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
