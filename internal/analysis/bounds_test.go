package analysis

import (
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// deep is JSON that is nested more deeply than any server writes it: a reader that calls itself for each level takes a
// hundred bytes of stack for one of it, and the process ends at a gigabyte.
func deep() string { return strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) }

func TestAnswersAreReadToABoundedDepth(t *testing.T) {
	quoted, err := json.Marshal(`{"tldr":` + deep() + `,"summary":"a"}`)
	if err != nil {
		t.Fatal(err)
	}
	const before, after = `{"id":"c","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":`, `}}]}`
	for name, c := range map[string]struct {
		answer reply
		kinds  []Kind
	}{
		"an answer":               {reply{status: 200, body: before + deep() + after}, []Kind{KindServer}},
		"a list":                  {reply{status: 200, body: deep()}, []Kind{KindNotAPI}},
		"a content":               {reply{status: 200, body: before + string(quoted) + after}, []Kind{KindInvalidJSON, KindSchema}},
		"a stream":                {reply{status: 200, header: eventStream, body: "data: " + before + deep() + after + "\n\n"}, []Kind{KindUnreachable}},
		"a complaint":             {reply{status: 400, body: `{"error":{"message":` + deep() + `}}`}, []Kind{KindBadRequest}},
		"a complaint that quotes": {reply{status: 400, body: `{"error":{"message":` + string(quoted) + `}}`}, []Kind{KindBadRequest}},
	} {
		a, _, _ := analyst(t, &server{answer: always(c.answer)}, nil)
		_, err := a.Analyze(t.Context(), page(t, "coverage"))
		var e *Error
		if !errors.As(err, &e) || !slices.Contains(c.kinds, e.Kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readCompletion([]byte(before + deep() + after)); !errors.Is(err, errNoCompletion) {
		t.Errorf("an answer of that depth is read: %v", err)
	}
	var j joined
	if j.add([]byte(`{"choices":[{"delta":{"content":"a"}}],"x":` + deep() + `}`)); j.seen {
		t.Error("an event of that depth is read")
	}
}

// TestALongAnswerIsNotHeldAgainstTheSchema: each of its items would be a fault of hundreds of bytes.
func TestALongAnswerIsNotHeldAgainstTheSchema(t *testing.T) {
	for name, content := range map[string]string{
		"of the result's fields": `{"tldr":["a"],"summary":"s","projects":[` + strings.Repeat("1,", 200_000) + `1],"similar_tech":[]}`,
		"within another":         `{"x":[` + strings.Repeat(`{"tldr":[{"z":[1]}]},`, 20_000) + `1]}`,
	} {
		a, _, _ := analyst(t, &server{answer: always(says(content))}, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := a.Analyze(t.Context(), page(t, "coverage"))
		runtime.ReadMemStats(&after)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(strings.Join(e.Issues, "; "), "too long") {
			t.Errorf("%s: %v", name, err)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 150 {
			t.Errorf("%s: %d MiB were taken", name, took)
		}
	}
}

func TestCountsThatNoCallHasAreNone(t *testing.T) {
	const most = "9223372036854775807"
	for name, usage := range map[string]string{
		"the largest number": `{"prompt_tokens":` + most + `,"completion_tokens":` + most + `}`,
		"no number":          `{"prompt_tokens":1e999,"completion_tokens":1}`,
		"a sum that turns":   `{"prompt_tokens":1,"completion_tokens":` + most + `,"completion_tokens_details":{"reasoning_tokens":` + most + `},"total_tokens":` + most + `}`,
		"below zero":         `{"prompt_tokens":-5,"completion_tokens":-` + most + `,"prompt_tokens_details":{"cached_tokens":99}}`,
	} {
		// Of a rejected answer too, whose counts are added to those of the second.
		s := &server{answer: always(reply{status: http.StatusOK, body: `{"id":"c","model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop",` +
			`"message":{"role":"assistant","content":"{\"tldr\":1}"}}],"usage":` + usage + `}`})}
		a, _, _ := analyst(t, s, nil)
		o, err := a.Analyze(t.Context(), page(t, "coverage"))
		if err == nil || s.calls() != 2 || o.InputTokens != 0 || o.OutputTokens != 0 || o.CostUSD != nil && *o.CostUSD != 0 {
			t.Errorf("%s: %v, %d calls, %d and %d tokens, %v", name, err, s.calls(), o.InputTokens, o.OutputTokens, o.CostUSD)
		}
	}
}
