package genaihttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// processor takes spans as one that exports them does, and does nothing.
type processor struct{}

func (processor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (processor) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (processor) Shutdown(context.Context) error                  { return nil }
func (processor) ForceFlush(context.Context) error                { return nil }

func benchOptions() []genaihttp.Option {
	return []genaihttp.Option{
		genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor{}))),
		genaihttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))),
		genaihttp.WithContent(false),
	}
}

// server answers without a network, as cheaply as can be.
type server struct {
	contentType string
	body        []byte
	reader      pieces
}

func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	_ = req.Body.Close()
	s.reader = pieces{rest: s.body, size: s.reader.size}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {s.contentType}}, Body: &s.reader, Request: req}, nil
}

// pieces is a body that comes in pieces of one size.
type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(p.size, len(b))], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (*pieces) Close() error { return nil }

func chatAnswer(size int) []byte {
	b, _ := json.Marshal(map[string]any{"id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion", "created": 1741569952,
		"model": "gpt-4o-mini-2024-07-18", "choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{
			"role": "assistant", "content": strings.Repeat("A sentence of the answer.\n", size/27), "refusal": nil}}},
		"usage": map[string]any{"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29,
			"prompt_tokens_details": map[string]any{"cached_tokens": 0}, "completion_tokens_details": map[string]any{"reasoning_tokens": 0}},
		"service_tier": "default", "system_fingerprint": "fp_44709d6fcb"})
	return b
}

const chatRequest = `{"model":"gpt-4o-mini","temperature":0.2,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}`

func chunkText(word string) string {
	return fmt.Sprintf(`data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,`+
		`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,`+
		`"delta":{"content":%q},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"a1b2c3"}`+"\n\n", word)
}

func post(b *testing.B, rt http.RoundTripper, request string, buf []byte) {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(request))
	if err != nil {
		b.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	for err == nil {
		_, err = resp.Body.Read(buf)
	}
	_ = resp.Body.Close()
}

// BenchmarkCall is a call with an answer of 2 kB: without the transport, and with it.
func BenchmarkCall(b *testing.B) {
	base := &server{contentType: "application/json", body: chatAnswer(2000), reader: pieces{size: 1 << 20}}
	for name, rt := range map[string]http.RoundTripper{"bare": base, "recorded": genaihttp.NewTransport(base, benchOptions()...)} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 8<<10)
			b.ReportAllocs()
			for b.Loop() {
				post(b, rt, chatRequest, buf)
			}
		})
	}
}

// BenchmarkChunk is one chunk of a stream, each read alone.
func BenchmarkChunk(b *testing.B) {
	const chunks = 1000
	one := chunkText(" word")
	base := &server{contentType: "text/event-stream", body: bytes.Repeat([]byte(one), chunks), reader: pieces{size: len(one)}}
	request := strings.Replace(chatRequest, "{", `{"stream":true,`, 1)
	for name, rt := range map[string]http.RoundTripper{"bare": base, "recorded": genaihttp.NewTransport(base, benchOptions()...)} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 8<<10)
			b.ReportAllocs()
			for b.Loop() {
				post(b, rt, request, buf)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*chunks), "ns/chunk")
		})
	}
}
