package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

type busy struct{ after time.Duration }

func (busy) Error() string               { return "busy" }
func (busy) Retryable() bool             { return true }
func (b busy) RetryAfter() time.Duration { return b.after }

func TestHintsAreFoundInAChain(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		retryable bool
		after     time.Duration
	}{
		"nil":            {},
		"no hint":        {err: errors.New("odd")},
		"hint":           {err: busy{time.Second}, retryable: true, after: time.Second},
		"wrapped hint":   {err: fmt.Errorf("post: %w", busy{time.Second}), retryable: true, after: time.Second},
		"passing":        {err: retry.Passing(errors.New("locked")), retryable: true},
		"passing of nil": {err: retry.Passing(nil)},
	} {
		if got := retry.Retryable(c.err); got != c.retryable {
			t.Errorf("%s: retryable %v", name, got)
		}
		if got := retry.After(c.err); got != c.after {
			t.Errorf("%s: after %v", name, got)
		}
	}
	cause := errors.New("locked")
	if err := retry.Passing(cause); !errors.Is(err, cause) || err.Error() != "locked" {
		t.Errorf("passing hides its cause: %v", err)
	}
}

type anybodys struct{ busy }

func (anybodys) Counted() bool { return true }

func TestWaitsThatAnybodyAsksForCount(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nil": {}, "no hint": {err: errors.New("odd")}, "a service of ours": {err: busy{time.Hour}},
		"a page": {fmt.Errorf("read: %w", anybodys{busy{time.Hour}}), true},
	} {
		if got := retry.Counted(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRetryAfterHeaders(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-3": 0, "0": 0, "NaN": 0, "+Inf": 24 * time.Hour, "1e300": 24 * time.Hour,
		"7": 7 * time.Second, " 7 ": 7 * time.Second, "1.5": 1500 * time.Millisecond,
		"Sat, 28 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Sat, 28 Nov 2026 11:59:00 GMT": 0,
		"Sat, 28 Nov 2099 12:00:00 GMT": 24 * time.Hour,
	} {
		if got := retry.ParseAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestBackoffGrowsToItsLongest(t *testing.T) {
	b := retry.Backoff{First: time.Second, Longest: time.Minute, Factor: 3}
	for earlier, seconds := range []int{1, 3, 9, 27, 60, 60} {
		middle := time.Duration(seconds) * time.Second
		for range 100 {
			if got := b.Wait(earlier); got < middle*79/100 || got > middle*121/100 {
				t.Fatalf("after %d: %v, want %v give or take a fifth", earlier, got, middle)
			}
		}
	}
	if got := b.Wait(1 << 30); got > 72*time.Second {
		t.Errorf("after very many: %v", got)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := retry.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := retry.Sleep(t.Context(), time.Minute); err != nil || time.Since(began) != 61*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := retry.Sleep(ctx, 0); err == nil {
			t.Error("no error of a context that has ended")
		}
	})
}

func ExampleRetryable() {
	err := fmt.Errorf("post the reply: %w", busy{30 * time.Second})
	fmt.Println(retry.Retryable(err), retry.After(err))
	// Output: true 30s
}
