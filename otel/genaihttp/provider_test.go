package genaihttp_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// Others serve the protocols of OpenAI and Anthropic too; whose the call is, their hosts say.
func TestTheProviderIsWhoseServerItIs(t *testing.T) {
	for url, c := range map[string]struct{ file, want string }{
		"https://api.openai.com/v1/chat/completions":                                      {"openai/chat", "openai"},
		"https://llm.example/v1/chat/completions":                                         {"openai/chat", "openai"},
		"https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions":      {"openai/chat", "aws.bedrock"},
		"https://bedrock-runtime.us-east-1.api.aws/openai/v1/chat/completions":            {"openai/chat", "aws.bedrock"},
		"https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions":                    {"openai/chat", "aws.bedrock"},
		"https://bedrock-runtime.cn-north-1.amazonaws.com.cn/openai/v1/chat/completions":  {"openai/chat", "aws.bedrock"},
		"https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages":                  {"anthropic/messages", "aws.bedrock"},
		"https://bedrock-runtime.us-east-1.amazonaws.com/anthropic/v1/messages":           {"anthropic/messages", "aws.bedrock"},
		"https://api.anthropic.com/v1/messages":                                           {"anthropic/messages", "anthropic"},
		"https://proxy.example/anthropic/v1/messages":                                     {"anthropic/messages", "anthropic"},
		"https://bedrock-runtime.eu-west-1.api.aws/model/amazon.nova-pro-v1%3A0/converse": {"bedrock/converse", "aws.bedrock"},
	} {
		spans := tracetest.NewSpanRecorder()
		r := readRecording(t, "testdata/"+c.file+".http")
		r.url = url
		r.play(t, ways()[0], genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
		if got := value(spans.Ended()[0], "gen_ai.provider.name"); got != c.want {
			t.Errorf("%s is of %q, want %q", url, got, c.want)
		}
	}
}
