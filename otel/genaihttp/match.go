package genaihttp

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genaihttp/internal/anthropic"
	"github.com/technoshare/commentator/otel/genaihttp/internal/bedrock"
	"github.com/technoshare/commentator/otel/genaihttp/internal/cohere"
	"github.com/technoshare/commentator/otel/genaihttp/internal/gemini"
	"github.com/technoshare/commentator/otel/genaihttp/internal/ollama"
	"github.com/technoshare/commentator/otel/genaihttp/internal/openai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// match tells by the path whether a request may be a model call.
func match(req *http.Request) (wire.Route, bool) {
	if req.Method != http.MethodPost || req.Body == nil || req.Body == http.NoBody || req.URL == nil {
		return wire.Route{}, false
	}
	host, path := req.URL.Hostname(), req.URL.Path
	if r, ok := openai.Match(host, path); ok && !strings.HasSuffix(path, "/api/embeddings") { // which is Ollama's
		return r, true
	}
	if r, ok := anthropic.Match(host, path); ok {
		r.Sure = r.Sure || req.Header.Get("Anthropic-Version") != ""
		return r, true
	}
	if r, ok := gemini.Match(host, path); ok {
		return r, true
	}
	if r, ok := bedrock.Match(host, req.URL.EscapedPath()); ok {
		return r, true
	}
	if r, ok := cohere.Match(host, path); ok {
		return r, true
	}
	return ollama.Match(host, path)
}

// outer are the attributes by which a span says that it is a model call: those of the conventions and of the dialects
// that Go programs write.
//
//nolint:gochecknoglobals // a constant table
var outer = map[attribute.Key][]string{
	"gen_ai.operation.name":     {"chat", "text_completion", "generate_content", "embeddings"},
	"openinference.span.kind":   {"LLM", "EMBEDDING"},
	"llm.request.type":          {"chat", "completion", "embedding"},
	"langfuse.observation.type": {"generation", "embedding"},
	"mlflow.spanType":           {"CHAT_MODEL", "LLM", "EMBEDDING"},
}

// isSuppressed reports whether the program said so, or the call has a span already.
func isSuppressed(ctx context.Context) bool {
	if ctx.Value(suppressKey{}) != nil {
		return true
	}
	if ctx.Value(holdKey{}) != nil {
		return false // who holds a call wants its span, whatever is around it
	}
	span, ok := trace.SpanFromContext(ctx).(interface{ Attributes() []attribute.KeyValue })
	if !ok {
		return false
	}
	for _, kv := range span.Attributes() {
		for _, value := range outer[kv.Key] {
			if kv.Value.Type() == attribute.STRING && kv.Value.AsString() == value {
				return true
			}
		}
	}
	return false
}

// resends returns how often the client sent this request before, as far as its SDK tells: those made by
// Stainless (OpenAI, Anthropic) and AWS's do.
func resends(h http.Header) int {
	if v := h["X-Stainless-Retry-Count"]; len(v) == 1 {
		n, _ := strconv.Atoi(v[0])
		return n
	}
	if v := h["Amz-Sdk-Request"]; len(v) == 1 {
		_, attempt, _ := strings.Cut(v[0], "attempt=")
		attempt, _, _ = strings.Cut(attempt, ";")
		n, _ := strconv.Atoi(strings.TrimSpace(attempt))
		return max(n-1, 0)
	}
	return 0
}

// address returns the host and port of a request.
func address(req *http.Request) (host string, port int) {
	if p := req.URL.Port(); p != "" {
		port, _ = strconv.Atoi(p)
	} else if req.URL.Scheme == "http" {
		port = 80
	} else {
		port = 443
	}
	return req.URL.Hostname(), port
}
