package integration

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// gate lets those through who bear a token that is good, to a real server.
type gate struct {
	URL     string
	refused atomic.Int64
}

func newGate(t *testing.T, target string, good func(token string) bool) *gate {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u); r.Out.Host = u.Host }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !good(token) {
			g.refused.Add(1)
			http.Error(w, "token refused", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { s.Close(); transport.CloseIdleConnections() })
	g.URL = s.URL
	return g
}

// issuer is a token endpoint whose tokens last for a while.
type issuer struct {
	life time.Duration

	mu     sync.Mutex
	issued map[string]time.Time // tokens, with their end
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, secret, _ := r.BasicAuth()
	if r.PostFormValue("grant_type") != "client_credentials" || user != "program" || secret != "secret-of-a-test" {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	token := fmt.Sprintf("token-%d", len(i.issued)+1)
	i.issued[token] = time.Now().Add(i.life)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, token, int(i.life.Seconds()))
}

func (i *issuer) good(token string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return time.Now().Before(i.issued[token])
}

func (i *issuer) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.issued)
}

// TestTokensThatEndWhileAProgramRuns: a program with the SDK of OpenTelemetry, and
// tokens of an OAuth2 endpoint that last for 5 s.
func TestTokensThatEndWhileAProgramRuns(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	tokens := &issuer{life: 5 * time.Second, issued: map[string]time.Time{}}
	endpoint := httptest.NewServer(tokens)
	t.Cleanup(endpoint.Close)
	g := newGate(t, uri, tokens.good)
	experiment := mlflowtest.Experiment(t)
	p, err := runprocessor.New(t.Context(), runprocessor.WithSpoolDir(t.TempDir()), runprocessor.WithConfig(mlflow.Config{
		URI: g.URL, ExperimentName: experiment, EnableTracking: true, EnableTracing: true,
		OAuth2: mlflow.OAuth2{TokenURL: endpoint.URL, ClientID: "program", ClientSecret: "secret-of-a-test"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var sent []trace.TraceID
	for len(sent) < 100 || tokens.count() < 3 {
		id := work(t, provider.Tracer("integration"), len(sent))
		sent = append(sent, id)
		if len(sent)%4 == 0 { // at a pace at which the outbox stays short
			if _, err := p.Wait(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, id := range sent {
		if r, err := p.Wait(ctx, id); err != nil || r.Incomplete() != "" {
			t.Errorf("trace %s: incomplete %q, %v", id, r.Incomplete(), err)
		}
	}
	if stats := p.Spool().Stats(); stats.Pending+stats.Dead+stats.Bad != 0 {
		t.Errorf("outbox %+v", stats)
	}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	mustHaveOnce(t, newClient(t, uri), uri, experiment, sent)
	t.Logf("%d traces with %d tokens, %d requests refused and sent again", len(sent), tokens.count(), g.refused.Load())
}

// work is what newTrace shows, by the SDK.
func work(t *testing.T, tracer trace.Tracer, n int) trace.TraceID {
	t.Helper()
	ctx, root := tracer.Start(t.Context(), "job", trace.WithAttributes(mlflowattr.Run(true), mlflowattr.Tag("number", fmt.Sprint(n)),
		mlflowattr.Metric("score", 0.5), mlflowattr.Artifact(noteFile, "a note")))
	ctx, stage := tracer.Start(ctx, "stage", trace.WithAttributes(mlflowattr.Run(true), mlflowattr.Metric("count", float64(n))))
	_, call := tracer.Start(ctx, "chat m", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.request.model", "m"), attribute.Int("gen_ai.usage.input_tokens", 100)))
	call.End()
	stage.End()
	root.End()
	return root.SpanContext().TraceID()
}

// TestATokenFileThatIsReplaced as a cluster does it: the new token counts a little
// before it is in the file, and the old one not any more.
func TestATokenFileThatIsReplaced(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	var counts atomic.Value
	counts.Store("first")
	g := newGate(t, uri, func(token string) bool { return token == counts.Load() })
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	s := newSender(t)
	s.start(newClient(t, g.URL, mlflow.WithTokenFile(file)))
	for range 30 {
		s.send("a note")
	}
	s.untilDelivered(10)
	counts.Store("second")
	s.until("a refusal", func() bool { return len(s.failures()) > 0 })
	for _, why := range s.failures() {
		if !strings.Contains(why, "401") {
			t.Errorf("failed for %q", why)
		}
	}
	write("second")
	s.untilEmpty()
	write("third") // and in time
	counts.Store("third")
	before := len(s.failures())
	s.mustDeliver(s.send("a note"))
	if after := s.failures(); len(after) != before {
		t.Errorf("a new token in the file cost an attempt: %q", after[before:])
	}
	mustHaveOnce(t, newClient(t, uri), uri, s.experiment, s.sent)
}

// TestALoginPageForEveryPath: it answers 200, and nothing that was sent to it is
// delivered.
func TestALoginPageForEveryPath(t *testing.T) {
	needServers(t)
	uri := server.URI(t)
	p := mlflowtest.NewProxy(t, uri, "", false)
	page := func(mlflowtest.Request) mlflowtest.Fault {
		return mlflowtest.Fault{
			Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/html"},
			Body: "<!doctype html><html><head><title>Sign in to your account</title></head><body><form></form></body></html>",
		}
	}
	p.SetFault(page)
	s := newSender(t)
	s.start(newClient(t, p.URL))
	for range 30 {
		s.send("a note")
	}
	s.mustWaitFor(s.sent[0], "does not look like an MLflow server", "Sign in to your account")
	s.until("three attempts", func() bool { return len(p.Requests()) >= 3 })
	if stats := s.spool.Stats(); stats.Pending != 30 || s.queue.Stats().Delivered != 0 || !s.queue.Stats().ServerDown {
		t.Errorf("%d of 30 traces wait; %+v", stats.Pending, s.queue.Stats())
	}
	p.SetFault(nil)
	s.untilDelivered(10)
	p.SetFault(page) // the login ended
	s.until("the page seen again", func() bool { return s.queue.Stats().ServerDown })
	p.SetFault(nil)
	s.untilEmpty()
	mustHaveOnce(t, newClient(t, uri), uri, s.experiment, s.sent)
}
