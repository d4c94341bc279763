package runs

import (
	"os"
	"path/filepath"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// TestCapturedProgramsWithoutAIStayOut: traces as the instrumentations of web frameworks,
// clients, databases and queues really send them (testdata/programs/README.md), of
// programs whose routes, tables, queues and jobs have names that tempt.
func TestCapturedProgramsWithoutAIStayOut(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.pb")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d captures, %v; want 40", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			td := &tracepb.TracesData{}
			if err := proto.Unmarshal(raw, td); err != nil {
				t.Fatal(err)
			}
			read := Read(td, Rules{})
			projections := read.Project()
			if len(projections) == 0 {
				t.Fatal("no trace")
			}
			if read.IsGenAI() {
				t.Error("taken for GenAI")
			}
			for _, p := range projections {
				for _, r := range p.Runs {
					wantMetrics(t, r, map[string]float64{
						"llm_call_count": -1, "tool_call_count": -1, "embedding_call_count": -1, "retrieval_call_count": -1,
						"input_tokens": -1, "output_tokens": -1, "total_tokens": -1, "total_cost_usd": -1,
					})
				}
			}
		})
	}
}
