package genaihttp_test

import (
	"path/filepath"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/internal/semconvtest"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// TestAttributesAreThoseOfTheConventions holds key and type of all that the recordings give against the registry.
func TestAttributesAreThoseOfTheConventions(t *testing.T) {
	registry := semconvtest.Read(t)
	files, err := filepath.Glob("testdata/*/*.http")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[attribute.Key]bool{}
	for _, file := range files {
		spans := tracetest.NewSpanRecorder()
		provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
		readRecording(t, file).play(t, ways()[0], genaihttp.WithTracerProvider(provider), genaihttp.WithContent(true))
		for _, s := range spans.Ended() {
			if s.InstrumentationScope().SchemaURL != "https://opentelemetry.io/schemas/1.41.0" {
				t.Errorf("%s: schema %s", file, s.InstrumentationScope().SchemaURL)
			}
			registry.Check(t, file, s.Attributes(), mlflowattr.SpanTypeKey, genaihttp.BodyEndKey, genaihttp.ServiceTierKey)
			for _, kv := range s.Attributes() {
				seen[kv.Key] = true
			}
		}
	}
	if len(seen) < 35 {
		t.Errorf("only %d attributes were seen", len(seen))
	}
}
