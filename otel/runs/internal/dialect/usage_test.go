package dialect

import (
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

func TestUsageIsFoundInAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		input  int64 // 0: none found
	}{
		"OpenAI": {`{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`, 1},
		"the last of a stream": {`[{"usage":{"prompt_tokens":1,"completion_tokens":1}},` +
			`{"usage":{"prompt_tokens":5,"completion_tokens":2}}]`, 5},
		"the shallowest":         {`{"usage":{"input_tokens":3,"output_tokens":1},"details":{"usage":{"input_tokens":9,"output_tokens":9}}}`, 3},
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
