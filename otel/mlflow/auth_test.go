package mlflow

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
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
	answerJSON(w, "{}")
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

// answerJSON answers as MLflow does.
func answerJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, body)
}
