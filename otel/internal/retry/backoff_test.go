package retry

import (
	"testing"
	"time"
)

func TestBackoffGrowsToItsBound(t *testing.T) {
	b := Between(time.Second, time.Minute)
	for range 100 { // chances
		for n := 1; n < 200; n++ {
			limit := time.Minute
			if n < 7 {
				limit = time.Second << (n - 1)
			}
			if d := b.Wait(n, 0); d < limit/2 || d > limit+1 {
				t.Fatalf("attempt %d waits %v, want between %v and %v", n, d, limit/2, limit)
			}
		}
	}
}

func TestBackoffNeverUndercutsTheServer(t *testing.T) {
	b := Between(time.Second, time.Minute)
	for range 100 {
		if d := b.Wait(1, 10*time.Minute); d < 10*time.Minute || d > 10*time.Minute+2*time.Second {
			t.Errorf("waits %v, asked for 10 minutes", d)
		}
	}
}

func TestBackoffIsTheOneOfTheCollector(t *testing.T) {
	b := Backoff{Initial: time.Second, Max: 10 * time.Second, Multiplier: 1.5}
	for n, want := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 1500 * time.Millisecond, 3: 2250 * time.Millisecond, 8: 10 * time.Second, 1000: 10 * time.Second,
	} {
		if d := b.Wait(n, 0); d != want {
			t.Errorf("after %d failures: %v, want %v", n, d, want)
		}
	}
}
