package slack

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

// calls are the ways in which Slack is asked: by slack-go with a form, and past it.
var calls = map[string]func(context.Context, *webAPI) error{
	"a post": func(ctx context.Context, a *webAPI) error {
		_, err := a.Post(ctx, Outgoing{Channel: "C1", Text: "a"})
		return err
	},
	"who it is": func(ctx context.Context, a *webAPI) error { _, err := a.Identity(ctx); return err },
	"a history": func(ctx context.Context, a *webAPI) error {
		return a.History(ctx, "C1", "", func(Message) bool { return true })
	},
}

// TestTheTokenFollowsNoRedirect: of a proxy that wants its login the address is anybody's, and slack-go has the token in the
// form that a redirect with 307 and 308 repeats.
func TestTheTokenFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s came elsewhere, with the token %q", r.Method, r.URL.Path, r.FormValue("token")+r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/login", status)
		}))
		for name, call := range calls {
			err := call(t.Context(), newWebAPI("xoxb-1", "xapp-1", between.URL))
			var e *Error
			if !errors.As(err, &e) || !e.Retryable() || !e.Unclear || e.Hint == "" {
				t.Errorf("%s, %d: %v", name, status, err)
			}
		}
		between.Close()
	}
}

// TestAnAnswerThatNamesNoMessageLeavesOpenWhetherItStands.
func TestAnAnswerThatNamesNoMessageLeavesOpenWhetherItStands(t *testing.T) {
	for name, c := range map[string]struct {
		channel, answer string
		sent            bool
	}{
		"its own":              {"C1", `{"ok":true,"channel":"C1","ts":"1700000000.000100"}`, true},
		"with a warning":       {"C1", `{"ok":true,"channel":"C1","ts":"1700000000.000100","warning":"superfluous_charset"}`, true},
		"to a person":          {"U1", `{"ok":true,"channel":"D1","ts":"1700000000.000100"}`, true},
		"no ts":                {"C1", `{"ok":true,"channel":"C1"}`, false},
		"no ts, but something": {"C1", `{"ok":true,"channel":"C1","ts":"../x"}`, false},
		"a number":             {"C1", `{"ok":true,"channel":"C1","ts":1700000000.0001}`, false},
		"another channel":      {"C1", `{"ok":true,"channel":"C2","ts":"1700000000.000100"}`, false},
		"no channel":           {"C1", `{"ok":true,"ts":"1700000000.000100"}`, false},
		"half of it":           {"C1", `{"ok":true,"channel":"C1","ts":"17000`, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.answer)) }))
		_, err := newWebAPI("xoxb-1", "xapp-1", server.URL).Post(t.Context(), Outgoing{Channel: c.channel, Text: "a"})
		server.Close()
		var e *Error
		if (err == nil) != c.sent || err != nil && !(errors.As(err, &e) && e.Unclear && e.Retryable()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatBecomesOfAnAnswerIsBounded: an element of three bytes has up to a thousand in memory.
func TestWhatBecomesOfAnAnswerIsBounded(t *testing.T) {
	const long = `","x":"\\\",,"` // commas of a text are no values
	for name, c := range map[string]struct {
		answer string
		taken  bool
	}{
		"a page":           {`{"ok":true,"channels":[` + strings.Repeat(`{},`, 998) + `{}],"messages":[` + strings.Repeat(`{},`, 998) + `{}]}`, true},
		"a text":           {`{"ok":true,"channels":[],"messages":[],"x":"` + strings.Repeat(",", maxPageValues+1) + long + `}`, true},
		"too many of each": {`{"ok":true,"channels":[` + strings.Repeat(`{},`, maxValues) + `{}],"messages":[` + strings.Repeat(`{},`, maxPageValues) + `{}]}`, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.answer)) }))
		api := newWebAPI("xoxb-1", "xapp-1", server.URL)
		_, channels := api.Conversations(t.Context(), "U1")
		messages := api.History(t.Context(), "C1", "", func(Message) bool { return true })
		server.Close()
		for what, err := range map[string]error{"channels": channels, "messages": messages} {
			if (err == nil) != c.taken || err != nil && !IsCode(err, codeNetwork) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

// TestAWaitIsReadInEachOfItsForms, of which RFC 9110 has two; what nobody can read is the least.
func TestAWaitIsReadInEachOfItsForms(t *testing.T) {
	for form, want := range map[string]struct{ least, most time.Duration }{
		"7":                    {7 * time.Second, 7 * time.Second},
		"0":                    {time.Second, time.Second},
		"-5":                   {time.Second, time.Second},
		"1.5":                  {1500 * time.Millisecond, 2 * time.Second},
		"soon":                 {time.Second, time.Second},
		"99999999999999999999": {24 * time.Hour, 24 * time.Hour},
		"9223372037":           {24 * time.Hour, 24 * time.Hour},
		time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat): {time.Second, 10 * time.Minute},
		"Thu, 01 Jan 2099 00:00:00 GMT":                                {24 * time.Hour, 24 * time.Hour},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", form)
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"ok":false,"error":"ratelimited"}`))
		}))
		for name, call := range calls {
			err := call(t.Context(), newWebAPI("xoxb-1", "xapp-1", server.URL))
			if got := retry.After(err); !IsCode(err, codeRateLimited) || got < want.least || got > want.most {
				t.Errorf("%s, %q: a wait of %s, %v", name, form, got, err)
			}
			var e *Error
			if errors.As(err, &e) && e.Unclear {
				t.Errorf("%s, %q: it may have taken effect: %v", name, form, err)
			}
		}
		server.Close()
	}
}

// TestWhatPassesKeepsItsReply: of the errors that Slack documents for a post (docs.slack.dev/reference/methods/chat.postMessage),
// those that a while or a person puts right are waited out. The post has certainly not taken effect.
func TestWhatPassesKeepsItsReply(t *testing.T) {
	for _, code := range []string{
		"accesslimited", "account_inactive", "ekm_access_denied", "external_channel_migrating", "invalid_auth", "message_limit_exceeded",
		"not_authed", "org_login_required", "rate_limited", "ratelimited", "team_access_not_granted", "team_added_to_org", "token_expired",
		"token_revoked", "two_factor_setup_required",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"ok":false,"error":"` + code + `"}`))
		}))
		for name, call := range calls {
			err := call(t.Context(), newWebAPI("xoxb-1", "xapp-1", server.URL))
			var e *Error
			if !IsCode(err, code) || !retry.Retryable(err) || retry.After(err) == 0 || errors.As(err, &e) && e.Unclear {
				t.Errorf("%s, %s: retryable %v, a wait of %s, %v", name, code, retry.Retryable(err), retry.After(err), err)
			}
		}
		server.Close()
	}
}
