package count

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

// listed are prices of which every call has another share: a dollar for a token of input, ten for one of output.
func listed(t *testing.T) *prices.Table {
	t.Helper()
	table, err := prices.Parse("list", []byte("models:\n  m: {input: 1000000, output: 10000000, cached_input: 500000}\n  e: {input: 2000000}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestCostIsComputedWhereNoSpanSaysIt(t *testing.T) {
	table := listed(t)
	with := func(attrs, more m) m { // of the model m
		out := m{"gen_ai.request.model": "m"}
		maps.Copy(out, attrs)
		maps.Copy(out, more)
		return out
	}
	for name, c := range map[string]struct {
		spans    []span
		want     float64
		computed bool
	}{
		"a call":                   {[]span{chat("job", "", 0, 9, with(usage(3, 1), nil))}, 13, true},
		"of cached input":          {[]span{chat("job", "", 0, 9, with(usage(3, 1), m{"gen_ai.usage.cache_read.input_tokens": 2}))}, 12, true},
		"two calls":                {[]span{{Name: "job", To: 99}, chat("a", "job", 1, 9, with(usage(3, 1), nil)), chat("b", "job", 11, 19, with(usage(1, 1), nil))}, 24, true},
		"an unknown model":         {[]span{chat("job", "", 0, 9, m{"gen_ai.request.model": "x", "gen_ai.usage.input_tokens": 3})}, 0, false},
		"without usage":            {[]span{chat("job", "", 0, 9, with(nil, nil))}, 0, false},
		"of a total alone":         {[]span{chat("job", "", 0, 9, with(nil, m{"gen_ai.usage.total_tokens": 9}))}, 0, false},
		"an embedding":             {[]span{{Name: "job", To: 9, Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e", "gen_ai.usage.input_tokens": 3}}}, 6, true},
		"the program's own word":   {[]span{chat("job", "", 0, 9, with(usage(3, 1), m{"gen_ai.usage.cost": 0.5}))}, 0.5, false},
		"its word for nothing":     {[]span{chat("job", "", 0, 9, with(usage(3, 1), m{"gen_ai.usage.cost": 0.0}))}, 0, false},
		"its word on a span above": {[]span{{Name: "job", To: 99, Attrs: m{"gen_ai.usage.cost": 0.5}}, chat("a", "job", 1, 9, with(usage(3, 1), nil))}, 0.5, false},
		"its word on a part below": {[]span{chat("job", "", 0, 9, with(usage(3, 1), nil)), bare("p", "job", 1, 2, m{"gen_ai.usage.cost": 0.5})}, 0.5, false},
		"its word on one of two": {[]span{{Name: "job", To: 99}, chat("a", "job", 1, 9, with(usage(3, 1), nil)),
			chat("b", "job", 11, 19, with(usage(1, 1), m{"gen_ai.usage.cost": 0.5}))}, 13.5, true},
		"an agent around its calls": {[]span{{Name: "job", To: 99, Attrs: with(usage(4, 2), m{"gen_ai.operation.name": "invoke_agent"})},
			chat("a", "job", 1, 9, with(usage(3, 1), nil)), chat("b", "job", 11, 19, with(usage(1, 1), nil))}, 24, true},
		"an agent whose calls have no spans": {[]span{{Name: "job", To: 99, Attrs: with(usage(4, 2), m{"gen_ai.operation.name": "invoke_agent"})}}, 0, false},
		"a model in a tool of a call": {[]span{chat("job", "", 0, 100, with(usage(10, 2), m{"gen_ai.response.id": "r"})),
			{Name: "t", Parent: "job", From: 1, To: 90, Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x"}},
			chat("inner", "t", 3, 80, with(usage(7, 1), m{"gen_ai.response.id": "s"}))}, 47, true},
		"Anthropic's standard tier": {[]span{chat("job", "", 0, 9, with(usage(3, 1), m{"genaihttp.response.service_tier": "standard"}))}, 13, true},
		"Anthropic's priority tier": {[]span{chat("job", "", 0, 9, with(usage(3, 1), m{"genaihttp.response.service_tier": "priority"}))}, 0, false},
		"another service tier":      {[]span{chat("job", "", 0, 9, with(usage(3, 1), m{"openai.response.service_tier": "flex"}))}, 0, false},
	} {
		total := countBy(t, table, c.spans...).of("job").Total
		if math.Abs(total.Cost-c.want) > 1e-9 || total.CostKnown != (c.want > 0 || name == "its word for nothing") {
			t.Errorf("%s: %v, known %v, want %v", name, total.Cost, total.CostKnown, c.want)
		}
		if computed := slices.Equal(total.Lists, []string{"list"}); computed != c.computed {
			t.Errorf("%s: by %q", name, total.Lists)
		}
		if none := count(t, c.spans...).of("job").Total; len(none.Lists) > 0 {
			t.Errorf("%s: computed without a table", name)
		}
	}
}

func TestTwoReportsOfOneCallCostOnce(t *testing.T) {
	attrs := m{"gen_ai.request.model": "m", "gen_ai.response.id": "r", "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1}
	a, b := chat("a", "job", 1, 9, attrs), chat("b", "job", 2, 9, attrs)
	a.Scope, b.Scope = "one", "two"
	if got := countBy(t, listed(t), span{Name: "job", To: 99}, a, b).of("job").Total.Cost; got != 13 {
		t.Errorf("%v", got)
	}
}

// A span that says no time is not one of 1970, when the oldest price held.
func TestACallAtAnUnknownTimeHasNoPriceThatChanged(t *testing.T) {
	table, err := prices.Parse("list", []byte("models:\n  changed: [{input: 1, output: 1}, {from: 2026-12-01, input: 2, output: 2}]\n  same: {input: 1, output: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for model, want := range map[string]bool{"changed": false, "same": true} {
		spans := tracetest.Trace(chat("job", "", 0, 9, m{"gen_ai.request.model": model, "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1}))
		s := spans.ResourceSpans[0].ScopeSpans[0].Spans[0]
		s.StartTimeUnixNano, s.EndTimeUnixNano = 0, 0
		tr := tree.Read(spans, tree.Options{MaxRoots: 50, Ignored: func(string) bool { return false }})[0]
		if got := Tree(tr, table).Of(tr.Spans[0]).Total.CostKnown; got != want {
			t.Errorf("%s: known %v, want %v", model, got, want)
		}
	}
}
