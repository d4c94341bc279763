package tracejson

import (
	"math"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestAttributesAreWhatMLflowsServerWouldMakeOfThem(t *testing.T) {
	for name, c := range map[string]struct {
		attrs map[string]string
		want  map[string]string
	}{
		"GenAI": {
			map[string]string{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": `{"a":1}`, "gen_ai.tool.call.result": "ok",
				"gen_ai.provider.name": "openai", "gen_ai.response.model": "m2", "gen_ai.request.model": "m1", "gen_ai.tool.definitions": `[{}]`},
			map[string]string{typeKey: `"TOOL"`, inputsKey: `{"a":1}`, outputsKey: `"ok"`, providerKey: `"openai"`, modelKey: `"m2"`, toolsKey: `[{}]`},
		},
		"what MLflow's own attributes say stays": {
			map[string]string{"mlflow.spanInputs": `"mine"`, "mlflow.spanType": "MINE", "gen_ai.operation.name": "chat",
				"gen_ai.input.messages": `["other"]`},
			map[string]string{inputsKey: `"mine"`, typeKey: `"MINE"`},
		},
		"an unknown type is none": {
			map[string]string{"mlflow.spanType": "UNKNOWN", "gen_ai.operation.name": "invoke_agent"}, map[string]string{typeKey: `"AGENT"`},
		},
		"empty values say nothing": {
			map[string]string{"input.value": "", "gen_ai.input.messages": "[]", "traceloop.entity.input": "x"},
			map[string]string{inputsKey: `"x"`, typeKey: `"UNKNOWN"`, outputsKey: ""},
		},
		"OpenInference": {
			map[string]string{"input.value": "q", "output.value": `{"a":"b"}`, "llm.model_name": "m", "llm.token_count.prompt": "3",
				"llm.token_count.completion": "4", "llm.token_count.prompt_details.cache_read": "1"},
			map[string]string{inputsKey: `"q"`, outputsKey: `{"a":"b"}`, modelKey: `"m"`,
				usageKey: `{"cache_read_input_tokens":1,"input_tokens":3,"output_tokens":4,"total_tokens":7}`},
		},
		"OpenLLMetry": {
			map[string]string{"gen_ai.prompt.1.content": "second", "gen_ai.prompt.0.content": "first", "gen_ai.completion.0.content": "said",
				"gen_ai.usage.prompt_tokens": "2", "llm.usage.total_tokens": "9"},
			map[string]string{inputsKey: `"first"`, outputsKey: `"said"`, usageKey: `{"input_tokens":2,"total_tokens":9}`},
		},
		"Vercel": {
			map[string]string{"ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages": `[{"role":"user"}]`, "ai.response.text": "hi"},
			map[string]string{inputsKey: `{"messages":[{"role":"user"}]}`, outputsKey: `{"text":"hi"}`, formatKey: `"vercel_ai"`},
		},
		"text of digits stays text": {map[string]string{"k": "1", "l": `"q"`, "m": "{broken"},
			map[string]string{"k": `"1"`, "l": `"q"`, "m": `"{broken"`}},
		"JSON too deep for readers is text": {map[string]string{"k": strings.Repeat("[", 300) + strings.Repeat("]", 300)},
			map[string]string{"k": `"` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `"`}},
	} {
		s := newSpan(1, 0, 1)
		for k, v := range c.attrs {
			s.Attributes = append(s.Attributes, kv(k, text(v)))
		}
		got := fromOTLP(s).attributes
		for k, want := range c.want {
			if got[k] != want {
				t.Errorf("%s: %s is %s, want %s", name, k, got[k], want)
			}
		}
	}
}

func TestConversationsInEventsAreInputAndOutput(t *testing.T) {
	s := newSpan(1, 0, 1)
	event := func(name string, attrs ...*commonpb.KeyValue) {
		s.Events = append(s.Events, &tracepb.Span_Event{Name: name, Attributes: attrs})
	}
	event("gen_ai.system.message", kv("content", text("be kind")))
	event("gen_ai.user.message", kv("content", text(`[{"text":"hi"}]`)))
	event("gen_ai.user.message")
	event("gen_ai.choice", kv("content", text("hello")))
	in, out := Content(s)
	if in != `[{"role":"system","content":"be kind"},{"role":"user","content":[{"text":"hi"}]}]` ||
		out != `[{"role":"assistant","content":"hello"}]` {
		t.Errorf("%s\n%s", in, out)
	}
	s.Events = nil
	event("gen_ai.content.prompt", kv("gen_ai.prompt", text("ask")))
	event("gen_ai.content.completion", kv("gen_ai.completion", text("answer")))
	if in, out = Content(s); in != `"ask"` || out != `"answer"` {
		t.Errorf("%s\n%s", in, out)
	}
}

func TestTokensOfATraceCountOnce(t *testing.T) {
	usage := func(in int64) []*commonpb.KeyValue {
		return []*commonpb.KeyValue{kv("gen_ai.usage.input_tokens", number(in)), kv("gen_ai.usage.output_tokens", number(1))}
	}
	f := write(t, data(newSpan(1, 0, 1), newSpan(2, 1, 2, usage(7)...), newSpan(3, 2, 3, usage(7)...), newSpan(4, 1, 4, usage(5)...),
		newSpan(5, 9, 5, kv(usageKey, text("no object")))), Options{})
	if got := f.Metadata["mlflow.trace.tokenUsage"]; got != `{"input_tokens":12,"output_tokens":2,"total_tokens":14}` {
		t.Errorf("tokens %s", got)
	}
	f = write(t, data(newSpan(1, 0, 1, kv(costKey, text(`{"total_cost":1e308}`))), newSpan(2, 0, 1, kv(costKey, text(`{"total_cost":1e308}`)))), Options{})
	if got, there := f.Metadata["mlflow.trace.cost"]; there && strings.Contains(got, "Inf") {
		t.Errorf("cost %s", got)
	}
	if s := string(marshal(math.MaxInt64)); s != "9223372036854775807" {
		t.Error(s)
	}
}
