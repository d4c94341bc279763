package analysis

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

var eventStream = http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}

// streamed is an answer in events of a few bytes, with the usage in the last.
func streamed(content string) string {
	var b strings.Builder
	event := func(v any) {
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		b.WriteString("data: " + string(data) + "\n\n")
	}
	chunk := func(delta map[string]any, finish any) map[string]any {
		return map[string]any{"id": "c-1", "model": "m", "choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}}
	}
	b.WriteString(": keep-alive\n\n")
	event(chunk(map[string]any{"role": "assistant", "content": "", "reasoning_content": "Let me think. {\"tldr\": 1}"}, nil))
	for len(content) > 0 {
		n := min(7, len(content))
		for n < len(content) && content[n]&0xc0 == 0x80 {
			n++
		}
		event(chunk(map[string]any{"content": content[:n]}, nil))
		content = content[n:]
	}
	event(chunk(map[string]any{}, "stop"))
	event(map[string]any{"id": "c-1", "choices": []any{}, "usage": map[string]any{"prompt_tokens": 10, "completion_tokens": 20}})
	b.WriteString("data: [DONE]\n\n")
	return b.String()
}

// parts is a content of several parts.
func parts(ps ...map[string]any) any { return ps }

func textPart(s string) map[string]any { return map[string]any{"type": "text", "text": s} }

// The answers that servers send in place of {"content": "…"} are read in one
// call. Sources: vercel/ai#13703 and mistralai/client-python#621 for the parts,
// the vendors' documentation for the rest.
func TestTheAnswerIsReadInEveryShape(t *testing.T) {
	thinking := map[string]any{"type": "thinking", "thinking": []any{textPart(`Perhaps {"tldr": ["draft"]}?`)}}
	half := len(good) / 2
	var asObject any
	if err := json.Unmarshal([]byte(good), &asObject); err != nil {
		t.Fatal(err)
	}
	message := func(m map[string]any) reply { return answerOf(m, "stop") }
	call := func(arguments any) map[string]any {
		return map[string]any{"content": nil, "tool_calls": []any{map[string]any{
			"id": "call_1", "type": "function", "function": map[string]any{"name": "analysis_result", "arguments": arguments},
		}}}
	}
	for name, r := range map[string]reply{
		"a text":                 says(good),
		"one part":               message(map[string]any{"content": parts(textPart(good))}),
		"Mistral, reasoning":     message(map[string]any{"content": parts(thinking, textPart(good))}),
		"Mistral, thinking text": message(map[string]any{"content": parts(map[string]any{"type": "thinking", "thinking": `{"tldr":["x"]}`}, textPart(good))}),
		"Mistral, references": message(map[string]any{"content": parts(textPart(good[:half]),
			map[string]any{"type": "reference", "reference_ids": []int{1, 2}}, textPart(good[half:]))}),
		"unknown parts":        message(map[string]any{"content": parts(map[string]any{"type": "audio", "data": "x"}, textPart(good), map[string]any{"type": "new"})}),
		"parts of Responses":   message(map[string]any{"content": parts(map[string]any{"type": "output_text", "text": good, "annotations": []any{}})}),
		"parts without a type": message(map[string]any{"content": []any{map[string]any{"text": good}}}),
		"parts that are texts": message(map[string]any{"content": []any{good[:half], good[half:]}}),
		"a part alone":         message(map[string]any{"content": textPart(good)}),
		"a nested text":        message(map[string]any{"content": parts(map[string]any{"type": "text", "text": map[string]any{"value": good}})}),
		"the object itself":    message(map[string]any{"content": asObject}),
		"parsed":               message(map[string]any{"content": nil, "parsed": asObject}),
		"a call of a tool":     message(call(good)),
		"a call, an object":    message(call(asObject)),
		"function_call":        message(map[string]any{"content": "", "function_call": map[string]any{"name": "f", "arguments": good}}),
		"reasoning beside it":  message(map[string]any{"content": good, "reasoning_content": "Hm. {}"}),
		"all in the reasoning": message(map[string]any{"content": nil, "reasoning_content": good}),
		"thoughts in the text": says("<think>\nA draft: {\"tldr\": [\"x\"]}\n</think>\n\n" + good),
		"other thoughts":       says("<thinking>{\"summary\": 1}</thinking>" + good),
		"thoughts of Mistral":  says("[THINK]A draft: {\"tldr\": [\"x\"]}[/THINK]" + good),
		"thoughts of Kimi":     says("◁think▷{\"tldr\": [\"x\"]}◁/think▷" + good),
		"channels of gpt-oss":  says("<|channel|>analysis<|message|>{\"tldr\": [\"x\"]}<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>" + good),
		"a box of GLM":         says("<|begin_of_box|>" + good + "<|end_of_box|>"),
		"a whole draft":        says("<think>" + strings.ReplaceAll(good, "It sets up", "It tears down") + "</think>" + good),
		"tags around it":       says("<json>\n" + good + "\n</json>"),
		"thoughts half cut":    says("so {\"tldr\":1} it is.</think>" + good),
		"a stream":             {status: 200, body: streamed(good), header: eventStream},
		"a stream, unlabelled": {status: 200, body: streamed(good)},
		"a stream of parts": {status: 200, header: eventStream, body: `data: {"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Okay"}]}]},"finish_reason":null}]}` +
			"\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":[` + mustJSON(textPart(good)) + `]},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n"},
		"a stream of one event":       {status: 200, header: eventStream, body: "data: " + says(good).body + "\n\n"},
		"a stream with calls":         {status: 200, header: eventStream, body: "data: " + `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":` + mustJSON(good) + `}}]},"finish_reason":"tool_calls"}]}` + "\r\n\r\ndata: [DONE]\r\n"},
		"a list of one answer":        {status: 200, body: "[" + says(good).body + "]"},
		"a completion of old":         {status: 200, body: `{"choices":[{"text":` + mustJSON(good) + `,"finish_reason":"stop"}]}`},
		"error is null":               {status: 200, body: strings.Replace(says(good).body, "{", `{"error":null,`, 1)},
		"Groq's failed generation":    {status: 400, body: `{"error":{"message":"Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"json_validate_failed","failed_generation":` + mustJSON(strings.TrimSuffix(good, "}")+",}") + `}}`},
		"cut, but complete":           stops(good, "length"),
		"no finish reason":            stops(good, ""),
		"Mistral's limit, complete":   stops(good+"\nAnd", "model_length"),
		"finish reason of Anthropic":  stops(good, "end_turn"),
		"filters that did not strike": {status: 200, body: strings.Replace(says(good).body, "{", `{"prompt_filter_results":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: always(r)}
			a, rec, _ := analyst(t, s, func(c *OpenAIConfig) { c.Model = "some-model" })
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if err != nil || s.calls() != 1 {
				t.Fatalf("%v after %d calls", err, s.calls())
			}
			if o.Result.TLDR[1] != "It sets up **Blanket.js** with Mocha in a few lines." || len(o.Result.Projects) != 3 {
				t.Errorf("result %+v", o.Result)
			}
			if len(rec.Ended()) != 1 {
				t.Errorf("%d spans", len(rec.Ended()))
			}
		})
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestStreamsThatEndBadly(t *testing.T) {
	whole := streamed(good)
	for name, tc := range map[string]struct {
		body string
		kind Kind
	}{
		"broken off":     {whole[:len(whole)/2], KindUnreachable},
		"an error in it": {whole[:len(whole)/2] + "\n\ndata: {\"error\":{\"code\":502,\"message\":\"upstream died\"}}\n\n", KindServer},
		"a filter in it": {`data: {"choices":[{"index":0,"delta":{"content":"{\"tl"},"finish_reason":null}]}` + "\n\n" + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}` + "\n\ndata: [DONE]\n", KindFiltered},
		"nothing in it":  {"data: [DONE]\n\n", KindNoChoice},
		"no JSON in it":  {"data: hello\n\ndata: [DONE]\n\n", KindNoChoice},
		"a runaway":      {"data: " + `{"choices":[{"index":0,"delta":{"content":"` + strings.Repeat("x", maxEvent) + `"}}]}` + "\n\n", KindNotAPI},
		"too much in it": {strings.Repeat("data: "+`{"choices":[{"index":0,"delta":{"content":"`+strings.Repeat("x", maxEvent/2)+`"}}]}`+"\n\n", 2*maxBody/maxEvent+1), KindNotAPI},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: always(reply{status: 200, body: tc.body, header: eventStream})}
			a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.MaxRetries = -1 })
			if _, err := a.Analyze(t.Context(), page(t, "coverage")); kindOf(err) != tc.kind || s.calls() != 1 {
				t.Errorf("%q after %d calls: %v", kindOf(err), s.calls(), err)
			}
		})
	}
}

func TestUsageUnderOtherNamesIsCounted(t *testing.T) {
	r := says(good)
	r.body = strings.Replace(strings.Replace(r.body, `"prompt_tokens"`, `"input_tokens"`, 1), `"completion_tokens"`, `"output_tokens"`, 1)
	a, _, _ := analyst(t, &server{answer: always(r)}, nil)
	if o, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil || o.InputTokens != 1000 || o.OutputTokens != 200 {
		t.Errorf("%v, %+v", err, o)
	}
}

func FuzzReadCompletion(f *testing.F) {
	f.Add([]byte(says(good).body))
	f.Add([]byte(`{"choices":[{"message":{"content":[{"type":"text","text":"x"},{"type":"thinking"}]},"finish_reason":"SAFETY"}]}`))
	f.Add([]byte(`[{"error":{"code":400,"message":"x","innererror":{"content_filter_result":{"hate":{"filtered":true}}}}}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := readCompletion(body)
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		allWords(body)
		complaint(body)
		codeOf(body)
		filterInError(400, body)
		_, _, _ = joinStream(strings.NewReader("data: " + string(body) + "\n\n"))
	})
}
