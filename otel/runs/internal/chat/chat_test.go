package chat

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestQuestionAndAnswerOfEveryShape(t *testing.T) {
	for name, c := range map[string]struct{ in, question, answer string }{
		"text": {" hi ", "hi", "hi"},
		"messages": {`[{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"three"}]`,
			"three", "two"},
		"parts":        {`[{"role":"user","parts":[{"type":"text","content":"a"},{"type":"image"},{"type":"text","content":"b"}]}]`, "a\nb", ""},
		"system alone": {`[{"role":"system","content":"be nice"}]`, "", ""},
		"no text":      {`[{"role":"user"}]`, "", ""},
		"LangChain":    {`{"messages":[{"type":"human","data":{"content":"hi"}},{"type":"ai","data":{"content":"ho"}}]}`, "hi", "ho"},
		"Gemini":       {`{"candidates":[{"content":{"role":"model","parts":[{"text":"ho"}]}}]}`, "ho", "ho"},
		"arguments":    {`{"args":["hi"],"kwargs":{}}`, "hi", ""},
		"one key":      {`{"anything":"hi"}`, "hi", "hi"},
		"a known key":  {`{"topic":"bees","summary":"they hum"}`, "bees", "they hum"},
		"tool calls":   {`[{"role":"assistant","tool_calls":[{"name":"t","arguments":"{}"}]}]`, "", ""},
		"reasoning": {`[{"role":"assistant","content":[{"type":"reasoning","text":"hm"},{"type":"text","text":"yes"}]}]`, "yes",
			"yes"},
		"numbers say none": {`[1,2]`, "", ""},
	} {
		if got := Question(c.in); got != c.question {
			t.Errorf("%s: question %q, want %q", name, got, c.question)
		}
		if got := Answer(c.in); got != c.answer {
			t.Errorf("%s: answer %q, want %q", name, got, c.answer)
		}
	}
}

func TestToolCallsAreSpelled(t *testing.T) {
	v := []any{map[string]any{"tool_calls": []any{
		map[string]any{"function": map[string]any{"name": "search", "arguments": `{"city":"Lisbon"}`}},
		map[string]any{"toolName": "book", "input": map[string]any{"n": int64(2)}},
	}}}
	if got, want := ToolCalls(v), "search({\"city\":\"Lisbon\"})\nbook({\"n\":2})"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var many []any
	for range 100 {
		many = append(many, map[string]any{"name": "t", "args": "x"})
	}
	if got := strings.Count(ToolCalls(many), "\n"); got != maxToolCalls-1 {
		t.Errorf("%d lines, want %d", got+1, maxToolCalls)
	}
}

func TestDeepAndLongConversationsEnd(t *testing.T) {
	deep := any(map[string]any{"role": "user", "content": "hi"})
	for range 50 {
		deep = []any{deep}
	}
	if got := Question(deep); got != "" {
		t.Errorf("a message at depth 50 was found: %q", got)
	}
	var long []any
	for range 2 * maxMessages {
		long = append(long, map[string]any{"role": "user", "content": "hi"})
	}
	if got := len(messages(long)); got != maxMessages {
		t.Errorf("%d messages, want %d", got, maxMessages)
	}
}

func TestPreviewFitsMLflowsLists(t *testing.T) {
	got := Preview(strings.Repeat("é", 1001))
	if utf8.RuneCountInString(got) != 1000 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d characters, ends in %q", utf8.RuneCountInString(got), got[len(got)-6:])
	}
	if s := strings.Repeat("é", 1000); Preview(s) != s {
		t.Error("what fits was cut")
	}
}
