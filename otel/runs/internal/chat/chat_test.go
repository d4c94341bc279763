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
		"parts": {`[{"role":"user","parts":[{"type":"text","content":"a"},{"type":"image"},{"type":"text","content":"b"}]}]`,
			"a\nb", ""},
		"system alone":      {`[{"role":"system","content":"be nice"}]`, "", ""},
		"no text":           {`[{"role":"user"}]`, "", ""},
		"LangChain":         {`{"messages":[{"type":"human","data":{"content":"hi"}},{"type":"ai","data":{"content":"ho"}}]}`, "hi", "ho"},
		"Gemini":            {`{"candidates":[{"content":{"role":"model","parts":[{"text":"ho"}]}}]}`, "ho", "ho"},
		"LangChain's pairs": {`{"messages":[["system","be nice"],["user","hi"],["ai","ho"]]}`, "hi", "ho"},
		"arguments":         {`{"args":["hi"],"kwargs":{}}`, "hi", ""},
		"one key":           {`{"anything":"hi"}`, "hi", "hi"},
		"a known key":       {`{"topic":"bees","summary":"they hum"}`, "bees", "they hum"},
		"tool calls":        {`[{"role":"assistant","tool_calls":[{"name":"t","arguments":"{}"}]}]`, "", ""},
		"reasoning": {`[{"role":"assistant","content":[{"type":"reasoning","text":"hm"},{"type":"text","text":"yes"}]}]`, "yes",
			"yes"},
		"numbers say none": {`[1,2]`, "", ""},
		"a blob": {`[{"role":"user","parts":[{"type":"text","content":"what?"},{"type":"blob","mime_type":"image/png","content":"iVBORw0"}]}]`,
			"what?", ""},
		"a file, a document, something new": {`[{"role":"user","content":[{"type":"file","file":{"content":"JVBE"}},` +
			`{"type":"document","text":"page 1"},{"type":"hologram","text":"no"},{"type":"input_text","text":"what?"}]}]`, "what?", ""},
		"Gemini's inline data and thoughts": {
			`[{"role":"user","parts":[{"inline_data":{"mime_type":"image/png","data":"iVB"}},{"text":"what?"}]},` +
				`{"role":"model","parts":[{"text":"hm","thought":true},{"text":"ho"}]}]`, "what?", "ho"},
		"a tool's result under the user": {
			`[{"role":"user","content":"what?"},{"role":"assistant","content":[{"type":"tool_use","name":"t","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"42"}]}]}]`, "what?", ""},
		"Bedrock's tool result": {
			`[{"role":"user","content":[{"text":"what?"}]},{"role":"user","content":[{"toolResult":{"content":[{"text":"42"}]}}]}]`,
			"what?", ""},
		"the AI SDK's tool result": {
			`[{"role":"user","content":"what?"},{"role":"user","content":[{"type":"tool-result","output":"42","text":"42"}]}]`,
			"what?", ""},
		"JSON in a text part": {`[{"role":"user","parts":[{"type":"text","content":"[{\"type\":\"text\",\"text\":\"what?\"},` +
			`{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVB\"}}]"}]}]`, "what?", ""},
		"messages in a message": {`[{"role":"user","content":"{\"messages\":[{\"role\":\"user\",\"content\":\"what?\"}]}"}]`,
			"what?", ""},
		"a picture alone in JSON": {`[{"role":"user","content":"[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:x\"}}]"}]`,
			"", ""},
		"JSON that someone asks about": {`[{"role":"user","content":"{\"type\":\"bug\",\"title\":\"x\"}"}]`,
			`{"type":"bug","title":"x"}`, ""},
		"a tool's result in JSON": {
			`[{"role":"user","content":"what?"},{"role":"user","content":"[{\"type\":\"tool_result\",\"content\":\"42\"}]"}]`,
			"what?", ""},
		"tickets that someone pastes": {`[{"role":"user","content":"[{\"type\":\"bug\"}]"}]`, `[{"type":"bug"}]`, ""},
		"cut by a limit": {`[{"role":"system","content":"be nice"},{"role":"user","content":"What is the wea`,
			"What is the wea", ""},
		"an answer that was cut": {`{"choices":[{"message":{"role":"assistant","content":"It is su`, "It is su", "It is su"},
		"Python's spelling":      {`[{'role': 'user', 'content': "what's up?"}]`, "what's up?", ""},
		"a data URI":             {"data:image/png;base64,iVBORw0KGgo=", "", ""},
		"a picture within a text": {"what is ![this](data:image/png;charset=x;base64,iVBORw0KGgo=)?", "what is ![this]([image/png])?",
			"what is ![this]([image/png])?"},
		"bytes":                   {strings.Repeat("iVBORw0KGgo+", 50), "", ""},
		"a long word":             {strings.Repeat("a", 500), strings.Repeat("a", 500), strings.Repeat("a", 500)},
		"parts without a message": {`[{"type":"text","text":"what?"},{"type":"image","data":"x"}]`, "what?", "what?"},
		"items of a voice agent":  {`{"items":[{"type":"message","role":"user","content":["what?"]}]}`, "what?", ""},
		"context beside the question": {`[{"role":"user","parts":[{"text":"<session_context>\nDate: Sunday\n</session_context>"},` +
			`{"text":"what?"}]}]`, "what?", ""},
		"context in a message of its own": {`[{"role":"user","content":"what?"},{"role":"user","content":` +
			`"<environment_context><cwd>/app</cwd></environment_context>"}]`, "what?", ""},
		"context around the question": {`[{"type":"text","text":"<system-reminder>a</system-reminder>"},{"type":"text","text":"what?"},` +
			`{"type":"text","text":"<system-reminder>b</system-reminder>"}]`, "what?",
			"<system-reminder>a</system-reminder>\nwhat?\n<system-reminder>b</system-reminder>"},
		"context alone":           {`[{"role":"user","content":"<context>bees hum</context>"}]`, "<context>bees hum</context>", ""},
		"an element that is said": {`[{"role":"user","content":"<question>what?</question>"}]`, "<question>what?</question>", ""},
		"an element left open":    {`[{"role":"user","content":"<context>what? </b> a>b"}]`, "<context>what? </b> a>b", ""},
		"a crew's output": {`{"raw":"both","pydantic":null,"json_dict":null,"tasks_output":[{"raw":"one","pydantic":null,"json_dict":null,` +
			`"messages":[{"role":"user","content":"what?"},{"role":"assistant","content":"one"}]}]}`, "", "both"},
		"raw output of others": {`{"raw":"<xml>",` +
			`"messages":[{"role":"user","content":"what?"},{"role":"assistant","content":"one"}]}`, "what?", "one"},
		"LangChain's objects in JavaScript": {
			`{"messages":[[{"lc":1,"type":"constructor","id":["langchain_core","messages","SystemMessage"],"kwargs":{"content":"be nice"}},` +
				`{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"content":"what?"}},` +
				`{"lc":1,"type":"constructor","id":["langchain_core","messages","AIMessageChunk"],"kwargs":{"content":` +
				`[{"type":"reasoning","reasoning":"hm"},{"type":"text","text":"yes"}]}}]]}`, "what?", "yes"},
		"LangWatch's types": {`{"type":"chat_messages","value":[{"role":"user","content":"what?"},{"role":"assistant","content":"yes"}]}`,
			"what?", "yes"},
		"LangWatch's text":          {`{"type":"text","value":"what?"}`, "what?", "what?"},
		"a type among other things": {`{"type":"bug","value":"7","topic":"bees"}`, "bees", ""},
		"an answer spoken aloud": {`[{"role":"user","content":"what?"},` +
			`{"role":"assistant","content":null,"audio":{"data":"UklG","transcript":"yes"}}]`, "what?", "yes"},
		"Semantic Kernel's items": {`[{"role":"user","items":[{"$type":"ImageContent","data":"iVB"},{"$type":"TextContent","text":"what?"}]},` +
			`{"role":"tool","items":[{"$type":"FunctionResultContent","result":"42"}]}]`, "what?", ""},
		"a refusal": {`[{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]`, "no", "no"},
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

func TestWhatIsNoConversationIsShownAsItIs(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"an object":         {`{"a":1,"b":2}`, `{"a":1,"b":2}`},
		"with a picture":    {`{"image":"data:image/png;base64,iVBORw0KGgo=","mode":"x"}`, `{"image":"[image/png]","mode":"x"}`},
		"messages":          {`[{"role":"user","content":[{"type":"image","data":"iVBO"}]}]`, ""},
		"parts":             {`[{"type":"image","data":"iVBO"}]`, ""},
		"bytes alone":       {strings.Repeat("iVBORw0KGgo+", 50), ""},
		"cut in the middle": {`[{"role":"user","content":[{"type":"image","data":"iVBO`, ""},
	} {
		if got := Raw(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
