package runs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func loadReport(t testing.TB, name string) *tracepb.TracesData {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/reports", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	td, err := ReadOTLP(File{name, b})
	if err != nil {
		t.Fatal(err)
	}
	return td
}

// TestPublicReports: traces of programs that were read wrongly somewhere, with what is
// right for them.
func TestPublicReports(t *testing.T) {
	for name, want := range map[string]struct {
		why             string
		metrics         map[string]float64 // of the parent run; -1: must be absent
		session         string
		asked, answered string
		tags            map[string]string // of the parent run
		noGenAI         bool
	}{
		"codex-turn": {why: "usage on spans without a kind is counted on the innermost of them",
			metrics: map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": 2, "cached_input_tokens": -1},
			session: "conv-1"},
		"nextjs-page": {why: "a page that a web framework renders is no model call", noGenAI: true,
			metrics: map[string]float64{"llm_call_count": -1, "tool_call_count": -1}},
		"ci": {why: "a tool of CI is none of a model", noGenAI: true,
			metrics: map[string]float64{"llm_call_count": -1, "tool_call_count": -1}},
		"vercel6-nocache": {why: "noCacheTokens are not cached tokens", asked: "Name a soup", answered: "Leek soup", session: "sess-9",
			metrics: map[string]float64{"input_tokens": 1000, "output_tokens": 50, "cached_input_tokens": -1, "llm_call_count": 1}},
		"deepseek-cache-miss": {why: "a cache miss is not cached",
			metrics: map[string]float64{"input_tokens": 1000, "cached_input_tokens": -1}},
		"langsmith-otel": {why: "a thread is the session, not the project; a retriever is no embedding; details in Python's spelling",
			metrics: map[string]float64{"llm_call_count": 1, "embedding_call_count": -1, "cached_input_tokens": 1024, "input_tokens": 1100,
				"tool_call_count": 1},
			session: "conv-42", asked: "2+2?", answered: "4"},
		"litellm-v2": {why: "litellm in a name makes no model call; its cost attribute",
			metrics: map[string]float64{"llm_call_count": 1, "total_cost_usd": 0.0125, "input_tokens": 120}, asked: "hello",
			answered: "hi there",
			tags:     map[string]string{"http.route": "/v1/chat/completions", "span_name": "POST /v1/chat/completions"}},
		"adk-merged-tools": {why: "the span that merges the results of tools calls none",
			metrics: map[string]float64{"tool_call_count": 2, "llm_call_count": 2, "input_tokens": 280}, session: "s-11",
			asked: "Weather in Rome and Oslo?", answered: "Both sunny."},
		"claude-code": {why: "input that leaves out the cache, also where it is larger than the cache", session: "f0f9",
			asked: "fix the bug",
			metrics: map[string]float64{"input_tokens": 25823, "cached_input_tokens": 10248, "cache_creation_input_tokens": 3025,
				"tool_call_count": 1, "llm_call_count": 2}},
		"gemini-cli": {why: "the scheduler of tools calls none", metrics: map[string]float64{"tool_call_count": 1, "llm_call_count": 1},
			session: "sess-1", asked: "list files", answered: "a b c"},
		"mcp-client-server": {why: "the transport's session is no conversation", metrics: map[string]float64{"tool_call_count": 1}},
		"logfire-pending": {why: "a pending span is the start of the real one", answered: "ok",
			metrics: map[string]float64{"input_tokens": 10, "llm_call_count": 1, "tool_call_count": 1}},
		"crewai-native": {metrics: map[string]float64{"input_tokens": 300, "llm_call_count": 2, "tool_call_count": 1},
			asked: `{"topic": "bees"}`, answered: "Bees are fine."},
		"blob-image": {why: "the question is the text, not the picture", asked: "What is on the picture?", answered: "A cat.",
			metrics: map[string]float64{"input_tokens": 900}},
		"crewai-json-in-text-part": {why: "JSON in a text part reads", asked: "Describe this image",
			metrics: map[string]float64{"input_tokens": 1}},
		"livekit-pii": {why: "content under keys for what is private", asked: "What time is it?", answered: "It is noon.",
			metrics: map[string]float64{"input_tokens": 300, "output_tokens": 12, "cached_input_tokens": 128, "tool_call_count": 1,
				"error_count": 1}},
		"dropped-attributes": {why: "what the SDK dropped is said", asked: "m59",
			tags: map[string]string{"otel.dropped_attributes_count": "57", "otel.dropped_events_count": "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			td := loadReport(t, name)
			p := one(t, td, Rules{})
			wantMetrics(t, p.Runs[0], want.metrics)
			if p.Trace.SessionID != want.session || p.Trace.RequestPreview != want.asked || p.Trace.ResponsePreview != want.answered {
				t.Errorf("session %q, asked %q, answered %q; want %q, %q, %q (%s)", p.Trace.SessionID, p.Trace.RequestPreview,
					p.Trace.ResponsePreview, want.session, want.asked, want.answered, want.why)
			}
			for key, text := range want.tags {
				if got := p.Runs[0].Tags[key]; got != text {
					t.Errorf("tag %s is %q, want %q (%s)", key, got, text, want.why)
				}
			}
			if got := Read(td, Rules{}).IsGenAI(); got == want.noGenAI {
				t.Errorf("IsGenAI = %v (%s)", got, want.why)
			}
		})
	}
}

