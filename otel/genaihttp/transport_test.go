package genaihttp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp"
)

// ended is a span processor that says when a span has ended.
type ended struct {
	*tracetest.SpanRecorder
	signal chan struct{}
}

func newEnded() *ended { return &ended{tracetest.NewSpanRecorder(), make(chan struct{}, 100)} }

func (e *ended) OnEnd(s sdktrace.ReadOnlySpan) {
	e.SpanRecorder.OnEnd(s)
	e.signal <- struct{}{}
}

// wait returns the spans when n more have ended.
func (e *ended) wait(t *testing.T, n int) []sdktrace.ReadOnlySpan {
	t.Helper()
	for range n {
		select {
		case <-e.signal:
		case <-time.After(time.Minute):
			t.Fatal("no span has ended")
		}
	}
	return e.Ended()
}

// value returns an attribute of a span as text, or "".
func value(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, kv := range s.Attributes() {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}

// world is a server and a client with the transport.
type world struct {
	*httptest.Server
	spans    *ended
	provider *sdktrace.TracerProvider
	client   *http.Client
}

func newWorld(t *testing.T, handler http.HandlerFunc, opts ...genaihttp.Option) *world {
	t.Helper()
	// A server notices that a client has gone only when the request is read.
	read := func(rw http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
		handler(rw, r)
	}
	w := &world{Server: httptest.NewServer(http.HandlerFunc(read)), spans: newEnded()}
	w.provider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.spans))
	base := http.DefaultTransport.(*http.Transport).Clone()
	w.client = &http.Client{Transport: genaihttp.NewTransport(base, append([]genaihttp.Option{genaihttp.WithTracerProvider(w.provider)}, opts...)...)}
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		w.Close()
	})
	return w
}

const streamRequest = `{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Hello"}]}`

func (w *world) ask(ctx context.Context, t *testing.T, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func stream(rw http.ResponseWriter, texts ...string) {
	rw.Header().Set("Content-Type", "text/event-stream")
	for _, s := range texts {
		_, _ = io.WriteString(rw, s)
		_ = http.NewResponseController(rw).Flush()
	}
}

func TestAChunkReachesTheCallerBeforeTheNextIsSent(t *testing.T) {
	next := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		stream(rw, chunkText("a"))
		<-next
		stream(rw, chunkText("b"), "data: [DONE]\n\n")
	})
	resp := w.ask(t.Context(), t, streamRequest)
	buf := make([]byte, len(chunkText("a")))
	if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != chunkText("a") {
		t.Fatalf("got %q, %v", buf, err)
	}
	close(next)
	rest, err := io.ReadAll(resp.Body)
	if err != nil || string(rest) != chunkText("b")+"data: [DONE]\n\n" {
		t.Errorf("got %q, %v", rest, err)
	}
	_ = resp.Body.Close()
	spans := w.spans.wait(t, 1)
	if got := value(spans[0], genai.ResponseTimeToFirstChunkKey); got == "" || len(spans) != 1 {
		t.Errorf("%d spans, time to first chunk %q", len(spans), got)
	}
}

