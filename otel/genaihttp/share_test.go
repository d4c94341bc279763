package genaihttp_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// The calls of a transport take turns with the memory that answers are read into: what one brought is not seen in another.
func TestCallsOfOneTransportDoNotSeeEachOthersAnswers(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	rt := genaihttp.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		n := req.Header.Get("N")
		body := `{"id": "id-` + n + `", "choices": [{"message": {"role": "assistant", "content": "` + strings.Repeat("#"+n+" ", 40*len(n)) + `"},` +
			`"finish_reason": "stop"}]}`
		if strings.HasSuffix(n, "7") {
			body = body[:len(body)/2] // an answer that was cut
		}
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
			Body: io.NopCloser(strings.NewReader(body))}, nil
	}), genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))), genaihttp.WithContent(true))
	number := regexp.MustCompile(`#\d+ `)
	const each = 50
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range each {
				n := fmt.Sprint(1000*worker + i + 100)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatRequest))
				req.Header.Set("N", n)
				resp, err := rt.RoundTrip(req)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	all.Wait()
	if len(spans.Ended()) != 4*each {
		t.Fatalf("%d spans", len(spans.Ended()))
	}
	seen := map[string]bool{}
	for _, s := range spans.Ended() {
		got := map[string]string{}
		for _, kv := range s.Attributes() {
			got[string(kv.Key)] = kv.Value.String()
		}
		n := strings.TrimPrefix(got["gen_ai.response.id"], "id-")
		words := number.FindAllString(got["gen_ai.output.messages"], -1)
		seen[n] = true
		if len(words) < 20 && !strings.HasSuffix(n, "7") || slices.ContainsFunc(words, func(w string) bool { return w != "#"+n+" " }) {
			t.Errorf("%s has the messages %s", n, got["gen_ai.output.messages"])
		}
	}
	if len(seen) != 4*each {
		t.Errorf("%d of %d answers are seen", len(seen), 4*each)
	}
}
