package isolate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// What is read of a recorded page, feed, answer or file is the same in a child as in the process itself,
// byte for byte; there the golden files hold it.
func TestWhatIsReadInAChildIsTheSame(t *testing.T) {
	c := offline(t, "http://127.0.0.1:1")
	inside, outside := evidencetest.New(t, c), newRetriever(t, isolate.Config{Evidence: c})
	paths, err := filepath.Glob(filepath.Join(evidencetest.Testdata(t), "payloads", "*", "*"))
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for i, path := range paths {
		name, err := filepath.Rel(filepath.Join(evidencetest.Testdata(t), "payloads"), path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 100<<10 || i%3 != 0 || testing.Short() && i%4 != 0 {
			continue
		}
		body := evidencetest.Payload(t, filepath.ToSlash(name))
		t.Run(name, func(t *testing.T) {
			const link = "https://example.com/a/page.html#section"
			want, wantErr := inside.Extract(t.Context(), body, "", link)
			got, gotErr := outside.Extract(t.Context(), body, "", link)
			same(t, got, want, gotErr, wantErr)
		})
	}
}

func TestWhatAnAdapterFetchesInAChildIsTheSame(t *testing.T) {
	for link, routes := range map[string]map[string]string{
		"https://github.com/a/b":         {"/repos/a/b": "github/repo.http.json"},
		"https://github.com/a/missing":   {},
		"https://pypi.org/project/luigi": {"/pypi/luigi/json": "pypi/project_luigi.json"},
	} {
		t.Run(link, func(t *testing.T) {
			p := evidencetest.NewReplay(t, routes)
			c := offline(t, p.URL)
			c.Tokens = evidence.Tokens{GitHub: "s3cr3t"}
			want, wantErr := evidencetest.New(t, c).Retrieve(t.Context(), link)
			asked := len(p.Seen())
			got, gotErr := newRetriever(t, isolate.Config{Evidence: c}).Retrieve(t.Context(), link)
			same(t, got, want, gotErr, wantErr)
			seen := p.Seen()
			if len(seen) != 2*asked {
				t.Fatalf("asked %v", p.Paths())
			}
			for i, r := range seen[asked:] {
				if got, want := r.Header.Get("Authorization"), seen[i].Header.Get("Authorization"); got != want {
					t.Errorf("%s is asked with %q, want %q", r.URL, got, want)
				}
			}
		})
	}
}

func TestErrorsOfFetchesComeThrough(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/later", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/page?q=\xff", http.StatusFound) })
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(evidencetest.Article)) })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(evidencetest.Article))
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	c := offline(t, s.URL)
	inside, outside := evidencetest.New(t, c), newRetriever(t, isolate.Config{Evidence: c})
	for _, link := range []string{
		s.URL + "/later", s.URL + "/missing?token=s3cr3t", s.URL + "/moved", s.URL + "/broken", s.URL + "/page#x", s.URL + "/empty", s.URL + "/page?q=\xff",
		"http://192.168.0.1/", "http://nowhere.example/", "ftp://example.com/", "no link",
	} {
		t.Run(link, func(t *testing.T) {
			want, wantErr := inside.Retrieve(t.Context(), link)
			got, gotErr := outside.Retrieve(t.Context(), link)
			same(t, got, want, gotErr, wantErr)
			if retry.Retryable(gotErr) != retry.Retryable(wantErr) || retry.After(gotErr) != retry.After(wantErr) {
				t.Errorf("retryable %v after %s", retry.Retryable(gotErr), retry.After(gotErr))
			}
		})
	}
}

func TestACancelledRetrievalSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	ev, err := newRetriever(t, isolate.Config{Evidence: offline(t, s.URL)}).Retrieve(ctx, s.URL+"/x")
	if fetch.ReasonOf(err) != fetch.Canceled || !errors.Is(err, context.Canceled) || ev == nil {
		t.Errorf("%v", err)
	}
}

// The deadline that a rule sets is kept by the child, and said as in the process itself.
func TestADeadlineOfARuleComesThrough(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	c := offline(t, s.URL)
	c.Rules = []byte("rules:\n  127.0.0.1:\n    timeout: 100ms\n")
	want, wantErr := evidencetest.New(t, c).Retrieve(t.Context(), s.URL+"/x")
	got, gotErr := newRetriever(t, isolate.Config{Evidence: c}).Retrieve(t.Context(), s.URL+"/x")
	same(t, got, want, gotErr, wantErr)
	if fetch.ReasonOf(gotErr) != fetch.Timeout {
		t.Error(gotErr)
	}
}

// TestSpansTellWhereTheTimeOfARetrievalWent: each hop with its host, and the reading.
func TestSpansTellWhereTheTimeOfARetrievalWent(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/x" {
			http.Redirect(w, r, "/y", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(evidencetest.Article))
	}))
	defer s.Close()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	defer func() { _ = provider.Shutdown(context.Background()) }()
	c := offline(t, s.URL)
	c.TracerProvider = provider
	ctx, stage := provider.Tracer("test").Start(t.Context(), "stage")
	if _, err := newRetriever(t, isolate.Config{Evidence: c}).Retrieve(ctx, s.URL+"/x"); err != nil {
		t.Fatal(err)
	}
	stage.End()
	var names []string
	var last time.Time
	for _, span := range spans.Ended() {
		if strings.HasPrefix(span.Name(), "wait for ") { // there when it took long
			continue
		}
		names = append(names, span.Name())
		if span.Name() == "stage" {
			continue
		}
		if span.Parent().SpanID() != stage.SpanContext().SpanID() {
			t.Errorf("%s belongs to another", span.Name())
		}
		if span.StartTime().Before(last) {
			t.Errorf("%s began at %s, before the end of the one before", span.Name(), span.StartTime())
		}
		last = span.EndTime()
		attributes := attribute.NewSet(span.Attributes()...)
		if host, _ := attributes.Value("server.address"); host.AsString() != "127.0.0.1" {
			t.Errorf("%s has the host %q", span.Name(), host.AsString())
		}
		if kind, _ := attributes.Value(mlflowattr.SpanTypeKey); kind.AsString() == "" {
			t.Errorf("%s has no type", span.Name())
		}
	}
	if want := []string{"GET 127.0.0.1", "GET 127.0.0.1", "extract 127.0.0.1", "stage"}; !slices.Equal(names, want) {
		t.Errorf("spans %q, want %q", names, want)
	}
}

func TestSettingsThatCannotBeUsedAreNamed(t *testing.T) {
	_, err := isolate.New(isolate.Config{Evidence: evidence.Config{Rules: []byte("rules: 7")}})
	if err == nil || !strings.Contains(err.Error(), "evidence settings") {
		t.Error(err)
	}
}
