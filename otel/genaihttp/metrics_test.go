package genaihttp_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/technoshare/commentator/otel/genaihttp"
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
