package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/internal/retry"
)

// hint is an error with fixed answers.
type hint struct {
	retryable bool
	after     time.Duration
	err       error
}

func (h hint) Error() string             { return "hint" }
func (h hint) Unwrap() error             { return h.err }
func (h hint) Retryable() bool           { return h.retryable }
func (h hint) RetryAfter() time.Duration { return h.after }

var _ retry.Hint = hint{}

func TestErrorsSayWhetherAndWhenToTryAgain(t *testing.T) {
	refused := &url.Error{Op: "Get", URL: "http://x", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	for name, c := range map[string]struct {
		err       error
		retryable bool
		after     time.Duration
	}{
		"no error":                 {nil, false, 0},
		"nothing known":            {errors.New("no"), false, 0},
		"hint":                     {hint{true, time.Second, nil}, true, time.Second},
		"hint against":             {hint{false, 0, nil}, false, 0},
		"wrapped hint":             {fmt.Errorf("call: %w", hint{true, 2 * time.Second, nil}), true, 2 * time.Second},
		"joined hint":              {errors.Join(errors.New("no"), hint{true, time.Second, nil}), true, time.Second},
		"the outer hint decides":   {hint{false, 0, hint{true, time.Second, nil}}, false, 0},
		"hint before the network":  {hint{false, 0, refused}, false, 0},
		"refused connection":       {fmt.Errorf("call: %w", refused), true, 0},
		"cut connection":           {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true, 0},
		"timeout":                  {fmt.Errorf("call: %w", context.DeadlineExceeded), true, 0},
		"canceled by the caller":   {fmt.Errorf("call: %w", context.Canceled), false, 0},
		"canceled although a hint": {errors.Join(context.Canceled, hint{true, 0, nil}), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := retry.Retryable(c.err); got != c.retryable {
				t.Errorf("retryable %v, want %v", got, c.retryable)
			}
			if got := retry.After(c.err); got != c.after {
				t.Errorf("after %v, want %v", got, c.after)
			}
		})
	}
}

func TestRetryAfterIsReadInBothFormsAndBounded(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		" 7 ":                           7 * time.Second,
		"0.5":                           500 * time.Millisecond, // Slack and model servers
		"-1":                            0,
		"NaN":                           0,
		"1e300":                         time.Hour,
		"99999999999999999999":          time.Hour,
		"soon":                          0,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"Mon, 02 Mar 2026 12:00:00 GMT": time.Hour,
	} {
		if got := retry.ParseRetryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
