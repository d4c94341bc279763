package eval_test

import (
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/genai"
)

func TestMain(m *testing.M) {
	if args := os.Getenv(childVariable); args != "" {
		part := strings.Split(args, "\n")
		if err := childMain(part[0], part[1], part[2], part[3]); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	server.Stop()
	if err := goleak.Find(goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")); err != nil && code == 0 {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}

// tokens are the attributes of a model call.
func tokens(answered, asked string, in, out int64) []attribute.KeyValue {
	return []attribute.KeyValue{
		genai.ResponseModelKey.String(answered), genai.RequestModelKey.String(asked),
		genai.UsageInputTokensKey.Int64(in), genai.UsageOutputTokensKey.Int64(out),
	}
}
