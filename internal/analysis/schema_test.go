package analysis

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

func TestSchema(t *testing.T) {
	s, err := newSchemaSet(2000)
	if err != nil {
		t.Fatal(err)
	}
	set := func(path string, v any) string {
		out, err := sjson.Set(good, path, v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	many := strings.Split(strings.Repeat("**Name** — one sentence about it.|", 9), "|")[:9]
	for name, tc := range map[string]struct{ doc, issue string }{
		"good":                   {good, ""},
		"eight similar":          {set("similar_tech", many[:8]), ""},
		"nine similar":           {set("similar_tech", many), "similar_tech: maxItems: got 9, want 8"},
		"two in the tldr":        {set("tldr", []string{"One is here.", "Two is here."}), "tldr: minItems: got 2, want 3"},
		"four in the tldr":       {set("tldr", []string{"One is here.", "Two is here.", "Three is here.", "Four is here."}), "tldr: maxItems: got 4, want 3"},
		"line break in the tldr": {set("tldr.1", "One is here.\nAnd more."), "tldr/1: has a line break"},
		"line break at its end":  {set("tldr.1", "One is here.\n"), ""},
		"short summary":          {set("summary", strings.Repeat("x", 99)), "summary: minLength: got 99, want 100"},
		"padded summary":         {set("summary", strings.Repeat("x", 90)+strings.Repeat(" ", 30)), "summary: minLength: got 90, want 100"},
		"endless summary":        {set("summary", strings.Repeat("x", 5000)), "summary: maxLength"},
		"no projects":            {set("projects", []string{}), "projects: minItems: got 0, want 3"},
		"nine projects":          {set("projects", many), "projects: maxItems: got 9, want 8"},
		"null":                   {set("similar_tech", nil), "similar_tech: got null, want array"},
		"a number":               {set("tldr.0", 7), "tldr/0: got number, want string"},
		"a list":                 {"[" + good + "]", "the answer: got array, want object"},
		"nothing":                {"", "not valid JSON"},
		"two documents":          {good + good, "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			res, issues := check(s.answer, []byte(tc.doc))
			if tc.issue == "" {
				if len(issues) != 0 || res == nil {
					t.Errorf("issues %q", issues)
				}
				return
			}
			if res != nil || len(issues) == 0 || !strings.Contains(strings.Join(issues, "\n"), tc.issue) {
				t.Errorf("issues %q", issues)
			}
		})
	}
	t.Run("issues are bounded", func(t *testing.T) {
		var items []any
		for range 100 {
			items = append(items, 1)
		}
		if _, issues := check(s.answer, []byte(set("projects", items))); len(issues) > maxIssues {
			t.Errorf("%d issues", len(issues))
		}
	})
}

// Constrained servers write the properties in the order of the schema, and a
// model that begins with the tldr thinks differently from one that ends with it.
func TestSentSchemasKeepTheOrderAndFitTheirServers(t *testing.T) {
	s, err := newSchemaSet(2000)
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string]json.RawMessage{"bounded": s.bounded, "portable": s.portable} {
		var keys []string
		gjson.GetBytes(doc, "properties").ForEach(func(k, _ gjson.Result) bool { keys = append(keys, k.Str); return true })
		if strings.Join(keys, " ") != "tldr summary projects similar_tech" {
			t.Errorf("%s: order %v", name, keys)
		}
		if !gjson.ValidBytes(doc) || gjson.GetBytes(doc, "additionalProperties").Raw != "false" || len(gjson.GetBytes(doc, "required").Array()) != 4 {
			t.Errorf("%s: not strict: %s", name, doc)
		}
		for _, bad := range []string{"pattern", "$schema", "title"} {
			if strings.Contains(string(doc), `"`+bad+`"`) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
		if got := strings.Contains(string(doc), "maxLength"); got != (name == "bounded") {
			t.Errorf("%s: maxLength %v", name, got)
		}
	}
	small, err := newSchemaSet(700)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]int64{
		"properties.summary.maxLength": {1800, 639}, "properties.tldr.items.maxLength": {320, 113},
	} {
		if got := [2]int64{gjson.GetBytes(s.bounded, path).Int(), gjson.GetBytes(small.bounded, path).Int()}; got != want {
			t.Errorf("%s: %v for 2000 and 700 tokens, want %v", path, got, want)
		}
	}
	if !json.Valid(Schema()) || !strings.Contains(string(Schema()), "pattern") {
		t.Error("Schema is not the embedded one")
	}
}
