// Package semconvtest holds spans against the attribute registry of the conventions' pinned revision, in tests.
package semconvtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// Registry has the attributes of the conventions, and the types of their values.
type Registry map[attribute.Key]attribute.Type

// Read returns the registry, from the last release of OpenTelemetry's generated package that has GenAI's attributes.
func Read(t *testing.T) Registry {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "go.opentelemetry.io/otel/semconv/v1.41.0").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "attribute_group.go"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]attribute.Type{
		"string": attribute.STRING, "Enum": attribute.STRING, "any": attribute.STRING, // JSON, as spans have it
		"int": attribute.INT64, "double": attribute.FLOAT64, "boolean": attribute.BOOL, "string[]": attribute.STRINGSLICE,
	}
	r := Registry{}
	key := regexp.MustCompile(`// Type: (\S+)\n(?:\t//.*\n)*\t\w+Key = attribute.Key\("([^"]+)"\)`)
	for _, m := range key.FindAllStringSubmatch(string(source), -1) {
		r[attribute.Key(m[2])] = kinds[m[1]]
	}
	if r["gen_ai.usage.input_tokens"] != attribute.INT64 || len(r) < 300 {
		t.Fatalf("%d attributes were read from %s", len(r), dir)
	}
	return r
}

// Check reports each attribute that is not in the registry, or has another type there. Those named in own are ours.
func (r Registry) Check(t *testing.T, span string, kv []attribute.KeyValue, own ...attribute.Key) {
	t.Helper()
	for _, a := range kv {
		kind, ok := r[a.Key]
		switch {
		case slices.Contains(own, a.Key):
		case !ok:
			t.Errorf("%s: %s is in no registry", span, a.Key)
		case kind != a.Value.Type():
			t.Errorf("%s: %s is %s, not %s", span, a.Key, a.Value.Type(), kind)
		}
	}
}
