package architecture

import (
	"os"
	"strings"
	"testing"
)

// TestTheExamplesOfReadmesRun: lines of Go behind a mark in a README are those of an example, which
// go test runs.
func TestTheExamplesOfReadmesRun(t *testing.T) {
	const mark, fence = "<!-- ExampleRun in ", "```go\n"
	source, err := os.ReadFile("../../otel/eval/example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(source), "func ExampleRun() {\n")
	body, _, found := strings.Cut(body, "\t// Output:")
	if !found {
		t.Fatal("there is no ExampleRun")
	}
	body = strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
	for _, path := range []string{"../../README.md", "../../otel/eval/README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, shown, _ := strings.Cut(string(text), mark)
		_, shown, _ = strings.Cut(shown, fence)
		if shown, _, _ = strings.Cut(shown, "```"); shown != body {
			t.Errorf("%s shows another example than ExampleRun is:\n%s", path, shown)
		}
	}
}
