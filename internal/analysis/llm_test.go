package analysis

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/internal/retry"
)

// llm is the address of a real small model: of the one that
// COMMENTATOR_TEST_LLM_URL names, or of one started here when
// scripts/start_llm.sh has been installed before.
func llm(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a real model takes seconds")
	}
	if u := os.Getenv("COMMENTATOR_TEST_LLM_URL"); u != "" {
		return u
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat(filepath.Join(cache, "commentator", "llm", "installed")); err != nil {
		t.Skip("no model is installed (scripts/start_llm.sh --install) and COMMENTATOR_TEST_LLM_URL is not set")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	dir := t.TempDir()
	script := func(arg string) {
		cmd := exec.Command("../../scripts/start_llm.sh", arg)
		cmd.Env = append(os.Environ(), "LLM_PORT="+port, "LLM_PID_FILE="+filepath.Join(dir, "pid"), "LLM_LOG_FILE="+filepath.Join(dir, "log"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("start_llm.sh %s: %v\n%s", arg, err, out)
		}
	}
	script("--background")
	t.Cleanup(func() { script("--stop") })
	return "http://127.0.0.1:" + port + "/v1"
}

// A model of 270 million parameters writes poor prose. That the machinery holds
// is what is tested: each form of request is answered by a real server, and
// what comes out is either a result that the schema accepts or a clear error.
func TestARealModel(t *testing.T) {
	url := llm(t)
	temperature, seed := 0.3, 1
	for name, tc := range map[string]struct {
		start  form
		tokens int // without a grammar the model may run on to the limit
	}{
		ModeJSONSchema: {form{}, 600},
		ModeJSONObject: {form{Rung: rungObject}, 24},
		ModeText:       {form{Rung: rungText}, 24},
	} {
		t.Run(name, func(t *testing.T) {
			tr := &http.Transport{}
			defer tr.CloseIdleConnections()
			rec := tracetest.NewSpanRecorder()
			a, err := newOpenAI(OpenAIConfig{
				BaseURL: url, Model: "gemma-3-270m", Temperature: &temperature, Seed: &seed,
				ContextTokens: 8192, MaxTokens: tc.tokens, EvidenceTokens: 300, Timeout: 4 * time.Minute,
				HTTPClient:     &http.Client{Transport: tr},
				TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec)),
			})
			if err != nil {
				t.Fatal(err)
			}
			a.memory.known = tc.start
			began := time.Now()
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			t.Logf("%v, %d calls, %d+%d tokens, %v", time.Since(began).Round(time.Millisecond), o.Calls, o.InputTokens, o.OutputTokens, err)
			if !o.HasUsage || o.InputTokens == 0 || o.OutputTokens == 0 || len(rec.Ended()) != o.Calls || o.ResponseModel != "gemma-3-270m" {
				t.Errorf("outcome %+v", o)
			}
			if err != nil {
				// Only a grammar can make this model keep to a schema.
				if tc.start.Rung == rungBounded || retry.Retryable(err) {
					t.Errorf("%v\n%s", err, o.Raw)
				}
				return
			}
			doc, err := json.Marshal(o.Result)
			if err != nil {
				t.Fatal(err)
			}
			if _, issues := check(a.schemas.answer, doc); len(issues) > 0 {
				t.Errorf("issues %q", issues)
			}
			var out bytes.Buffer
			_ = json.Indent(&out, doc, "", " ")
			t.Log(out.String())
		})
	}
	t.Run("a context that is too small", func(t *testing.T) {
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		a, err := newOpenAI(OpenAIConfig{
			BaseURL: url, Model: "gemma-3-270m", HTTPClient: &http.Client{Transport: tr},
			ContextTokens: 200_000, EvidenceTokens: 100_000,
		})
		if err != nil {
			t.Fatal(err)
		}
		ev := page(t, "fetch")
		ev.Text = strings.Repeat(ev.Text, 20)
		if o, err := a.Analyze(t.Context(), ev); kindOf(err) != KindContextLength || o.Calls != 1 {
			t.Errorf("%v after %d calls", err, o.Calls)
		}
	})
	t.Run("a path that is not there", func(t *testing.T) {
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		a, err := newOpenAI(OpenAIConfig{BaseURL: url + "/nowhere", Model: "gemma-3-270m", HTTPClient: &http.Client{Transport: tr}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Analyze(t.Context(), page(t, "coverage")); kindOf(err) != KindModelNotFound {
			t.Errorf("%v", err)
		}
	})
}
