package texttest

import (
	"testing"
	"time"
)

const (
	// times is by how much the second text of [Grows] is larger, and most by how
	// much it may cost more: what takes the square of its input takes 16 times as
	// much, what sorts it 5; a regular expression runs on another engine beyond a
	// size, and the collector of garbage has more to do.
	times, most = 4, 12
	// cheap is what a byte may cost in any case: what costs less at this size is a
	// matter of seconds at the size of the largest page.
	cheap = 3 * time.Microsecond
	// tries is how often a cost is measured before it is called too high. The
	// least counts: what disturbs a measure makes it greater.
	tries = 4
)

// Grows fails the test if f takes more than in proportion to its text, of n
// bytes and of four times as many, and enough for it to matter.
func Grows(t *testing.T, k Kind, n int, f func(text string)) {
	t.Helper()
	large := k.Text(times * n)
	cost := CPU(t, func() { f(large) })
	if cost < time.Duration(len(large))*cheap {
		return
	}
	small := k.Text(n)
	base := CPU(t, func() { f(small) })
	for range tries {
		if cost <= most*base {
			return
		}
		base = min(base, CPU(t, func() { f(small) }))
		cost = min(cost, CPU(t, func() { f(large) }))
	}
	t.Errorf("%s: %d bytes take %v, %d bytes %v", k.Name, len(small), base, len(large), cost)
}
