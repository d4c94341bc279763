package eval_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/genai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tokens are the attributes of a model call.
func tokens(answered, asked string, in, out int64) []attribute.KeyValue {
	return []attribute.KeyValue{
		genai.ResponseModelKey.String(answered), genai.RequestModelKey.String(asked),
		genai.UsageInputTokensKey.Int64(in), genai.UsageOutputTokensKey.Int64(out),
	}
}
