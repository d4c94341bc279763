package genaihttp_test

import (
	"path/filepath"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// FuzzRecordings changes recorded calls of all providers. Server and caller see the bytes as they are, and the span is the
// same at whatever boundaries they come.
func FuzzRecordings(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.http")
	if err != nil || len(files) < 20 {
		f.Fatalf("%d recordings, %v", len(files), err)
	}
	recordings := make([]recording, len(files))
	for i, file := range files {
		recordings[i] = readRecording(f, file)
		f.Add(uint8(i), true, recordings[i].request, recordings[i].answer)
	}
	f.Fuzz(func(t *testing.T, which uint8, content bool, request, answer string) {
		r := recordings[int(which)%len(recordings)]
		r.request, r.answer = request, answer
		var first string
		for i, w := range ways()[:3] {
			spans := tracetest.NewSpanRecorder()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
			r.play(t, w, genaihttp.WithTracerProvider(provider), genaihttp.WithContent(content))
			switch got := describe(spans.Ended()); {
			case i == 0:
				first = got
			case got != first:
				t.Errorf("%s: got\n%s\nat once it was\n%s", w.name, got, first)
			}
		}
	})
}
