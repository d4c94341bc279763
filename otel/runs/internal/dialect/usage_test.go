package dialect

import (
	"fmt"
	"testing"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Whether cached and reasoning tokens are inside the input and output, each provider
// decides for itself; the numbers show it.
func TestUsageIsBroughtToOneConvention(t *testing.T) {
	for name, c := range map[string]struct {
		object string
		want   [6]int64 // input, output, total, cached, written, reasoning
	}{
		"OpenAI, all inside": {`{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},` +
			`"completion_tokens_details":{"reasoning_tokens":3}}`,
			[6]int64{10, 5, 15, 4, 0, 3}},
		"Anthropic, cache apart": {`{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":4,"cache_creation_input_tokens":2}`,
			[6]int64{16, 5, 21, 4, 2, 0}},
		"cache greater than input": {`{"input_tokens":3,"output_tokens":5,"cached_tokens":40}`,
			[6]int64{43, 5, 48, 40, 0, 0}},
		"Gemini, thoughts apart": {`{"promptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":45,"totalTokenCount":75}`,
			[6]int64{10, 65, 75, 0, 0, 45}},
		"a total that shows cache and more": {`{"input_tokens":10,"output_tokens":5,"total_tokens":24,"cache_read":4,"reasoning_tokens":5}`,
			[6]int64{14, 10, 24, 4, 0, 5}},
		"a total that shows nothing known": {`{"input_tokens":10,"output_tokens":5,"total_tokens":99}`, [6]int64{10, 5, 15, 0, 0, 0}},
		"input and total":                  {`{"input_tokens":10,"total_tokens":12}`, [6]int64{10, 2, 12, 0, 0, 0}},
		"output and total":                 {`{"output_tokens":10,"total_tokens":12}`, [6]int64{2, 10, 12, 0, 0, 0}},
		"a total alone":                    {`{"total_tokens":12}`, [6]int64{0, 0, 12, 0, 0, 0}},
		"text and what is no count":        {`{"prompt_tokens":"10","completion_tokens":-5}`, [6]int64{10, 0, 10, 0, 0, 0}},
		"nothing":                          {`{}`, [6]int64{}},
		"Bedrock, cache apart and smaller": {`{"inputTokens":9000,"outputTokens":100,"totalTokens":16100,"cacheReadInputTokens":6000,` +
			`"cacheWriteInputTokens":1000}`, [6]int64{16000, 100, 16100, 6000, 1000, 0}},
		"Bedrock without a total": {`{"inputTokens":9000,"outputTokens":100,"cacheReadInputTokens":6000,"cacheWriteInputTokens":1000}`,
			[6]int64{16000, 100, 16100, 6000, 1000, 0}},
		"the AI SDK's objects": {`{"inputTokens":{"total":1000,"noCache":300,"cacheRead":600,"cacheWrite":100},` +
			`"outputTokens":{"total":50,"text":30,"reasoning":20}}`, [6]int64{1000, 50, 1050, 600, 100, 20}},
		"nothing of it cached": {`{"prompt_tokens":1000,"completion_tokens":5,"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":1000}`,
			[6]int64{1000, 5, 1005, 0, 0, 0}},
		"a hit and a miss": {`{"prompt_tokens":1000,"completion_tokens":5,"prompt_cache_hit_tokens":640,"prompt_cache_miss_tokens":360}`,
			[6]int64{1000, 5, 1005, 640, 0, 0}},
		"the rest and the cache alone": {`{"uncached_input_tokens":300,"cache_read_tokens":600,"cache_write_tokens":100,"output_tokens":5}`,
			[6]int64{1000, 5, 1005, 600, 100, 0}},
		"input is the rest": {`{"input_tokens":300,"non_cached_input_tokens":300,"cached_input_tokens":200,"output_tokens":5}`,
			[6]int64{500, 5, 505, 200, 0, 0}},
		"pydantic-ai, cache inside": {`{"input_tokens":1000,"cache_read_tokens":600,"cache_write_tokens":100,"output_tokens":5}`,
			[6]int64{1000, 5, 1005, 600, 100, 0}},
		"more reasoning than output, apart": {`{"input_tokens":1,"output_tokens":2,"reasoning_tokens":7}`,
			[6]int64{1, 9, 10, 0, 0, 7}},
		"the rest is what was written alone": {`{"input_tokens":10,"output_tokens":5,"total_tokens":17,"cache_read":1,"cache_creation":2}`,
			[6]int64{12, 5, 17, 1, 2, 0}},
	} {
		var u Usage
		u.read(value.Structured(c.object).(map[string]any))
		u = u.normalized()
		if got := [6]int64{u.Input, u.Output, u.Total, u.Cached, u.Written, u.Reasoning}; got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// What a span's names, or its arithmetic, say of the cache.
func TestCachedInputOfSpans(t *testing.T) {
	for name, c := range map[string]struct {
		attrs m
		want  [3]int64 // input, cached, written
	}{
		"the conventions": {m{"gen_ai.usage.input_tokens": 9000, "gen_ai.usage.output_tokens": 1,
			"gen_ai.usage.cache_read.input_tokens":     6000,
			"gen_ai.usage.cache_creation.input_tokens": 1000, "gen_ai.system": "anthropic"}, [3]int64{9000, 6000, 1000}},
		"Claude Code": {m{"gen_ai.request.model": "claude-x", "input_tokens": 9000, "output_tokens": 1, "cache_read_tokens": 6000,
			"cache_creation_tokens": 1000}, [3]int64{16000, 6000, 1000}},
		"Claude Code, nothing written": {m{"model": "claude-x", "input_tokens": 9000, "output_tokens": 1, "cache_read_tokens": 6000,
			"cache_creation_tokens": 0}, [3]int64{15000, 6000, 0}},
		"Claude by a short name": {m{"model": "opus", "input_tokens": 9000, "output_tokens": 1, "cache_read_tokens": 6000,
			"cache_creation_tokens": 0}, [3]int64{15000, 6000, 0}},
		"the AI SDK's answer of Anthropic": {m{"ai.operationId": "ai.generateText.doGenerate", "ai.usage.inputTokens": 9000,
			"ai.usage.outputTokens": 1, "ai.usage.cachedInputTokens": 6000, "ai.response.providerMetadata": `{"anthropic":{"usage":{` +
				`"input_tokens":9000,"output_tokens":1,"cache_read_input_tokens":6000,"cache_creation_input_tokens":1000}}}`},
			[3]int64{16000, 6000, 1000}},
		"the AI SDK's count of Anthropic's": {m{"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "anthropic.messages",
			"ai.usage.inputTokens": 9000, "gen_ai.usage.input_tokens": 9000, "ai.usage.outputTokens": 1, "ai.usage.totalTokens": 9001,
			"ai.usage.cachedInputTokens": 6000}, [3]int64{15000, 6000, 0}},
		"the AI SDK's version 4": {m{"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "anthropic.messages",
			"ai.usage.promptTokens": 9000, "ai.usage.completionTokens": 1, "ai.response.providerMetadata": `{"anthropic":` +
				`{"cacheReadInputTokens":6000,"cacheCreationInputTokens":1000}}`}, [3]int64{16000, 6000, 1000}},
		"the AI SDK's version 6": {m{"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "anthropic.messages",
			"ai.usage.inputTokens": 9000, "ai.usage.outputTokens": 1, "ai.usage.cachedInputTokens": 6000,
			"ai.usage.inputTokenDetails.cacheReadTokens": 6000}, [3]int64{9000, 6000, 0}},
		"the AI SDK's version 6 by the answer": {m{"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "anthropic.messages",
			"ai.usage.inputTokens": 16000, "ai.usage.outputTokens": 1, "ai.usage.cachedInputTokens": 6000, "ai.response.providerMetadata": `{` +
				`"anthropic":{"usage":{"input_tokens":9000,"output_tokens":1,"cache_read_input_tokens":6000,` +
				`"cache_creation_input_tokens":1000}}}`}, [3]int64{16000, 6000, 1000}},
		"the AI SDK's count of OpenAI's": {m{"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "openai.responses",
			"ai.usage.inputTokens": 9000, "ai.usage.outputTokens": 1, "ai.usage.cachedInputTokens": 6000}, [3]int64{9000, 6000, 0}},
		"names of coins, on a call": {m{"gen_ai.operation.name": "chat", "tokens_in": 7, "llm.tokens.out": 3, "tokens.checked_in": 9},
			[3]int64{7, 0, 0}},
		"coins": {m{"model": "amm", "tokens_in": 7, "tokens_out": 3}, [3]int64{}},
		"Claude on Bedrock": {m{"model_id": "us.anthropic.claude-x", "usage.inputTokens": 9000, "usage.outputTokens": 1,
			"usage.cacheReadInputTokens": 6000, "usage.cacheWriteInputTokens": 1000}, [3]int64{16000, 6000, 1000}},
		"Bedrock by its total": {m{"gen_ai.usage.input_tokens": 9000, "gen_ai.usage.output_tokens": 100, "gen_ai.usage.total_tokens": 16100,
			"gen_ai.usage.cache_read_input_tokens": 6000, "gen_ai.usage.cache_write_input_tokens": 1000}, [3]int64{16000, 6000, 1000}},
		"Codex": {m{"model": "gpt-5", "input_tokens": 9000, "output_tokens": 1, "cached_input_tokens": 6000,
			"non_cached_input_tokens": 3000},
			[3]int64{9000, 6000, 0}},
		"OpenAI's bare names": {m{"model": "gpt-5", "prompt_tokens": 9000, "completion_tokens": 1, "cached_tokens": 6000},
			[3]int64{9000, 6000, 0}},
		"details in Python's spelling": {m{"gen_ai.usage.input_tokens": 1100, "gen_ai.usage.output_tokens": 5,
			"gen_ai.usage.input_token_details": "{'cache_read': 1024, 'cache_creation': 10, 'audio': 0}"}, [3]int64{1100, 1024, 10}},
		"details as JSON": {m{"gen_ai.usage.input_tokens": 1100, "gen_ai.usage.output_tokens": 5,
			"acme.usage.prompt_tokens_details": `{"cached_tokens":1024}`}, [3]int64{1100, 1024, 0}},
		"what is not cached": {m{"ai.usage.inputTokens": 1000, "ai.usage.outputTokens": 5, "ai.usage.inputTokenDetails.noCacheTokens": 700,
			"ai.usage.inputTokenDetails.cacheReadTokens": 200, "ai.usage.inputTokenDetails.cacheWriteTokens": 100}, [3]int64{1000,
			200, 100}},
		"Anthropic's five minutes": {m{"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 5,
			"gen_ai.usage.details.ephemeral_5m_input_tokens": 100}, [3]int64{1000, 0, 100}},
	} {
		u := read("x", c.attrs).Usage
		if got := [3]int64{u.Input, u.Cached, u.Written}; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestTheAnswerCompletesTheAttributes(t *testing.T) {
	answer := `{"generations":[[{"message":{"kwargs":{"response_metadata":{"token_usage":{"prompt_tokens":%d,"completion_tokens":5,` +
		`"prompt_tokens_details":{"cached_tokens":34},"completion_tokens_details":{"reasoning_tokens":3}},"model_name":"m-2024"}}}}]]}`
	for name, c := range map[string]struct {
		attrs     m
		want      [4]int64 // input, cached, written, reasoning
		answering string
	}{
		"parts and model": {m{"gen_ai.completion": fmt.Sprintf(answer, 100)}, [4]int64{100, 34, 0, 3}, "m-2024"},
		"of another call": {m{"gen_ai.completion": fmt.Sprintf(answer, 99)}, [4]int64{100, 0, 0, 0}, ""},
		"usage as an object": {m{"langsmith.metadata.usage_metadata": `{"input_tokens":100,"output_tokens":5,` +
			`"input_token_details":{"cache_read":34}}`}, [4]int64{100, 34, 0, 0}, ""},
		"Python's spelling": {m{"metadata.usage_object": `{'prompt_tokens': 100, 'completion_tokens': 5, ` +
			`'prompt_tokens_details': {'cached_tokens': 34, 'audio_tokens': None}}`}, [4]int64{100, 34, 0, 0}, ""},
		"the cache beside the input": {m{"gen_ai.completion": `{"model":"c-2025","usage":{"input_tokens":100,"cache_read_input_tokens":40,` +
			`"cache_creation_input_tokens":2,"output_tokens":5}}`}, [4]int64{142, 40, 2, 0}, "c-2025"},
		"the cache beside the input, by name too": {m{"input_tokens": 100, "output_tokens": 5, "model": "claude", "output": `{"model":"c",` +
			`"usage":{"input_tokens":100,"cache_read_input_tokens":40,"output_tokens":5}}`}, [4]int64{140, 40, 0, 0}, "c"},
	} {
		c.attrs["gen_ai.operation.name"] = "chat"
		if c.attrs["input_tokens"] == nil {
			c.attrs["gen_ai.request.model"] = "m"
			c.attrs["gen_ai.usage.input_tokens"], c.attrs["gen_ai.usage.output_tokens"] = 100, 5
		}
		f := read("x", c.attrs)
		if got := [4]int64{f.Usage.Input, f.Usage.Cached, f.Usage.Written, f.Usage.Reasoning}; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if f.Answering != c.answering {
			t.Errorf("%s: answered by %q, want %q", name, f.Answering, c.answering)
		}
	}
}

func TestUsageIsFoundInAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		input  int64 // 0: none found
	}{
		"OpenAI": {`{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`, 1},
		"the last of a stream": {`[{"usage":{"prompt_tokens":1,"completion_tokens":1}},` +
			`{"usage":{"prompt_tokens":5,"completion_tokens":2}}]`, 5},
		"the shallowest": {`{"usage":{"input_tokens":3,"output_tokens":1},"details":{"usage":{"input_tokens":9,"output_tokens":9}}}`,
			3},
		"no words of tokens":     {`{"input":3,"output":4}`, 0},
		"one count":              {`{"prompt_tokens":3}`, 0},
		"counts as text":         {`{"prompt_tokens":"3","completion_tokens":"4"}`, 0},
		"Ollama":                 {`{"prompt_eval_count":6,"eval_count":2}`, 6},
		"deeper than it is seen": {`[[[[[[[[[[[[[{"prompt_tokens":1,"completion_tokens":2}]]]]]]]]]]]]]`, 0},
	} {
		obj, ok := findUsage(value.Structured(c.answer), isUsage)
		var u Usage
		u.read(obj)
		if ok != (c.input > 0) || u.Input != c.input {
			t.Errorf("%s: %v, input %d, want %d", name, ok, u.Input, c.input)
		}
	}
}

func TestSumsOfUsage(t *testing.T) {
	a := Usage{Input: 1, Output: 2, Total: 3, Cached: 4, Written: 5, Reasoning: 6}
	if got, want := a.Plus(a), (Usage{Input: 2, Output: 4, Total: 6, Cached: 8, Written: 10, Reasoning: 12}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if (Usage{Cached: 3}).Known() || !(Usage{Total: 3}).Known() || (Usage{Total: 3}).Split() {
		t.Error("usage is known by input, output or total, and split by the first two")
	}
}
