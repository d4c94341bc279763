package queue

import (
	"math/rand/v2"
	"time"
)

// backoff is the wait after the given number of earlier failures: base, then
// three times as long each time, at most longest; ±20 % jitter, so that what
// failed together doesn't come back together.
func backoff(base, longest time.Duration, failures int) time.Duration {
	d := base
	for range failures {
		if d >= longest {
			break
		}
		d *= 3
	}
	d = min(d, longest)
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
