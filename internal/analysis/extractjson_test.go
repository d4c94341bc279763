package analysis

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/text"
)

func TestExtractJSON(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 20000)
	for name, tc := range map[string]struct{ text, want string }{
		"bare":                       {`{"a":1}`, `{"a":1}`},
		"prose around":               {`Sure: {"a":1} Done.`, `{"a":1}`},
		"fence":                      {"```json\n{\"a\":1}\n```", `{"a":1}`},
		"braces in prose":            {`Use {x} and {"a":1}.`, `{"a":1}`},
		"brace in a string":          {`{"a":"}{"}`, `{"a":"}{"}`},
		"most wanted keys":           {`{"x":1,"y":2,"z":3} {"a":1} {"a":1,"b":2} {"c":1}`, `{"a":1,"b":2}`},
		"longest of equals":          {`{"a":1} {"a":1000}`, `{"a":1000}`},
		"first of the same":          {`{"a":1} {"a":2}`, `{"a":1}`},
		"thinking":                   {`<think>{"a":1,"b":2}</think>{"a":3}`, `{"a":3}`},
		"thinking and nothing":       {`<think>{"a":1}</think>`, `{"a":1}`},
		"cut":                        {`{"a":[1,2`, ``},
		"cut, with a whole one in":   {`{"a":{"b":1},"c":`, `{"b":1}`},
		"nothing":                    {``, ``},
		"a list":                     {`[1,2]`, ``},
		"too many starts":            {strings.Repeat("{", 1000) + `{"a":1}`, ``},
		"deeper than anybody writes": {deep + "1" + strings.Repeat("}", 20000), ``},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ExtractJSON(tc.text, "a", "b")
			if string(got) != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q, %v", text.Clip(string(got), 80), ok)
			}
		})
	}
	t.Run("hostile text is bounded", func(t *testing.T) {
		start := time.Now()
		ExtractJSON(strings.Repeat(`{"a":"`, 1<<20))
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("took %v", d)
		}
	})
}

func FuzzExtractJSON(f *testing.F) {
	for _, s := range []string{good, "```json\n" + good + "\n```", `<think>{`, `{"a":"\u00e9"} {"b":`, "\ufeff{}", `{"a":1}}`, "{\xff}"} {
		f.Add(s)
	}
	schemas, err := newSchemaSet(2000)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		object, ok := ExtractJSON(text, "tldr", "summary")
		if ok != (object != nil) {
			t.Fatalf("ok %v with %q", ok, object)
		}
		if !ok {
			if json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimSpace(text), "{") {
				t.Fatalf("an object was not found in %q", text)
			}
			return
		}
		if !json.Valid(object) || object[0] != '{' || !strings.Contains(text, string(object)) {
			t.Fatalf("got %q from %q", object, text)
		}
		if res, issues := check(schemas.answer, object); (res == nil) == (len(issues) == 0) {
			t.Fatalf("result %v with issues %v", res, issues)
		}
	})
}
