package runs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// manifest is what is known about the captured traces, counted by the model
// server that answered, never from span attributes.
type manifest struct {
	Cases []struct {
		Name, Dialect string
		Files         []string
		Traces        []struct {
			TraceID        string   `json:"trace_id"`
			RootSpans      []string `json:"root_spans"`
			LLMLeafSpans   int      `json:"llm_leaf_spans"`
			EmbeddingSpans int      `json:"embedding_leaf_spans"`
			ToolSpans      int      `json:"tool_spans"`
			Truth          struct {
				OK              int     `json:"llm_calls_ok"`
				Failed          int     `json:"llm_calls_failed"`
				Input           float64 `json:"input_tokens"`
				Output          float64 `json:"output_tokens"`
				Cached          float64 `json:"cached_input_tokens"`
				Reasoning       float64 `json:"reasoning_output_tokens"`
				EmbeddingTokens float64 `json:"embedding_tokens"`
				Models          []string
			}
		}
	}
}

func loadManifest(t testing.TB) manifest {
	t.Helper()
	b, err := os.ReadFile("testdata/traces/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func loadCase(t testing.TB, files []string) *tracepb.TracesData {
	t.Helper()
	var in []File
	for _, name := range files {
		b, err := os.ReadFile(filepath.Join("testdata/traces", name))
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, File{name, b})
	}
	td, err := ReadOTLP(in...)
	if err != nil {
		t.Fatal(err)
	}
	return td
}

func TestCountsMatchTheModelServersLog(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			byID := map[string]Projection{}
			for _, p := range Project(loadCase(t, c.Files), Rules{}) {
				byID[p.TraceID] = p
			}
			for _, tr := range c.Traces {
				p, ok := byID[tr.TraceID]
				if !ok || len(p.Runs) == 0 {
					t.Errorf("%s: no runs", tr.TraceID)
					continue
				}
				got := map[string]float64{}
				for _, m := range p.Runs[0].Metrics {
					got[m.Key] = m.Value
				}
				want := map[string]float64{
					"input_tokens": tr.Truth.Input, "output_tokens": tr.Truth.Output, "llm_call_count": float64(tr.LLMLeafSpans),
					"tool_call_count": float64(tr.ToolSpans), "embedding_call_count": float64(tr.EmbeddingSpans),
					"cached_input_tokens": tr.Truth.Cached, "reasoning_tokens": tr.Truth.Reasoning, "embedding_tokens": tr.Truth.EmbeddingTokens,
				}
				for _, k := range sortedKeys(want) {
					if got[k] != want[k] {
						t.Errorf("%s (%v): %s = %v, want %v", tr.TraceID[:8], tr.RootSpans, k, got[k], want[k])
					}
				}
			}
		})
	}
}