func TestACallEndsHoweverItsBodyDoes(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		use     func(t *testing.T, w *world)
		end     string
		kind    string
		finish  string
	}{
		"closed early": {
			handler: func(rw http.ResponseWriter, r *http.Request) {
				stream(rw, chunkText("a"))
				<-r.Context().Done()
			},
			use: func(t *testing.T, w *world) {
				resp := w.ask(t.Context(), t, streamRequest)
				_, _ = resp.Body.Read(make([]byte, 10))
				_ = resp.Body.Close()
			},
			end: "closed",
		},
		"closed when it is whole": {
			handler: func(rw http.ResponseWriter, r *http.Request) {
				stream(rw, strings.Replace(chunkText("a"), `"finish_reason":null`, `"finish_reason":"stop"`, 1), "data: [DONE]\n\n")
				<-r.Context().Done()
			},
			use: func(t *testing.T, w *world) {
				resp := w.ask(t.Context(), t, streamRequest)
				for seen := ""; !strings.Contains(seen, "[DONE]\n\n"); {
					buf := make([]byte, 500)
					n, _ := resp.Body.Read(buf)
					seen += string(buf[:n])
				}
				_ = resp.Body.Close()
			},
			finish: `["stop"]`,
		},
		"cancelled": {
			handler: func(rw http.ResponseWriter, r *http.Request) {
				stream(rw, chunkText("a"))
				<-r.Context().Done()
			},
			use: func(t *testing.T, w *world) {
				ctx, cancel := context.WithCancel(t.Context())
				resp := w.ask(ctx, t, streamRequest)
				_, _ = resp.Body.Read(make([]byte, 10))
				cancel()
				if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
					t.Errorf("the caller got %v", err)
				}
				_ = resp.Body.Close()
			},
			kind: "context.Canceled",
		},
		"cancelled and closed": {
			handler: func(rw http.ResponseWriter, r *http.Request) {
				stream(rw, chunkText("a"))
				<-r.Context().Done()
			},
			use: func(t *testing.T, w *world) {
				ctx, cancel := context.WithCancel(t.Context())
				resp := w.ask(ctx, t, streamRequest)
				cancel()
				_ = resp.Body.Close()
			},
			kind: "context.Canceled",
		},
		"cut by the server": {
			handler: func(rw http.ResponseWriter, _ *http.Request) {
				stream(rw, chunkText("a"))
				panic(http.ErrAbortHandler)
			},
			use: func(t *testing.T, w *world) {
				resp := w.ask(t.Context(), t, streamRequest)
				got, err := io.ReadAll(resp.Body)
				if !errors.Is(err, io.ErrUnexpectedEOF) || string(got) != chunkText("a") {
					t.Errorf("the caller got %q, %v", got, err)
				}
				_ = resp.Body.Close()
			},
			kind: "io.ErrUnexpectedEOF",
		},
		"refused": {
			handler: func(http.ResponseWriter, *http.Request) {},
			use: func(t *testing.T, w *world) {
				w.Close()
				if resp, err := w.client.Post(w.URL+"/v1/chat/completions", "application/json", strings.NewReader(chatRequest)); err == nil {
					_ = resp.Body.Close()
					t.Error("there is an answer")
				}
			},
			kind: "connection_refused",
		},
		"too late": {
			handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			use: func(t *testing.T, w *world) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				req, _ := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/v1/chat/completions", strings.NewReader(chatRequest))
				if resp, err := w.client.Do(req); err == nil {
					_ = resp.Body.Close()
					t.Error("there is an answer")
				}
			},
			kind: "timeout",
		},
		"forgotten": {
			handler: func(rw http.ResponseWriter, r *http.Request) {
				stream(rw, chunkText("a"))
				<-r.Context().Done()
			},
			use: func(t *testing.T, w *world) {
				forget(w.ask(t.Context(), t, streamRequest))
				for range 1000 {
					runtime.GC()
					if len(w.spans.signal) > 0 {
						return
					}
					runtime.Gosched()
					time.Sleep(time.Millisecond) // the collector's goroutine has nothing else to wait for
				}
			},
			end: "forgotten",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.handler)
			c.use(t, w)
			spans := w.spans.wait(t, 1)
			if len(spans) != 1 {
				t.Fatalf("%d spans", len(spans))
			}
			s := spans[0]
			if got := value(s, genaihttp.BodyEndKey); got != c.end {
				t.Errorf("the body's end is %q, want %q", got, c.end)
			}
			if got := value(s, genai.ErrorTypeKey); got != c.kind || (c.kind != "") != (s.Status().Code == codes.Error) {
				t.Errorf("error.type is %q, want %q; status %v", got, c.kind, s.Status())
			}
			if got := value(s, genai.ResponseFinishReasonsKey); got != c.finish {
				t.Errorf("finish reasons are %q, want %q", got, c.finish)
			}
		})
	}
}

// forget drops an answer without reading or closing it.
//
//go:noinline
func forget(resp *http.Response) { resp.Body = nil }

func TestAnIdleAnswerEndsAndItsBytesPass(t *testing.T) {
	next := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		stream(rw, chunkText("a"))
		<-next
		stream(rw, "data: [DONE]\n\n")
	}, genaihttp.WithIdleTimeout(time.Millisecond))
	resp := w.ask(t.Context(), t, streamRequest)
	spans := w.spans.wait(t, 1)
	close(next)
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != chunkText("a")+"data: [DONE]\n\n" {
		t.Errorf("the caller got %q, %v", got, err)
	}
	_ = resp.Body.Close()
	if len(spans) != 1 || value(spans[0], genaihttp.BodyEndKey) != "idle" {
		t.Errorf("spans: %s", describe(spans))
	}
}

func TestWhatIsNoModelCallPasses(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = rw.Write(b)
	})
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/v1/chat/completions", ""},
		{http.MethodPost, "/v1/chat/completions", ""},
		{http.MethodGet, "/v1/models", ""},
		{http.MethodPost, "/", "{}"},
		{http.MethodPost, "/v1/files", `{"model":"x","input":"y","messages":[]}`},
		{http.MethodPost, "/forms/responses", `{"answers":[1]}`},
		{http.MethodPost, "/maps/generations", `{"prompt":"x"}`},
		{http.MethodPost, "/chat", `{"text":"x"}`},
		{http.MethodPost, "/api/chat", `{"text":"x"}`},
		{http.MethodPost, "/v1/messages", `{"to":"x"}`},
	} {
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		req, _ := http.NewRequest(c.method, w.URL+c.path, body)
		resp, err := w.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if string(got) != c.body {
			t.Errorf("%s: got %q", c.path, got)
		}
	}
	if n := len(w.spans.Ended()); n != 0 {
		t.Errorf("%s", describe(w.spans.Ended()))
	}
}

