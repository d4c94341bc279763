package genaihttp_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

// measured lists the points of all metrics: name, attributes that tell points apart, and count or sum.
func measured(t *testing.T, reader *sdkmetric.ManualReader) []string {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	var out []string
	add := func(name string, set attribute.Set, format string, args ...any) {
		line := name
		for _, key := range []attribute.Key{"gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.token.type", "error.type"} {
			if v, ok := set.Value(key); ok {
				line += " " + v.AsString()
			}
		}
		for _, key := range []attribute.Key{"gen_ai.provider.name", "server.address", "server.port"} {
			if !set.HasValue(key) {
				t.Errorf("%s has no %s", line, key)
			}
		}
		out = append(out, line+" "+fmt.Sprintf(format, args...))
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, "×%d", p.Count)
				}
			case metricdata.Histogram[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, "%d", p.Sum)
				}
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, "%d", p.Value)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestMetricsAreThoseOfTheConventions(t *testing.T) {
	old := []string{
		"gen_ai.client.operation.duration chat gpt-4o rate_limit_exceeded ×1",
		"gen_ai.client.operation.duration chat gpt-4o-mini gpt-4o-mini-2024-07-18 ×1",
		"gen_ai.client.operation.duration embeddings text-embedding-3-small text-embedding-3-small ×1",
		"gen_ai.client.operation.time_per_output_chunk chat gpt-4o-mini gpt-4o-mini-2024-07-18 ×6",
		"gen_ai.client.operation.time_to_first_chunk chat gpt-4o-mini gpt-4o-mini-2024-07-18 ×1",
		"gen_ai.client.token.usage chat gpt-4o-mini gpt-4o-mini-2024-07-18 input 19",
		"gen_ai.client.token.usage chat gpt-4o-mini gpt-4o-mini-2024-07-18 output 10",
		"gen_ai.client.token.usage embeddings text-embedding-3-small text-embedding-3-small input 8",
	}
	latest := []string{
		"gen_ai.client.inference.duration chat gpt-4o rate_limit_exceeded ×1",
		"gen_ai.client.inference.duration chat gpt-4o-mini gpt-4o-mini-2024-07-18 ×1",
		"gen_ai.client.inference.operation.input_tokens chat gpt-4o-mini gpt-4o-mini-2024-07-18 19",
		"gen_ai.client.inference.operation.output_tokens chat gpt-4o-mini gpt-4o-mini-2024-07-18 10",
		"gen_ai.client.inference.time_per_output_chunk chat gpt-4o-mini gpt-4o-mini-2024-07-18 ×6",
		"gen_ai.client.inference.time_to_first_chunk chat gpt-4o-mini gpt-4o-mini-2024-07-18 ×1",
		"gen_ai.client.inference.usage.cache_read.input_tokens chat gpt-4o-mini gpt-4o-mini-2024-07-18 8",
		"gen_ai.client.inference.usage.input_tokens chat gpt-4o-mini gpt-4o-mini-2024-07-18 19",
		"gen_ai.client.inference.usage.output_tokens chat gpt-4o-mini gpt-4o-mini-2024-07-18 10",
		"gen_ai.client.inference.usage.reasoning.output_tokens chat gpt-4o-mini gpt-4o-mini-2024-07-18 4",
		"gen_ai.client.operation.duration embeddings text-embedding-3-small text-embedding-3-small ×1",
	}
	both := slices.Concat(old, latest[:len(latest)-1])
	slices.Sort(both)
	for value, want := range map[string][]string{
		"": old, "http": old, "http,gen_ai_latest_experimental": latest, "gen_ai_latest_experimental/dup": both,
	} {
		t.Run(value, func(t *testing.T) {
			t.Setenv(genaihttp.OptInVariable, value)
			reader := sdkmetric.NewManualReader()
			// Without spans there are metrics all the same.
			opts := []genaihttp.Option{genaihttp.WithTracerProvider(noop.NewTracerProvider()),
				genaihttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))}
			for _, name := range []string{"chat_stream_tools", "chat_rate_limited", "embeddings"} {
				readRecording(t, "testdata/openai/"+name+".http").play(t, ways()[0], opts...)
			}
			if got := measured(t, reader); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// The tokens are those of the spans, which the golden files have; a document has no chunks.
func TestEachProtocolHasItsMetrics(t *testing.T) {
	for name, want := range map[string][]string{
		"anthropic/messages": {
			"operation.duration chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 ×1",
			"token.usage chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 input 843",
			"token.usage chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 output 42",
		},
		"anthropic/messages_stream": {
			"operation.duration chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 ×1",
			"operation.time_per_output_chunk chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 ×15",
			"operation.time_to_first_chunk chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 ×1",
			"token.usage chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 input 843",
			"token.usage chat claude-sonnet-4-5 claude-sonnet-4-5-20250929 output 42",
		},
		"anthropic/overloaded": {
			"operation.duration chat claude-sonnet-4-5 overloaded_error ×1",
		},
		"gemini/generate": {
			"operation.duration generate_content gemini-2.5-flash gemini-2.5-flash ×1",
			"token.usage generate_content gemini-2.5-flash gemini-2.5-flash input 35",
			"token.usage generate_content gemini-2.5-flash gemini-2.5-flash output 27",
		},
		"gemini/generate_stream": {
			"operation.duration generate_content gemini-2.5-flash gemini-2.5-flash ×1",
			"operation.time_per_output_chunk generate_content gemini-2.5-flash gemini-2.5-flash ×2",
			"operation.time_to_first_chunk generate_content gemini-2.5-flash gemini-2.5-flash ×1",
			"token.usage generate_content gemini-2.5-flash gemini-2.5-flash input 35",
			"token.usage generate_content gemini-2.5-flash gemini-2.5-flash output 27",
		},
		"gemini/embed": {
			"operation.duration embeddings gemini-embedding-001 ×1",
		},
		"bedrock/converse": {
			"operation.duration chat us.amazon.nova-pro-v1:0 ×1",
			"token.usage chat us.amazon.nova-pro-v1:0 input 130",
			"token.usage chat us.amazon.nova-pro-v1:0 output 628",
		},
		"bedrock/converse_stream": {
			"operation.duration chat amazon.nova-pro-v1:0 ×1",
			"operation.time_per_output_chunk chat amazon.nova-pro-v1:0 ×9",
			"operation.time_to_first_chunk chat amazon.nova-pro-v1:0 ×1",
			"token.usage chat amazon.nova-pro-v1:0 input 130",
			"token.usage chat amazon.nova-pro-v1:0 output 628",
		},
		"bedrock/invoke_claude_stream": {
			"operation.duration chat anthropic.claude-sonnet-4-20250514-v1:0 claude-sonnet-4-5-20250929 ×1",
			"operation.time_per_output_chunk chat anthropic.claude-sonnet-4-20250514-v1:0 claude-sonnet-4-5-20250929 ×4",
			"operation.time_to_first_chunk chat anthropic.claude-sonnet-4-20250514-v1:0 claude-sonnet-4-5-20250929 ×1",
			"token.usage chat anthropic.claude-sonnet-4-20250514-v1:0 claude-sonnet-4-5-20250929 input 12",
			"token.usage chat anthropic.claude-sonnet-4-20250514-v1:0 claude-sonnet-4-5-20250929 output 5",
		},
		"cohere/chat": {
			"operation.duration chat command-a-03-2025 ×1",
			"token.usage chat command-a-03-2025 input 17",
			"token.usage chat command-a-03-2025 output 12",
		},
		"cohere/chat_stream": {
			"operation.duration chat command-a-03-2025 ×1",
			"operation.time_per_output_chunk chat command-a-03-2025 ×9",
			"operation.time_to_first_chunk chat command-a-03-2025 ×1",
			"token.usage chat command-a-03-2025 input 17",
			"token.usage chat command-a-03-2025 output 12",
		},
		"cohere/embed": {
			"operation.duration embeddings embed-v4.0 ×1",
			"token.usage embeddings embed-v4.0 input 2",
		},
		"ollama/chat": {
			"operation.duration chat qwen3 qwen3 ×1",
			"token.usage chat qwen3 qwen3 input 26",
			"token.usage chat qwen3 qwen3 output 282",
		},
		"ollama/chat_stream": {
			"operation.duration chat qwen3 qwen3 ×1",
			"operation.time_per_output_chunk chat qwen3 qwen3 ×4",
			"operation.time_to_first_chunk chat qwen3 qwen3 ×1",
			"token.usage chat qwen3 qwen3 input 26",
			"token.usage chat qwen3 qwen3 output 282",
		},
		"ollama/generate": {
			"operation.duration text_completion qwen3 qwen3 ×1",
			"token.usage text_completion qwen3 qwen3 input 3",
			"token.usage text_completion qwen3 qwen3 output 2",
		},
		"ollama/embed": {
			"operation.duration embeddings nomic nomic ×1",
			"token.usage embeddings nomic nomic input 8",
		},
		"openai/responses": {
			"operation.duration chat gpt-4.1 gpt-4.1-2025-04-14 ×1",
			"token.usage chat gpt-4.1 gpt-4.1-2025-04-14 input 36",
			"token.usage chat gpt-4.1 gpt-4.1-2025-04-14 output 87",
		},
		"openai/responses_stream": {
			"operation.duration chat gpt-4.1 gpt-4.1-2025-04-14 ×1",
			"operation.time_per_output_chunk chat gpt-4.1 gpt-4.1-2025-04-14 ×5",
			"operation.time_to_first_chunk chat gpt-4.1 gpt-4.1-2025-04-14 ×1",
			"token.usage chat gpt-4.1 gpt-4.1-2025-04-14 input 36",
			"token.usage chat gpt-4.1 gpt-4.1-2025-04-14 output 87",
		},
		"openai/completions_stream": {
			"operation.duration text_completion gpt-3.5-turbo-instruct gpt-3.5-turbo-instruct ×1",
			"operation.time_per_output_chunk text_completion gpt-3.5-turbo-instruct gpt-3.5-turbo-instruct ×1",
			"operation.time_to_first_chunk text_completion gpt-3.5-turbo-instruct gpt-3.5-turbo-instruct ×1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			reader := sdkmetric.NewManualReader()
			readRecording(t, "testdata/"+name+".http").play(t, ways()[0], genaihttp.WithTracerProvider(noop.NewTracerProvider()),
				genaihttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
			var got []string
			for _, m := range measured(t, reader) {
				got = append(got, strings.TrimPrefix(m, "gen_ai.client."))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// pause is a server that says nothing for a while.
type pause time.Duration

func (p pause) Read([]byte) (int, error) {
	time.Sleep(time.Duration(p))
	return 0, io.EOF
}

// Anthropic's servers say that they are there, before the first chunk too.
func TestASignOfLifeIsNoChunk(t *testing.T) {
	ping := base64.StdEncoding.EncodeToString([]byte(`{"type": "ping"}`))
	for name, c := range map[string]struct{ pings, chunks string }{
		"anthropic/messages_stream":    {strings.Repeat("event: ping\ndata: {\"type\": \"ping\"}\n\n", 3), "claude-sonnet-4-5-20250929 ×15"},
		"bedrock/invoke_claude_stream": {replaytest.EventStream(`chunk {"bytes": "` + ping + `"}`), "claude-sonnet-4-5-20250929 ×4"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := readRecording(t, "testdata/"+name+".http")
			r.answer = c.pings + r.answer
			reader, spans := sdkmetric.NewManualReader(), tracetest.NewSpanRecorder()
			slow := way{body: func(s string) io.Reader {
				return io.MultiReader(strings.NewReader(c.pings), pause(2*time.Second), strings.NewReader(s[len(c.pings):]))
			}}
			r.play(t, slow, genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))),
				genaihttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
			all := measured(t, reader)
			if !slices.ContainsFunc(all, func(m string) bool {
				return strings.HasPrefix(m, "gen_ai.client.operation.time_per_output_chunk ") && strings.HasSuffix(m, c.chunks)
			}) {
				t.Errorf("%s: %q, want %s", name, all, c.chunks)
			}
			for _, kv := range spans.Ended()[0].Attributes() {
				if kv.Key == "gen_ai.response.time_to_first_chunk" && kv.Value.AsFloat64() != 2 {
					t.Errorf("%s: the first chunk took %v seconds, want 2", name, kv.Value.AsFloat64())
				}
			}
		})
	}
}

func TestWithoutProvidersACallIsNotRead(t *testing.T) {
	body := &untouched{}
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body, Request: req}, nil
	})
	req, _ := http.NewRequest(http.MethodPost, "http://x/v1/chat/completions", strings.NewReader(streamRequest))
	resp, err := genaihttp.NewTransport(base).RoundTrip(req)
	if err != nil || resp.Body != io.ReadCloser(body) {
		t.Errorf("the body is %T, %v", resp.Body, err)
	}
}

type untouched struct{}

func (*untouched) Read([]byte) (int, error) { return 0, io.EOF }
func (*untouched) Close() error             { return nil }

func TestWhatIsNoNumberOfTokensIsNotCounted(t *testing.T) {
	for usage, want := range map[string]string{
		`"prompt_tokens": -5, "completion_tokens": 3`:                  "",
		`"prompt_tokens": 5, "completion_tokens": -3`:                  "",
		`"prompt_tokens": 9223372036854775807, "completion_tokens": 3`: "",
		`"prompt_tokens": 1e30, "completion_tokens": 1e30`:             "",
		`"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": -1}, "completion_tokens_details": {"reasoning_tokens": -2}`: "" +
			"gen_ai.usage.input_tokens=5 gen_ai.usage.output_tokens=3",
	} {
		spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
		rt := genaihttp.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
				Body: io.NopCloser(strings.NewReader(`{"id": "x", "usage": {` + usage + `}}`))}, nil
		}), genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))),
			genaihttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatRequest))
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(resp.Body)
		var got []string
		for _, kv := range spans.Ended()[0].Attributes() {
			if strings.HasPrefix(string(kv.Key), "gen_ai.usage.") {
				got = append(got, string(kv.Key)+"="+kv.Value.String())
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: the span has %q, want %q", usage, got, want)
		}
		counted := slices.ContainsFunc(measured(t, reader), func(m string) bool { return strings.Contains(m, "token.usage") })
		if counted != (want != "") {
			t.Errorf("%s: the metrics are %q", usage, measured(t, reader))
		}
	}
}
