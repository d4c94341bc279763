package dialect

import (
	"reflect"
	"slices"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

type m = map[string]any

func pb(name string, attrs m, events ...tracetest.Event) *tracepb.Span {
	return tracetest.Span{Name: name, To: 9, Attrs: attrs, Events: events}.PB()
}

func read(name string, attrs m, events ...tracetest.Event) *Facts {
	return Read(pb(name, attrs, events...), func(string) bool { return false })
}

func TestKindsOfSpans(t *testing.T) {
	for name, c := range map[string]struct {
		span  string
		attrs m
		want  kind.Kind
		given bool
	}{
		"named":                     {"x", m{"openinference.span.kind": "TOOL"}, kind.Tool, true},
		"the better-ranked name":    {"x", m{"gen_ai.operation.name": "chat", "openinference.span.kind": "AGENT"}, kind.Chat, true},
		"anything beats a chain":    {"x", m{"openinference.span.kind": "CHAIN", "lmnr.span.type": "LLM"}, kind.LLM, true},
		"a kind nobody knows":       {"x", m{"openinference.span.kind": "web"}, kind.Unknown, false},
		"an operation nobody knows": {"x", m{"gen_ai.operation.name": "plan"}, kind.Chain, true},
		"a typed object":            {"x", m{"braintrust.span_attributes": `{"type":"llm"}`}, kind.LLM, true},
		"by the span's name":        {"execute_tool t", nil, kind.Tool, false},
		"MCP":                       {"tools/call t", nil, kind.Tool, false},
		"by its documents":          {"x", m{"retrieval.documents.0.document.content": "a"}, kind.Retriever, false},
		"by a vector":               {"x", m{"embedding.vector": []any{1.5}}, kind.Embedding, false},
		"by usage and model":        {"x", m{"llm.model_name": "m", "llm.token_count.prompt": 3}, kind.LLM, false},
		"an embedding model":        {"x", m{"llm.model_name": "text-embedding-3", "llm.token_count.prompt": 3}, kind.Embedding, false},
		"an agent's sum": {"x", m{"agent_name": "a", "gen_ai.agent.name": "a", "model_name": "m",
			"gen_ai.usage.input_tokens": 3}, kind.Agent, false},
		"by its answer":       {"x", m{"gen_ai.request.model": "m", "gen_ai.response.id": "r"}, kind.LLM, false},
		"by its messages":     {"x", m{"gen_ai.request.model": "m", "gen_ai.system": "s", "gen_ai.prompt": "hi"}, kind.LLM, false},
		"a tool and a call":   {"x", m{"tool_name": "exec_command", "call_id": "c1"}, kind.Tool, false},
		"a tool without call": {"x", m{"tool_name": "lathe", "job_id": "7"}, kind.Unknown, false},
		"a call without tool": {"x", m{"call_id": "+49 30 1", "duration": 7}, kind.Unknown, false},
		"Dify's kinds":        {"Tool", m{"gen_ai.span.kind": "TOOL", "tool.name": "t"}, kind.Tool, true},
		"an embedding by its kind": {"x", m{"span_type": "Embedding", "llm.usage.prompt_tokens": 9, "llm.response.model": "ada"},
			kind.Embedding, false},
		"a voice model": {"realtime_assistant_turn", m{"gen_ai.request.model": "m",
			"lk.realtime_model_metrics": `{"input_tokens":5,"output_tokens":2}`}, kind.LLM, false},
		"TruLens": {"x", m{"ai.observability.span_type": "generation", "ai.observability.cost.num_prompt_tokens": 9,
			"ai.observability.cost.num_completion_tokens": 2}, kind.LLM, false},
		"a power plant":         {"x", m{"plant.span_type": "generation", "plant.cost.total": 9}, kind.Unknown, false},
		"a tool by three signs": {"claude_code.tool", m{"span.type": "tool", "tool_name": "Bash"}, kind.Tool, false},
		"a tool by two signs":   {"lint", m{"span.type": "tool", "tool_name": "eslint"}, kind.Unknown, false},
		"a tool's result":       {"x", m{"tool.name": "t", "gen_ai.tool.result": "ok"}, kind.Tool, false},
		"a web request":         {"GET /", m{"http.route": "/", "server.port": 80}, kind.Unknown, false},
	} {
		if f := read(c.span, c.attrs); f.Kind != c.want || f.KindGiven != c.given {
			t.Errorf("%s: %q, given %v; want %q, %v", name, f.Kind, f.KindGiven, c.want, c.given)
		}
	}
}

func TestTheEarlierRowWins(t *testing.T) {
	f := read("chat", m{
		"gen_ai.operation.name": "chat", "gen_ai.request.model": "m1", "llm.model_name": "m2", "ai.model.id": "m3",
		"input.value": "general", "gen_ai.input.messages": `[{"role":"user","content":"hi"}]`, "gen_ai.input": "guessed",
		"gen_ai.usage.input_tokens": 0, "llm.token_count.prompt": 7,
	})
	if f.Model != "m1" || f.Input.Key != "gen_ai.input.messages" || !f.HasMessages() {
		t.Errorf("model %q, input of %q", f.Model, f.Input.Key)
	}
	if f.Usage.Input != 7 {
		t.Errorf("a zero gives way to a number, got %d", f.Usage.Input)
	}
	if g := read("x", m{"acme.input": "hi"}); g.HasMessages() || g.Input.Read() != "hi" {
		t.Errorf("a guess is content, not known messages: %+v", g.Input)
	}
	if g := read("x", m{"queue.messages": 5}); g.Input.Set() {
		t.Error("a number of messages was taken for messages")
	}
}

func TestModelsAskedAndAnswering(t *testing.T) {
	for name, c := range map[string]struct {
		attrs            m
		model, answering string
	}{
		"both":                {m{"gen_ai.request.model": "m", "gen_ai.response.model": "m-2024"}, "m", "m-2024"},
		"the same":            {m{"gen_ai.request.model": "m", "gen_ai.response.model": "m"}, "m", ""},
		"the answering alone": {m{"gen_ai.operation.name": "chat", "gen_ai.response.model": "m-2024"}, "m-2024", ""},
		"a proxy's name for it": {m{"gen_ai.operation.name": "acompletion", "gen_ai.request.model": "m", "gen_ai.response.model": "desk",
			"litellm.model_group": "desk"}, "m", ""},
		"asked among settings": {m{"llm.model_name": "m-2024", "llm.invocation_parameters": `{"model":"m","temperature":0.5}`}, "m",
			"m-2024"},
	} {
		if model, answering := read("x", c.attrs).Models(); model != c.model || answering != c.answering {
			t.Errorf("%s: %q and %q, want %q and %q", name, model, answering, c.model, c.answering)
		}
	}
}

func TestSettingsAreShortAndKnown(t *testing.T) {
	f := read("x",
		m{"llm.invocation_parameters": `{"temperature":0.5,"maxTokens":9,"id":"x","stop":["a"],"tools":[{"name":"t"}],"top_p":null}`})
	if !reflect.DeepEqual(f.Params, m{"temperature": 0.5, "max_tokens": int64(9)}) {
		t.Errorf("settings %v", f.Params)
	}
	if !f.Tools.Set() {
		t.Error("tools among the settings are content")
	}
}

func TestCosts(t *testing.T) {
	for name, c := range map[string]struct {
		attrs          m
		total, in, out float64
	}{
		"a total":            {m{"gen_ai.usage.cost": 0.5}, 0.5, 0, 0},
		"shares":             {m{"llm.cost.prompt": 0.25, "llm.cost.completion": 0.5}, 0.75, 0.25, 0.5},
		"a total and shares": {m{"llm.cost.total": 1.0, "llm.cost.prompt": 0.25}, 1, 0.25, 0},
		"an object":          {m{"langfuse.observation.cost_details": `{"total":2,"input":0.5,"x":9}`}, 2, 0.5, 0},
		"of tokens": {m{"gen_ai.cost.total_tokens": 1.5, "gen_ai.cost.input_tokens": 0.5,
			"gen_ai.cost.output_tokens": 1.0}, 1.5, 0.5, 1},
		"a name without a word of models": {m{"gen_ai.operation.name": "chat", "cost_usd": 0.5}, 0.5, 0, 0},
		"another's, beside a call":        {m{"gen_ai.operation.name": "chat", "order.cost_usd": 0.5}, -1, 0, 0},
		"less than nothing":               {m{"gen_ai.usage.cost": -1.0}, -1, 0, 0},
	} {
		f := read("x", c.attrs)
		if c.total < 0 {
			if f.Cost != nil {
				t.Errorf("%s: cost %v", name, *f.Cost)
			}
			continue
		}
		if f.Cost == nil || *f.Cost != c.total || f.CostIn != c.in || f.CostOut != c.out {
			t.Errorf("%s: %v, %v and %v", name, f.Cost, f.CostIn, f.CostOut)
		}
	}
}

func TestMessagesUnderNamesOfRequestAndResponse(t *testing.T) {
	f := read("chat", m{"gen_ai.request.messages": `[{"role":"user","content":"hi"}]`, "gen_ai.response.text": "ho", "gen_ai.request.seed": 4})
	if !f.Input.Set() || !f.Output.Set() || len(f.Params) != 1 {
		t.Errorf("input %v, output %v, settings %v", f.Input.Read(), f.Output.Read(), f.Params)
	}
}

func TestSessionsThatStandForNone(t *testing.T) {
	for name, c := range map[string]struct {
		attrs m
		want  string
	}{
		"a name":                  {m{"session.id": "s"}, "s"},
		"zeros":                   {m{"session.id": "00000000-0000-0000-0000-000000000000"}, ""},
		"the first":               {m{"session.id": "0"}, "0"},
		"in metadata":             {m{"metadata": `{"langgraph_step":1,"thread_id":"t9"}`}, "t9"},
		"beside metadata":         {m{"session.id": "s", "metadata": `{"thread_id":"t9"}`}, "s"},
		"metadata without one":    {m{"metadata": `{"thread_id":null}`}, ""},
		"metadata that is a text": {m{"metadata": "thread_id"}, ""},
	} {
		if got := read("x", c.attrs).Session; got != c.want {
			t.Errorf("%s: session %q", name, got)
		}
	}
}

func TestIgnoredAttributesCountAndShowNothing(t *testing.T) {
	f := Read(pb("chat", m{
		"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3, "gen_ai.prompt": "secret",
		"gen_ai.request.temperature": 0.5, "user.id": "u",
	}), func(string) bool { return true })
	if f.Kind != kind.Chat || f.Usage.Input != 3 {
		t.Errorf("kind %q, usage %+v", f.Kind, f.Usage)
	}
	if f.Input.Set() || len(f.Params) > 0 || f.User != "" || !f.Hides(Model) || !f.Hides(Input) || f.Hides(Output) {
		t.Errorf("input %v, settings %v, user %q", f.Input, f.Params, f.User)
	}
}

func TestWhatTheAnswerTellsBeyondTheAttributes(t *testing.T) {
	f := read("chat", m{
		"gen_ai.operation.name": "chat",
		"output.value":          `{"id":"chatcmpl-123456","usage":{"prompt_tokens":31,"completion_tokens":4}}`,
		"input.value":           `{"model":"gpt","temperature":0.1,"messages":[]}`,
	})
	if f.ResponseID != "chatcmpl-123456" || f.Usage.Input != 31 || f.Model != "gpt" || f.Params["temperature"] != 0.1 {
		t.Errorf("%+v", f)
	}
	if g := read("x", m{"output.value": `{"id":"chatcmpl-123456","usage":{"prompt_tokens":31,"completion_tokens":4}}`}); g.Usage.Known() {
		t.Error("usage inside the JSON of what is no model call was counted")
	}
}

func TestIndexedAttributesAreGathered(t *testing.T) {
	attrs := Gather(pb("x", m{
		"llm.m.10.role": "c", "llm.m.2.role": "b", "llm.m.0.role": "a", "llm.m.0.parts.0": "p", "x.1": "own", "x.1.y": "below",
		"v1.2.3": "one", "plain": "p", "a.b": "text", "a.b.0": "indexed", "id.123456": "no index",
	}).Attributes)
	var keys []string
	values := m{}
	for _, a := range attrs {
		keys = append(keys, a.Key)
		values[a.Key] = a.Value
	}
	if !slices.IsSorted(keys) {
		t.Errorf("keys %q", keys)
	}
	for key, want := range map[string]any{
		"llm.m": []any{m{"role": "a", "parts": []any{"p"}}, m{"role": "b"}, m{"role": "c"}},
		"x":     []any{m{"y": "below", "value": "own"}}, "plain": "p", "a.b": []any{"text", []any{"indexed"}}, "id.123456": "no index",
	} {
		if !reflect.DeepEqual(values[key], want) {
			t.Errorf("%s = %#v, want %#v", key, values[key], want)
		}
	}
}

func TestOutputOfToolsInEvents(t *testing.T) {
	attrs := m{"gen_ai.operation.name": "execute_tool", "tool_name": "Bash"}
	for want, event := range map[any]m{
		"3 notes.txt": {"bash_command": "wc -l notes.txt", "output": "3 notes.txt"},
		"a\nb":        {"file_path": "/app/notes.txt", "content": "a\nb"},
	} {
		if f := read("tool", attrs, tracetest.Event{Name: "tool.output", At: 1, Attrs: event}); f.ToolResult.Read() != want {
			t.Errorf("%v, want %v", f.ToolResult.Read(), want)
		}
	}
	all := read("tool", attrs, tracetest.Event{Name: "tool.output", At: 1, Attrs: m{"diff": "+a"}})
	if !reflect.DeepEqual(all.ToolResult.Read(), m{"diff": "+a"}) {
		t.Errorf("%v", all.ToolResult.Read())
	}
	ci := read("build", m{"tool.name": "make"}, tracetest.Event{Name: "tool.output", At: 1, Attrs: m{"output": "ok"}})
	if ci.Kind != kind.Unknown {
		t.Errorf("a tool of CI is %q", ci.Kind)
	}
}

func TestContentInEvents(t *testing.T) {
	events := []tracetest.Event{
		{Name: "gen_ai.user.message", At: 1, Attrs: m{"content": "hi", "gen_ai.system": "openai"}},
		{Name: "gen_ai.choice", At: 3, Attrs: m{"message": `{"content":"ho"}`, "index": 0}},
		{Name: "gen_ai.system.message", At: 0, Attrs: m{"gen_ai.event.content": `{"content":"be nice"}`}},
		{Name: "gen_ai.client.inference.operation.details", At: 2,
			Attrs: m{"gen_ai.tool.definitions": "[]", "gen_ai.system_instructions": "rules", "other": 1}},
		{Name: "unrelated", At: 4, Attrs: m{"gen_ai.prompt": "no"}},
	}
	f := read("chat", nil, events...)
	in := []any{m{"role": "system", "content": "be nice"}, m{"role": "user", "content": "hi"}}
	if !reflect.DeepEqual(f.Input.Read(), in) {
		t.Errorf("input %v", f.Input.Read())
	}
	if !reflect.DeepEqual(f.Output.Read(), []any{m{"role": "assistant", "content": "ho"}}) {
		t.Errorf("output %v", f.Output.Read())
	}
	if f.System.Read() != "rules" {
		t.Errorf("system %v", f.System.Read())
	}
	if g := read("chat", nil, tracetest.Event{Name: "gen_ai.choice", Attrs: m{"index": 0, "message": `{"content":""}`}},
		tracetest.Event{Name: "gen_ai.user.message"}); g.Input.Set() || g.Output.Set() {
		t.Errorf("messages of nothing are %v and %v", g.Input, g.Output)
	}
	details := tracetest.Event{Name: "gen_ai.client.inference.operation.details",
		Attrs: m{"gen_ai.usage.input_tokens": 7, "gen_ai.request.model": "m", "gen_ai.response.id": "r"}}
	if g := read("chat", m{"gen_ai.response.id": "own"}, details); g.Usage.Input != 7 || g.Model != "m" || g.ResponseID != "own" {
		t.Errorf("the details of a call: %+v, %q, %q", g.Usage, g.Model, g.ResponseID)
	}
	if g := read("chat", m{"gen_ai.input.messages": "own"}, events...); g.Input.Read() != "own" {
		t.Errorf("the span's own attribute stays, got %v", g.Input.Read())
	}
}

func TestAFlagIsNoContent(t *testing.T) {
	for v, want := range map[any]bool{"False": false, " true": false, "None": false, false: false, 3: false, "what?": true} {
		if f := read("x", m{"acme.task.human_input": v}); f.Input.Set() != want {
			t.Errorf("%v: input %v, want %v", v, f.Input.Set(), want)
		}
	}
}
