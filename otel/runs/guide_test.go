package runs

import (
	"maps"
	"reflect"
	"testing"
)

// The lines of the migration guide of the GenAI conventions, from v1.41.0 to those of
// open-telemetry/semantic-conventions-genai
// (docs/gen-ai/non-normative/migration.md as of 2026-11). A program that writes the old
// names and one that writes the new ones give the same runs.

// agentProgram is a workflow with an agent that asks a model, calls a tool and asks
// again, with further attributes on its agent and on its second model call.
func agentProgram(agent, call m) []span {
	with := func(base, more m) m {
		out := maps.Clone(base)
		maps.Copy(out, more)
		return out
	}
	chat := m{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "m",
		"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 30}
	return []span{
		{Name: "invoke_workflow desk", To: 1000, Attrs: m{"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "desk"}},
		{Name: "invoke_agent weather", Parent: "invoke_workflow desk", From: 100, To: 900,
			Attrs: with(m{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather"}, agent)},
		{Name: "chat m", ID: "asks", Parent: "invoke_agent weather", From: 200, To: 300, Attrs: chat},
		{Name: "execute_tool get_weather", Parent: "invoke_agent weather", From: 300, To: 350,
			Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_weather", "gen_ai.tool.call.id": "c1"}},
		{Name: "chat m again", ID: "answers", Parent: "invoke_agent weather", From: 400, To: 600, Attrs: with(chat, call)},
	}
}

// retrieval is a retrieval on its own, with further attributes.
func retrieval(more m) []span {
	attrs := m{"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "docs"}
	maps.Copy(attrs, more)
	return []span{{Name: "answer", To: 100}, {Name: "retrieval docs", Parent: "answer", From: 1, To: 50, Attrs: attrs}}
}

func TestEachLineOfTheMigrationGuide(t *testing.T) {
	const workflow, agent, call, tool = "invoke_workflow desk", "invoke_agent weather", "chat m again", "execute_tool get_weather"
	messages := `[{"role":"assistant","parts":[{"type":"text","content":"Sunny."}]}]`
	ended := `[{"role":"assistant","parts":[{"type":"text","content":"Sunny."}],"finish_reason":"stop"}]`
	for _, line := range []struct {
		was, is  string // the names in the guide; "-" for none
		old, new []span
		in       string // the run that shows it
		metrics  map[string]float64
		params   map[string]string
		tags     map[string]string
		gone     []string // tags of what the new conventions leave out
	}{
		// Inference span and event attributes.
		{was: "gen_ai.usage.cache_creation.input_tokens", is: "gen_ai.usage.cache_write.input_tokens",
			old: agentProgram(nil, m{"gen_ai.usage.cache_creation.input_tokens": 40}),
			new: agentProgram(nil, m{"gen_ai.usage.cache_write.input_tokens": 40}),
			in:  workflow, metrics: map[string]float64{"cache_creation_input_tokens": 40, "input_tokens": 200, "cached_input_tokens": 60}},
		{was: "gen_ai.request.top_k double", is: "gen_ai.request.top_k int",
			old: agentProgram(nil, m{"gen_ai.request.top_k": 20.0}),
			new: agentProgram(nil, m{"gen_ai.request.top_k": 20}),
			in:  call, params: map[string]string{"top_k": "20"}},
		{was: "gen_ai.system_instructions of any parts", is: "gen_ai.system_instructions of text parts",
			old: agentProgram(nil, m{"gen_ai.system_instructions": `[{"type":"text","content":"Be short."}]`}),
			new: agentProgram(nil, m{"gen_ai.system_instructions": `[{"type":"text","content":"Be short."}]`}), in: call},
		{was: "gen_ai.output.messages[].finish_reason", is: "gen_ai.response.finish_reasons",
			old: agentProgram(nil, m{"gen_ai.output.messages": ended}),
			new: agentProgram(nil, m{"gen_ai.output.messages": messages, "gen_ai.response.finish_reasons": []any{"stop"}}),
			in:  call, tags: map[string]string{"finish_reason": "stop"}},

		// Retrieval span attributes.
		{was: "gen_ai.request.top_k of a retrieval", is: "gen_ai.retrieval.top_k",
			old: retrieval(m{"gen_ai.request.top_k": 5.0}), new: retrieval(m{"gen_ai.retrieval.top_k": 5}),
			in: "retrieval docs", params: map[string]string{"retrieval_top_k": "5"}},

		// Internal invoke_agent spans, which lose five attributes.
		{was: "gen_ai.agent.id", is: "-",
			old: agentProgram(m{"gen_ai.agent.id": "a1"}, nil), new: agentProgram(nil, nil),
			in: agent, tags: map[string]string{"agent_name": "weather"}, gone: []string{"gen_ai.agent.id"}},
		{was: "gen_ai.agent.version", is: "-",
			old: agentProgram(m{"gen_ai.agent.version": "1.2"}, nil), new: agentProgram(nil, nil),
			in: agent, tags: map[string]string{"agent_name": "weather"}, gone: []string{"gen_ai.agent.version"}},
		{was: "gen_ai.provider.name", is: "-",
			old: agentProgram(m{"gen_ai.provider.name": "anthropic"}, nil), new: agentProgram(nil, nil),
			in: workflow, params: map[string]string{"provider": "anthropic", "model": "m"}},
		{was: "gen_ai.usage.cache_read.input_tokens", is: "-",
			old: agentProgram(m{"gen_ai.usage.input_tokens": 200, "gen_ai.usage.output_tokens": 20,
				"gen_ai.usage.cache_read.input_tokens": 60}, nil),
			new: agentProgram(m{"gen_ai.usage.input_tokens": 200, "gen_ai.usage.output_tokens": 20}, nil),
			in:  agent, metrics: map[string]float64{"cached_input_tokens": 60, "input_tokens": 200, "output_tokens": 20}},
		{was: "gen_ai.usage.cache_creation.input_tokens", is: "-",
			old: agentProgram(m{"gen_ai.usage.input_tokens": 200, "gen_ai.usage.cache_creation.input_tokens": 40},
				m{"gen_ai.usage.cache_creation.input_tokens": 40}),
			new: agentProgram(m{"gen_ai.usage.input_tokens": 200}, m{"gen_ai.usage.cache_write.input_tokens": 40}),
			in:  agent, metrics: map[string]float64{"cache_creation_input_tokens": 40, "input_tokens": 200}},

		// Client invoke_agent and create_agent spans: the id is that of a hosted agent now.
		{was: "gen_ai.agent.id of an instance", is: "gen_ai.agent.id of a hosted agent",
			old: agentProgram(m{"gen_ai.agent.id": "asst_5"}, nil), new: agentProgram(m{"gen_ai.agent.id": "asst_5"}, nil),
			in: agent, tags: map[string]string{"gen_ai.agent.id": "asst_5"}},

		// The type of a span is not exported over OTLP.
		{was: "gen_ai.inference.client", is: "gen_ai.client.inference",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil),
			in: call, tags: map[string]string{"span_type": "CHAT_MODEL"}},

		// Metrics do not come to MLflow. What they say, runs say by the spans that are measured.
		{was: "gen_ai.client.operation.duration", is: "gen_ai.client.inference.duration",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: call, metrics: map[string]float64{"latency_seconds": 0.2}},
		{was: "gen_ai.client.operation.time_to_first_chunk", is: "gen_ai.client.inference.time_to_first_chunk",
			old: agentProgram(nil, m{"gen_ai.response.time_to_first_chunk": 0.05}),
			new: agentProgram(nil, m{"gen_ai.response.time_to_first_chunk": 0.05}),
			in:  call, metrics: map[string]float64{"gen_ai.response.time_to_first_chunk": 0.05}},
		{was: "gen_ai.client.operation.time_per_output_chunk", is: "gen_ai.client.inference.time_per_output_chunk",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil),
			in: call, metrics: map[string]float64{"latency_seconds": 0.2, "output_tokens": 10}},
		{was: "gen_ai.client.token.usage input", is: "gen_ai.client.inference.usage.input_tokens",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: workflow, metrics: map[string]float64{"input_tokens": 200}},
		{was: "gen_ai.client.token.usage output", is: "gen_ai.client.inference.usage.output_tokens",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: workflow, metrics: map[string]float64{"output_tokens": 20}},
		{was: "-", is: "gen_ai.client.inference.usage.cache_read.input_tokens",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: workflow, metrics: map[string]float64{"cached_input_tokens": 60}},
		{was: "-", is: "gen_ai.client.inference.usage.cache_write.input_tokens",
			old: agentProgram(nil, m{"gen_ai.usage.cache_creation.input_tokens": 40}),
			new: agentProgram(nil, m{"gen_ai.usage.cache_write.input_tokens": 40}),
			in:  workflow, metrics: map[string]float64{"cache_creation_input_tokens": 40}},
		{was: "-", is: "gen_ai.client.inference.usage.reasoning.output_tokens",
			old: agentProgram(nil, m{"gen_ai.usage.reasoning.output_tokens": 8}),
			new: agentProgram(nil, m{"gen_ai.usage.reasoning.output_tokens": 8}),
			in:  workflow, metrics: map[string]float64{"reasoning_tokens": 8, "output_tokens": 20}},
		{was: "gen_ai.client.token.usage input", is: "gen_ai.client.inference.operation.input_tokens",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: call, metrics: map[string]float64{"input_tokens": 100}},
		{was: "gen_ai.client.token.usage output", is: "gen_ai.client.inference.operation.output_tokens",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: call, metrics: map[string]float64{"output_tokens": 10}},
		{was: "-", is: "gen_ai.invoke_agent.duration",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: agent, metrics: map[string]float64{"latency_seconds": 0.8}},
		{was: "-", is: "gen_ai.execute_tool.duration",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: tool, metrics: map[string]float64{"latency_seconds": 0.05}},
		{was: "-", is: "gen_ai.invoke_workflow.duration",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: workflow, metrics: map[string]float64{"latency_seconds": 1}},
		{was: "-", is: "gen_ai.invoke_agent.inference_calls",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: agent, metrics: map[string]float64{"llm_call_count": 2}},
		{was: "-", is: "gen_ai.invoke_agent.tool_calls",
			old: agentProgram(nil, nil), new: agentProgram(nil, nil), in: agent, metrics: map[string]float64{"tool_call_count": 1}},
	} {
		t.Run(line.was+" to "+line.is, func(t *testing.T) {
			each := Rules{Runs: []RunRule{{Span: "*"}}}
			before, after := one(t, traceOf(line.old...), each), one(t, traceOf(line.new...), each)
			for _, p := range []Projection{before, after} {
				r := run(t, p, line.in)
				wantMetrics(t, r, line.metrics)
				for k, want := range line.params {
					if r.Params[k] != want {
						t.Errorf("param %s = %q, want %q", k, r.Params[k], want)
					}
				}
				for k, want := range line.tags {
					if r.Tags[k] != want {
						t.Errorf("tag %s = %q, want %q", k, r.Tags[k], want)
					}
				}
			}
			if len(before.Runs) != len(after.Runs) {
				t.Fatalf("runs %v by the old names, %v by the new ones", runNames(before), runNames(after))
			}
			for i, a := range before.Runs {
				b := after.Runs[i]
				for _, k := range line.gone {
					delete(a.Tags, k)
				}
				if !reflect.DeepEqual(a.Params, b.Params) || !reflect.DeepEqual(a.Tags, b.Tags) || !reflect.DeepEqual(metrics(a), metrics(b)) {
					t.Errorf("%s: by the old names %v %v %v,\nby the new ones %v %v %v", a.Name,
						a.Params, a.Tags, metrics(a), b.Params, b.Tags, metrics(b))
				}
			}
			if before.Trace.RequestPreview != after.Trace.RequestPreview || before.Trace.ResponsePreview != after.Trace.ResponsePreview {
				t.Errorf("previews %q %q by the old names, %q %q by the new ones", before.Trace.RequestPreview, before.Trace.ResponsePreview,
					after.Trace.RequestPreview, after.Trace.ResponsePreview)
			}
		})
	}
}

// TestNamesThatTheGuideLeavesOut: names of today that had none before, as
// opentelemetry-util-genai 1.3b0 writes them.
func TestNamesThatTheGuideLeavesOut(t *testing.T) {
	variables := m{"gen_ai.prompt.variable.input": "a city", "gen_ai.prompt.variable.user_id": "u1", "gen_ai.prompt.variable.count": 3}
	for name, c := range map[string]struct {
		call      m
		in        string
		metrics   map[string]float64
		params    map[string]string
		tags      map[string]string
		artifacts map[string]string
	}{
		"tokens of each modality are parts of the whole": {
			call: m{"gen_ai.usage.text.input_tokens": 60, "gen_ai.usage.image.input_tokens": 30, "gen_ai.usage.audio.input_tokens": 10,
				"gen_ai.usage.text.output_tokens": 6, "gen_ai.usage.image.output_tokens": 4, "gen_ai.usage.audio.output_tokens": 1,
				"gen_ai.usage.text.cache_read.input_tokens": 29, "gen_ai.usage.image.cache_read.input_tokens": 1,
				"gen_ai.usage.video.input_tokens": 1, "gen_ai.usage.document.input_tokens": 1},
			in: "chat m again", metrics: map[string]float64{"input_tokens": 100, "output_tokens": 10, "cached_input_tokens": 30,
				"total_tokens": 110, "gen_ai.usage.text.input_tokens": 60, "gen_ai.usage.image.input_tokens": 30,
				"gen_ai.usage.image.cache_read.input_tokens": 1}},
		"parts without a whole are no whole": {
			call: m{"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0, "gen_ai.usage.cache_read.input_tokens": 0,
				"gen_ai.usage.text.input_tokens": 60, "gen_ai.usage.text.output_tokens": 6, "gen_ai.usage.text.cache_read.input_tokens": 9},
			in: "invoke_workflow desk", metrics: map[string]float64{"input_tokens": 100, "output_tokens": 10, "cached_input_tokens": 30}},
		"a prompt with its version": {
			call:   m{"gen_ai.prompt.name": "ask", "gen_ai.prompt.version": "7"},
			in:     "chat m again",
			params: map[string]string{"prompt_name": "ask", "prompt_version": "7"}},
		"variables of a prompt, which are no user and no input": {
			call: variables, in: "chat m again", tags: map[string]string{"user.id": "", "gen_ai.prompt.variable.user_id": ""},
			metrics: map[string]float64{"gen_ai.prompt.variable.count": -1},
			artifacts: map[string]string{"input.json": "", "prompt_variables.json": `{
  "count": 3,
  "input": "a city",
  "user_id": "u1"
}
`}},
		"content that is kept elsewhere": {
			call: m{"gen_ai.input.messages_ref": "s3://b/i.json", "gen_ai.output.messages_ref": "s3://b/o.json",
				"gen_ai.system_instructions_ref": "s3://b/s.json", "gen_ai.tool.definitions_ref": "s3://b/t.json"},
			in: "chat m again", artifacts: map[string]string{"messages.json": ""},
			tags: map[string]string{"gen_ai.input.messages_ref": "s3://b/i.json", "gen_ai.output.messages_ref": "s3://b/o.json",
				"gen_ai.system_instructions_ref": "s3://b/s.json", "gen_ai.tool.definitions_ref": "s3://b/t.json"}},
		"the answer before, and how hard to think": {
			call: m{"gen_ai.request.previous_response.id": "resp_1", "gen_ai.request.reasoning.level": "low",
				"gen_ai.conversation.compacted": true},
			in:     "chat m again",
			tags:   map[string]string{"gen_ai.request.previous_response.id": "resp_1", "response_id": "", "gen_ai.conversation.compacted": "true"},
			params: map[string]string{"reasoning_level": "low", "previous_response_id": ""}},
		"an answer that is fetched is no call": {
			call: m{"gen_ai.operation.name": "fetch_response", "gen_ai.response.id": "resp_1", "gen_ai.response.status": "completed",
				"gen_ai.request.stream_cursor": "12"},
			in: "chat m again", metrics: map[string]float64{"llm_call_count": -1},
			tags: map[string]string{"response_id": "resp_1", "gen_ai.response.status": "completed", "gen_ai.request.stream_cursor": "12",
				"span_type": "CHAIN"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, one(t, traceOf(agentProgram(nil, c.call)...), Rules{Runs: []RunRule{{Span: "*"}}}), c.in)
			wantMetrics(t, r, c.metrics)
			for _, shown := range []struct {
				what      string
				want, got map[string]string
			}{{"param", c.params, r.Params}, {"tag", c.tags, r.Tags}} {
				for k, want := range shown.want {
					if shown.got[k] != want {
						t.Errorf("%s %s = %q, want %q", shown.what, k, shown.got[k], want)
					}
				}
			}
			for path, want := range c.artifacts {
				if got := artifact(r, path); got != want {
					t.Errorf("%s: %q, want %q", path, got, want)
				}
			}
		})
	}
}
