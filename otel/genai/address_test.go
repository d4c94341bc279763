package genai_test

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genai"
)

// TestAFailureShowsNoKeyOfAnAddress: Gemini's stands in the query, and net/http puts the address in front of its errors.
func TestAFailureShowsNoKeyOfAnAddress(t *testing.T) {
	inner := &url.Error{Op: "Post", URL: "https://user:hidden@a.example/x?key=hidden&é=\"1", Err: io.ErrUnexpectedEOF}
	for name, err := range map[string]error{
		"bare":    inner,
		"wrapped": fmt.Errorf("ask the model: %w", inner),
		"twice":   &url.Error{Op: "Post", URL: "http://b.example/y?token=hidden", Err: inner},
		"joined":  errors.Join(errors.New("first"), inner),
		"two":     errors.Join(&url.Error{Op: "Get", URL: "http://b.example/y?token=hidden", Err: io.EOF}, fmt.Errorf("then: %w", inner)),
	} {
		spans := tracetest.NewSpanRecorder()
		_, span := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("t").Start(t.Context(), "chat")
		genai.MarkFailed(span, err, "x")
		span.End()
		s := spans.Ended()[0]
		said := fmt.Sprint(s.Status(), s.Events())
		if strings.Contains(said, "hidden") || !strings.Contains(said, "a.example/x") || !strings.Contains(said, "unexpected EOF") {
			t.Errorf("%s: %s", name, said)
		}
		if want := fmt.Sprintf(`{"exception.type":"%T"}`, err); !strings.Contains(said, want) {
			t.Errorf("%s: no %s in %s", name, want, said)
		}
	}
}
