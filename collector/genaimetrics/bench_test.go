package genaimetrics

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// wordy are spans of model calls in the words of several dialects, each with its counts beside messages of that size or more.
func wordy(t testing.TB, size int) map[string]map[string]any {
	t.Helper()
	text := func(part int) string { // so many hundredths of the size
		const words = "The order of the Übersicht was \"shipped\" on 3 May, and the token for {it} is in [the mail]. "
		length := size * part / 100
		return strings.Repeat(words, length/len(words)+1)[:length]
	}
	encoded := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	type object = map[string]any
	message := func(role string, part int) object {
		return object{"role": role, "parts": []any{object{"type": "text", "content": text(part)}}}
	}
	conventions := chat("gpt-4o-mini", 4000, 300, "gen_ai.response.model", "gpt-4o-mini-2024-07-18", "gen_ai.response.id", "chatcmpl-1234567890",
		"gen_ai.response.finish_reasons", []any{"stop"}, "gen_ai.request.temperature", 0.2, "gen_ai.request.max_tokens", 500,
		"gen_ai.usage.cache_read.input_tokens", 1000, "server.address", "api.openai.com", "server.port", 443, "gen_ai.conversation.id", "c-17",
		"gen_ai.output.type", "text",
		"gen_ai.system_instructions", encoded([]any{object{"type": "text", "content": text(20)}}),
		"gen_ai.input.messages", encoded([]any{message("user", 70), message("assistant", 10), message("user", 50)}),
		"gen_ai.output.messages", encoded([]any{message("assistant", 20)}),
		"gen_ai.tool.definitions", encoded([]any{object{"type": "function", "name": "search", "description": text(15)}}))
	bare := chat("gpt-4o-mini", 4000, 300, "gen_ai.input.messages", conventions["gen_ai.input.messages"],
		"gen_ai.output.messages", conventions["gen_ai.output.messages"])
	openInference := object{
		"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini", "llm.provider": "openai", "llm.system": "openai",
		"llm.token_count.prompt": 4000, "llm.token_count.completion": 300, "llm.token_count.total": 4300,
		"llm.invocation_parameters": `{"temperature": 0.2, "max_tokens": 500}`, "input.mime_type": "application/json",
		"output.mime_type": "application/json",
		"input.value":      encoded(object{"model": "gpt-4o-mini", "messages": []any{object{"role": "user", "content": text(40)}}}),
		"output.value":     encoded(object{"choices": []any{object{"message": object{"role": "assistant", "content": text(10)}}}}),
	}
	traceloop := object{
		"traceloop.span.kind": "llm", "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-4o-mini",
		"gen_ai.response.model": "gpt-4o-mini-2024-07-18", "gen_ai.usage.prompt_tokens": 4000, "gen_ai.usage.completion_tokens": 300,
		"llm.usage.total_tokens": 4300, "gen_ai.request.temperature": 0.2, "gen_ai.completion.0.role": "assistant",
		"gen_ai.completion.0.content": text(20), "gen_ai.completion.0.finish_reason": "stop",
	}
	for i := range 6 {
		openInference[fmt.Sprintf("llm.input_messages.%d.message.role", i)] = "user"
		openInference[fmt.Sprintf("llm.input_messages.%d.message.content", i)] = text(10)
		traceloop[fmt.Sprintf("gen_ai.prompt.%d.role", i)] = "user"
		traceloop[fmt.Sprintf("gen_ai.prompt.%d.content", i)] = text(20)
	}
	return map[string]map[string]any{
		"conventions": conventions, "conventions, few": bare, "OpenInference": openInference, "Traceloop": traceloop,
		"AI SDK": {
			"ai.operationId": "ai.generateText.doGenerate", "operation.name": "ai.generateText.doGenerate", "ai.model.id": "gpt-4o-mini",
			"ai.model.provider": "openai.chat", "ai.usage.promptTokens": 4000, "ai.usage.completionTokens": 300, "ai.settings.maxRetries": 2,
			"ai.prompt.messages": encoded([]any{object{"role": "user", "content": []any{object{"type": "text", "text": text(90)}}}}),
			"ai.response.text":   text(20), "ai.response.id": "chatcmpl-1234567890", "ai.response.model": "gpt-4o-mini-2024-07-18",
			"ai.response.finishReason": "stop", "gen_ai.system": "openai.chat", "gen_ai.request.model": "gpt-4o-mini",
			"gen_ai.usage.input_tokens": 4000, "gen_ai.usage.output_tokens": 300,
		},
		"Langfuse": {
			"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o-mini",
			"langfuse.observation.usage_details": `{"input": 4000, "output": 300, "total": 4300}`,
			"langfuse.observation.input":         encoded([]any{object{"role": "user", "content": text(90)}}),
			"langfuse.observation.output":        text(20), "langfuse.session.id": "c-17",
		},
		"tool": {
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.call.id": "call_1",
			"gen_ai.tool.call.arguments": encoded(object{"query": text(10)}), "gen_ai.tool.call.result": encoded(object{"hits": []any{text(90)}}),
		},
		"no GenAI": {
			"http.request.method": "POST", "http.route": "/orders", "url.path": "/orders", "server.address": "shop", "server.port": 443,
			"http.response.status_code": 200, "network.protocol.version": "1.1", "user_agent.original": "curl/8",
		},
	}
}

// BenchmarkWordySpans is what a span costs whose content is long, in traces of twenty.
func BenchmarkWordySpans(b *testing.B) {
	for dialect, attrs := range wordy(b, 10_000) {
		b.Run(strings.ReplaceAll(dialect, " ", "_"), func(b *testing.B) {
			const spans = 20
			specs := []spec{{trace: 1, id: 1, service: "shop", attrs: map[string]any{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"}}}
			for i := 2; i <= spans; i++ {
				specs = append(specs, spec{trace: 1, id: i, parent: 1, service: "shop", attrs: attrs})
			}
			td := request(b, specs...)
			s := begin(b, nop(), func(c *Config) { c.MaxSpans = 10 * spans })
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				inTrace(td, n)
				s.send(b, td)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*spans), "µs/span")
			s.end(b)
		})
	}
}

// inTrace moves all spans to another trace.
func inTrace(td ptrace.Traces, n int) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				s.SetTraceID(pcommon.TraceID{0: byte(n >> 24), 1: byte(n >> 16), 2: byte(n >> 8), 3: byte(n), 15: 1})
			}
		}
	}
}
