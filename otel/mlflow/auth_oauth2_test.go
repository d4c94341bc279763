package mlflow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A token lives for 5 s and the endpoint takes 0.3 s, under the load of 20 clients
// for a minute.
func TestTokensThatEndAreReplacedBeforeUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(5 * time.Second)
		i.slow = 300 * time.Millisecond
		c := made(t, "http://mlflow/x", WithTransport(inMemory{i}), WithOAuth2(oauth))
		end := time.Now().Add(time.Minute)
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				for time.Now().Before(end) {
					if err := post(c, t.Context()); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration(37+n) * time.Millisecond)
				}
			})
		}
		wg.Wait()
		if n := i.asked(); n < 12 || n > 16 { // every 4 s and a bit
			t.Errorf("%d token requests in a minute", n)
		}
		if i.refused.Load() != 0 || i.served.Load() < 10_000 {
			t.Errorf("%d requests served, %d refused", i.served.Load(), i.refused.Load())
		}
	})
}

// Tokens end much earlier than the endpoint says: every end is seen by a 401.
func TestRefusedRequestsAreSentOnceMoreWithANewToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(time.Hour)
		i.strict = 7 * time.Second
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
		for range 10 {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if err := post(c, t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			time.Sleep(8 * time.Second)
		}
		if n := i.asked(); n != 10 {
			t.Errorf("%d token requests, want one for each of 10 ends", n)
		}
	})
}

func TestAServerThatRefusesEveryTokenDoesNotMakeTheEndpointBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(time.Hour)
		i.strict = -1
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
		for range 100 {
			_, err := c.GetRun(t.Context(), "r")
			if !IsUnauthorized(err) || strings.Contains(err.Error(), "access-") {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := i.asked(); n > 3 { // the first, and one in 10 s
			t.Errorf("%d token requests in 10 s", n)
		}
	})
}

// Tokens of 2 s without a word on their end.
func TestTokensWithoutAnEndAreReplacedWhenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(0)
		i.strict = 2 * time.Second
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
		end := time.Now().Add(time.Minute)
		var wg sync.WaitGroup
		for n := range 10 {
			wg.Go(func() {
				for time.Now().Before(end) {
					if err := post(c, t.Context()); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration(37+n) * time.Millisecond)
				}
			})
		}
		wg.Wait()
		if n := i.asked(); n < 25 || n > 31 {
			t.Errorf("%d token requests in a minute", n)
		}
	})
}

func TestATokenIsUsedToItsEndWhileTheEndpointIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(10 * time.Minute)
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
		if err := post(c, t.Context()); err != nil {
			t.Fatal(err)
		}
		i.mu.Lock()
		i.refuse = func(w http.ResponseWriter) bool {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		i.mu.Unlock()
		for range 595 {
			time.Sleep(time.Second)
			if err := post(c, t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := i.asked(); n > 40 {
			t.Errorf("%d token requests in the token's last minute", n)
		}
		time.Sleep(6 * time.Second)
		before := i.asked()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := post(c, t.Context())
				var away *CredentialsError
				if !errors.As(err, &away) || !IsRetryable(err) || IsAmbiguous(err) || away.Wait != 30*time.Second || IsUnauthorized(err) {
					t.Errorf("error %v", err)
				}
			})
		}
		wg.Wait()
		if n := i.asked() - before; n > 40 {
			t.Errorf("20 that wait made %d token requests", n)
		}
	})
}

func TestTokenEndpointErrorsSayWhatToMendAndNoSecret(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("me:" + url.QueryEscape(oauth.ClientSecret)))
	for name, tt := range map[string]struct {
		status     int
		kind, body string
		want       string
	}{
		"wrong secret": {401, "application/json", `{"error":"invalid_client","error_description":"no ` + oauth.ClientSecret + ` ` + basic + `"}`,
			"401 invalid_client: no *** *** (check MLFLOW_TRACKING_OAUTH2_CLIENT_ID and MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET)"},
		"wrong scope":  {400, "application/json", `{"error":"invalid_scope"}`, "(check MLFLOW_TRACKING_OAUTH2_SCOPES)"},
		"wrong path":   {404, "text/html", "<html>" + oauth.ClientSecret, "it answered 404 (check MLFLOW_TRACKING_OAUTH2_TOKEN_URL)"},
		"redirect":     {302, "text/html", "", "it answered 302 (check MLFLOW_TRACKING_OAUTH2_TOKEN_URL)"},
		"a page":       {200, "text/html", "<html>" + oauth.ClientSecret, "(check MLFLOW_TRACKING_OAUTH2_TOKEN_URL)"},
		"no token":     {200, "application/json", "{}", "(check MLFLOW_TRACKING_OAUTH2_TOKEN_URL)"},
		"out of order": {500, "application/json", "{}", "it answered 500"},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.kind)
				w.Header().Set("Location", "http://elsewhere/"+oauth.ClientSecret)
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			})
			_, err := made(t, "http://mlflow", WithTransport(inMemory{h}), WithOAuth2(oauth)).GetRun(t.Context(), "r")
			if _, ok := errors.AsType[*CredentialsError](err); !ok || !IsRetryable(err) || !strings.Contains(err.Error(), tt.want) ||
				strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "http://idp/token") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTokenRequestsCarryWhatWasSet(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	rewrite(t, secret, "first\n")
	i := newIssuer(time.Hour)
	c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(OAuth2{
		TokenURL: "http://idp/token", ClientID: "me", ClientSecretFile: secret, Scopes: " a  b ", Audience: "aud", Params: "resource=https%3A%2F%2Fh",
	}))
	var passwords []string
	i.refuse = func(http.ResponseWriter) bool { return false }
	record := inMemory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, p, ok := r.BasicAuth(); ok && r.URL.Path == "/token" {
			passwords = append(passwords, p)
		}
		i.ServeHTTP(w, r)
	})}
	c.auth.next = record
	c.auth.auth.(*oauth2Source).client.Transport = record
	if err := post(c, t.Context()); err != nil {
		t.Fatal(err)
	}
	rewrite(t, secret, "second")
	i.revoke()
	if err := post(c, t.Context()); err != nil {
		t.Fatal(err)
	}
	f := i.forms[0]
	if f.Get("grant_type") != "client_credentials" || f.Get("scope") != "a b" || f.Get("audience") != "aud" || f.Get("resource") != "https://h" {
		t.Errorf("form %v", f)
	}
	if strings.Join(passwords, " ") != "first second" {
		t.Errorf("secrets %v", passwords)
	}
}

func TestWhoGivesUpWaitingForATokenDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(time.Hour)
		i.slow = 10 * time.Second
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := post(c, t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		start := time.Now()
		if err := post(c, ctx); !errors.Is(err, context.DeadlineExceeded) || IsAmbiguous(err) || time.Since(start) > time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		wg.Wait()
	})
}
