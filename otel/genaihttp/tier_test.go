package genaihttp_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// OpenAI's attribute is of OpenAI alone; what a call costs depends on the tier with others too.
func TestTheServiceTierIsToldOfEachProvider(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		change [2]string
		key    attribute.Key
		want   string
	}{
		"of Anthropic":           {"anthropic/messages", [2]string{`"service_tier": "standard"`, `"service_tier": "priority"`}, genaihttp.ServiceTierKey, "priority"},
		"of a stream":            {"anthropic/messages_stream", [2]string{`"service_tier": "standard"`, `"service_tier": "batch"`}, genaihttp.ServiceTierKey, "batch"},
		"of none":                {"anthropic/messages", [2]string{`"service_tier": "standard"`, `"service_tier": null`}, genaihttp.ServiceTierKey, ""},
		"of OpenAI":              {"openai/chat", [2]string{}, "openai.response.service_tier", "flex"},
		"of OpenAI, by its name": {"openai/chat", [2]string{}, genaihttp.ServiceTierKey, ""},
		"by OpenAI's protocol":   {"openai/chat_deepseek", [2]string{`"choices"`, `"service_tier": "flex", "choices"`}, genaihttp.ServiceTierKey, "flex"},
	} {
		spans := tracetest.NewSpanRecorder()
		r := readRecording(t, "testdata/"+c.file+".http")
		if c.change[0] != "" && !strings.Contains(r.answer, c.change[0]) {
			t.Fatalf("%s: %s is not in the recording", name, c.change[0])
		}
		r.answer = strings.ReplaceAll(r.answer, c.change[0], c.change[1])
		r.play(t, ways()[0], genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
		if got := value(spans.Ended()[0], c.key); got != c.want {
			t.Errorf("%s: %s is %q, want %q", name, c.key, got, c.want)
		}
	}
}
