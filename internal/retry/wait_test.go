package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

// refused is an error that says of itself that it is permanent.
type refused struct{ cause error }

func (refused) Error() string             { return "no" }
func (refused) Retryable() bool           { return false }
func (refused) RetryAfter() time.Duration { return 0 }
func (r refused) Unwrap() error           { return r.cause }

// peer is an outage.
type peer struct{ error }

func (peer) Peer() string { return "Slack" }

func TestADeadlineIsNeverPermanent(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"bare", context.DeadlineExceeded, true},
		{"wrapped", fmt.Errorf("fetch: %w", context.DeadlineExceeded), true},
		{"beside a hint that says otherwise", refused{context.DeadlineExceeded}, true},
		{"joined with another", errors.Join(refused{}, context.DeadlineExceeded), true},
		{"a cancellation", context.Canceled, false},
		{"a refusal", refused{}, false},
	} {
		if got := retry.Retryable(c.err); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestWhatOnlyHasToWait(t *testing.T) {
	turn := fmt.Errorf("post: %w", retry.Turn(errors.New("full"), time.Minute))
	if !retry.IsTurn(turn) || !retry.Waits(turn) || !retry.Retryable(turn) || retry.After(turn) != time.Minute || retry.Peer(turn) != "" {
		t.Errorf("a turn: %v", turn)
	}
	away := fmt.Errorf("post: %w", peer{errors.New("503")})
	if retry.IsTurn(away) || !retry.Waits(away) || retry.Peer(away) != "Slack" {
		t.Errorf("an outage: %v", away)
	}
	for _, err := range []error{nil, errors.New("other"), retry.Passing(errors.New("disk")), context.DeadlineExceeded, retry.Turn(nil, time.Second)} {
		if retry.Waits(err) {
			t.Errorf("%v has to wait", err)
		}
	}
}
