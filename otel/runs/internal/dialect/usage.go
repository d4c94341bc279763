package dialect

import (
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Usage is what one model call used, in tokens, as far as its span says. Input
// includes cached tokens and Output includes reasoning, as the GenAI conventions
// say.
type Usage struct {
	Input, Output, Total        int64
	Cached, Written, Reasoning  int64
	hasInput, hasOutput, hasAll bool
}

// Known reports whether the span says anything. Streams without usage write
// nothing, or zeros; both mean unknown.
func (u Usage) Known() bool { return u.Input > 0 || u.Output > 0 || u.Total > 0 }

// Split reports whether input and output are known by themselves; some agents
// report only the total.
func (u Usage) Split() bool { return u.Input+u.Output > 0 }

// Plus returns the sum of two usages.
func (u Usage) Plus(v Usage) Usage {
	u.Input += v.Input
	u.Output += v.Output
	u.Total += v.Total
	u.Cached += v.Cached
	u.Written += v.Written
	u.Reasoning += v.Reasoning
	u.hasInput = u.hasInput || v.hasInput
	u.hasOutput = u.hasOutput || v.hasOutput
	u.hasAll = u.hasAll || v.hasAll
	return u
}

// normalized brings the numbers to one convention. Some providers report cached
// tokens beside the input, or reasoning beside the output. A total that is given,
// or a part greater than its whole, shows it.
func (u Usage) normalized() Usage {
	cache := u.Cached + u.Written
	if u.hasAll && u.hasInput && u.hasOutput {
		switch rest := u.Total - u.Input - u.Output; {
		case rest <= 0:
		case rest == cache || rest == u.Cached || rest == u.Written:
			u.Input += rest
		case rest == u.Reasoning:
			u.Output += rest
		case rest == cache+u.Reasoning:
			u.Input += cache
			u.Output += u.Reasoning
		}
	}
	if u.hasInput && cache > u.Input {
		u.Input += cache
	}
	if u.hasOutput && u.Reasoning > u.Output {
		u.Output += u.Reasoning
	}
	if u.hasAll && u.hasInput && !u.hasOutput && u.Total > u.Input {
		u.Output = u.Total - u.Input
	}
	if u.hasAll && u.hasOutput && !u.hasInput && u.Total > u.Output {
		u.Input = u.Total - u.Output
	}
	if u.Split() {
		u.Total = u.Input + u.Output
	}
	return u
}

// set takes one number unless a better-ranked attribute gave it already. A zero
// gives way: some instrumentations write one before the answer is there.
func (u *Usage) set(m Meaning, n int64) {
	switch m {
	case InputTokens:
		if !u.hasInput || u.Input == 0 {
			u.Input, u.hasInput = n, true
		}
	case OutputTokens:
		if !u.hasOutput || u.Output == 0 {
			u.Output, u.hasOutput = n, true
		}
	case TotalTokens:
		if !u.hasAll || u.Total == 0 {
			u.Total, u.hasAll = n, true
		}
	case CachedTokens:
		u.Cached = max(u.Cached, n)
	case CacheWriteTokens:
		u.Written = max(u.Written, n)
	case ReasoningTokens:
		u.Reasoning = max(u.Reasoning, n)
	}
}

// usageKey reads a key of a usage object: those of the providers' own APIs, and of
// the frameworks that store usage as one JSON attribute.
func usageKey(key string) Meaning {
	switch naming.Snake(key) {
	case "input_tokens", "prompt_tokens", "input", "prompt", "prompt_token_count", "input_token_count", "prompt_eval_count", "tokens_in",
		"prompt_n":
		return InputTokens
	case "output_tokens", "completion_tokens", "output", "completion", "candidates_token_count", "output_token_count",
		"completion_token_count", "eval_count", "tokens_out", "predicted_n":
		return OutputTokens
	case "total_tokens", "total", "total_token_count", "tokens":
		return TotalTokens
	case "cache_read_input_tokens", "cached_tokens", "cached_content_token_count", "cache_read_tokens", "input_cached_tokens",
		"cached_input_tokens", "cache_read", "cache_read_input_token_count", "input_cache_read":
		return CachedTokens
	case "cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens", "cache_write_input_tokens", "cache_creation",
		"input_cache_creation":
		return CacheWriteTokens
	case "reasoning_tokens", "thoughts_token_count", "output_reasoning_tokens", "reasoning", "reasoning_output_tokens":
		return ReasoningTokens
	}
	return None
}

// read takes the numbers of a usage object, nested details included.
func (u *Usage) read(obj map[string]any) {
	cacheApart, total := false, false
	for _, k := range value.SortedKeys(obj) {
		v := obj[k]
		switch naming.Snake(k) {
		case "cache_creation_input_tokens", "cache_read_input_tokens", "input_cached_tokens":
			cacheApart = true
		case "total", "total_tokens", "prompt_tokens":
			total = true
		}
		if m := usageKey(k); m != None {
			if n, ok := value.Count(v); ok {
				u.set(m, n)
				continue
			}
		}
		if details, ok := v.(map[string]any); ok {
			u.readDetails(details)
		}
	}
	// Anthropic's API counts cached tokens apart, and gives no total to show it.
	if cacheApart && !total && u.hasInput && u.Cached+u.Written <= u.Input {
		u.Input += u.Cached + u.Written
	}
}

// readDetails takes what a nested object says about parts of the whole, such as
// OpenAI's prompt_tokens_details.
func (u *Usage) readDetails(details map[string]any) {
	for _, k := range value.SortedKeys(details) {
		switch m := usageKey(k); m {
		case CachedTokens, CacheWriteTokens, ReasoningTokens:
			if n, ok := value.Count(details[k]); ok {
				u.set(m, n)
			}
		}
	}
}
