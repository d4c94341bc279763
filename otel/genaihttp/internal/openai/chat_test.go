package openai

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// told reads chunks, and tells what is known at the end. The slow way is that of content, which reads all of each chunk.
func told(chunks []string, slow bool) string {
	c, a := newChat(), wire.Answer{Content: slow, MaxText: 1 << 10}
	for _, chunk := range chunks {
		c.Event(nil, scan.Value(chunk), &a)
	}
	c.End(&a)
	a.Content, a.MaxText, a.Output = false, 0, nil
	return fmt.Sprintf("%+v", a)
}

func TestChunksThatAreSkippedTellNothing(t *testing.T) {
	chunk := func(choices, rest string) string {
		return `{"id":"c1","created":17,"model":"m","choices":[` + choices + `]` + rest + `}`
	}
	word := chunk(`{"index":0,"delta":{"content":" w\"index\"}],"},"finish_reason":null}`, `,"usage":null`)
	for name, chunks := range map[string][]string{
		"an end":                 {word, word, chunk(`{"index":0,"delta":{},"finish_reason":"stop"}`, ""), chunk("", `,"usage":{"prompt_tokens":3,"completion_tokens":2}`)},
		"usage at the end":       {word, chunk(`{"index":0,"delta":{},"finish_reason":null}`, `,"usage":{"prompt_tokens":3,"completion_tokens":2}`)},
		"usage of a choice":      {word, chunk(`{"index":0,"usage":{"prompt_tokens":3,"completion_tokens":2},"finish_reason":null}`, "")},
		"a second choice":        {word, chunk(`{"index":0,"delta":{}},{"index":1,"finish_reason":null}`, ""), chunk(`{"index":1,"finish_reason":"length"}`, "")},
		"another model":          {word, strings.Replace(word, `"m"`, `"n"`, 1), word},
		"a longer number":        {word, strings.Replace(word, "17", "170", 1)},
		"an error":               {word, chunk("", `,"error":{"message":"no","code":"overloaded"}`)},
		"a tier that comes late": {word, chunk(`{"index":0,"delta":{},"finish_reason":null}`, `,"service_tier":"flex"`)},
		"usage before, and an older one again": {
			`{"id":"c","usage":{"prompt_tokens":1,"completion_tokens":1},"choices":[]}`, `{"usage":{"prompt_tokens":9,"completion_tokens":9}}`,
			`{"id":"c","usage":{"prompt_tokens":1,"completion_tokens":1},"choices":[]}`,
		},
		"usage before choices, and another one in them": {
			`{"id":"c","usage":{"prompt_tokens":9,"completion_tokens":1},"choices":[{"index":0,"usage":{"prompt_tokens":4,"completion_tokens":5},"delta":{}}]}`,
			`{"id":"c","usage":{"prompt_tokens":9,"completion_tokens":1},"choices":[{"index":0,"delta":{},"finish_reason":null}]}`,
		},
		"cut":        {word, word[:60], word[:len(word)-20], word},
		"done":       {word, "[DONE]"},
		"no object":  {word, `[1]`, `"choices"`, ``},
		"all at end": {`{"choices":[{"index":0,"delta":{},"finish_reason":null}],"id":"x","model":"y"}`, word},
	} {
		if quick, slow := told(chunks, false), told(chunks, true); quick != slow {
			t.Errorf("%s: read quickly it is\n%s\nand slowly\n%s", name, quick, slow)
		}
	}
}

// TestTheNumberOfAChoiceIsBounded: the end of a stream looks at each number up to the largest.
func TestTheNumberOfAChoiceIsBounded(t *testing.T) {
	for name, r := range map[string]wire.Reader{"chat": newChat(), "completions": newCompletion()} {
		a := wire.Answer{Content: true, MaxText: 1 << 10}
		for _, index := range []string{"0", "-1", "128", "1e9", "9223372036854775807"} {
			r.Event(nil, scan.Value(`{"choices":[{"index":`+index+`,"delta":{"content":"a"},"text":"a","finish_reason":"stop"}]}`), &a)
		}
		r.End(&a)
		if !slices.Equal(a.FinishReasons, []string{"stop"}) || len(a.Output) != 1 {
			t.Errorf("%s: %v, %d messages", name, a.FinishReasons, len(a.Output))
		}
	}
}