// TestEveryReportIsReadInAnyOrder: neither the order of spans nor how often they came
// changes a number.
func TestEveryReportIsReadInAnyOrder(t *testing.T) {
	files, err := filepath.Glob("testdata/reports/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no reports", err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		td := loadReport(t, name[:len(name)-len(".json")])
		want := fingerprint(t, project(td, Rules{}))
		for seed := uint64(1); seed <= 5; seed++ {
			if got := fingerprint(t, project(shuffled(td, seed), Rules{})); got != want {
				t.Errorf("%s: seed %d gives another projection", name, seed)
			}
		}
	}
}

func TestPendingSpansBecomeNoRuns(t *testing.T) {
	td := loadReport(t, "logfire-pending")
	read := Read(td, Rules{})
	names := runNames(read.Project()[0])
	slices.Sort(names)
	if !slices.Equal(names, []string{"agent run", "chat gpt-4o", "running tool"}) {
		t.Errorf("runs %q", names)
	}
	if got := len(read.Annotated().ResourceSpans[0].ScopeSpans[0].Spans); got != 3 {
		t.Errorf("%d spans go to MLflow, want the 3 real ones", got)
	}
}

// TestPendingSpansAloneMeanUnfinished: the process was killed before a span ended.
func TestPendingSpansAloneMeanUnfinished(t *testing.T) {
	pending := func(name, parent string, at uint64, more m) span {
		attrs := m{"logfire.span_type": "pending_span", "gen_ai.operation.name": "chat"}
		if parent != "" {
			attrs["logfire.pending_parent_id"] = parent
		}
		for k, v := range more {
			attrs[k] = v
		}
		return span{Name: name, ID: name + " pending", Parent: name, From: at, To: at, Attrs: attrs}
	}
	jobID := spanIDOf("job")
	td := traceOf(
		pending("job", "0000000000000000", 1, m{"gen_ai.operation.name": "invoke_agent"}),
		pending("call", jobID, 2, nil),
		pending("lost parent", "", 3, nil),
		span{Name: "done", Parent: "job", From: 2, To: 7, Attrs: m{"gen_ai.operation.name": "execute_tool"}},
	)
	read := Read(td, Rules{})
	p := read.Project()[0]
	if job := run(t, p, "job"); job.Status != Killed || job.ParentSpanID.IsValid() || job.SpanID.String() != jobID {
		t.Errorf("job is %s, below %s, with id %s", job.Status, job.ParentSpanID, job.SpanID)
	}
	if call := run(t, p, "call"); call.Status != Killed || call.ParentSpanID.String() != jobID {
		t.Errorf("call is %s, below %s", call.Status, call.ParentSpanID)
	}
	if done := run(t, p, "done"); done.Status != Finished || len(p.Runs) != 3 {
		t.Errorf("done is %s; runs %q: one whose parent is not known folds into the root", done.Status, runNames(p))
	}
	for _, s := range read.Annotated().ResourceSpans[0].ScopeSpans[0].Spans {
		if id := spanIDOf(s.Name); hexOf(s.SpanId) != id || s.Name == "job" && len(s.ParentSpanId) > 0 {
			t.Errorf("%s goes to MLflow as %x below %x", s.Name, s.SpanId, s.ParentSpanId)
		}
	}
	// Later the real spans come.
	whole := Merge(td, traceOf(span{Name: "job", From: 1, To: 9}, span{Name: "call", Parent: "job", From: 2, To: 8}))
	if got := run(t, one(t, whole, Rules{}), "job").Status; got != Finished {
		t.Errorf("with its real span the job is %s", got)
	}
}
