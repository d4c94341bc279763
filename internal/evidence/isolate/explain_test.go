package isolate

import (
	"testing"

	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/sandbox"
)

// TestOnlyEndsThatThePageIsToBlameForAreFinal: a page whose child was ended from outside, or never
// started, is read again later; one that a child failed at would be read in vain.
func TestOnlyEndsThatThePageIsToBlameForAreFinal(t *testing.T) {
	for cause, again := range map[sandbox.Cause]bool{
		sandbox.Killed: true, sandbox.Start: true,
		sandbox.Memory: false, sandbox.CPU: false, sandbox.Time: false, sandbox.Output: false, sandbox.Crash: false,
	} {
		err := explain("https://example.com/", &sandbox.Error{Cause: cause})
		if got := retry.Retryable(err); got != again {
			t.Errorf("%s: another attempt %v, want %v: %v", cause, got, again, err)
		}
	}
}
