package count

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

type (
	span  = tracetest.Span
	event = tracetest.Event
	m     = map[string]any
)

// counted is a counted tree whose spans are found by name.
type counted struct {
	*Tally
	by map[trace.SpanID]*tree.Span
}

func count(t testing.TB, spans ...span) counted {
	t.Helper()
	return countBy(t, nil, spans...)
}

// countBy is count with the prices of calls whose cost no span says.
func countBy(t testing.TB, table *prices.Table, spans ...span) counted {
	t.Helper()
	trees := tree.Read(tracetest.Trace(spans...), tree.Options{MaxRoots: 50, Ignored: func(string) bool { return false }})
	if len(trees) != 1 {
		t.Fatalf("%d trees, want 1", len(trees))
	}
	c := counted{Tree(trees[0], table), map[trace.SpanID]*tree.Span{}}
	for _, s := range trees[0].Spans {
		c.by[s.ID] = s
	}
	return c
}

func (c counted) span(name string) *tree.Span { return c.by[tracetest.SpanID(name)] }
func (c counted) of(name string) *Span        { return c.Of(c.span(name)) }

func chat(name, parent string, from, to uint64, more m) span {
	attrs := m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
	for k, v := range more {
		attrs[k] = v
	}
	return span{Name: name, Parent: parent, From: from, To: to, Attrs: attrs}
}

// bare is a span without a kind.
func bare(name, parent string, from, to uint64, attrs m) span {
	return span{Name: name, Parent: parent, From: from, To: to, Attrs: attrs}
}

func usage(in, out int) m {
	return m{"gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": out}
}

// sums are the numbers that the tests compare.
type sums struct {
	calls     int
	in, out   int64
	tools     int
	embedding int64
	errors    int
}

func (c counted) total(name string) sums {
	t := c.of(name).Total
	return sums{t.Calls, t.Usage.Input, t.Usage.Output, t.ToolCalls, t.EmbeddingTokens, t.Errors}
}

