package runs

import "testing"

// TestDialectsWithoutCaptures feeds spans in the shape of frameworks of which
// there is no captured trace, mostly written down from their documentation.
func TestDialectsWithoutCaptures(t *testing.T) {
	root := span{Name: "job", To: 1000}
	for _, c := range []struct {
		name  string
		spans []span
		want  map[string]float64 // of the parent run; -1: must be absent
		model string
	}{
		{"numbers as text", []span{root, {Name: "chat m", Parent: "job", From: 1, To: 9, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "172",
			"gen_ai.usage.output_tokens": "8",
		}}}, map[string]float64{"input_tokens": 172, "output_tokens": 8, "llm_call_count": 1}, "m"},
		{"names nobody has listed", []span{root, {Name: "step", Parent: "job", From: 1, To: 9, Attrs: m{
			"acme.span_kind": "llm", "acme.model_name": "m7", "acme.metrics.promptTokens": 12, "acme.metrics.completionTokens": 5,
		}}}, map[string]float64{"input_tokens": 12, "output_tokens": 5, "llm_call_count": 1}, "m7"},
		{"bare names and cache apart from input", []span{root, {Name: "claude_code.llm_request", Parent: "job", From: 1, To: 9, Attrs: m{
			"model": "claude-x", "input_tokens": 19, "output_tokens": 7, "cache_creation_tokens": 724, "cache_read_tokens": 0,
		}}}, map[string]float64{"input_tokens": 743, "output_tokens": 7, "llm_call_count": 1, "cache_creation_input_tokens": 724},
			"claude-x"},
		{"cache inside input", []span{root, {Name: "chat", Parent: "job", From: 1, To: 9, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 743, "gen_ai.usage.output_tokens": 7,
			"gen_ai.usage.cache_creation.input_tokens": 724,
		}}}, map[string]float64{"input_tokens": 743, "output_tokens": 7}, ""},
		{"Anthropic's own answer beside its exclusive count",
			[]span{root, {Name: "messages.create", Parent: "job", From: 1, To: 9, Attrs: m{
				"openinference.span.kind": "LLM", "llm.token_count.prompt": 900, "llm.token_count.completion": 7,
				"llm.token_count.prompt_details.cache_read": 400,
				"output.value": `{"id":"msg_0123456789","usage":{"input_tokens":900,"cache_read_input_tokens":400,"output_tokens":7}}`,
			}}}, map[string]float64{"input_tokens": 1300, "output_tokens": 7}, ""},
		{"thoughts apart from output", []span{root, {Name: "generate_content", Parent: "job", From: 1, To: 9, Attrs: m{
			"openinference.span.kind": "LLM", "llm.model_name": "gemini", "llm.token_count.prompt": 10, "llm.token_count.completion": 20,
			"llm.token_count.total": 75, "llm.token_count.completion_details.reasoning": 45,
		}}}, map[string]float64{"input_tokens": 10, "output_tokens": 65, "total_tokens": 75, "reasoning_tokens": 45}, "gemini"},
		{"usage only inside an answer", []span{root, {Name: "haystack.component.run", Parent: "job", From: 1, To: 9, Attrs: m{
			"haystack.component.type":   "OpenAIChatGenerator",
			"haystack.component.output": `{"replies":[{"meta":{"model":"gpt","usage":{"prompt_tokens":31,"completion_tokens":4}}}]}`,
		}}}, map[string]float64{"input_tokens": 31, "output_tokens": 4, "llm_call_count": 1}, ""},
		{"usage of the provider's Gemini shape", []span{root, {Name: "call_llm", Parent: "job", From: 1, To: 9, Attrs: m{
			"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2", "gen_ai.operation.name": "chat",
			"gcp.vertex.agent.llm_response": `{"usage_metadata":{"prompt_token_count":8,"candidates_token_count":3,"total_token_count":11}}`,
		}}}, map[string]float64{"input_tokens": 8, "output_tokens": 3}, "gemini-2"},
		{"a framework's span around the SDK's", []span{
			root,
			{Name: "call_llm", Parent: "job", From: 1, To: 99, Scope: "adk",
				Attrs: m{"gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 5}},
			{Name: "generate_content g", Parent: "call_llm", From: 2, To: 98, Scope: "sdk",
				Attrs: m{"gen_ai.operation.name": "generate_content", "gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 50,
					"gen_ai.usage.output_tokens": 5}},
		}, map[string]float64{"input_tokens": 50, "output_tokens": 5, "llm_call_count": 1}, "g"},
		{"usage only on the span around", []span{
			root,
			{Name: "litellm_request", Parent: "job", From: 1, To: 99,
				Attrs: m{"llm.request.type": "completion", "gen_ai.request.model": "g", "gen_ai.usage.prompt_tokens": 50,
					"gen_ai.usage.completion_tokens": 5}},
			{Name: "raw_gen_ai_request", Parent: "litellm_request", From: 2, To: 98, Attrs: m{"llm.openai.model": "g"}},
		}, map[string]float64{"input_tokens": 50, "output_tokens": 5, "llm_call_count": 1}, "g"},
		{"an agent's sum over its steps", []span{
			{Name: "CodeAgent.run", To: 500, Attrs: m{"openinference.span.kind": "AGENT", "llm.token_count.prompt": 300,
				"llm.token_count.completion": 30}},
			{Name: "Step 1", Parent: "CodeAgent.run", From: 1, To: 200,
				Attrs: m{"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 100, "llm.token_count.completion": 10}},
			{Name: "Model.generate", ID: "g1", Parent: "Step 1", From: 2, To: 100,
				Attrs: m{"openinference.span.kind": "LLM", "llm.token_count.prompt": 100, "llm.token_count.completion": 10}},
			{Name: "Step 2", Parent: "CodeAgent.run", From: 201, To: 400,
				Attrs: m{"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 200, "llm.token_count.completion": 20}},
			{Name: "Model.generate", ID: "g2", Parent: "Step 2", From: 202, To: 300,
				Attrs: m{"openinference.span.kind": "LLM", "llm.token_count.prompt": 200, "llm.token_count.completion": 20}},
			{Name: "FinalAnswerTool", Parent: "Step 2", From: 301, To: 302,
				Attrs: m{"openinference.span.kind": "TOOL", "tool.name": "final_answer"}},
		}, map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": 2, "tool_call_count": 1}, ""},
		{"an agent's sum and no span below", []span{
			{Name: "invoke_agent a", To: 500, Attrs: m{"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 300,
				"gen_ai.usage.output_tokens": 30}},
		}, map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": -1}, ""},
		{"an older agent run without a kind", []span{
			{Name: "agent run", To: 500, Attrs: m{"agent_name": "a", "model_name": "m", "gen_ai.usage.input_tokens": 300,
				"gen_ai.usage.output_tokens": 30}},
			{Name: "chat m", Parent: "agent run", From: 1, To: 9,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 150,
					"gen_ai.usage.output_tokens": 15}},
			{Name: "chat m", ID: "c2", Parent: "agent run", From: 10, To: 19,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 150,
					"gen_ai.usage.output_tokens": 15}},
		}, map[string]float64{"input_tokens": 300, "output_tokens": 30, "llm_call_count": 2}, "m"},
		{"two instrumentations side by side", []span{
			root,
			{Name: "ChatOpenAI", Parent: "job", From: 1, To: 100, Scope: "langchain",
				Attrs: m{"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-2024-08-06", "llm.token_count.prompt": 10,
					"llm.token_count.completion": 2}},
			{Name: "ChatCompletion", Parent: "job", From: 5, To: 95, Scope: "openai",
				Attrs: m{"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "llm.token_count.prompt": 10,
					"llm.token_count.completion": 2}},
		}, map[string]float64{"input_tokens": 10, "output_tokens": 2, "llm_call_count": 1}, "gpt-4o-2024-08-06"},
		{"two alike calls at once of one instrumentation", []span{
			root,
			{Name: "chat a", Parent: "job", From: 1, To: 100, Scope: "openai",
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{Name: "chat b", Parent: "job", From: 1, To: 100, Scope: "openai",
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 20, "output_tokens": 4, "llm_call_count": 2}, ""},
		{"two alike calls at once, each watched twice", []span{
			root,
			{Name: "a1", Parent: "job", From: 1, To: 100, Scope: "one",
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{Name: "b1", Parent: "job", From: 2, To: 101, Scope: "one",
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{Name: "a2", Parent: "job", From: 1, To: 99, Scope: "two",
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{Name: "b2", Parent: "job", From: 3, To: 101, Scope: "two",
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 20, "output_tokens": 4, "llm_call_count": 2}, ""},
		{"the same answer id in two branches", []span{
			root, {Name: "x", Parent: "job", From: 1, To: 50}, {Name: "y", Parent: "job", From: 1, To: 50},
			{Name: "c1", Parent: "x", From: 2, To: 40,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "r1", "gen_ai.usage.input_tokens": 10,
					"gen_ai.usage.output_tokens": 2}},
			{Name: "c2", Parent: "y", From: 3, To: 39, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "r1"}},
		}, map[string]float64{"input_tokens": 10, "output_tokens": 2, "llm_call_count": 1}, ""},
		{"a test server's constant answer id", []span{
			root,
			{Name: "c1", Parent: "job", From: 2, To: 40,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "chatcmpl-123", "gen_ai.usage.input_tokens": 10,
					"gen_ai.usage.output_tokens": 2}},
			{Name: "c2", Parent: "job", From: 50, To: 90,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "chatcmpl-123", "gen_ai.usage.input_tokens": 30,
					"gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 40, "output_tokens": 4, "llm_call_count": 2}, ""},
		{"a tool that calls a model inside a model's span", []span{
			root,
			{Name: "generate", Parent: "job", From: 1, To: 100,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "outer", "gen_ai.usage.input_tokens": 10,
					"gen_ai.usage.output_tokens": 2}},
			{Name: "execute_tool ask", Parent: "generate", From: 10, To: 60,
				Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask"}},
			{Name: "inner", Parent: "execute_tool ask", From: 20, To: 50,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.response.id": "inner", "gen_ai.usage.input_tokens": 7,
					"gen_ai.usage.output_tokens": 1}},
		}, map[string]float64{"input_tokens": 17, "output_tokens": 3, "llm_call_count": 2, "tool_call_count": 1}, ""},
		{"the same without answer ids or kinds", []span{
			root,
			{Name: "call_llm", Parent: "job", From: 1, To: 100,
				Attrs: m{"gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			{Name: "execute_tool ask", Parent: "call_llm", From: 10, To: 60,
				Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask"}},
			{Name: "invoke_agent b", Parent: "execute_tool ask", From: 11, To: 60, Attrs: m{"gen_ai.operation.name": "invoke_agent"}},
			{Name: "call_llm", ID: "inner", Parent: "invoke_agent b", From: 20, To: 50,
				Attrs: m{"gen_ai.request.model": "g", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
		}, map[string]float64{"input_tokens": 17, "output_tokens": 3, "llm_call_count": 2, "tool_call_count": 1}, "g"},
		{"a wrapper whose only call is inside a tool", []span{
			root,
			{Name: "generate", Parent: "job", From: 1, To: 100,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
			{Name: "execute_tool ask", Parent: "generate", From: 10, To: 60, Attrs: m{"gen_ai.operation.name": "execute_tool"}},
			{Name: "inner", Parent: "execute_tool ask", From: 20, To: 50,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}},
		}, map[string]float64{"input_tokens": 7, "output_tokens": 1, "llm_call_count": 1}, ""},
		{"Spring AI, all text", []span{
			root,
			{Name: "spring_ai chat_client", Parent: "job", From: 1, To: 100,
				Attrs: m{"gen_ai.operation.name": "framework", "spring.ai.kind": "chat_client"}},
			{Name: "chat m", Parent: "spring_ai chat_client", From: 2, To: 50,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "11", "gen_ai.usage.output_tokens": "3",
					"gen_ai.usage.total_tokens": "14"}},
			{Name: "tool_call w", Parent: "spring_ai chat_client", From: 51, To: 60,
				Attrs: m{"gen_ai.operation.name": "framework", "spring.ai.kind": "tool_call", "spring.ai.tool.definition.name": "w"}},
		}, map[string]float64{"input_tokens": 11, "output_tokens": 3, "llm_call_count": 1, "tool_call_count": 1}, ""},
		{"Genkit", []span{
			{Name: "menu", To: 100, Attrs: m{"genkit:metadata:subtype": "flow", "genkit:input": `{"q":"hi"}`}},
			{Name: "generate", Parent: "menu", From: 1, To: 99, Attrs: m{"genkit:metadata:subtype": "util"}},
			{Name: "googleai/gemini", Parent: "generate", From: 2, To: 98,
				Attrs: m{"genkit:metadata:subtype": "model",
					"genkit:output": `{"message":{},"usage":{"inputTokens":5,"outputTokens":6,"totalTokens":11}}`}},
		}, map[string]float64{"input_tokens": 5, "output_tokens": 6, "llm_call_count": 1}, ""},
		{"Vercel's streamed object", []span{
			{Name: "ai.streamObject", To: 100, Attrs: m{"ai.operationId": "ai.streamObject", "ai.usage.promptTokens": 5,
				"ai.usage.completionTokens": 6}},
			{Name: "ai.streamObject.doStream", Parent: "ai.streamObject", From: 1, To: 99,
				Attrs: m{"ai.operationId": "ai.streamObject.doStream", "ai.usage.promptTokens": 5, "ai.usage.completionTokens": 6}},
		}, map[string]float64{"input_tokens": 5, "output_tokens": 6, "llm_call_count": 1}, ""},
		{"Braintrust's JSON", []span{
			root,
			{Name: "x", Parent: "job", From: 1, To: 99,
				Attrs: m{"braintrust.span_attributes": `{"type":"llm"}`,
					"braintrust.metrics": `{"prompt_tokens":5,"completion_tokens":6,"tokens":11}`, "braintrust.metadata": `{"model":"bm"}`}},
		}, map[string]float64{"input_tokens": 5, "output_tokens": 6, "llm_call_count": 1}, "bm"},
		{"an agent that tells only a total", []span{
			{Name: "crew", To: 500, Attrs: m{"openinference.span.kind": "AGENT", "llm.token_count.total": 330}},
		}, map[string]float64{"total_tokens": 330, "input_tokens": -1, "output_tokens": -1, "tokens/input": -1}, ""},
		{"a crew's total over calls with spans", []span{
			{Name: "crew", To: 500, Attrs: m{"openinference.span.kind": "CHAIN", "llm.token_count.total": 330}},
			{Name: "llm", Parent: "crew", From: 1, To: 9,
				Attrs: m{"openinference.span.kind": "LLM", "llm.token_count.prompt": 100, "llm.token_count.completion": 10,
					"llm.token_count.total": 110}},
		}, map[string]float64{"total_tokens": 110, "input_tokens": 100, "output_tokens": 10}, ""},
		{"numbers of an ordinary program", []span{
			{Name: "job", To: 1000, Attrs: m{"order.total_cost": 99.5, "queue.messages": 5, "span.type": "web"}},
			{Name: "build prompt", Parent: "job", From: 1, To: 9, Attrs: m{"prompt_tokens": 180}},
			{Name: "chat", Parent: "job", From: 10, To: 19,
				Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 181, "gen_ai.usage.output_tokens": 2}},
		}, map[string]float64{"input_tokens": 181, "total_cost_usd": -1, "order.total_cost": 99.5, "queue.messages": 5}, ""},
		{"a tool's client and server span", []span{
			root,
			{Name: "tools/call w", Parent: "job", From: 1, To: 100, Kind: 3,
				Attrs: m{"mcp.method.name": "tools/call", "gen_ai.tool.name": "w"}},
			{Name: "tools/call w", ID: "server", Parent: "tools/call w", From: 2, To: 99, Kind: 2,
				Attrs: m{"mcp.method.name": "tools/call", "gen_ai.tool.name": "w"}},
		}, map[string]float64{"tool_call_count": 1}, ""},
		{"an agent used as a tool", []span{
			root,
			{Name: "execute_tool helper", Parent: "job", From: 1, To: 100,
				Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "helper"}},
			{Name: "invoke_agent helper", Parent: "execute_tool helper", From: 2, To: 99,
				Attrs: m{"gen_ai.operation.name": "invoke_agent"}},
			{Name: "execute_tool look", Parent: "invoke_agent helper", From: 3, To: 90,
				Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"}},
		}, map[string]float64{"tool_call_count": 2}, ""},
		{"cost on the call and again on the root", []span{
			{Name: "job", To: 1000, Attrs: m{"gen_ai.usage.cost": 0.5}},
			{Name: "chat", Parent: "job", From: 1, To: 9, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.usage.cost": 0.25}},
			{Name: "chat", ID: "c2", Parent: "job", From: 10, To: 19,
				Attrs: m{"gen_ai.operation.name": "chat", "llm.cost.prompt": 0.1, "llm.cost.completion": 0.15}},
		}, map[string]float64{"total_cost_usd": 0.5, "cost/total_usd": 0.5, "llm_call_count": 2}, ""},
		{"embeddings are no model calls", []span{root, {Name: "embeddings e", Parent: "job", From: 1, To: 9, Attrs: m{
			"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e", "gen_ai.usage.input_tokens": 6,
		}}}, map[string]float64{"embedding_tokens": 6, "embedding_call_count": 1, "input_tokens": -1, "llm_call_count": -1}, ""},
		{"one error that rose through its parents", []span{
			{Name: "job", To: 1000, Err: "failed"}, {Name: "mid", Parent: "job", From: 1, To: 900, Err: "failed"},
			{Name: "chat", Parent: "mid", From: 2, To: 800, Err: "429", Attrs: m{"gen_ai.operation.name": "chat"}},
		}, map[string]float64{"error_count": 1, "llm_call_count": 1, "input_tokens": -1}, ""},
		{"nothing to count", []span{root}, map[string]float64{"latency_seconds": 1, "input_tokens": -1, "llm_call_count": -1,
			"tool_call_count": -1, "error_count": 0, "total_cost_usd": -1}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := one(t, traceOf(c.spans...), Rules{})
			wantMetrics(t, p.Runs[0], c.want)
			if c.model != "" && p.Runs[0].Params["model"] != c.model {
				t.Errorf("model = %q, want %q", p.Runs[0].Params["model"], c.model)
			}
		})
	}
}
