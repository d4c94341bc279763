package retry

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Backoff grows exponentially: Initial after the first failure, Multiplier times
// as long after each further one, at most Max. By chance each wait is shorter or
// longer by up to the share Randomization of it. The meaning of the fields is
// that of the Collector's retry_on_failure.
type Backoff struct {
	Initial, Max              time.Duration
	Multiplier, Randomization float64
}

// Between doubles from shortest to longest: half of each wait is certain, half
// by chance, and none exceeds the bound that has been reached.
func Between(shortest, longest time.Duration) Backoff {
	// [d/2, d] is three quarters of d, and a third of that more or less.
	return Backoff{Initial: shortest * 3 / 4, Max: longest * 3 / 4, Multiplier: 2, Randomization: 1. / 3}
}

// Wait is the wait after n failures in a row, and never less than asked, which
// is what the server wants, or 0. Those that were asked for the same wait are
// spread over one more Initial.
func (b Backoff) Wait(n int, asked time.Duration) time.Duration {
	e := backoff.ExponentialBackOff{
		InitialInterval: min(b.Initial, b.Max), MaxInterval: b.Max,
		Multiplier: b.Multiplier, RandomizationFactor: b.Randomization,
	}
	e.Reset()
	var d time.Duration
	// The library counts by itself, while our counts outlive a process. No
	// interval grows for longer than it takes to double from 1 ns.
	for range min(max(n, 1), int(math.Log2(math.MaxInt64))) {
		d = e.NextBackOff()
	}
	if asked > 0 {
		d = max(d, asked+time.Duration(rand.Float64()*float64(b.Initial)))
	}
	return d
}