func TestASpanOfTheSameCallSuppressesOurs(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write(chatAnswer(100))
	})
	tracer := w.provider.Tracer("outer")
	for name, c := range map[string]struct {
		ctx  func() (context.Context, func())
		want int
	}{
		"none":       {func() (context.Context, func()) { return t.Context(), func() {} }, 1},
		"an agent's": {func() (context.Context, func()) { return spanWith(t, tracer, "gen_ai.operation.name", "invoke_agent") }, 2},
		"of genai": {func() (context.Context, func()) {
			ctx, c := genai.StartChat(t.Context(), tracer, genai.ChatRequest{})
			return ctx, func() { c.End(genai.ChatResponse{}) }
		}, 1},
		"OpenInference":  {func() (context.Context, func()) { return spanWith(t, tracer, "openinference.span.kind", "LLM") }, 1},
		"by the program": {func() (context.Context, func()) { return genaihttp.Suppress(t.Context()), func() {} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.spans.Ended())
			ctx, end := c.ctx()
			resp := w.ask(ctx, t, chatRequest)
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			end()
			if got := len(w.spans.Ended()) - before; got != c.want {
				t.Errorf("%d spans, want %d", got, c.want)
			}
		})
	}
	t.Run("of this package", func(t *testing.T) {
		before := len(w.spans.Ended())
		twice := &http.Client{Transport: genaihttp.NewTransport(w.client.Transport, genaihttp.WithTracerProvider(w.provider))}
		resp, err := twice.Post(w.URL+"/v1/chat/completions", "application/json", strings.NewReader(chatRequest))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if got := len(w.spans.Ended()) - before; got != 1 {
			t.Errorf("%d spans", got)
		}
	})
}

func spanWith(t *testing.T, tracer trace.Tracer, key, value string) (context.Context, func()) {
	ctx, span := tracer.Start(t.Context(), "outer", trace.WithAttributes(attribute.String(key, value)))
	return ctx, func() { span.End() }
}

func TestHTTPSpansBelowAreChildren(t *testing.T) {
	var parent trace.SpanContext
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		parent = trace.SpanContextFromContext(req.Context())
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	})
	spans := newEnded()
	rt := genaihttp.NewTransport(base, genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
	req, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1:9/v1/chat/completions", strings.NewReader(chatRequest))
	if _, err := rt.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	s := spans.wait(t, 1)[0]
	if s.SpanContext().SpanID() != parent.SpanID() || value(s, genai.ServerPortKey) != "9" {
		t.Error("the base does not see the span of the call")
	}
}

func TestContentIsMaskedAndBounded(t *testing.T) {
	long := strings.Repeat("é", 200_000)
	answer := fmt.Sprintf(`{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}]}`, "my secret answer "+long)
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, answer)
	}, genaihttp.WithContent(true), genaihttp.WithMaxContent(1000), genaihttp.WithMask(func(key attribute.Key, text string) string {
		if strings.Contains(text, "panic") {
			panic(text)
		}
		return strings.ReplaceAll(text, "secret", "***")
	}))
	request := fmt.Sprintf(`{"model":"m","messages":[{"role":"system","content":"short secret"},{"role":"user","content":%q},{"role":"user","content":"do not panic"},`+
		`{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":\"secret\"}"}}]}]}`, long)
	resp := w.ask(t.Context(), t, request)
	got, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || string(got) != answer {
		t.Errorf("the caller got %d bytes, %v", len(got), err)
	}
	s := w.spans.wait(t, 1)[0]
	in, out := value(s, genai.InputMessagesKey), value(s, genai.OutputMessagesKey)
	for _, text := range []string{in, out} {
		if strings.Contains(text, "secret") || !strings.Contains(text, "***") || len(text) > 1600 || strings.ContainsRune(text, '\uFFFD') {
			t.Errorf("%d bytes: %.300s…", len(text), text)
		}
	}
	if !strings.Contains(in, `"content":"short ***"`) || !strings.Contains(in, `"truncated":true`) || !strings.Contains(in, `"size":400000`) {
		t.Errorf("%.300s…", in)
	}
	if strings.Contains(in, "panic") {
		t.Error("what the mask could not take is recorded")
	}
}

