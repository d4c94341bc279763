package genaihttp_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

// OpenAI's attribute is of OpenAI alone; what a call costs depends on the tier with others too.
func TestTheServiceTierIsToldOfEachProvider(t *testing.T) {
	const tier = genaihttp.ServiceTierKey
	bedrock := http.Header{"X-Amzn-Bedrock-Service-Tier": {"priority"}, "X-Amzn-Bedrock-Performanceconfig-Latency": {"standard"}}
	for name, c := range map[string]struct {
		file   string
		change [2]string
		header http.Header
		key    attribute.Key
		want   string
	}{
		"of Anthropic":           {"anthropic/messages", [2]string{`"service_tier": "standard"`, `"service_tier": "priority"`}, nil, tier, "priority"},
		"of a stream":            {"anthropic/messages_stream", [2]string{`"service_tier": "standard"`, `"service_tier": "batch"`}, nil, tier, "batch"},
		"of none":                {"anthropic/messages", [2]string{`"service_tier": "standard"`, `"service_tier": null`}, nil, tier, ""},
		"of OpenAI":              {"openai/chat", [2]string{}, nil, "openai.response.service_tier", "flex"},
		"of OpenAI, by its name": {"openai/chat", [2]string{}, nil, tier, ""},
		"by OpenAI's protocol":   {"openai/chat_deepseek", [2]string{`"choices"`, `"service_tier": "flex", "choices"`}, nil, tier, "flex"},
		"of Gemini, in its head": {"gemini/generate", [2]string{}, http.Header{"X-Gemini-Service-Tier": {"priority"}}, tier, "priority"},
		"of Gemini":              {"gemini/generate", [2]string{`"totalTokenCount"`, `"serviceTier": "flex", "totalTokenCount"`}, nil, tier, "flex"},
		"of Vertex":              {"gemini/generate_stream", [2]string{`"totalTokenCount"`, `"trafficType": "ON_DEMAND_PRIORITY", "totalTokenCount"`}, nil, tier, "ON_DEMAND_PRIORITY"},
		"of Vertex, unspecified": {"gemini/generate", [2]string{`"totalTokenCount"`, `"trafficType": "TRAFFIC_TYPE_UNSPECIFIED", "totalTokenCount"`}, nil, tier, ""},
		"of Bedrock":             {"bedrock/converse", [2]string{`"stopReason"`, `"serviceTier": {"type": "flex"}, "stopReason"`}, nil, tier, "flex"},
		"of Bedrock's stream":    {"bedrock/converse_stream", [2]string{`metadata {`, `metadata {"serviceTier": {"type": "reserved"}, `}, nil, tier, "reserved"},
		"of Bedrock, fast":       {"bedrock/converse", [2]string{`"stopReason"`, `"serviceTier": {"type": "default"}, "performanceConfig": {"latency": "optimized"}, "stopReason"`}, nil, tier, "optimized"},
		"of Bedrock, not fast":   {"bedrock/converse", [2]string{`"stopReason"`, `"performanceConfig": {"latency": "standard"}, "stopReason"`}, nil, tier, ""},
		"of Claude on Bedrock":   {"bedrock/invoke_claude_stream", [2]string{}, bedrock, tier, "priority"},
		"of Claude there, fast":  {"bedrock/invoke_claude_stream", [2]string{}, http.Header{"X-Amzn-Bedrock-Performanceconfig-Latency": {"optimized"}}, tier, "optimized"},
	} {
		spans := tracetest.NewSpanRecorder()
		r := readRecording(t, "testdata/"+c.file+".http")
		if c.file == "bedrock/converse_stream" {
			r.answer = replaytest.EventStream(strings.ReplaceAll(tail(t, c.file), c.change[0], c.change[1]))
		} else if c.change[0] != "" {
			if !strings.Contains(r.answer, c.change[0]) {
				t.Fatalf("%s: %s is not in the recording", name, c.change[0])
			}
			r.answer = strings.ReplaceAll(r.answer, c.change[0], c.change[1])
		}
		r.answerHeader = c.header
		r.play(t, ways()[0], genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
		if got := value(spans.Ended()[0], c.key); got != c.want {
			t.Errorf("%s: %s is %q, want %q", name, c.key, got, c.want)
		}
	}
}

// tail returns the answer of a recording as it stands there, not framed.
func tail(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file + ".http")
	if err != nil {
		t.Fatal(err)
	}
	_, answer, _ := strings.Cut(string(b), "eventstream\n")
	return answer
}
