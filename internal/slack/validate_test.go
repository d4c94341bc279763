package slack_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/slack"
)

// between stands between the bot and Slack. While on, it answers one method itself.
func between(t *testing.T, s *fakeslack.Server, method string, answer http.HandlerFunc) (api string, on *atomic.Bool) {
	t.Helper()
	target, err := url.Parse(s.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	on = new(atomic.Bool)
	p := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if on.Load() && strings.HasSuffix(r.URL.Path, "/"+method) {
			answer(rw, r)
			return
		}
		r.Host = target.Host // Slack names its sockets by it
		r.URL.Path = strings.TrimPrefix(r.URL.Path, target.Path)
		forward.ServeHTTP(rw, r)
	}))
	t.Cleanup(p.Close)
	return p.URL + "/", on
}

// says answers with status 200.
func says(body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, body) }
}

// passingFaults are what a network and what stands in it answer in the place of Slack.
var passingFaults = map[string]http.HandlerFunc{
	"cut":                   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"503":                   func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) },
	"a proxy's 404":         func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) },
	"a proxy's 407":         func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusProxyAuthRequired) },
	"a login page":          says(`<!doctype html><title>Sign in</title>`),
	"nothing":               says(``),
	"JSON of something":     says(`{"page":"hello","items":[]}`),
	"an empty object":       says(`{}`),
	"null":                  says(`null`),
	"an array":              says(`[]`),
	"half an answer":        says(`{"ok":tr`),
	"ok and nothing":        says(`{"ok":true}`),
	"an error without name": says(`{"ok":false}`),
	"Slack's own trouble":   says(`{"ok":false,"error":"internal_error"}`),
}

// An EOF, or an answer that was none of Slack's, ended the worker as an error of its settings.
func TestWhatMayPassIsNoErrorOfTheSettings(t *testing.T) {
	for _, method := range []string{"auth.test", "conversations.info"} {
		for name, fault := range passingFaults {
			t.Run(method+" "+name, func(t *testing.T) {
				w := newWorld(t)
				api, on := between(t, w.slack, method, fault)
				on.Store(true)
				b, err := slack.New(slack.Config{AppToken: "xapp-1", BotToken: "xoxb-1", Channels: []string{channel}, APIURL: api}, stores(w.store))
				if err != nil {
					t.Fatal(err)
				}
				var settings *slack.SettingsError
				if err := b.Validate(t.Context(), true); err == nil || errors.As(err, &settings) {
					t.Errorf("says %v", err)
				}
				if r := b.Readiness(t.Context()); !strings.Contains(r.Problem, "could not be asked") {
					t.Errorf("ready with the problem %q", r.Problem)
				}
				on.Store(false)
				if err := b.Confirm(t.Context(), true); err != nil {
					t.Errorf("when it has passed: %v", err)
				}
				if r := b.Readiness(t.Context()); r.Problem != "" {
					t.Errorf("when it has passed: %s", r.Problem)
				}
			})
		}
	}
}

func TestWhatSlackSaysLaterIsAnErrorOfTheSettingsToo(t *testing.T) {
	for method, code := range map[string]string{
		"auth.test": "invalid_auth", "conversations.info": "channel_not_found", "conversations.info ": "missing_scope",
	} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			asked := 0 // one request after another
			api, on := between(t, w.slack, strings.TrimSpace(method), func(rw http.ResponseWriter, r *http.Request) {
				if asked++; asked == 1 {
					panic(http.ErrAbortHandler)
				}
				says(fmt.Sprintf(`{"ok":false,"error":%q}`, code))(rw, r)
			})
			on.Store(true)
			b, err := slack.New(slack.Config{AppToken: "xapp-1", BotToken: "xoxb-1", Channels: []string{channel}, APIURL: api}, stores(w.store))
			if err != nil {
				t.Fatal(err)
			}
			var settings *slack.SettingsError
			if err := b.Confirm(t.Context(), true); !errors.As(err, &settings) || asked != 2 {
				t.Errorf("says %v after %d questions", err, asked)
			}
		})
	}
}

// slack-go ends its run at a 404, and a look that was answered with nothing was taken for complete.
func TestAForeignAnswerEndsNoListener(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		fault  http.HandlerFunc
	}{
		"404 for a socket":      {"apps.connections.open", passingFaults["a proxy's 404"]},
		"nothing for a socket":  {"apps.connections.open", passingFaults["an empty object"]},
		"a login page for who":  {"auth.test", passingFaults["a login page"]},
		"another 404 for who":   {"auth.test", passingFaults["a proxy's 404"]},
		"no ok in who it is":    {"auth.test", passingFaults["an empty object"]},
		"ok, but not who it is": {"auth.test", passingFaults["ok and nothing"]},
		"503 for who":           {"auth.test", passingFaults["503"]},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			asked := make(chan struct{}, 100)
			api, on := between(t, w.slack, c.method, func(rw http.ResponseWriter, r *http.Request) {
				select {
				case asked <- struct{}{}:
				default:
				}
				c.fault(rw, r)
			})
			on.Store(true)
			b, err := slack.New(slack.Config{AppToken: "xapp-1", BotToken: "xoxb-1", Channels: []string{channel}, APIURL: api}, stores(w.store))
			if err != nil {
				t.Fatal(err)
			}
			start(t, b.Run) // fails the test if it ends with an error
			<-asked
			on.Store(false)
			w.await("a socket", func(*fakeslack.Server) bool { return b.Readiness(t.Context()).Connected })
		})
	}
}

func TestAnAnswerThatIsNoneTellsNothingOfAChannel(t *testing.T) {
	w := newWorld(t)
	for name, fault := range passingFaults {
		t.Run(name, func(t *testing.T) {
			api, on := between(t, w.slack, "conversations.history", fault)
			on.Store(true)
			var e *slack.Error
			if err := slack.ReadHistory(t.Context(), api, channel); !errors.As(err, &e) {
				t.Errorf("says %v", err)
			} else if !e.Retryable() {
				t.Errorf("%v is final", err)
			}
		})
	}
}