func TestNoSecretOfARequestReachesASpan(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(rw, `{"error":{"message":"Incorrect API key provided: %s","type":"invalid_request_error","code":"invalid_api_key"}}`, r.Header.Get("Authorization"))
	})
	req, _ := http.NewRequest(http.MethodPost, w.URL+"/v1/chat/completions?key=sk-hidden", strings.NewReader(chatRequest))
	req.Header.Set("Authorization", "Bearer sk-hidden")
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	spans := w.spans.wait(t, 1)
	if text := describe(spans) + fmt.Sprint(spans[0].Events()); strings.Contains(text, "sk-hidden") {
		t.Error(text)
	}
	if got := value(spans[0], genai.ErrorTypeKey); got != "invalid_api_key" {
		t.Errorf("error.type is %q", got)
	}
}

func TestUsageOfAStreamIsAskedForOnlyOnDemand(t *testing.T) {
	for _, c := range []struct {
		opts       []genaihttp.Option
		body, want string
	}{
		{nil, streamRequest, streamRequest},
		{[]genaihttp.Option{genaihttp.WithStreamUsage()}, streamRequest, `{"stream_options":{"include_usage":true},` + streamRequest[1:]},
		{[]genaihttp.Option{genaihttp.WithStreamUsage()}, chatRequest, chatRequest},
		{[]genaihttp.Option{genaihttp.WithStreamUsage()}, `{"stream":true,"stream_options":{"include_usage":false},"messages":[]}`, `{"stream":true,"stream_options":{"include_usage":false},"messages":[]}`},
	} {
		var got string
		var length int64
		w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			got, length = string(b), r.ContentLength
			stream(rw, "data: [DONE]\n\n")
		}, c.opts...)
		resp := w.ask(t.Context(), t, c.body)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if got != c.want || length != int64(len(c.want)) {
			t.Errorf("the server got %s, of %d bytes; want %s", got, length, c.want)
		}
	}
}

func TestLongStreamsNeedNoMemory(t *testing.T) {
	const size = 100 << 20
	one := []byte(chunkText(strings.Repeat("word ", 200)))
	last := []byte(`data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":100000}}` + "\n\n")
	body := &repeated{one: one, last: last, n: size / len(one)}
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body, Request: req}, nil
	})
	spans := newEnded()
	rt := genaihttp.NewTransport(base, genaihttp.WithContent(true),
		genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
	req, _ := http.NewRequest(http.MethodPost, "http://x/v1/chat/completions", strings.NewReader(streamRequest))
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, err := io.Copy(io.Discard, resp.Body)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || n < size-int64(len(one)) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	s := spans.wait(t, 1)[0]
	if got := value(s, genai.UsageOutputTokensKey); got != "100000" {
		t.Errorf("output tokens %q", got)
	}
	if out := value(s, genai.OutputMessagesKey); len(out) > genaihttp.DefaultMaxContent+1000 || len(out) < genaihttp.DefaultMaxContent/2 {
		t.Errorf("%d bytes of output", len(out))
	}
	_ = resp.Body.Close()
}

type repeated struct {
	one, last []byte
	n, at     int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n < 0 {
		return 0, io.EOF
	}
	from := r.one
	if r.n == 0 {
		from = r.last
	}
	n := copy(p, from[r.at:])
	if r.at += n; r.at == len(from) {
		r.at = 0
		r.n--
	}
	return n, nil
}

func (*repeated) Close() error { return nil }

func TestALargeRequestIsReadOnItsWay(t *testing.T) {
	picture := bytes.Repeat([]byte("QUJD"), 1<<20)
	request := slices.Concat([]byte(`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,`), picture,
		[]byte(`"}}]}],"model":"gpt-4o","temperature":0.5}`))
	got := 0
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if got = len(b); !bytes.Equal(b, request) {
			t.Error("the server got other bytes")
		}
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write(chatAnswer(100))
	}, genaihttp.WithContent(true))
	for _, body := range []io.Reader{bytes.NewReader(request), io.MultiReader(bytes.NewReader(request))} {
		resp, err := w.client.Post(w.URL+"/v1/chat/completions", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		spans := w.spans.wait(t, 1)
		s := spans[len(spans)-1]
		if s.Name() != "chat gpt-4o" || value(s, genai.RequestTemperatureKey) != "0.5" || got != len(request) {
			t.Errorf("%s, %d bytes", describe(spans[len(spans)-1:]), got)
		}
		if in := value(s, genai.InputMessagesKey); !strings.Contains(in, `"uri":"sha256:`) || len(in) > 300 {
			t.Errorf("%.300s", in)
		}
	}
}
