package mlflow

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// inMemory hands requests to a handler, without a network, so that time can be
// synctest's.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, req)
	_ = req.Body.Close()
	return w.Result(), nil
}

// issuer is a token endpoint, and what stands before the server to check its
// tokens.
type issuer struct {
	life    time.Duration // what it says
	strict  time.Duration // what it keeps to, unless 0
	slow    time.Duration
	mu      sync.Mutex
	issued  int
	tokens  map[string]time.Time // token to end
	forms   []url.Values
	refuse  func(w http.ResponseWriter) bool // answers instead; under the lock
	refused atomic.Int64                     // requests with a token that is not good
	served  atomic.Int64
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		i.issue(w, r)
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	i.mu.Lock()
	end, ok := i.tokens[token]
	i.mu.Unlock()
	if !ok || !time.Now().Before(end) {
		i.refused.Add(1)
		http.Error(w, "token "+token+" is not good", http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodPost && len(body) == 0 {
		http.Error(w, "the body is gone", http.StatusBadRequest)
		return
	}
	i.served.Add(1)
	fmt.Fprint(w, "{}")
}

func (i *issuer) issue(w http.ResponseWriter, r *http.Request) {
	time.Sleep(i.slow) // of synctest
	_ = r.ParseForm()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.issued++
	i.forms = append(i.forms, r.PostForm)
	if i.refuse != nil && i.refuse(w) {
		return
	}
	token := fmt.Sprintf("access-%d", i.issued)
	life := i.life
	if i.strict != 0 {
		life = i.strict
	}
	i.tokens[token] = time.Now().Add(life)
	w.Header().Set("Content-Type", "application/json")
	end := ""
	if i.life > 0 {
		end = fmt.Sprintf(`,"expires_in":%d`, int(i.life.Seconds()))
	}
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer"%s}`, token, end)
}

// revoke ends all tokens.
func (i *issuer) revoke() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.tokens)
}

func (i *issuer) asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issued
}

func newIssuer(life time.Duration) *issuer {
	return &issuer{life: life, tokens: map[string]time.Time{}}
}

var oauth = OAuth2{TokenURL: "http://idp/token", ClientID: "me", ClientSecret: "s3cret+of/client"}

func made(t *testing.T, uri string, opts ...Option) *Client {
	t.Helper()
	c, err := NewClient(uri, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

// post is a write over REST and one over OTLP.
func post(c *Client, ctx context.Context) error {
	if err := c.LogBatch(ctx, "r", Batch{Tags: []Tag{{Key: "k", Value: "v"}}}); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.OTLPEndpoint(), strings.NewReader("spans"))
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: c.Transport()}).Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

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

// rewrite replaces a file as the kubelet does: by another one of the same name.
func rewrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestATokenFileMayBeReplacedWhileRequestsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "token")
		i := newIssuer(0)
		give := func(token string, life time.Duration) {
			i.mu.Lock()
			i.tokens[token] = time.Now().Add(life)
			i.mu.Unlock()
			rewrite(t, path, token+"\n")
		}
		give("token-0", 70*time.Second)
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithTokenFile(path))
		end := time.Now().Add(10 * time.Minute)
		var wg sync.WaitGroup
		for n := range 5 {
			wg.Go(func() {
				for time.Now().Before(end) {
					if err := post(c, t.Context()); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration(200+n) * time.Millisecond)
				}
			})
		}
		for n := 1; time.Now().Before(end); n++ {
			time.Sleep(time.Minute)
			give(fmt.Sprint("token-", n), 70*time.Second)
			if n == 3 { // for a moment there is nothing
				rewrite(t, path, "")
				time.Sleep(5 * time.Second)
				rewrite(t, path, "token-3")
			}
		}
		wg.Wait()
		if i.refused.Load() != 0 {
			t.Errorf("%d requests with an old token", i.refused.Load())
		}
	})
}

func TestATokenThatIsRefusedIsReadAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "token")
		rewrite(t, path, "old-token")
		i := newIssuer(0)
		i.tokens["new-token"] = time.Now().Add(time.Hour)
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithTokenFile(path))
		ctx, n := CountRequests(t.Context())
		if _, err := c.GetRun(ctx, "r"); !IsUnauthorized(err) || strings.Contains(err.Error(), "old-token") || n.Load() != 1 {
			t.Errorf("%d requests, %v", n.Load(), err)
		}
		rewrite(t, path, "new-token")
		if err := post(c, ctx); err != nil || n.Load() != 4 {
			t.Errorf("%d requests, %v", n.Load(), err)
		}
		if hid := strings.Join(c.auth.secrets(), " "); hid != "old-token new-token" {
			t.Errorf("masked are %s", hid)
		}
	})
}

func TestABodyThatCannotBeHadAgainIsNotSentAgain(t *testing.T) {
	i := newIssuer(time.Hour)
	c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
	if err := post(c, t.Context()); err != nil {
		t.Fatal(err)
	}
	i.revoke()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.OTLPEndpoint(), io.MultiReader(bytes.NewReader([]byte("x"))))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Transport().RoundTrip(req)
	if err == nil {
		resp.Body.Close()
	}
	if !IsUnauthorized(err) || i.asked() != 1 {
		t.Errorf("%d token requests, %v", i.asked(), err)
	}
}

func TestPodsSendTheirServiceAccountAndNamespace(t *testing.T) {
	dir := t.TempDir()
	rewrite(t, filepath.Join(dir, "token"), "pod-token\n")
	rewrite(t, filepath.Join(dir, "namespace"), "team-a\n")
	inPod := optionFunc(func(c config) config { c.serviceAccount = dir; return c })
	for name, tt := range map[string]struct {
		opts          []Option
		token, worksp string
	}{
		"kubernetes":            {[]Option{WithKubernetes(false)}, "pod-token", ""},
		"kubernetes-namespaced": {[]Option{WithKubernetes(true)}, "pod-token", "team-a"},
		"a workspace wins":      {[]Option{WithKubernetes(true), WithWorkspace("team-b")}, "pod-token", "team-b"},
		"a token wins":          {[]Option{WithKubernetes(true), WithToken("static")}, "static", "team-a"},
		"before a password":     {[]Option{WithKubernetes(false), WithBasicAuth("ann", "pw")}, "pod-token", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []*http.Request
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = append(got, r); fmt.Fprint(w, "{}") })
			c := made(t, "http://mlflow", append(tt.opts, inPod, WithTransport(inMemory{h}))...)
			if err := post(c, t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, r := range got {
				if r.Header.Get("Authorization") != "Bearer "+tt.token || r.Header.Get("X-MLFLOW-WORKSPACE") != tt.worksp {
					t.Errorf("%s: headers %v", r.URL.Path, r.Header)
				}
			}
		})
	}
}
