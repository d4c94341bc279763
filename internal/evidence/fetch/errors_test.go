package fetch

import (
	"net/http"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

func TestRefusalsSayWhetherAndWhenToComeBack(t *testing.T) {
	for _, c := range []struct {
		status    int
		header    string
		after     time.Duration
		retryable bool
	}{
		{429, "30", 30 * time.Second, true},
		{429, "1.5", 1500 * time.Millisecond, true},
		{503, "120", 2 * time.Minute, true},
		{503, "", 0, true},
		{503, "soon", 0, true},
		{429, "-1", 0, true},
		{429, "86400", time.Hour, true},                         // not for the server to decide
		{429, "Fri, 31 Dec 2100 23:59:59 GMT", time.Hour, true}, // nor in this form
		{500, "30", 0, true},                                    // has no meaning there
		{404, "30", 0, false},
		{403, "30", 0, false},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.WriteHeader(c.status)
		})
		client := newClient(t, Options{Allow: []string{"127.0.0.1"}})
		_, err := client.Get(t.Context(), Request{URL: s.URL})
		if retry.Retryable(err) != c.retryable || retry.After(err) != c.after {
			t.Errorf("%d, Retry-After %q: retryable %v after %s", c.status, c.header, retry.Retryable(err), retry.After(err))
		}
		res, err := client.Get(t.Context(), Request{URL: s.URL, AnyStatus: true})
		if err != nil || retry.After(res.Err()) != c.after {
			t.Errorf("%d, Retry-After %q as an answer: %v after %s", c.status, c.header, err, retry.After(res.Err()))
		}
	}
}

func TestEveryReasonIsAHint(t *testing.T) {
	for reason, want := range map[Reason]bool{
		DNS: true, Connect: true, Timeout: true, RateLimited: true, ServerError: true, Proxy: true,
		NotFound: false, Forbidden: false, PrivateAddress: false, Canceled: false, TooLarge: false, Paywall: false, ParserFailed: false,
	} {
		var hint retry.Hint = NewError(reason, "https://example.com/?token=abc", "it failed", "")
		if hint.Retryable() != want || hint.RetryAfter() != 0 || !retry.Counted(hint) {
			t.Errorf("%s: retryable %v after %s", reason, hint.Retryable(), hint.RetryAfter())
		}
	}
}
