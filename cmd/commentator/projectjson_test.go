package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/technoshare/commentator/otel/runs"
)

// TestProjectJSONIsTheGoldenForm compares the command's output with the golden files
// of package runs, byte by byte.
func TestProjectJSONIsTheGoldenForm(t *testing.T) {
	dir := filepath.Join("..", "..", "otel", "runs", "testdata")
	for _, name := range []string{"oi-llamaindex-rag", "vercel-ai5-recipe"} {
		files, err := filepath.Glob(filepath.Join(dir, "traces", name+".*.pb"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no traces of %s: %v", name, err)
		}
		want, err := os.ReadFile(filepath.Join(dir, "golden", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := (&projectCommand{JSON: true, Prices: "none", File: files}).Run(streams{out: &out}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%s: the output differs from the golden file", name)
		}
	}
	var out bytes.Buffer
	if err := writeProjectionJSON(&out, []runs.Projection{{Runs: []runs.Run{{Status: runs.Running}}}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte(`"end_time": ""`)) || !bytes.Contains(out.Bytes(), []byte(`"parent_span_id": ""`)) {
		t.Errorf("a root that runs has no end and no parent: %s", out.Bytes())
	}
}
