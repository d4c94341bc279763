package prices

import (
	"strings"
	"testing"
	"time"
)

func TestErrorsSayLineAndField(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"negative":       {"models:\n  a: {input: 1}\n  b:\n    output: -2\n", "own.yaml: line 4, models.b.output: the price is negative"},
		"no number":      {"models:\n  a: {input: cheap}\n", `line 2, models.a.input: "cheap" is no price`},
		"infinite":       {"models:\n  a: {input: .inf}\n", "models.a.input:"},
		"not a number":   {"models:\n  a: {input: .nan}\n", "models.a.input:"},
		"a list":         {"models:\n  a: {input: [1]}\n", "models.a.input:"},
		"unknown key":    {"models:\n  a: {inptu: 1}\n", "line 2, models.a.inptu: there is no such key (known here: input, cached_input"},
		"unknown at top": {"modles: {}\n", "line 1, modles: there is no such key"},
		"no price":       {"models:\n  a: {}\n", "line 2, models.a: there is no price"},
		"a part alone":   {"models:\n  a: {cached_input: 1}\n", "line 2, models.a: there is no price"},
		"twice":          {"models:\n  a: {input: 1}\n  A: {input: 2}\n", "line 3, models.A: stands there twice"},
		"no mapping":     {"models: [1]\n", "line 1, models: must be a mapping"},
		"no models":      {"dated: 2026-01-01\n", "line 1, models: there are none"},
		"no document":    {"- 1\n", "the document: must be a mapping"},
		"empty":          {"", "own.yaml is empty"},
		"no YAML":        {"models: {a: [\n", "own.yaml: yaml: line"},
		"a tier of no size": {"models:\n  a:\n    input: 1\n    above:\n    - {input: 2}\n",
			"line 5, models.a.above[0].tokens: say above how many"},
		"a tier of nothing":      {"models:\n  a: {input: 1, above: [{tokens: 0}]}\n", "models.a.above[0].tokens:"},
		"a tier that is none":    {"models:\n  a: {input: 1, above: 3}\n", "models.a.above: must be a list"},
		"an unknown tier key":    {"models:\n  a: {input: 1, above: [{tokens: 1, inptu: 2}]}\n", "models.a.above[0].inptu:"},
		"providers of nobody":    {"providers: [x]\nmodels:\n  a: {input: 1}\n", "providers: name the vendor"},
		"another's provider":     {"vendor: acme\nproviders: [openai]\n", "providers: openai is a provider of openai already"},
		"providers, no list":     {"vendor: acme\nproviders: x\n", "providers: must be a list"},
		"second document":        {"models:\n  a: {input: 1}\n---\nmodels:\n  b: {input: x}\n", "line 5, models.b.input:"},
		"a list for a text":      {"vendor: [a]\n", "line 1, vendor: must be a text"},
		"a day that is none":     {"models:\n  a: {from: 2026-02-30, input: 1}\n", `line 2, models.a.from: "2026-02-30" is no day: write it like 2026-12-01`},
		"a day as people say it": {"models:\n  a: {from: 1.12.2026, input: 1}\n", `models.a.from: "1.12.2026" is no day`},
		"a day with a time":      {"models:\n  a: {from: 2026-12-01T00:00:00Z, input: 1}\n", "models.a.from:"},
		"a list for a day":       {"models:\n  a: {from: [2026-12-01], input: 1}\n", "models.a.from:"},
		"a date of no day":       {"source: list\ndated: 2026-13-45\nmodels:\n  a: {input: 1}\n", `own.yaml: line 2, dated: "2026-13-45" is no day: write it like 2026-12-01`},
		"a date in words":        {"dated: last week\nmodels:\n  a: {input: 1}\n", `line 1, dated: "last week" is no day`},
		"a day of a tier":        {"models:\n  a: {input: 1, above: [{tokens: 1, from: 2026-12-01, input: 2}]}\n", "models.a.above[0].from: there is no such key"},
		"a later price of no day": {"models:\n  a:\n  - {input: 1}\n  - {input: 2}\n",
			"line 4, models.a[1].from: say from which day on the price holds"},
		"days out of order": {"models:\n  a:\n  - {from: 2027-01-01, input: 1}\n  - {from: 2026-12-01, input: 2}\n",
			"line 4, models.a[1].from: 2026-12-01 is not after 2027-01-01, from which the one before it holds: put the earlier price first"},
		"a day twice":                {"models:\n  a: [{from: 2027-01-01, input: 1}, {from: 2027-01-01, input: 2}]\n", "models.a[1].from: 2027-01-01 is not after"},
		"a later price that is none": {"models:\n  a: [{input: 1}, {from: 2027-01-01}]\n", "models.a[1]: there is no price"},
		"no price in a list":         {"models:\n  a: []\n", "models.a: there is no price in the list"},
		"a list of numbers":          {"models:\n  a: [1]\n", "models.a[0]: must be a mapping"},
		"an alias of nothing":        {"models: *a\n", "own.yaml: yaml:"},
		"a list with no texts":       {"vendor: a\nproviders: [[]]\n", "providers[0]: must be a text"},
		"a price left open":          {"models:\n  a:\n    input:\n    output: 1\n", "models.a.input: \"\" is no price"},
		"a price of null":            {"models:\n  a: {input: ~, output: 1}\n", `models.a.input: "~" is no price`},
		"a price in quotes":          {"models:\n  a: {input: '1'}\n", `models.a.input: "1" is no price: write US dollars per million tokens, without quotes`},
		"a sum without end":          {"models:\n  a: {input: 1e308}\n", "models.a.input:"},
		"twice, in two documents":    {"models:\n  a: {input: 1}\n---\nmodels:\n  A: {input: 2}\n", "line 5, models.A: stands there twice, on line 2 before"},
		"twice, of a vendor's names": {"vendor: xai\nmodels:\n  a: {input: 1}\n---\nvendor: x_ai\nmodels:\n  a: {input: 2}\n", "line 7, models.a: stands there twice"},
		"a tier twice":               {"models:\n  a: {input: 1, above: [{tokens: 1, input: 2}, {tokens: 1, input: 3}]}\n", "models.a.above[1].tokens: 1 tokens stand there twice"},
		"a model of no name":         {"models:\n  ' ': {input: 1}\n", "the name of the model is empty"},
		"an alias of itself":         {"models:\n  a: &a [*a]\n", "models.a[0]: must be a mapping"},
	} {
		if _, err := Parse("own.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAnchorsStandForWhatTheyName(t *testing.T) {
	table := mustParse(t, `vendor: acme
providers: [&name a.c.m.e, *name]
models:
  old: &old {input: 1, above: [&long {tokens: 10, input: 4}]}
  changed: &changed [*old, {from: 2026-12-01, input: 2, above: [*long]}]
  alike: *changed
`)
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		call Call
		want float64
	}{
		"in a list":          {Call{Answered: "changed", Time: at.Add(-1), Usage: Usage{Input: 5}}, 5e-6},
		"a list":             {Call{Answered: "alike", Time: at, Usage: Usage{Input: 5}}, 10e-6},
		"in a list of tiers": {Call{Answered: "alike", Time: at, Usage: Usage{Input: 20}}, 80e-6},
	} {
		c.call.Provider = "a.c.m.e"
		if got, known := table.Cost(c.call); !known || got.Input != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
