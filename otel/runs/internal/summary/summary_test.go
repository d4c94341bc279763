package summary

import (
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

type (
	span = tracetest.Span
	m    = map[string]any
)

func read(spans ...span) *tree.Tree {
	return tree.Read(tracetest.Trace(spans...), tree.Options{MaxRoots: 50, Ignored: func(string) bool { return false }})[0]
}

func TestWhatWasAskedAndAnswered(t *testing.T) {
	messages := func(role, text string) string { return `[{"role":"` + role + `","content":"` + text + `"}]` }
	call := func(name string, from, to uint64, in, out string) span {
		return span{Name: name, Parent: "job", From: from, To: to, Attrs: m{
			"gen_ai.operation.name": "chat", "gen_ai.input.messages": messages("user", in),
			"gen_ai.output.messages": messages("assistant", out),
		}}
	}
	looks := span{Name: "c", Parent: "job", From: 1, To: 9, Attrs: m{"gen_ai.operation.name": "chat",
		"gen_ai.input.messages":  messages("user", "hi"),
		"gen_ai.output.messages": `[{"role":"assistant","tool_calls":[{"name":"look","arguments":"{}"}]}]`}}
	for name, c := range map[string]struct {
		root            m
		err             string
		below           []span
		asked, answered string
	}{
		"of the root": {root: m{"input.value": "hi", "output.value": "ho"}, below: []span{call("c", 1, 9, "x", "y")},
			asked: "hi", answered: "ho"},
		"of the calls below": {below: []span{call("first", 1, 9, "hi", "one"), call("last", 2, 20, "next", "ho")}, asked: "hi",
			answered: "ho"},
		"the call that ends last": {below: []span{call("long", 1, 90, "a", "ho"), call("short", 2, 20, "b", "no")}, asked: "a",
			answered: "ho"},
		"a tool's": {root: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": `{"a":1}`,
			"gen_ai.tool.call.result": `[2]`}, asked: `{"a":1}`, answered: "[2]"},
		"an object as it is": {root: m{"input.value": `{"a":1,"b":2}`, "output.value": `{"c":3,"d":4}`}, asked: `{"a":1,"b":2}`,
			answered: `{"c":3,"d":4}`},
		"hollow arguments are none": {root: m{"input.value": `{"args":[],"kwargs":{}}`, "output.value": `{"x":[]}`}},
		"calls for want of words": {root: m{"output.value": `[{"role":"assistant","tool_calls":[{"name":"look","arguments":"{}"}]}]`},
			answered: "look({})"},
		"calls below for want of words": {below: []span{looks}, asked: "hi", answered: "look({})"},
		"a failure before calls below":  {err: "no such host", below: []span{looks}, asked: "hi", answered: "no such host"},
		"a picture is no question": {root: m{"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"blob","content":"iVBORw0"}]}]`,
			"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"text","content":"a cat"}]}]`}, answered: "a cat"},
		"an answer around calls without one": {below: []span{
			{Name: "node", Parent: "job", From: 1, To: 9, Attrs: m{"lk.response.text": "ho"}},
			{Name: "c", Parent: "node", From: 2, To: 8, Attrs: m{"gen_ai.operation.name": "chat",
				"gen_ai.input.messages": messages("user", "hi")}},
			{Name: "t", Parent: "job", From: 10, To: 20, Attrs: m{"gen_ai.operation.name": "execute_tool", "output.value": "no"}},
		}, asked: "hi", answered: "ho"},
		"the reason of a failure":   {root: m{"input.value": "hi"}, err: "no such host", asked: "hi", answered: "no such host"},
		"hidden content":            {root: m{"input.value": "__REDACTED__", "output.value": "__REDACTED__"}},
		"another input of the span": {root: m{"gen_ai.input.messages": `[{"role":"user"}]`, "input.value": "hi"}, asked: "hi"},
		"a guardrail and a judge are no part of the talk": {below: []span{
			{Name: "g", Parent: "job", From: 1, To: 2, Attrs: m{"openinference.span.kind": "GUARDRAIL", "input.value": "no"}},
			call("c", 3, 9, "hi", "ho"),
			{Name: "e", Parent: "job", From: 10, To: 20, Attrs: m{"openinference.span.kind": "EVALUATOR"}},
			{Name: "j", Parent: "e", From: 11, To: 19, Attrs: m{"gen_ai.operation.name": "chat",
				"gen_ai.output.messages": messages("assistant", "score 5")}},
		}, asked: "hi", answered: "ho"},
		"what a judge alone says": {root: m{"openinference.span.kind": "EVALUATOR"}, below: []span{call("c", 1, 9, "hi", "ho")},
			asked: "hi", answered: "ho"},
		"a guess below is no talk": {below: []span{{Name: "x", Parent: "job", From: 1, To: 2, Attrs: m{"acme.input": "no"}}}},
		"an embedding is no talk": {below: []span{{Name: "x", Parent: "job", From: 1, To: 2,
			Attrs: m{"gen_ai.operation.name": "embeddings", "input.value": "no"}}}},
	} {
		tr := read(append(c.below, span{Name: "job", To: 100, Attrs: c.root, Err: c.err})...)
		asked, answered := Conversation(Root(tr), count.Tree(tr, nil))
		if asked != c.asked || answered != c.answered {
			t.Errorf("%s: %q and %q, want %q and %q", name, asked, answered, c.asked, c.answered)
		}
	}
}

func TestRequestsToAServerAreNamedAfterTheWorkInside(t *testing.T) {
	http := m{"http.request.method": "POST", "http.route": "/chat/{id}"}
	call := span{Name: "chat gpt", Parent: "POST /", From: 1, To: 9, Attrs: m{"gen_ai.operation.name": "chat"}}
	agent := span{Name: "invoke_agent planner", Parent: "step", From: 3, To: 9,
		Attrs: m{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}}
	step := span{Name: "step", Parent: "POST /", From: 2, To: 9}
	for name, c := range map[string]struct {
		attrs m
		kind  tracepb.Span_SpanKind
		below []span
		want  string
	}{
		"an agent, though a call comes first": {http, 2, []span{call, step, agent}, "planner"},
		"an agent without a name": {http, 2, []span{{Name: "agent run", Parent: "POST /", From: 1, To: 9,
			Attrs: m{"openinference.span.kind": "AGENT"}}}, "agent run"},
		"a workflow": {http, 2, []span{{Name: "invoke_workflow research", Parent: "POST /", From: 1, To: 9,
			Attrs: m{"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "research"}}}, "research"},
		"a chain with calls": {http, 2, []span{{Name: "LangGraph", Parent: "POST /", From: 1, To: 9,
			Attrs: m{"openinference.span.kind": "CHAIN"}},
			{Name: "ChatOpenAI", Parent: "LangGraph", From: 2, To: 8, Attrs: m{"openinference.span.kind": "LLM"}}}, "LangGraph"},
		"a call": {http, 2, []span{call}, "chat gpt"},
		"a call that has a name": {http, 2, []span{{Name: "ai.generateText", Parent: "POST /", From: 1, To: 9,
			Attrs: m{"ai.operationId": "ai.generateText", "ai.telemetry.functionId": "recipe"}}}, "recipe"},
		"Micrometer's server": {m{"http.url": "/ask", "method": "POST", "uri": "/ask"}, 2, []span{call}, "chat gpt"},
		"a client's URL":      {m{"http.url": "http://a/ask"}, 3, []span{call}, "POST /"},
		"no kind of span":     {http, 0, []span{call}, "chat gpt"},
		"no GenAI":            {http, 2, []span{step}, "POST /"},
		"no web":              {nil, 2, []span{call}, "POST /"},
		"a client":            {http, 3, []span{call}, "POST /"},
		"a caller of a server in the trace": {http, 3, []span{{Name: "POST /ask", Parent: "POST /", From: 1, To: 9, Attrs: http, Kind: 2},
			{Name: "chat gpt", Parent: "POST /ask", From: 2, To: 8, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt"}}},
			"chat gpt"},
		"its own name":    {m{"http.route": "/", "mlflow.traceTag.mlflow.traceName": "mine"}, 2, []span{call}, "mine"},
		"the work itself": {m{"http.route": "/", "gen_ai.operation.name": "chat"}, 2, []span{call}, "POST /"},
	} {
		tr := read(append(c.below, span{Name: "POST /", To: 10, Attrs: c.attrs, Kind: c.kind})...)
		if got := Name(Root(tr), count.Tree(tr, nil)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestNameSessionAndUser(t *testing.T) {
	tr := read(
		span{Name: "elsewhere", Parent: "gone", To: 100, Attrs: m{"session.id": "no"}},
		span{Name: "job 1795463052783", From: 1, To: 99},
		span{Name: "a", Parent: "job 1795463052783", From: 2, To: 98, Attrs: m{"session.id": "C1/17.2", "user.id": "u1"}},
		span{Name: "b", Parent: "a", From: 3, To: 97, Attrs: m{"session.id": "other", "user.id": "u2"}},
		span{Name: "second root", From: 4, To: 9, Attrs: m{"langfuse.trace.name": strings.Repeat("n", 300)}},
	)
	root, tally := Root(tr), count.Tree(tr, nil)
	if got := Name(root, tally); got != "job {id}" {
		t.Errorf("the first root by its own word stands for the trace, got %q", got)
	}
	if Session(root) != "C1:17.2" || User(root) != "u1" {
		t.Errorf("session %q, user %q", Session(root), User(root))
	}
	elsewhere := Root(read(span{Name: "x", To: 9}))
	elsewhere.Resource = m{"session.id": "of/the process"}
	root.Resource = elsewhere.Resource
	if Session(elsewhere) != "of:the process" || Session(root) != "C1:17.2" {
		t.Errorf("sessions %q and %q: a span's comes before its process's", Session(elsewhere), Session(root))
	}
	if got := Name(tr.Roots[len(tr.Roots)-1], tally); got != strings.Repeat("n", 250) {
		t.Errorf("a name of %d characters", len(got))
	}
	if got := Root(read(span{Name: "lost", Parent: "gone", To: 9})).Name(); got != "lost" {
		t.Errorf("without a root the first local root stands, got %q", got)
	}
}
