package choose

import (
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

type (
	span = tracetest.Span
	m    = map[string]any
)

// choose writes a choice as run<above[folded folded].
func choose(t testing.TB, rules rule.Set, spans ...span) (string, *Choice) {
	t.Helper()
	if rules.Limits.Runs == 0 {
		rules.Limits.Runs = 50
	}
	tr := tree.Read(tracetest.Trace(spans...), tree.Options{MaxRoots: 50, Ignored: rules.Ignores})[0]
	c := Runs(tr, count.Tree(tr, nil), &rules)
	var out []string
	for _, r := range c.Runs {
		s := r.Span.Name()
		if r.Above != nil {
			s += "<" + r.Above.Span.Name()
		}
		if len(r.Folded) > 0 {
			var folded []string
			for _, f := range r.Folded {
				folded = append(folded, f.Name())
			}
			s += "[" + strings.Join(folded, " ") + "]"
		}
		out = append(out, s)
	}
	return strings.Join(out, " "), c
}

func job(attrs map[string]m) []span {
	spans := []span{
		{Name: "job", To: 100}, {Name: "a", Parent: "job", From: 1, To: 50}, {Name: "a1", Parent: "a", From: 2, To: 40},
		{Name: "a11", Parent: "a1", From: 3, To: 30}, {Name: "b", Parent: "job", From: 51, To: 90},
	}
	for i := range spans {
		spans[i].Attrs = attrs[spans[i].Name]
	}
	return spans
}

func TestTheRequestOfAModelCallFoldsIntoIt(t *testing.T) {
	chat, embed := m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, m{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "m"}
	now, before := m{"http.request.method": "POST"}, m{"http.method": "POST"}
	for name, c := range map[string]struct {
		root, child m
		want        string
	}{
		"a chat's":            {chat, now, "root[child]"},
		"by the older name":   {chat, before, "root[child]"},
		"of embeddings":       {embed, now, "root[child]"},
		"a step's own":        {nil, now, "root child<root"},
		"a tool of a chat":    {chat, m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t", "http.request.method": "GET"}, "root child<root"},
		"something else":      {chat, nil, "root child<root"},
		"asked for by itself": {chat, m{"http.request.method": "POST", "mlflow.run": true}, "root child<root"},
	} {
		got, _ := choose(t, rule.Set{}, span{Name: "root", To: 10, Attrs: c.root}, span{Name: "child", Parent: "root", To: 9, Attrs: c.child})
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestRulesThenTheSpansWordThenTheDefaults(t *testing.T) {
	run := func(v any) m { return m{"mlflow.run": v} }
	for name, c := range map[string]struct {
		rules rule.Set
		attrs map[string]m
		want  string
	}{
		"the defaults":              {want: "job a<job[a1 a11] b<job"},
		"a span asks to be a run":   {attrs: map[string]m{"a11": run(true)}, want: "job a<job[a1] a11<a b<job"},
		"in words":                  {attrs: map[string]m{"a11": run("yes")}, want: "job a<job[a1] a11<a b<job"},
		"in words nobody knows":     {attrs: map[string]m{"a": run("maybe")}, want: "job a<job[a1 a11] b<job"},
		"a span asks not to be one": {attrs: map[string]m{"a": run(false)}, want: "job[a a1 a11] b<job"},
		"a rule skips a span that asks": {rules: rule.Set{Runs: []rule.Run{{Span: "a", Skip: true}}},
			attrs: map[string]m{"a": run(true)}, want: "job[a a1 a11] b<job"},
		"a rule names a span that would not": {rules: rule.Set{Runs: []rule.Run{{Span: "a"}}}, attrs: map[string]m{"a": run(false)},
			want: "job a<job[a1 a11] b<job"},
		"a wildcard": {rules: rule.Set{Runs: []rule.Run{{Span: "a*"}}}, want: "job a<job a1<a a11<a1 b<job"},
		"only what is listed": {rules: rule.Set{OnlyListed: true, Runs: []rule.Run{{Span: "job"}, {Span: "a1"}}},
			want: "job[a b] a1<job[a11]"},
		"a root that is skipped": {rules: rule.Set{Runs: []rule.Run{{Span: "job", Skip: true}}}, want: ""},
		"below a root that is skipped": {rules: rule.Set{Runs: []rule.Run{{Span: "job", Skip: true}, {Span: "a"}}},
			want: "a[a1 a11]"},
		"nothing listed":                 {rules: rule.Set{OnlyListed: true}, want: ""},
		"children of a folded span fold": {attrs: map[string]m{"job": run(false)}, want: ""},
		"transport is no stage":          {attrs: map[string]m{"b": {"asgi.event.type": "x"}}, want: "job[b] a<job[a1 a11]"},
	} {
		if got, _ := choose(t, c.rules, job(c.attrs)...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestOrphansFoldUnlessTheyAsk(t *testing.T) {
	lost := span{Name: "lost", Parent: "gone", From: 5, To: 6}
	asking := span{Name: "asking", Parent: "gone", From: 5, To: 6, Attrs: m{"mlflow.run": true}}
	if got, _ := choose(t, rule.Set{}, span{Name: "job", To: 9}, lost, asking); got != "job[lost] asking<job" {
		t.Errorf("got %s", got)
	}
}

// Those that someone asked for come before those of the defaults, GenAI work before
// the rest, early before late.
func TestNestedRunsAreBounded(t *testing.T) {
	spans := []span{
		{Name: "job", To: 100}, {Name: "early", Parent: "job", From: 1, To: 2}, {Name: "late", Parent: "job", From: 3, To: 4},
		{Name: "chat", Parent: "job", From: 5, To: 6, Attrs: m{"gen_ai.operation.name": "chat"}},
		{Name: "asked", Parent: "job", From: 7, To: 8, Attrs: m{"mlflow.run": true}}, {Name: "listed", Parent: "job", From: 9, To: 10},
	}
	rules := rule.Set{Runs: []rule.Run{{Span: "listed"}}}
	for limit, want := range map[int]string{
		1: "job[early late chat listed] asked<job",
		3: "job[early late] chat<job asked<job listed<job",
		4: "job[late] early<job chat<job asked<job listed<job",
		5: "job early<job late<job chat<job asked<job listed<job",
	} {
		rules.Limits.Runs = limit
		got, c := choose(t, rules, spans...)
		if got != want {
			t.Errorf("limit %d: %s, want %s", limit, got, want)
		}
		if noted := len(c.Notes.List()) > 0; noted != (limit < 5) {
			t.Errorf("limit %d: notes %q", limit, c.Notes.List())
		}
	}
}

func TestARunKnowsItsRuleAndItsSpans(t *testing.T) {
	rules := rule.Set{Runs: []rule.Run{{Span: "a", Name: "by rule"}}}
	_, c := choose(t, rules, job(nil)...)
	a := c.Runs[1]
	if a.Rule == nil || a.Rule.Name != "by rule" || c.Runs[0].Rule != nil {
		t.Errorf("rules %v and %v", c.Runs[0].Rule, a.Rule)
	}
	var names []string
	for s := range a.Spans() {
		names = append(names, s.Name())
		if c.RunOf(s) != a {
			t.Errorf("%s belongs to another run", s.Name())
		}
	}
	if !slices.Equal(names, []string{"a", "a1", "a11"}) {
		t.Errorf("spans %q", names)
	}
	for s := range a.Spans() {
		if s != a.Span {
			t.Error("the run's own span comes first")
		}
		break
	}
}
