package bedrock

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// TestAnAnswerIsReadUpToABound, however its parts are spread over messages.
func TestAnAnswerIsReadUpToABound(t *testing.T) {
	piece := strings.Repeat(`{"text":"a"},`, 1000) + `{"toolResult":{}},`
	a := wire.Answer{Content: true}
	New().Answer(scan.Value(`{"output":{"message":{"content":[`+strings.Repeat(piece, 20)+`{}]}}}`), &a)
	parts := 0
	for _, m := range a.Output {
		parts += len(m.Parts)
	}
	if parts != wire.MaxParts {
		t.Errorf("%d messages, %d parts", len(a.Output), parts)
	}
}
