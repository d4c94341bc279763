package analysis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/job"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs; run with -update and look at the difference\n%s", path, got)
	}
}

func page(t testing.TB, name string) *job.Evidence {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	ev := new(job.Evidence)
	if err := json.Unmarshal(b, ev); err != nil {
		t.Fatal(err)
	}
	return ev
}

// server answers chat completions in process, under any host name.
type server struct {
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
	answer func(call int, body string) reply
}

type reply struct {
	status int
	body   string
	header http.Header
	err    error
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.bodies = append(s.bodies, string(b))
	s.heads = append(s.heads, r.Header)
	n := len(s.bodies)
	s.mu.Unlock()
	a := s.answer(n, string(b))
	if a.err != nil {
		return nil, a.err
	}
	if a.header == nil {
		a.header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func (s *server) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

func always(a reply) func(int, string) reply { return func(int, string) reply { return a } }

// says is a completion with that content.
func says(content string) reply { return stops(content, "stop") }

func stops(content, finish string) reply {
	return answerOf(map[string]any{"role": "assistant", "content": content}, finish)
}

func answerOf(message map[string]any, finish string) reply {
	b, err := json.Marshal(map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06",
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": message}},
		"usage": map[string]any{
			"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200,
			"prompt_tokens_details":     map[string]any{"cached_tokens": 400},
			"completion_tokens_details": map[string]any{"reasoning_tokens": 50},
		},
	})
	if err != nil {
		panic(err)
	}
	return reply{status: 200, body: string(b)}
}

func fails(status int, message string) reply {
	b, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error"}})
	return reply{status: status, body: string(b)}
}

const good = `{"tldr":["The page explains what code coverage of browser code is.","It sets up **Blanket.js** with Mocha in a few lines.","A report shows which lines the tests have run."],
"summary":"Code coverage records which parts of the code a test suite has run. The page adds **Blanket.js** to an existing Mocha suite for the browser, and shows the report that it makes.",
"projects":["**LLMOps & Evaluation** — Measure the coverage of our evaluation front end.","**RAG / Retrieval** — Try coverage on the search page.","**Agentic Workflows** — Add a coverage gate to the agent console."],
"similar_tech":[]}`

const testKey = "sk-test-0123456789abcdef"

// analyst is one on s with a recorder of its spans; pauses are recorded, not
// waited for.
func analyst(t testing.TB, s *server, mutate func(*OpenAIConfig)) (*openAIAnalyst, *tracetest.SpanRecorder, *[]time.Duration) {
	t.Helper()
	rec := tracetest.NewSpanRecorder()
	temperature := 0.2
	cfg := OpenAIConfig{
		BaseURL: "http://models.example:8080/v1", APIKey: testKey, Model: "gpt-4o", Temperature: &temperature,
		HTTPClient:     &http.Client{Transport: s},
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec)),
	}
	if mutate != nil {
		mutate(&cfg)
	}
	a, err := newOpenAI(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var pauses []time.Duration
	a.pause = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	return a, rec, &pauses
}

func attributes(s sdktrace.ReadOnlySpan) map[string]any {
	m := make(map[string]any)
	for _, kv := range s.Attributes() {
		m[string(kv.Key)] = kv.Value.AsInterface()
	}
	return m
}

// permanent reports whether err is an analysis error that a retry cannot repair.
func permanent(err error) bool {
	var e *Error
	return errors.As(err, &e) && !e.Retryable()
}
