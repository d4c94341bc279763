package runs

import (
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// silent are the cases and traces whose spans leave texts to the log records, or out.
var silent = map[string]struct{ question, answer bool }{
	"claude-code-session":      {answer: true},
	"claude-agent-sdk-weather": {answer: true},
	"codex-session":            {question: true, answer: true},

	"langsmith-js-soup 06e1a47f": {answer: true}, // the last call has no span
}

// TestAgentsShowWhatTheyWereAsked: question, answer, models and session of captured
// agents are those of the model server's log.
func TestAgentsShowWhatTheyWereAsked(t *testing.T) {
	sessions := map[string]map[string]bool{}
	for _, c := range loadManifest(t).Cases {
		byID := map[string]Projection{}
		for _, p := range project(loadCase(t, c.Files), Rules{}) {
			byID[p.TraceID.String()] = p
		}
		for _, tr := range c.Traces {
			if len(tr.Truth.Prompts) == 0 {
				continue
			}
			p := byID[tr.TraceID]
			where := c.Name + " " + tr.TraceID[:8]
			q := tr.Truth.Prompts[0]
			if where == "mastra-soup f653cc89" {
				q = "soup" // the input of the workflow around the call
			}
			if !silent[c.Name].question &&
				(!strings.Contains(p.Trace.RequestPreview, q) || len(p.Trace.RequestPreview) > len(q)+40) {
				t.Errorf("%s: asked %q, want %q", where, p.Trace.RequestPreview, q)
			}
			if a := tr.Truth.Answer; a != "" && !silent[c.Name].answer && !silent[where].answer && p.Trace.ResponsePreview != a {
				t.Errorf("%s: answered %q, want %q", where, p.Trace.ResponsePreview, a)
			}
			models := strings.Split(p.Runs[0].Params["model"], ", ")
			slices.Sort(models)
			if !slices.Equal(models, tr.Truth.Models) {
				t.Errorf("%s: models %q, want %q", where, models, tr.Truth.Models)
			}
			if s := p.Trace.SessionID; s != p.Runs[0].Tags["session.id"] {
				t.Errorf("%s: session %q of the trace, %q of the run", where, s, p.Runs[0].Tags["session.id"])
			}
			if sessions[c.Name] == nil {
				sessions[c.Name] = map[string]bool{}
			}
			sessions[c.Name][p.Trace.SessionID] = true
		}
	}
	for _, name := range []string{
		"claude-code-session", "claude-code-detailed", "claude-agent-sdk-weather", "codex-session", "gemini-cli-session", "vercel-ai6-soup",
		"vercel-ai7-full",
	} {
		if s := sessions[name]; len(s) != 1 || s[""] {
			t.Errorf("%s: sessions %v, want one for all traces", name, s)
		}
	}
}

// TestStartupOfAnAgentIsNoGenAI: before a turn Codex writes traces of many spans without
// any model call.
func TestStartupOfAnAgentIsNoGenAI(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		for _, tr := range c.Traces {
			if len(tr.Truth.Prompts) == 0 && tr.LLMLeafSpans+tr.ToolSpans == 0 && c.Name == "codex-session" {
				td := loadCase(t, c.Files)
				for _, rs := range td.ResourceSpans {
					for _, ss := range rs.ScopeSpans {
						ss.Spans = slices.DeleteFunc(ss.Spans, func(s *tracepb.Span) bool { return hexOf(s.TraceId) != tr.TraceID })
					}
				}
				if Read(td, Rules{}).IsGenAI() {
					t.Errorf("%s (%q) is taken for GenAI", tr.TraceID, tr.RootSpans)
				}
				return
			}
		}
	}
	t.Error("no such trace")
}