func TestACallIsCountedOnTheInnermostSpan(t *testing.T) {
	agent := func(name, parent string, in, out int) span {
		return span{Name: name, Parent: parent, To: 100, Attrs: m{
			"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": out,
		}}
	}
	tool := func(name, parent string) span {
		return span{Name: name, Parent: parent, From: 2, To: 90,
			Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}}
	}
	for name, c := range map[string]struct {
		spans []span
		want  sums
	}{
		"a call":                 {[]span{chat("job", "", 0, 9, usage(3, 1))}, sums{calls: 1, in: 3, out: 1}},
		"a call without numbers": {[]span{chat("job", "", 0, 9, nil)}, sums{calls: 1}},
		"a wrapper that repeats": {[]span{chat("job", "", 0, 9, usage(3, 1)), chat("c", "job", 1, 8, usage(3, 1))},
			sums{calls: 1, in: 3, out: 1}},
		"a wrapper of two": {[]span{chat("job", "", 0, 9, usage(9, 9)), chat("a", "job", 1, 2, usage(3, 1)),
			chat("b", "job", 3, 4, usage(2, 1))}, sums{calls: 2, in: 5, out: 2}},
		"a wrapper that alone tells": {[]span{chat("job", "", 0, 9, usage(3, 1)), chat("c", "job", 1, 8, nil)},
			sums{calls: 1, in: 3, out: 1}},
		"an agent's sum over calls": {[]span{agent("job", "", 300, 30), chat("c", "job", 1, 2, usage(3, 1))},
			sums{calls: 1, in: 3, out: 1}},
		"an agent's sum over nothing": {[]span{agent("job", "", 300, 30)}, sums{in: 300, out: 30}},
		"a step's prompt is no use":   {[]span{{Name: "job", To: 9, Attrs: m{"prompt_tokens": 180}}}, sums{}},
		"a tool that asks a model itself": {[]span{chat("job", "", 0, 100, usage(10, 2)), tool("t", "job"),
			chat("inner", "t", 3, 80, usage(7, 1))}, sums{calls: 2, in: 17, out: 3, tools: 1}},
		"a wrapper around a tool's call": {[]span{chat("job", "", 0, 100, usage(7, 1)), tool("t", "job"),
			chat("inner", "t", 3, 80, usage(7, 1))}, sums{calls: 1, in: 7, out: 1, tools: 1}},
		"an answer of its own": {[]span{chat("job", "", 0, 100,
			m{"gen_ai.response.id": "outer", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1}),
			tool("t", "job"), chat("inner", "t", 3, 80,
				m{"gen_ai.response.id": "inner", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1})},
			sums{calls: 2, in: 14, out: 2, tools: 1}},
		"a call that hands over to another agent": {[]span{agent("job", "", 0, 0), {Name: "call_llm", Parent: "job", To: 90,
			Attrs: m{"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}},
			agent("a", "call_llm", 0, 0), chat("inner", "a", 3, 80, usage(7, 1))}, sums{calls: 2, in: 17, out: 3}},
		"a call that calls again after its tools": {[]span{chat("job", "", 0, 100, m{"gen_ai.response.id": "r1",
			"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}), tool("t", "job"), chat("again", "job", 90, 99,
			m{"gen_ai.response.id": "r2", "gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 1})},
			sums{calls: 2, in: 30, out: 3, tools: 1}},
		"a call that repeats the numbers of the next": {[]span{chat("job", "", 0, 100, m{"gen_ai.response.id": "r1",
			"gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 1}), chat("again", "job", 90, 99,
			m{"gen_ai.response.id": "r2", "gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 1})},
			sums{calls: 1, in: 20, out: 1}},
		"a call to an agent that repeats its last call": {[]span{chat("job", "", 0, 100, usage(7, 1)), agent("a", "job", 7, 1),
			chat("c1", "a", 1, 9, usage(5, 1)), chat("c2", "a", 10, 19, usage(7, 1))}, sums{calls: 2, in: 12, out: 2}},
		"a tool within a tool of its name": {[]span{{Name: "job", To: 100}, tool("t", "job"),
			{Name: "t", ID: "t2", Parent: "t", From: 3, To: 80,
				Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t"}}}, sums{tools: 1}},
		"a tool of an agent in a tool": {[]span{{Name: "job", To: 100}, tool("t", "job"), agent("a", "t", 0, 0), tool("u", "a")},
			sums{tools: 2}},
		"usage without a kind below a named call": {[]span{chat("job", "", 0, 9, usage(3, 1)), bare("b", "job", 1, 8, usage(3, 1))},
			sums{calls: 1, in: 3, out: 1}},
		"at any depth below it": {[]span{chat("job", "", 0, 9, usage(3, 1)), bare("s", "job", 1, 8, nil), bare("b", "s", 2, 7, usage(3, 1)),
			bare("c", "b", 3, 6, usage(3, 1))}, sums{calls: 1, in: 3, out: 1}},
		"pieces of a named call": {[]span{chat("job", "", 0, 9, usage(6, 2)), bare("a", "job", 1, 3, usage(6, 1)),
			bare("b", "job", 4, 8, usage(6, 2))}, sums{calls: 1, in: 6, out: 2}},
		"parts that alone know": {[]span{chat("job", "", 0, 9, nil), bare("a", "job", 1, 8, usage(3, 1))}, sums{calls: 1, in: 3, out: 1}},
		"parts that know the output": {[]span{chat("job", "", 0, 9, m{"gen_ai.usage.input_tokens": 2}), bare("a", "job", 1, 8,
			usage(3, 1))},
			sums{calls: 1, in: 3, out: 1}},
		"a turn around requests, none with a kind": {[]span{bare("job", "", 0, 9, m{"model": "m", "turn.input_tokens": 6,
			"turn.output_tokens": 2}),
			bare("r1", "job", 1, 3, m{"model": "m"}), bare("h1", "r1", 1, 3, usage(3, 1)),
			bare("r2", "job", 4, 8, m{"model": "m"}), bare("h2", "r2", 5, 7, usage(3, 1))}, sums{calls: 2, in: 6, out: 2}},
		"none with a kind or a model": {[]span{bare("job", "", 0, 9, usage(6, 2)), bare("a", "job", 1, 3, usage(3, 1)),
			bare("b", "job", 4, 8, usage(3, 1))}, sums{calls: 2, in: 6, out: 2}},
		"below an agent": {[]span{agent("job", "", 9, 9), bare("a", "job", 1, 3, usage(3, 1)), bare("b", "job", 4, 8, usage(3, 1))},
			sums{calls: 2, in: 6, out: 2}},
		"in a tool of a call": {[]span{chat("job", "", 0, 100, m{"gen_ai.response.id": "r", "gen_ai.usage.input_tokens": 10,
			"gen_ai.usage.output_tokens": 2}), tool("t", "job"), bare("b", "t", 3, 80, usage(7, 1))},
			sums{calls: 2, in: 17, out: 3, tools: 1}},
		"a call with parts, and a call in its tool": {[]span{chat("job", "", 0, 100, usage(10, 2)), bare("p", "job", 1, 2, usage(10, 2)),
			tool("t", "job"), chat("inner", "t", 3, 80, usage(7, 1))}, sums{calls: 2, in: 17, out: 3, tools: 1}},
		"a sum over a step and over a tool's call": {[]span{chat("job", "", 0, 100, usage(17, 3)), bare("p", "job", 1, 2, usage(10, 2)),
			tool("t", "job"), chat("inner", "t", 3, 80, usage(7, 1))}, sums{calls: 2, in: 17, out: 3, tools: 1}},
		"a call by its answer alone": {[]span{bare("job", "", 0, 9, m{"gen_ai.request.model": "m", "gen_ai.response.id": "r",
			"gen_ai.usage.input_tokens": 6, "gen_ai.usage.output_tokens": 2}), bare("a", "job", 1, 3, usage(3, 1)),
			bare("b", "job", 4, 8, usage(3, 1))}, sums{calls: 1, in: 6, out: 2}},
		"a parser's tokens": {[]span{bare("job", "", 0, 9, m{"lexer.input_tokens": 6, "lexer.output_tokens": 2})}, sums{}},
		"embeddings are apart": {[]span{{Name: "job", To: 100},
			{Name: "e", Parent: "job", From: 1, To: 9, Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 6}}},
			sums{embedding: 6}},
	} {
		if got := count(t, c.spans...).total("job"); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestTwoReportsOfOneCallCountOnce(t *testing.T) {
	root := span{Name: "job", To: 1000}
	in := func(s span, scope string) span {
		s.Scope = scope
		return s
	}
	answer := func(id string, n int) m {
		return m{"gen_ai.response.id": id, "gen_ai.usage.input_tokens": n, "gen_ai.usage.output_tokens": 1}
	}
	for name, c := range map[string]struct {
		a, b  span
		calls int
	}{
		"two instrumentations": {in(chat("a", "job", 1, 100, usage(3, 1)), "one"),
			in(chat("b", "job", 2, 99, usage(3, 1)), "two"), 1},
		"one of them knows no usage": {in(chat("a", "job", 1, 100, usage(3, 1)), "one"), in(chat("b", "job", 2, 99, nil), "two"),
			1},
		"one instrumentation": {in(chat("a", "job", 1, 100, usage(3, 1)), "one"),
			in(chat("b", "job", 1, 100, usage(3, 1)), "one"), 2},
		"other numbers": {in(chat("a", "job", 1, 100, usage(3, 1)), "one"),
			in(chat("b", "job", 2, 99, usage(4, 1)), "two"), 2},
		"other models": {in(chat("a", "job", 1, 100, m{"gen_ai.request.model": "x"}), "one"),
			in(chat("b", "job", 2, 99, m{"gen_ai.request.model": "y"}), "two"), 2},
		"one after the other": {in(chat("a", "job", 1, 100, usage(3, 1)), "one"),
			in(chat("b", "job", 100, 199, usage(3, 1)), "two"), 2},
		"the same answer, other times": {in(chat("a", "job", 1, 100, answer("r", 3)), "one"),
			in(chat("b", "job", 200, 299, answer("r", 3)), "one"), 1},
		"a test server's constant answer": {in(chat("a", "job", 1, 100, answer("r", 3)), "one"),
			in(chat("b", "job", 200, 299, answer("r", 4)), "one"), 2},
		"different answers at one time": {in(chat("a", "job", 1, 100, answer("r", 3)), "one"),
			in(chat("b", "job", 2, 99, answer("s", 3)), "two"), 2},
		"a name with a provider's prefix": {in(chat("a", "job", 1, 100, m{"gen_ai.request.model": "openai/gpt"}), "one"),
			in(chat("b", "job", 2, 99, m{"gen_ai.request.model": "gpt-4"}), "two"), 2},
		"a model's name within the other": {in(chat("a", "job", 1, 100, m{"gen_ai.request.model": "gpt-4o"}), "one"),
			in(chat("b", "job", 2, 99, m{"gen_ai.request.model": "gpt-4o-2024"}), "two"), 1},
		"calls of embeddings, side by side": {in(span{Name: "a", Parent: "job", From: 1, To: 100,
			Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e"}}, "one"),
			in(span{Name: "b", Parent: "job", From: 1, To: 100,
				Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e"}}, "two"), 1},
	} {
		got := count(t, root, c.a, c.b)
		total := got.of("job").Total
		if n := total.Calls + total.EmbeddingCalls; n != c.calls {
			t.Errorf("%s: %d calls, want %d", name, n, c.calls)
		}
		if noted := strings.Contains(strings.Join(got.Notes.List(), " "), "describe the same call"); noted != (c.calls == 1) {
			t.Errorf("%s: notes %q", name, got.Notes.List())
		}
	}
}

func TestTwoReportsOfOneToolCallCountOnce(t *testing.T) {
	tool := func(name, scope, callID string, from uint64) span {
		attrs := m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
		if callID != "" {
			attrs["gen_ai.tool.call.id"] = callID
		}
		return span{Name: name, Parent: "job", Scope: scope, From: from, To: from + 100, Attrs: attrs}
	}
	for name, c := range map[string]struct {
		a, b span
		want int
	}{
		"one call id, other times": {tool("a", "one", "c1", 1), tool("b", "two", "c1", 500), 1},
		"two call ids":             {tool("a", "one", "c1", 1), tool("b", "two", "c2", 1), 2},
		"no ids, at one time":      {tool("a", "one", "", 1), tool("b", "two", "c1", 2), 1},
		"no ids, other times":      {tool("a", "one", "", 1), tool("b", "two", "", 500), 2},
		"one instrumentation":      {tool("a", "one", "", 1), tool("b", "one", "", 1), 2},
	} {
		if got := count(t, span{Name: "job", To: 1000}, c.a, c.b).of("job").Total.ToolCalls; got != c.want {
			t.Errorf("%s: %d tool calls, want %d", name, got, c.want)
		}
	}
}

// Reports of one call stand in one chain of parents: an agent and its caller watched
// by one instrumentation, the client below by another.
func TestReportsStandInOneChain(t *testing.T) {
	report := func(name, parent, scope string) span {
		s := chat(name, parent, 10, 100, usage(3, 1))
		s.Scope = scope
		return s
	}
	job, a, b := span{Name: "job", To: 1000}, span{Name: "a", Parent: "job", From: 1, To: 900}, span{Name: "b", Parent: "job", From: 1,
		To: 900}
	for name, c := range map[string]struct {
		spans []span
		want  int
	}{
		"the parent's parent": {[]span{job, a, report("x", "job", "one"), report("y", "a", "two")}, 1},
		"two branches":        {[]span{job, a, b, report("x", "a", "one"), report("y", "b", "two")}, 2},
		"a root and a child":  {[]span{report("job", "", "one"), a, report("y", "a", "two")}, 1},
	} {
		if got := count(t, c.spans...).of("job").Total.Calls; got != c.want {
			t.Errorf("%s: %d calls, want %d", name, got, c.want)
		}
	}
}

// Annotations and sums of a trace go by what each span counts for itself.
func TestEachTokenIsCountedOnOneSpan(t *testing.T) {
	c := count(t, chat("job", "", 0, 9, usage(6, 2)), bare("a", "job", 1, 3, usage(6, 2)))
	if !c.of("job").Own.UsageKnown || c.of("a").Own.UsageKnown || c.of("a").Kind.Model() {
		t.Errorf("the call counts for itself, its part for nothing: %+v, %+v", c.of("job").Own, c.of("a").Own)
	}
}

func TestCostIsThatOfGenAIWork(t *testing.T) {
	for name, c := range map[string]struct {
		spans []span
		want  float64
	}{
		"by its name":   {[]span{bare("job", "", 0, 9, m{"gen_ai.usage.cost": 0.5})}, 0.5},
		"by the work":   {[]span{chat("job", "", 0, 9, m{"acme.usage.total_cost": 0.5})}, 0.5},
		"by work below": {[]span{bare("job", "", 0, 9, m{"acme.usage.total_cost": 0.5}), chat("c", "job", 1, 2, nil)}, 0.5},
		"of nothing":    {[]span{bare("job", "", 0, 9, m{"vm.usage.total_cost": 0.5})}, 0},
		"of a car":      {[]span{bare("job", "", 0, 9, m{"model.total_cost": 30000.0, "model": "Civic"})}, 0},
		"twice in a row": {[]span{chat("job", "", 0, 9, m{"litellm.cost.total": 0.5}), bare("b", "job", 1, 2,
			m{"litellm.cost.total": 0.5})}, 0.5},
	} {
		if got := count(t, c.spans...).of("job").Total.Cost; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestTheReportThatKnowsMostCounts(t *testing.T) {
	a := chat("a", "job", 1, 100, nil)
	a.Scope = "one"
	a.Attrs["gen_ai.usage.cost"] = 0.5
	b := chat("b", "job", 2, 99, usage(3, 1))
	b.Scope = "two"
	c := count(t, span{Name: "job", To: 1000}, a, b)
	if c.of("a").DuplicateOf != c.span("b") || c.of("b").DuplicateOf != nil {
		t.Fatalf("usage tells more than a cost: %v, %v", c.of("a").DuplicateOf, c.of("b").DuplicateOf)
	}
	if got := c.of("job").Total; got.Cost != 0.5 || got.Usage.Input != 3 {
		t.Errorf("the cost that only the other one knows goes over: %+v", got)
	}
	if c.span("b").Facts.Cost != nil {
		t.Error("what was read changed by counting")
	}
}

func TestGuessedKindsAreCorrectedByWhatLiesBelow(t *testing.T) {
	c := count(t,
		span{Name: "job", To: 100},
		span{Name: "guessed", Parent: "job", From: 1, To: 99,
			Attrs: m{"model_name": "m", "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 9}},
		chat("inner", "guessed", 2, 50, usage(3, 1)),
		span{Name: "agent", Parent: "job", From: 1, To: 99,
			Attrs: m{"model_name": "m", "gen_ai.agent.name": "a", "gen_ai.response.id": "r", "gen_ai.usage.input_tokens": 9}},
		chat("inner2", "agent", 2, 50, usage(3, 1)),
		chat("given", "job", 1, 99, usage(9, 9)),
		chat("inner3", "given", 2, 50, usage(3, 1)),
	)
	for name, want := range map[string]kind.Kind{"job": kind.Unknown, "guessed": kind.Chain, "agent": kind.Agent, "given": kind.Chat,
		"inner": kind.Chat} {
		if got := c.of(name).Kind; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !c.of("job").GenAI || c.span("guessed").Facts.Kind != kind.LLM {
		t.Error("what holds GenAI work is GenAI, and what was read stays")
	}
	if count(t, span{Name: "job", To: 9}).of("job").GenAI {
		t.Error("a mere span is GenAI")
	}
}

func TestAnErrorIsCountedWhereItHappened(t *testing.T) {
	c := count(t,
		span{Name: "job", To: 100, Err: "-"},
		span{Name: "a", Parent: "job", From: 1, To: 9, Err: "-"},
		span{Name: "deep", Parent: "a", From: 2, To: 8, Err: "no such host"},
		span{Name: "b", Parent: "job", From: 10, To: 19, Err: "second"},
		span{Name: "noise", Parent: "job", From: 20, To: 29, Err: "third", Attrs: m{"asgi.event.type": "http.response.body"}},
	)
	if got := c.of("job").Total.Errors; got != 2 {
		t.Errorf("%d errors, want 2", got)
	}
	for name, want := range map[string]string{"job": "no such host", "a": "no such host", "b": "second"} {
		if got := c.of(name).Reason; got != want {
			t.Errorf("%s failed for %q, want %q", name, got, want)
		}
	}
}

func TestReasonsInTheSpansOwnWordsFirst(t *testing.T) {
	exception := []event{{Name: "exception", Attrs: m{"exception.type": "Timeout", "exception.message": "late"}}}
	for name, c := range map[string]struct {
		span span
		want string
	}{
		"a status": {span{Err: "status\xff", Events: exception}, "status\uFFFD"},
		"an exception": {span{Err: "-", Events: exception, Attrs: m{"langfuse.observation.status_message": "text"}},
			"Timeout: late"},
		"half an exception": {span{Err: "-", Events: []event{{Name: "exception", Attrs: m{"exception.type": "Timeout"}}}},
			"Timeout"},
		"a message with its stack": {span{Err: "-", Events: []event{{Name: "exception", Attrs: m{"exception.type": "Exception",
			"exception.message": "BadRequest('no')Traceback (most recent call last):\n  File x"}}}}, "Exception: BadRequest('no')"},
		"an attribute":           {span{Err: "-", Attrs: m{"langfuse.observation.status_message": "text", "error.type": "E"}}, "text"},
		"the type of the error":  {span{Err: "-", Attrs: m{"error.type": "E"}}, "E"},
		"without a word":         {span{Err: "-"}, "error"},
		"a span that went right": {span{}, ""},
	} {
		c.span.Name, c.span.To = "job", 9
		if got := count(t, c.span).of("job").Reason; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAnOpenSpanEndsWithTheLastThingKnown(t *testing.T) {
	c := count(t,
		span{Name: "job"},
		span{Name: "a", Parent: "job", From: 10, To: 20},
		span{Name: "b", Parent: "a", From: 11, Events: []event{{Name: "e", At: 300}}},
	)
	for name, want := range map[string]uint64{"job": 300, "a": 20, "b": 300} {
		if got := c.End(c.span(name)); !got.Equal(tree.Time(tracetest.At(want))) {
			t.Errorf("%s ends at %v", name, got)
		}
	}
	if got := c.Seconds(c.span("job")); got != 0.3 {
		t.Errorf("%v seconds", got)
	}
}
