package runs

import "testing"

type m = map[string]any

// TestDialectsWithoutCaptures feeds spans in the shape of frameworks of which
// there is no captured trace, mostly written down from their documentation.
func TestDialectsWithoutCaptures(t *testing.T) {
	root := span{name: "job", to: 1000}
	for _, c := range []struct {
		name  string
		spans []span
		want  map[string]float64 // of the parent run; -1: must be absent
		model string
	}{
		{"numbers as text", []span{root, {name: "chat m", parent: "job", from: 1, to: 9, attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "172", "gen_ai.usage.output_tokens": "8",
		}}}, map[string]float64{"input_tokens": 172, "output_tokens": 8, "llm_call_count": 1}, "m"},
		{"names nobody has listed", []span{root, {name: "step", parent: "job", from: 1, to: 9, attrs: m{
			"acme.span_kind": "llm", "acme.model_name": "m7", "acme.metrics.promptTokens": 12, "acme.metrics.completionTokens": 5,
		}}}, map[string]float64{"input_tokens": 12, "output_tokens": 5, "llm_call_count": 1}, "m7"},
		{"bare names and cache apart from input", []span{root, {name: "claude_code.llm_request", parent: "job", from: 1, to: 9, attrs: m{
			"model": "claude-x", "input_tokens": 19, "output_tokens": 7, "cache_creation_tokens": 724, "cache_read_tokens": 0,
		}}}, map[string]float64{"input_tokens": 743, "output_tokens": 7, "llm_call_count": 1, "cache_creation_input_tokens": 724}, "claude-x"},
		{"cache inside input", []span{root, {name: "chat", parent: "job", from: 1, to: 9, attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 743, "gen_ai.usage.output_tokens": 7, "gen_ai.usage.cache_creation.input_tokens": 724,
		}}}, map[string]float64{"input_tokens": 743, "output_tokens": 7}, ""},
		{"Anthropic's own answer beside its exclusive count", []span{root, {name: "messages.create", parent: "job", from: 1, to: 9, attrs: m{
			"openinference.span.kind": "LLM", "llm.token_count.prompt": 900, "llm.token_count.completion": 7, "llm.token_count.prompt_details.cache_read": 400,
			"output.value": `{"id":"msg_0123456789","usage":{"input_tokens":900,"cache_read_input_tokens":400,"output_tokens":7}}`,
		}}}, map[string]float64{"input_tokens": 1300, "output_tokens": 7}, ""},
		{"thoughts apart from output", []span{root, {name: "generate_content", parent: "job", from: 1, to: 9, attrs: m{
			"openinference.span.kind": "LLM", "llm.model_name": "gemini", "llm.token_count.prompt": 10, "llm.token_count.completion": 20,
			"llm.token_count.total": 75, "llm.token_count.completion_details.reasoning": 45,
		}}}, map[string]float64{"input_tokens": 10, "output_tokens": 65, "total_tokens": 75, "reasoning_tokens": 45}, "gemini"},
		{"usage only inside an answer", []span{root, {name: "haystack.component.run", parent: "job", from: 1, to: 9, attrs: m{
			"haystack.component.type":   "OpenAIChatGenerator",
			"haystack.component.output": `{"replies":[{"meta":{"model":"gpt","usage":{"prompt_tokens":31,"completion_tokens":4}}}]}`,
		}}}, map[string]float64{"input_tokens": 31, "output_tokens": 4, "llm_call_count": 1}, ""},
		{"usage of the provider's Gemini shape", []span{root, {name: "call_llm", parent: "job", from: 1, to: 9, attrs: m{
			"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2", "gen_ai.operation.name": "chat",
			"gcp.vertex.agent.llm_response": `{"usage_metadata":{"prompt_token_count":8,"candidates_token_count":3,"total_token_count":11}}`,
		}}}, map[string]float64{"input_tokens": 8, "output_tokens": 3}, "gemini-2"},
		{"a framework's span around the SDK's", []span{
			root,
			{name: "call_llm", parent: "job", from: 1, to: 99, scope: "adk", attrs: m{"gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 5}},
			{name: "generate_content g", parent: "call_llm", from: 2, to: 98, scope: "sdk", attrs: m{"gen_ai.operation.name": "generate_content", "gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 5}},
		}, map[string]float64{"input_tokens": 50, "output_tokens": 5, "llm_call_count": 1}, "g"},
		{"usage only on the span around", []span{
			root,
			{name: "litellm_request", parent: "job", from: 1, to: 99, attrs: m{"llm.request.type": "completion", "gen_ai.request.model": "g", "gen_ai.usage.prompt_tokens": 50, "gen_ai.usage.completion_tokens": 5}},
			{name: "raw_gen_ai_request", parent: "litellm_request", from: 2, to: 98, attrs: m{"llm.openai.model": "g"}},
		}, map[string]float64{"input_tokens": 50, "output_tokens": 5, "llm_call_count": 1}, "g"},
		{"an agent's sum over its steps", []span{
			{name: "CodeAgent.run", to: 500, attrs: m{"openinference.span.kind": "AGENT", "llm.token_count.prompt": 300, "llm.token_count.completion": 30}},
			{name: "Step 1", parent: "CodeAgent.run", from: 1, to: 200, attrs: m{"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 100, "llm.token_count.completion": 10}},
			{name: "Model.generate", id: "g1", parent: "Step 1", from: 2, to: 100, attrs: m{"openinference.span.kind": "LLM", "llm.token_count.prompt": 100, "llm.token_count.completion": 10}},
			{name: "Step 2", parent: "CodeAgent.run", from: 201, to: 400, attrs: m{"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 200, "llm.token_count.completion": 20}},
			{name: "Model.generate", id: "g2", parent: "Step 2", from: 202, to: 300, attrs: m{"openinference.span.kind": "LLM", "llm.token_count.prompt": 200, "llm.token_count.completion": 20}},
			{name: "FinalAnswerTool", parent: "Step 2", from: 301, to: 302, attrs: m{"openinference.span.kind": "TOOL", "tool.name": "final_answer"}},
		}, map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": 2, "tool_call_count": 1}, ""},
		{"an agent's sum and no span below", []span{
			{name: "invoke_agent a", to: 500, attrs: m{"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 30}},
		}, map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": -1}, ""},
		{"an older agent run without a kind", []span{
			{name: "agent run", to: 500, attrs: m{"agent_name": "a", "model_name": "m", "gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 30}},
			{name: "chat m", parent: "agent run", from: 1, to: 9, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 150, "gen_ai.usage.output_tokens": 15}},
			{name: "chat m", id: "c2", parent: "agent run", from: 10, to: 19, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 150, "gen_ai.usage.output_tokens": 15}},
		}, map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": 2}, "m"},
		{"two instrumentations side by side", []span{
			root,
			{name: "ChatOpenAI", parent: "job", from: 1, to: 100, scope: "langchain", attrs: m{"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-2024-08-06", "llm.token_count.prompt": 10, "llm.token_count.completion": 2}},
			{name: "ChatCompletion", parent: "job", from: 5, to: 95, scope: "openai", attrs: m{"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "llm.token_count.prompt": 10, "llm.token_count.completion": 2}},
		}, map[string]float64{"input_tokens": 10, "output_tokens": 2, "llm_call_count": 1}, "gpt-4o-2024-08-06"},
		{"two alike calls at once of one instrumentation", []span{
			root,
			{name: "chat a", parent: "job", from: 1, to: 100, scope: "openai", attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "chat b", parent: "job", from: 1, to: 100, scope: "openai", attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 20, "output_tokens": 4, "llm_call_count": 2}, ""},
		{"two alike calls at once, each watched twice", []span{
			root,
			{name: "a1", parent: "job", from: 1, to: 100, scope: "one", attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "b1", parent: "job", from: 2, to: 101, scope: "one", attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "a2", parent: "job", from: 1, to: 99, scope: "two", attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "b2", parent: "job", from: 3, to: 101, scope: "two", attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 20, "output_tokens": 4, "llm_call_count": 2}, ""},
		{"the same answer id in two branches", []span{
			root, {name: "x", parent: "job", from: 1, to: 50}, {name: "y", parent: "job", from: 1, to: 50},
			{name: "c1", parent: "x", from: 2, to: 40, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "r1", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "c2", parent: "y", from: 3, to: 39, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "r1"}},
		}, map[string]float64{"input_tokens": 10, "output_tokens": 2, "llm_call_count": 1}, ""},
		{"a test server's constant answer id", []span{
			root,
			{name: "c1", parent: "job", from: 2, to: 40, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "chatcmpl-123", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "c2", parent: "job", from: 50, to: 90, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "chatcmpl-123", "gen_ai.usage.input_tokens": 30, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 40, "output_tokens": 4, "llm_call_count": 2}, ""},
		{"a tool that calls a model inside a model's span", []span{
			root,
			{name: "generate", parent: "job", from: 1, to: 100, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "outer", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "execute_tool ask", parent: "generate", from: 10, to: 60, attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask"}},
			{name: "inner", parent: "execute_tool ask", from: 20, to: 50, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "inner", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
		}, map[string]float64{"input_tokens": 17, "output_tokens": 3, "llm_call_count": 2, "tool_call_count": 1}, ""},
		{"the same without answer ids or kinds", []span{
			root,
			{name: "call_llm", parent: "job", from: 1, to: 100, attrs: m{"gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{name: "execute_tool ask", parent: "call_llm", from: 10, to: 60, attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask"}},
			{name: "invoke_agent b", parent: "execute_tool ask", from: 11, to: 60, attrs: m{"gen_ai.operation.name": "invoke_agent"}},
			{name: "call_llm", id: "inner", parent: "invoke_agent b", from: 20, to: 50, attrs: m{"gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
		}, map[string]float64{"input_tokens": 17, "output_tokens": 3, "llm_call_count": 2, "tool_call_count": 1}, "g"},
		{"a wrapper whose only call is inside a tool", []span{
			root,
			{name: "generate", parent: "job", from: 1, to: 100, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
			{name: "execute_tool ask", parent: "generate", from: 10, to: 60, attrs: m{"gen_ai.operation.name": "execute_tool"}},
			{name: "inner", parent: "execute_tool ask", from: 20, to: 50, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
		}, map[string]float64{"input_tokens": 7, "output_tokens": 1, "llm_call_count": 1}, ""},
		{"Spring AI, all text", []span{
			root,
			{name: "spring_ai chat_client", parent: "job", from: 1, to: 100, attrs: m{"gen_ai.operation.name": "framework", "spring.ai.kind": "chat_client"}},
			{name: "chat m", parent: "spring_ai chat_client", from: 2, to: 50, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "11", "gen_ai.usage.output_tokens": "3", "gen_ai.usage.total_tokens": "14"}},
			{name: "tool_call w", parent: "spring_ai chat_client", from: 51, to: 60, attrs: m{"gen_ai.operation.name": "framework", "spring.ai.kind": "tool_call", "spring.ai.tool.definition.name": "w"}},
		}, map[string]float64{"input_tokens": 11, "output_tokens": 3, "llm_call_count": 1, "tool_call_count": 1}, ""},
		{"Genkit", []span{
			{name: "menu", to: 100, attrs: m{"genkit:metadata:subtype": "flow", "genkit:input": `{"q":"hi"}`}},
			{name: "generate", parent: "menu", from: 1, to: 99, attrs: m{"genkit:metadata:subtype": "util"}},
			{name: "googleai/gemini", parent: "generate", from: 2, to: 98, attrs: m{"genkit:metadata:subtype": "model", "genkit:output": `{"message":{},"usage":{"inputTokens":5,"outputTokens":6,"totalTokens":11}}`}},
		}, map[string]float64{"input_tokens": 5, "output_tokens": 6, "llm_call_count": 1}, ""},
		{"Vercel's streamed object", []span{
			{name: "ai.streamObject", to: 100, attrs: m{"ai.operationId": "ai.streamObject", "ai.usage.promptTokens": 5, "ai.usage.completionTokens": 6}},
			{name: "ai.streamObject.doStream", parent: "ai.streamObject", from: 1, to: 99, attrs: m{"ai.operationId": "ai.streamObject.doStream", "ai.usage.promptTokens": 5, "ai.usage.completionTokens": 6}},
		}, map[string]float64{"input_tokens": 5, "output_tokens": 6, "llm_call_count": 1}, ""},
		{"Braintrust's JSON", []span{
			root,
			{name: "x", parent: "job", from: 1, to: 99, attrs: m{"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metrics": `{"prompt_tokens":5,"completion_tokens":6,"tokens":11}`, "braintrust.metadata": `{"model":"bm"}`}},
		}, map[string]float64{"input_tokens": 5, "output_tokens": 6, "llm_call_count": 1}, "bm"},
		{"an agent that tells only a total", []span{
			{name: "crew", to: 500, attrs: m{"openinference.span.kind": "AGENT", "llm.token_count.total": 330}},
		}, map[string]float64{"total_tokens": 330, "input_tokens": -1, "output_tokens": -1, "tokens/input": -1}, ""},
		{"a crew's total over calls with spans", []span{
			{name: "crew", to: 500, attrs: m{"openinference.span.kind": "CHAIN", "llm.token_count.total": 330}},
			{name: "llm", parent: "crew", from: 1, to: 9, attrs: m{"openinference.span.kind": "LLM", "llm.token_count.prompt": 100, "llm.token_count.completion": 10, "llm.token_count.total": 110}},
		}, map[string]float64{"total_tokens": 110, "input_tokens": 100, "output_tokens": 10}, ""},
		{"numbers of an ordinary program", []span{
			{name: "job", to: 1000, attrs: m{"order.total_cost": 99.5, "queue.messages": 5, "span.type": "web"}},
			{name: "build prompt", parent: "job", from: 1, to: 9, attrs: m{"prompt_tokens": 180}},
			{name: "chat", parent: "job", from: 10, to: 19, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 181, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 181, "total_cost_usd": -1, "order.total_cost": 99.5, "queue.messages": 5}, ""},
		{"a tool's client and server span", []span{
			root,
			{name: "tools/call w", parent: "job", from: 1, to: 100, kind: 3, attrs: m{"mcp.method.name": "tools/call", "gen_ai.tool.name": "w"}},
			{name: "tools/call w", id: "server", parent: "tools/call w", from: 2, to: 99, kind: 2, attrs: m{"mcp.method.name": "tools/call", "gen_ai.tool.name": "w"}},
		}, map[string]float64{"tool_call_count": 1}, ""},
		{"an agent used as a tool", []span{
			root,
			{name: "execute_tool helper", parent: "job", from: 1, to: 100, attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "helper"}},
			{name: "invoke_agent helper", parent: "execute_tool helper", from: 2, to: 99, attrs: m{"gen_ai.operation.name": "invoke_agent"}},
			{name: "execute_tool look", parent: "invoke_agent helper", from: 3, to: 90, attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"}},
		}, map[string]float64{"tool_call_count": 2}, ""},
		{"cost on the call and again on the root", []span{
			{name: "job", to: 1000, attrs: m{"gen_ai.usage.cost": 0.5}},
			{name: "chat", parent: "job", from: 1, to: 9, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0.25}},
			{name: "chat", id: "c2", parent: "job", from: 10, to: 19, attrs: m{"gen_ai.operation.name": "chat", "llm.cost.prompt": 0.1, "llm.cost.completion": 0.15}},
		}, map[string]float64{"total_cost_usd": 0.5, "cost/total_usd": 0.5, "llm_call_count": 2}, ""},
		{"embeddings are no model calls", []span{root, {name: "embeddings e", parent: "job", from: 1, to: 9, attrs: m{
			"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e", "gen_ai.usage.input_tokens": 6,
		}}}, map[string]float64{"embedding_tokens": 6, "embedding_call_count": 1, "input_tokens": -1, "llm_call_count": -1}, ""},
		{"one error that rose through its parents", []span{
			{name: "job", to: 1000, err: "failed"}, {name: "mid", parent: "job", from: 1, to: 900, err: "failed"},
			{name: "chat", parent: "mid", from: 2, to: 800, err: "429", attrs: m{"gen_ai.operation.name": "chat"}},
		}, map[string]float64{"error_count": 1, "llm_call_count": 1, "input_tokens": -1}, ""},
		{"nothing to count", []span{root}, map[string]float64{"latency_seconds": 1, "input_tokens": -1, "llm_call_count": -1, "tool_call_count": -1, "error_count": 0, "total_cost_usd": -1}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := one(t, trace(c.spans...), Rules{})
			wantMetrics(t, p.Runs[0], c.want)
			if c.model != "" && p.Runs[0].Params["model"] != c.model {
				t.Errorf("model = %q, want %q", p.Runs[0].Params["model"], c.model)
			}
		})
	}
}
