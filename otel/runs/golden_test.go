package runs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// The form of the golden files, which is that of `commentator project --json`. Of a
// metric with several points it holds the last one; of an artifact its path and size.

func encode(ps []Projection) ([]byte, error) {
	out := document{Traces: make([]traceJSON, 0, len(ps))}
	for _, p := range ps {
		t := traceJSON{TraceID: p.TraceID.String(), Runs: make([]runJSON, 0, len(p.Runs)), Notes: p.Notes}
		for _, r := range p.Runs {
			t.Runs = append(t.Runs, newRunJSON(r))
		}
		out.Traces = append(out.Traces, t)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(out)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

type document struct {
	Traces []traceJSON `json:"traces"`
}

type traceJSON struct {
	TraceID string    `json:"trace_id"`
	Runs    []runJSON `json:"runs"`
	Notes   []string  `json:"notes,omitempty"`
}

type runJSON struct {
	SpanID       string             `json:"span_id"`
	ParentSpanID string             `json:"parent_span_id"`
	Name         string             `json:"name"`
	Status       Status             `json:"status"`
	StartTime    string             `json:"start_time"`
	EndTime      string             `json:"end_time"`
	Params       map[string]string  `json:"params"`
	Metrics      map[string]float64 `json:"metrics"`
	Tags         map[string]string  `json:"tags"`
	Artifacts    []artifactJSON     `json:"artifacts"`
}

type artifactJSON struct {
	Path  string `json:"path"`
	Bytes int    `json:"bytes"`
}

func newRunJSON(r Run) runJSON {
	const layout = "2006-01-02T15:04:05.000000Z07:00"
	j := runJSON{
		SpanID: r.SpanID.String(), Name: r.Name, Status: r.Status,
		StartTime: r.Start.Format(layout), Params: r.Params, Metrics: map[string]float64{}, Tags: r.Tags,
		Artifacts: make([]artifactJSON, 0, len(r.Artifacts)),
	}
	if r.ParentSpanID.IsValid() {
		j.ParentSpanID = r.ParentSpanID.String()
	}
	if !r.End.IsZero() {
		j.EndTime = r.End.Format(layout)
	}
	for _, m := range r.Metrics { // sorted by step, so the last one stays
		j.Metrics[m.Key] = m.Value
	}
	for _, a := range r.Artifacts {
		j.Artifacts = append(j.Artifacts, artifactJSON{a.Path, len(a.Body)})
	}
	return j
}

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGoldenProjections(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			got, err := encode(project(loadCase(t, c.Files), Rules{}))
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, filepath.Join("testdata", "golden", c.Name+".json"), got)
		})
	}
}

// checkGolden compares with a golden file, or writes it with -update.
func checkGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got)+"\n" {
		t.Errorf("projection differs from %s; look at the difference with -update and git diff", path)
	}
}