// TestAnAnswerIsReadUpToABound: of a few bytes of JSON each, choices, parts and calls have a hundred bytes in memory.
func TestAnAnswerIsReadUpToABound(t *testing.T) {
	const many = 3 * wire.MaxParts
	for name, doc := range map[string]string{
		"choices":               `{"choices":[` + strings.Repeat(`{},`, many) + `{}]}`,
		"calls":                 `{"choices":[{"message":{"tool_calls":[` + strings.Repeat(`{},`, many) + `{}]}}]}`,
		"contents":              `{"choices":[{"message":{` + strings.Repeat(`"content":"a",`, many) + `"content":"a"}}]}`,
		"parts of many choices": `{"choices":[` + strings.Repeat(`{"message":{"tool_calls":[`+strings.Repeat(`{},`, 1000)+`{}]}},`, 100) + `{}]}`,
	} {
		a := wire.Answer{Content: true}
		newChat().Answer(scan.Value(doc), &a)
		parts := 0
		for _, m := range a.Output {
			parts += len(m.Parts)
		}
		if len(a.Output) > maxChoices || parts > 2*wire.MaxParts || !a.Whole {
			t.Errorf("%s: %d messages, %d parts", name, len(a.Output), parts)
		}
	}
}

// TestTheOutputOfResponsesIsReadUpToABound, whatever roles a server gives to its items.
func TestTheOutputOfResponsesIsReadUpToABound(t *testing.T) {
	item := `{"role":"user","content":[` + strings.Repeat(`{},`, 1000) + `{}]},{"type":"a_output"},`
	a := wire.Answer{Content: true}
	newResponses().Answer(scan.Value(`{"output":[`+strings.Repeat(item, 100)+`{}],"status":"completed"}`), &a)
	parts := 0
	for _, m := range a.Output {
		parts += len(m.Parts)
	}
	if parts < wire.MaxParts || parts > 2*wire.MaxParts || len(a.FinishReasons) != 1 {
		t.Errorf("%d messages, %d parts, %v", len(a.Output), parts, a.FinishReasons)
	}
}

// TestOfManyMessagesTheLastOnesAreRead, each of which is moved once.
func TestOfManyMessagesTheLastOnesAreRead(t *testing.T) {
	var b strings.Builder
	const many = 5*maxMessages + 3
	for i := range many {
		fmt.Fprintf(&b, `{"role":"user","content":"%d"},`, i)
	}
	got := messages(scan.Value(`[` + b.String() + `]`))
	if len(got) != maxMessages || got[0].Parts[0].Text != fmt.Sprint(many-maxMessages) || got[len(got)-1].Parts[0].Text != fmt.Sprint(many-1) {
		t.Errorf("%d messages, from %v", len(got), got[0])
	}
}

// FuzzChunks holds reading chunks quickly against reading all of them.
func FuzzChunks(f *testing.F) {
	f.Add(`{"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":null}`, `{"id":"c","choices":[{"index":0,"finish_reason":"stop"}]}`)
	f.Add(`{"created":1,"choices":[]}`, `{"created":12,"choices":[{"index":0,"usage":{"prompt_tokens":1},"finish_reason":null}],"error":{"code":"x"}}`)
	f.Fuzz(func(t *testing.T, one, two string) {
		for _, chunks := range [][]string{{one, two}, {one, one, two}, {one, two, one}} {
			if quick, slow := told(chunks, false), told(chunks, true); quick != slow {
				t.Fatalf("%q read quickly is\n%s\nand slowly\n%s", chunks, quick, slow)
			}
		}
	})
}
