package genaihttp_test

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genaihttp"
)

func TestAHeldCallEndsAsItsProgramJudges(t *testing.T) {
	schema := errors.New("the answer breaks the schema")
	for _, c := range []struct {
		name   string
		status int
		err    error
		early  bool // it is judged before the answer is read
		want   string
	}{
		{"well", 200, nil, false, ""},
		{"against the answer", 200, schema, false, "schema_violated"},
		{"the call itself failed", 503, nil, false, "503"},
		{"the program knows better why", 503, schema, false, "schema_violated"},
		{"before the answer is read", 200, schema, true, "schema_violated"},
		{"well, before a failure is read", 503, nil, true, "503"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
			rt := genaihttp.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
					Body: io.NopCloser(strings.NewReader(string(chatAnswer(100))))}, nil
			}), genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))),
				genaihttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
			ctx, held := genaihttp.Hold(t.Context(), attribute.String("prompt", "p"))
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatRequest))
			resp, err := rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if c.early {
				held.End(c.err, "schema_violated", attribute.String("cost", "1"))
			}
			if len(spans.Ended()) != 0 {
				t.Error("the span ended before the answer was read")
			}
			_, _ = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if !c.early {
				if len(spans.Ended()) != 0 {
					t.Error("the span ended without the program's judgment")
				}
				held.End(c.err, "schema_violated", attribute.String("cost", "1"))
			}
			held.End(errors.New("again"), "again")
			if len(spans.Ended()) != 1 {
				t.Fatalf("%d spans", len(spans.Ended()))
			}
			s := spans.Ended()[0]
			got := map[attribute.Key]string{}
			for _, kv := range s.Attributes() {
				got[kv.Key] = kv.Value.String()
			}
			if got["error.type"] != c.want || (s.Status().Code == codes.Error) != (c.want != "") || len(s.Events()) > 1 {
				t.Errorf("error.type is %q, the status %v, with %d events", got["error.type"], s.Status(), len(s.Events()))
			}
			if got["prompt"] != "p" || got["cost"] != "1" || c.status == 200 && got["gen_ai.usage.input_tokens"] != "19" {
				t.Errorf("the attributes are %v", got)
			}
			var durations []string
			for _, m := range measured(t, reader) {
				if after, ok := strings.CutPrefix(m, "gen_ai.client.operation.duration chat gpt-4o-mini "); ok {
					durations = append(durations, after)
				}
			}
			want := strings.TrimSpace(c.want + " ×1")
			if c.status == 200 {
				want = "gpt-4o-mini-2024-07-18 " + want
			}
			if strings.Join(durations, ", ") != want {
				t.Errorf("the durations are of %q, want %q", durations, want)
			}
		})
	}
}

// held makes a call and reads its answer, and leaves it to the program to judge it.
func held(t *testing.T, provider trace.TracerProvider) *genaihttp.Held {
	rt := genaihttp.NewTransport(&server{contentType: "application/json", body: chatAnswer(100), reader: pieces{size: 1 << 20}},
		genaihttp.WithTracerProvider(provider))
	ctx, h := genaihttp.Hold(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatRequest))
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Error(err)
		return h
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return h
}

func TestAHeldCallWhoseJudgePanicsEnds(t *testing.T) {
	spans := newEnded()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the judge did not panic")
			}
		}()
		h := held(t, provider)
		defer h.End(errors.New("the judge panicked"), "panic")
		panic("of the judge")
	}()
	if s := spans.wait(t, 1)[0]; value(s, "error.type") != "panic" || s.Status().Code != codes.Error {
		t.Errorf("error.type is %q, the status %v", value(s, "error.type"), s.Status())
	}
}

func TestAHeldCallThatNobodyJudgesEnds(t *testing.T) {
	spans := newEnded()
	held(t, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	for range 1000 {
		runtime.GC()
		if len(spans.signal) > 0 {
			break
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond) // the collector's goroutine has nothing else to wait for
	}
	if s := spans.wait(t, 1)[0]; value(s, genaihttp.BodyEndKey) != "unjudged" || s.Status().Code != codes.Unset || value(s, "gen_ai.usage.input_tokens") != "19" {
		t.Errorf("the span has %v, the status %v", s.Attributes(), s.Status())
	}
}

func TestOfAHeldCallsRequestsTheLastIsHeld(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	status := 307
	rt := genaihttp.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}, "Location": {"/v2/chat/completions"}},
			Request: req, Body: io.NopCloser(strings.NewReader(string(chatAnswer(100))))}
		status = 200
		return resp, nil
	}), genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
	ctx, held := genaihttp.Hold(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatRequest))
	resp, err := (&http.Client{Transport: rt}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if len(spans.Started()) != 2 || len(spans.Ended()) != 1 {
		t.Fatalf("%d spans were started, %d ended", len(spans.Started()), len(spans.Ended()))
	}
	held.End(nil, "")
	if len(spans.Ended()) != 2 || spans.Ended()[1].SpanContext().SpanID() != spans.Started()[1].SpanContext().SpanID() {
		t.Errorf("the spans that ended are %v", spans.Ended())
	}
}

func TestACallThatIsNotSentHasNothingToEnd(t *testing.T) {
	_, held := genaihttp.Hold(t.Context())
	held.End(errors.New("not sent"), "x")
}

func TestAHeldCallIsRecordedBelowAStageThatShowsAsACall(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	rt := genaihttp.NewTransport(&server{contentType: "application/json", body: chatAnswer(100), reader: pieces{size: 1 << 20}},
		genaihttp.WithTracerProvider(provider))
	for _, hold := range []bool{false, true} {
		ctx, stage := provider.Tracer("stages").Start(t.Context(), "analysis", trace.WithAttributes(attribute.String("mlflow.spanType", "LLM")))
		var held *genaihttp.Held
		if hold {
			ctx, held = genaihttp.Hold(ctx)
		}
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatRequest))
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(resp.Body)
		if hold {
			held.End(nil, "")
		}
		stage.End()
	}
	var names []string
	for _, s := range spans.Ended() {
		names = append(names, s.Name())
	}
	if got := strings.Join(names, ", "); got != "analysis, chat gpt-4o-mini, analysis" {
		t.Errorf("the spans are %s", got)
	}
}
