package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// oddSite serves what a link should not lead to.
func oddSite(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/private", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		line := bytes.Repeat([]byte("<p>more of it</p>\n"), 4096)
		for r.Context().Err() == nil {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		block := make([]byte, 1<<20)
		for range 256 {
			if _, err := z.Write(block); err != nil {
				return
			}
		}
		_ = z.Close()
	})
	mux.HandleFunc("/binary", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write([]byte{0x7f, 'E', 'L', 'F', 0, 1, 2, 3})
	})
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body></body></html>")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestBadLinksEndInOneClearSentenceAndAFailedRun(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	c := b.mlflow(server.URI(t))
	site := oddSite(t)
	b.set("COMMENTATOR_FETCH_ALLOW", strings.TrimPrefix(site.URL, "http://"))
	for name, link := range map[string]string{
		"private address":    "http://10.0.0.7/",
		"metadata by hop":    site.URL + "/private",
		"404":                site.URL + "/nothing",
		"500":                site.URL + "/500",
		"redirect loop":      site.URL + "/loop",
		"endless body":       site.URL + "/endless",
		"decompression bomb": site.URL + "/bomb",
		"binary":             site.URL + "/binary",
		"empty page":         site.URL + "/empty",
		"nobody there":       "http://127.0.0.1:1/",
	} {
		t.Run(name, func(t *testing.T) {
			b := b.beside(t)
			rep := b.jobs(exitJob, link)[0]
			if rep.Outcome != "error" || !rep.Delivered {
				t.Fatalf("report %+v", rep)
			}
			if len(rep.Error) < 20 || strings.Contains(rep.Error, "\n") || len(rep.Error) > 400 {
				t.Errorf("error text %q", rep.Error)
			}
			runs := b.tree(c, rep.JobID)
			if runs[""].Info.Status != "FAILED" || tags(runs[""])["outcome"] != "error" || tags(runs[""])["error"] != rep.Error {
				t.Errorf("parent %s, tags %v", runs[""].Info.Status, tags(runs[""]))
			}
			if runs["retrieval"].Info.Status != "FAILED" {
				t.Errorf("retrieval is %s", runs["retrieval"].Info.Status)
			}
			if _, asked := runs["analysis"]; asked {
				t.Error("a model was asked without evidence")
			}
			t.Log(rep.Error)
		})
	}
}

func TestWhatIsNoLinkIsWrongUsageAndMakesNothing(t *testing.T) {
	asked := false
	mlflow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer mlflow.Close()
	for link, want := range map[string]string{
		"notaurl":                      "notaurl: this is not a whole link: the scheme is missing; give a whole link such as https://",
		"example.com/page":             "example.com/page: this is not a whole link",
		"":                             "the link is empty",
		"https://":                     "names no host",
		"https://example.com/a b":      "spaces",
		"ftp://carla:hunter22@host/x":  "only http and https links are",
		"file:///etc/passwd":           "only http and https links are",
		"http://carla:hunter22@[::1/x": "not a link that can be read",
	} {
		b := newBench(t)
		b.set("MLFLOW_TRACKING_URI", mlflow.URL)
		code, out, errs := b.run("run", b.page("fetch-api.html"), link)
		if code != exitUsage || out != "" || !strings.Contains(errs, want) || strings.Contains(errs, "hunter22") {
			t.Errorf("%q: exit code %d, %s%s", link, code, out, errs)
		}
		if made, err := os.ReadDir(b.dir); err != nil || len(made) > 0 {
			t.Errorf("%q: made %v, %v", link, made, err)
		}
	}
	if asked {
		t.Error("MLflow was asked")
	}
}

// model is an OpenAI-compatible server that answers as told.
func model(t *testing.T, answer http.HandlerFunc) string {
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

func completion(content, finish string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": "chatcmpl-1", "object": "chat.completion", "model": "test-1", "created": 1,
			"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant",
				"content": content}}},
			"usage": map[string]any{"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
		})
	}
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"no","code":"c%d"}}`, code)
	}
}

func TestModelFaultsEndInOneClearSentenceAndAFailedRun(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	c := b.mlflow(server.URI(t))
	b.set("OPENAI_API_KEY", "sk-very-secret-key")
	b.set("MODEL", "test")
	refusal := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"1","object":"chat.completion","model":"test-1","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":null,"refusal":"I cannot help with that."}}]}`)
	}
	for name, c2 := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"401":             {status(401), "OPENAI_API_KEY"},
		"429":             {status(429, "Retry-After", "0"), ""},
		"500":             {status(500), ""},
		"nothing":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, ""},
		"half an answer":  {completion(`{"tldr":["One sentence.`, "length"), "MODEL_MAX_TOKENS"},
		"invalid json":    {completion("this is no JSON at all", "stop"), ""},
		"refusal":         {refusal, ""},
		"breaks the rule": {completion(`{"tldr":["a"],"summary":"s","projects":[],"similar_tech":[]}`, "stop"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := b.beside(t)
			b.set("OPENAI_BASE_URL", model(t, c2.answer))
			rep := b.jobs(exitJob, b.page("fetch-api.html"))[0]
			if rep.Outcome != "error" && rep.Outcome != "gate_failed" {
				t.Fatalf("report %+v", rep)
			}
			reason := rep.Error + strings.Join(rep.GateFailures, "; ")
			if len(reason) < 20 || strings.Contains(reason, "very-secret") || !strings.Contains(reason, c2.want) {
				t.Errorf("reason %q, want a word on %q", reason, c2.want)
			}
			runs := b.tree(c, rep.JobID)
			if rep.Outcome == "error" && (runs[""].Info.Status != "FAILED" || runs["analysis"].Info.Status != "FAILED") {
				t.Errorf("parent %s, analysis %s", runs[""].Info.Status, runs["analysis"].Info.Status)
			}
			if tags(runs[""])["error"] == "" {
				t.Error("the parent run does not show the reason")
			}
			t.Log(reason)
		})
	}
}

func TestBadSettingsAreRefusedWithCodeTwo(t *testing.T) {
	for name, c := range map[string]struct {
		name, value, want string
	}{
		"tracking uri": {"MLFLOW_TRACKING_URI", "localhost:5000", "http://127.0.0.1:5000"},
		"data dir":     {"COMMENTATOR_DATA_DIR", "/dev/null/x", "COMMENTATOR_DATA_DIR"},
		"sampler":      {"OTEL_TRACES_SAMPLER", "sometimes", "always_on"},
		"protocol":     {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "4318"},
		"allow list":   {"COMMENTATOR_FETCH_ALLOW", "10.0.0.0/99", "10.0.0.0/99"},
		"log level":    {"LOG_LEVEL", "loud", "DEBUG"},
		"switch":       {"MLFLOW_ENABLE_TRACKING", "perhaps", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.set("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
			b.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
			b.set(c.name, c.value)
			code, out, errs := b.run("run", "--wait=0s", b.page("fetch-api.html"))
			if code != exitUsage || !strings.Contains(errs, c.want) || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
				t.Errorf("exit code %d, %s%s", code, out, errs)
			}
		})
	}
	if code, _, _ := newBench(t).run("run"); code != exitUsage {
		t.Errorf("no link: exit code %d", code)
	}
	if code, _, _ := newBench(t).run("dance"); code != exitUsage {
		t.Errorf("unknown command: exit code %d", code)
	}
}
