package analysis

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

func pretty(t *testing.T, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(body), "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// The bodies are golden: what is sent is the product, and a change of it must
// be seen.
func TestRequestBodies(t *testing.T) {
	ev := page(t, "coverage")
	ev.Text = "Blanket.js is a code coverage library for the browser and for Node.\nIt is added to Mocha by one line."
	seed := 7
	for name, tc := range map[string]struct {
		form  form
		base  string
		reply func(int, string) reply
		last  bool
	}{
		"body-bounded.json":  {form: form{}, reply: always(says(good))},
		"body-openai.json":   {base: "https://api.openai.com/v1", form: form{Rung: rungPortable, CompletionTokens: true}, reply: always(says(good))},
		"body-object.json":   {form: form{Rung: rungObject, NoTemperature: true, NoSeed: true}, reply: always(says(good))},
		"body-text.json":     {form: form{Rung: rungText}, reply: always(says(good))},
		"body-repair.json":   {form: form{}, last: true, reply: brokenOnce(`{"tldr":["One."]}`)},
		"body-repair-2.json": {form: form{Rung: rungText}, last: true, reply: brokenOnce(strings.Repeat("It goes on and on. ", 3000))},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: tc.reply}
			a, _, _ := analyst(t, s, func(c *OpenAIConfig) {
				c.Seed = &seed
				if tc.base != "" {
					c.BaseURL = tc.base
				}
			})
			if tc.base == "" {
				a.memory.known = tc.form
			} else if a.memory.known != tc.form {
				t.Errorf("first form %+v", a.memory.known)
			}
			if _, err := a.Analyze(t.Context(), ev); err != nil {
				t.Fatal(err)
			}
			body := s.bodies[0]
			if tc.last {
				body = s.bodies[len(s.bodies)-1]
			}
			golden(t, name, pretty(t, body))
		})
	}
}

// picky plays a server that refuses what refuse says, and counts forms.
func picky(refuse func(body gjson.Result) string) func(int, string) reply {
	return func(_ int, body string) reply {
		if message := refuse(gjson.Parse(body)); message != "" {
			return fails(400, message)
		}
		return says(good)
	}
}

func TestStepsDownToWhatTheServerTakesAndRemembersIt(t *testing.T) {
	format := func(b gjson.Result) string { return b.Get("response_format.type").String() }
	bounded := func(b gjson.Result) bool {
		return b.Get("response_format.json_schema.schema.properties.summary.maxLength").Exists()
	}
	for name, tc := range map[string]struct {
		refuse func(gjson.Result) string
		calls  int
		mode   string
	}{
		"takes everything": {func(gjson.Result) string { return "" }, 1, ModeJSONSchema},
		"no bounds": {func(b gjson.Result) string {
			if bounded(b) {
				return "Invalid schema for response_format 'analysis_result': 'maxLength' is not permitted."
			}
			return ""
		}, 2, ModeJSONSchema},
		"no json_schema": {func(b gjson.Result) string {
			if format(b) == ModeJSONSchema {
				return "This response_format type is unavailable now"
			}
			return ""
		}, 2, ModeJSONObject},
		"no response_format": {func(b gjson.Result) string {
			if format(b) != "" {
				return "Unrecognized request argument supplied: response_format"
			}
			return ""
		}, 2, ModeText},
		"a refusal that names nothing": {func(b gjson.Result) string {
			if format(b) == ModeJSONSchema {
				return "Bad request"
			}
			return ""
		}, 2, ModeText},
		"other name of max_tokens": {func(b gjson.Result) string {
			if b.Get("max_tokens").Exists() {
				return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
			}
			return ""
		}, 2, ModeJSONSchema},
		"no temperature": {func(b gjson.Result) string {
			if b.Get("temperature").Exists() {
				return "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported."
			}
			return ""
		}, 2, ModeJSONSchema},
		"a reasoning model behind an old gateway": {func(b gjson.Result) string {
			switch {
			case b.Get("max_tokens").Exists():
				return "Unsupported parameter: 'max_tokens'"
			case b.Get("temperature").Exists():
				return "Unsupported value: 'temperature'"
			case format(b) != "":
				return "json_schema or grammar is not supported"
			}
			return ""
		}, 3, ModeText},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: picky(tc.refuse)}
			a, rec, pauses := analyst(t, s, nil)
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if err != nil {
				t.Fatal(err)
			}
			if s.calls() != tc.calls || o.Calls != tc.calls || o.Mode != tc.mode || len(*pauses) != 0 {
				t.Errorf("%d calls (outcome %d), mode %s, pauses %v; want %d, %s", s.calls(), o.Calls, o.Mode, *pauses, tc.calls, tc.mode)
			}
			if o.InputTokens != 1000 {
				t.Errorf("%d input tokens: refused calls have none", o.InputTokens)
			}
			if _, err = a.Analyze(t.Context(), page(t, "fetch")); err != nil {
				t.Fatal(err)
			}
			if s.calls() != tc.calls+1 {
				t.Errorf("the second analysis made %d calls", s.calls()-tc.calls)
			}
			if len(rec.Ended()) != s.calls() {
				t.Errorf("%d spans for %d calls", len(rec.Ended()), s.calls())
			}
			for i, sp := range rec.Ended()[:tc.calls-1] {
				if attributes(sp)["error.type"] != "400" {
					t.Errorf("span %d of a refused call has error.type %v", i, attributes(sp)["error.type"])
				}
			}
		})
	}
}

func TestEverythingRefusedEndsInTheServersWords(t *testing.T) {
	s := &server{answer: always(fails(400, "Bad request"))}
	a, _, _ := analyst(t, s, nil)
	o, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err == nil || !strings.Contains(err.Error(), `saying "Bad request"`) || !permanent(err) {
		t.Fatalf("error %v", err)
	}
	if o.Calls != 2 || a.memory.learnt != nil {
		t.Errorf("%d calls, remembered %+v: a form that never worked is not to be remembered", o.Calls, a.memory.learnt)
	}
}

func TestConcurrentAnalysesShareTheMemory(t *testing.T) {
	s := &server{answer: picky(func(b gjson.Result) string {
		if b.Get("response_format").Exists() {
			return "response_format is not supported"
		}
		return ""
	})}
	a, _, _ := analyst(t, s, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := a.Analyze(context.Background(), page(t, "coverage")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f, _ := a.memory.get(time.Now()); f.Rung != rungText {
		t.Errorf("remembered %+v", f)
	}
}
