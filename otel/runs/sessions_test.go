package runs

import (
	"math"
	"path/filepath"
	"testing"
)

// session is the truth about a captured session of a coding agent, counted by the
// stand-in for its model: two prompts, of which the second's first request is refused.
type session struct {
	folder, root                             string
	calls, failed, tools, failedTools        float64
	input, output, cached, written, thoughts float64
	cost                                     float64
	asked, answered                          string
	turns                                    []turnTruth
	unseen                                   float64 // failed calls of which the agent says nothing
}

type turnTruth struct{ calls, input, output float64 }

func sessions() []session {
	const asked, answered = "How many lines has notes.txt, and what do the orders say?", "The shortest line is the second one, beta."
	return []session{
		{
			folder: "claude-code-logs", root: "claude-code session", calls: 5, failed: 1, unseen: 1, tools: 4, failedTools: 2,
			input: 5987, output: 217, cached: 5017, written: 301, cost: 0.00789585,
			asked: asked, answered: "The shortest line is the second one, 'beta'.",
			turns: []turnTruth{{3, 3546, 126}, {2, 2441, 91}},
		},
		{ // does not say what was answered, nor that a tool failed
			folder: "codex-logs", root: "codex session", calls: 5, failed: 1, tools: 3, input: 5686, output: 217, cached: 5017, thoughts: 12,
			asked: asked, turns: []turnTruth{{3, 3378, 126}, {3, 2308, 91}},
		},
		{
			folder: "gemini-cli-logs", root: "gemini-cli session", calls: 5, failed: 1, tools: 4, failedTools: 1,
			input: 5686, output: 217, cached: 5017, thoughts: 12, asked: asked, answered: answered,
			turns: []turnTruth{{3, 3378, 126}, {3, 2308, 91}},
		},
	}
}

func TestASessionOfACodingAgentIsOneTrace(t *testing.T) {
	for _, s := range sessions() {
		t.Run(s.folder, func(t *testing.T) {
			parts := loadLogs(t, s.folder)
			ps := Read(Merge(parts...), Rules{}).Project()
			if len(ps) != 1 {
				t.Fatalf("%d traces", len(ps))
			}
			p := ps[0]
			if p.Trace.RequestPreview != s.asked || p.Trace.ResponsePreview != s.answered {
				t.Errorf("previews %q and %q", p.Trace.RequestPreview, p.Trace.ResponsePreview)
			}
			if p.Trace.SessionID == "" {
				t.Error("the trace has no session")
			}
			root := p.Runs[0]
			if root.Name != s.root || len(p.Runs) != 1+len(s.turns) {
				t.Fatalf("%d runs, the first is %q", len(p.Runs), root.Name)
			}
			want := map[string]float64{
				"llm_call_count": s.calls + s.failed - s.unseen, "error_count": s.failed - s.unseen + s.failedTools, "tool_call_count": s.tools,
				"input_tokens": s.input, "output_tokens": s.output, "cached_input_tokens": s.cached, "cache_creation_input_tokens": s.written,
				"reasoning_tokens": s.thoughts, "total_cost_usd": s.cost,
			}
			got := metrics(root)
			for key, n := range want {
				if math.Abs(got[key]-n) > 1e-9 {
					t.Errorf("%s is %v, want %v", key, got[key], n)
				}
			}
			for i, turn := range s.turns {
				got := metrics(p.Runs[i+1])
				if got["llm_call_count"] != turn.calls || got["input_tokens"] != turn.input || got["output_tokens"] != turn.output {
					t.Errorf("turn %d: %v", i+1, got)
				}
			}
			out, err := encode(ps)
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, filepath.Join("testdata", "golden", "logs", s.folder+".json"), out)
		})
	}
}

func TestSpansOfACodingAgentCountBeforeItsRecords(t *testing.T) {
	want := []struct{ input, output, cost, calls, tools float64 }{{3546, 126, 0.0045378, 3, 3}, {2441, 91, 0.00335805, 2, 1}}
	i := 0
	for _, p := range Read(Merge(loadLogs(t, "claude-code-spans")...), Rules{}).Project() {
		got := metrics(p.Runs[0])
		if i >= len(want) {
			t.Fatalf("a trace too many: %q", p.Runs[0].Name)
		}
		w := want[i]
		i++
		if got["input_tokens"] != w.input || got["output_tokens"] != w.output || math.Abs(got["total_cost_usd"]-w.cost) > 1e-9 ||
			got["llm_call_count"] != w.calls || got["tool_call_count"] != w.tools {
			t.Errorf("%q has %v", p.Runs[0].Name, got)
		}
		if p.Trace.ResponsePreview == "" {
			t.Errorf("%q has no answer, which only a record says", p.Runs[0].Name)
		}
	}
	if i != len(want) {
		t.Errorf("%d traces", i)
	}
}
