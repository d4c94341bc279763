package main

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/otel/runs"
)

// observation is what Langfuse makes of a span, by the attributes that its ingestion
// reads (ObservationTypeMapper.ts and OtelIngestionProcessor.ts in
// packages/shared/src/server/otel of langfuse/langfuse, read on 2026-11-29).
type observation struct {
	kind, model, session string
	input, output        string // the attribute that is shown
	usage                []string
}

// langfuse reads a span in Langfuse's order: what comes first wins.
func langfuse(s *tracepb.Span) (o observation) {
	have := map[string]string{}
	for _, kv := range s.Attributes {
		have[kv.Key] = kv.Value.GetStringValue()
		if strings.HasPrefix(kv.Key, "gen_ai.usage.") || strings.HasPrefix(kv.Key, "llm.token_count") {
			o.usage = append(o.usage, kv.Key)
		}
	}
	first := func(keys ...string) string {
		for _, k := range keys {
			if have[k] != "" {
				return have[k]
			}
		}
		return ""
	}
	o.model = first("langfuse.observation.model.name", "gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "model")
	o.session = first("langfuse.session.id", "session.id", "gen_ai.conversation.id")
	kinds := map[string]string{"LLM": "GENERATION", "CHAIN": "CHAIN", "RETRIEVER": "RETRIEVER", "EMBEDDING": "EMBEDDING", "AGENT": "AGENT",
		"TOOL": "TOOL", "GUARDRAIL": "GUARDRAIL", "EVALUATOR": "EVALUATOR"}
	operations := map[string]string{"chat": "GENERATION", "text_completion": "GENERATION", "generate_content": "GENERATION",
		"embeddings": "EMBEDDING", "invoke_agent": "AGENT", "create_agent": "AGENT", "execute_tool": "TOOL"}
	switch {
	case kinds[have["openinference.span.kind"]] != "":
		o.kind = kinds[have["openinference.span.kind"]]
	case operations[have["gen_ai.operation.name"]] != "":
		o.kind = operations[have["gen_ai.operation.name"]]
	case first("gen_ai.tool.name", "gen_ai.tool.call.id") != "":
		o.kind = "TOOL"
	case o.model != "":
		o.kind = "GENERATION"
	default:
		o.kind = "SPAN"
	}
	// Input and output come from the first pair of which one is there; a key with a dot
	// behind it is a prefix.
	for _, pair := range [][2]string{
		{"langfuse.observation.input", "langfuse.observation.output"}, {"prompt", "all_messages_events"},
		{"mlflow.spanInputs", "mlflow.spanOutputs"}, {"traceloop.entity.input", "traceloop.entity.output"}, {"input.value", "output.value"},
		{"input", "output"}, {"tool_arguments", "tool_response"}, {"gen_ai.prompt.", "gen_ai.completion."},
		{"llm.input_messages.", "llm.output_messages."}, {"gen_ai.input.messages", "gen_ai.output.messages"},
		{"gen_ai.tool.call.arguments", "gen_ai.tool.call.result"},
	} {
		for k, v := range have {
			if v != "" && matches(k, pair[0]) {
				o.input = pair[0]
			}
			if v != "" && matches(k, pair[1]) {
				o.output = pair[1]
			}
		}
		if o.input != "" || o.output != "" {
			break
		}
	}
	slices.Sort(o.usage)
	return o
}

func matches(key, want string) bool {
	return key == want || strings.HasSuffix(want, ".") && strings.HasPrefix(key, want)
}

// answer is a result that the rules of the analysis take.
func answer(t *testing.T) string {
	raw, err := json.Marshal(map[string]any{
		"tldr": []string{"The Fetch API replaces XMLHttpRequest.", "It returns promises that resolve to responses.",
			"Requests can be aborted with a signal."},
		"summary": "The page presents the Fetch API. It sends requests and reads responses with promises. It replaces XMLHttpRequest. " +
			"Headers and bodies have objects of their own. Service workers use it too.",
		"projects": []string{"**RAG / Retrieval** — Fetch our manuals with it.", "**RAG / Retrieval** — Measure the time of requests.",
			"**LLMOps & Evaluation** — Stream answers to a page."},
		"similar_tech": []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestStagesReadWellInLangfuse: each stage is what it is, shows what went in and came
// out, and one call alone has a model and tokens.
func TestStagesReadWellInLangfuse(t *testing.T) {
	b := newBench(t)
	second := newBackend(t)
	llm := httptest.NewServer(completion(answer(t), "stop"))
	t.Cleanup(llm.Close)
	b.set("MLFLOW_ENABLE_TRACKING", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")
	b.set("OTEL_EXPORTER_OTLP_ENDPOINT", second.URL)
	b.set("OPENAI_BASE_URL", llm.URL+"/v1")
	b.set("MODEL", "test")
	if code, out, errs := b.run("run", "--json", "--wait=60s", b.page("fetch-api.html")); code != exitOK && code != exitJob {
		t.Fatalf("exit code %d\n%s\n%s", code, out, errs)
	}

	got := map[string]observation{}
	for _, rs := range second.data.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				o := langfuse(s)
				if len(s.ParentSpanId) == 0 {
					if o.session == "" {
						t.Error("the trace is of no session")
					}
					o.session = ""
				}
				got[s.Name] = o
			}
		}
	}
	const in, out = "mlflow.spanInputs", "mlflow.spanOutputs"
	for name, want := range map[string]observation{
		"pipeline.process_job":     {kind: "CHAIN", input: in, output: out},
		"retrieval.fetch_evidence": {kind: "RETRIEVER", input: in, output: out},
		"GET 127.0.0.1":            {kind: "CHAIN"},
		"extract 127.0.0.1":        {kind: "CHAIN"},
		"analysis.run":             {kind: "CHAIN", input: in, output: out},
		"chat test": {kind: "GENERATION", model: "test-1", input: "input.value", output: "output.value",
			usage: []string{"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"}},
		"quality_gates.validate": {kind: "GUARDRAIL", input: in, output: out},
		"slack.post_message":     {kind: "CHAIN", input: in, output: out},
	} {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: %+v, want %+v", name, got[name], want)
		}
		delete(got, name)
	}
	maps.DeleteFunc(got, func(name string, _ observation) bool { return strings.HasPrefix(name, "wait for ") }) // of what took long
	if len(got) > 0 {
		t.Errorf("spans without a row: %+v", got)
	}

	with := runs.Read(&second.data, mlflowview.Rules()).Project()
	strip(&second.data)
	if without := runs.Read(&second.data, mlflowview.Rules()).Project(); !reflect.DeepEqual(with, without) {
		t.Errorf("the runs differ:\n%+v\n%+v", with, without)
	}
}
