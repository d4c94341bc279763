package genaihttp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// registry returns the attributes of the conventions' pinned revision and their types, from the last release of
// OpenTelemetry's generated package that has them.
func registry(t *testing.T) map[string]string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "go.opentelemetry.io/otel/semconv/v1.41.0").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "attribute_group.go"))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, m := range regexp.MustCompile(`// Type: (\S+)\n(?:\t//.*\n)*\t\w+Key = attribute.Key\("([^"]+)"\)`).FindAllStringSubmatch(string(source), -1) {
		types[m[2]] = m[1]
	}
	if types["gen_ai.usage.input_tokens"] != "int" || len(types) < 300 {
		t.Fatalf("%d attributes were read from %s", len(types), dir)
	}
	return types
}

// TestAttributesAreThoseOfTheConventions holds key and type of all that the recordings give against the registry.
func TestAttributesAreThoseOfTheConventions(t *testing.T) {
	known := registry(t)
	kinds := map[string]attribute.Type{
		"string": attribute.STRING, "Enum": attribute.STRING, "any": attribute.STRING, // JSON, as spans have it
		"int": attribute.INT64, "double": attribute.FLOAT64, "boolean": attribute.BOOL, "string[]": attribute.STRINGSLICE,
	}
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
			for _, kv := range s.Attributes() {
				seen[kv.Key] = true
				kind, ok := known[string(kv.Key)]
				switch {
				case kv.Key == "mlflow.spanType" || kv.Key == genaihttp.BodyEndKey:
				case !ok:
					t.Errorf("%s: %s is in no registry", file, kv.Key)
				case kinds[kind] != kv.Value.Type():
					t.Errorf("%s: %s is %s, not %s", file, kv.Key, kv.Value.Type(), kind)
				}
			}
		}
	}
	if len(seen) < 35 {
		t.Errorf("only %d attributes were seen", len(seen))
	}
}
