package genaihttp_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
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
			spans := tracetest.NewSpanRecorder()
			rt := genaihttp.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
					Body: io.NopCloser(strings.NewReader(string(chatAnswer(100))))}, nil
			}), genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
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
		})
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
