package dialect

import (
	"slices"
	"strings"

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

	rest       int64 // of the input, without the cache
	hasRest    bool
	hasWritten bool // also where nothing was
	cacheApart bool // by its names, the input leaves out the cache
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
	switch {
	case u.hasRest && !u.hasInput && u.rest > 0:
		u.Input, u.hasInput = u.rest+cache, true
	case u.hasRest && u.rest == u.Input: // and the other way round, rest and cache make the input
		u.Input += cache
	case u.cacheApart && !u.hasRest && !u.hasAll:
		u.Input += cache
	}
	u.rest, u.hasRest, u.hasWritten, u.cacheApart = 0, false, false, false
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
		u.Written, u.hasWritten = max(u.Written, n), true
	case ReasoningTokens:
		u.Reasoning = max(u.Reasoning, n)
	case UncachedTokens:
		u.rest, u.hasRest = max(u.rest, n), true
	}
}

// findOwnCounts takes the counts of a model call under names that elsewhere count coins
// and cards too (tokens_in, tokens_out).
func (f *Facts) findOwnCounts() {
	for i := range f.Attrs {
		a := &f.Attrs[i]
		if a.Means != None || a.clues&(clueTokensIn|clueTokensOut) == 0 {
			continue
		}
		n, ok := value.Count(a.Value)
		if !ok {
			continue
		}
		a.Means = InputTokens
		if a.clues&clueTokensOut != 0 {
			a.Means = OutputTokens
		}
		f.Usage.set(a.Means, n)
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
		"cached_input_tokens", "cache_read", "cache_read_input_token_count", "input_cache_read", "cached":
		return CachedTokens
	case "no_cache":
		return UncachedTokens
	case "cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens", "cache_write_input_tokens", "cache_creation",
		"input_cache_creation", "cache_write":
		return CacheWriteTokens
	case "reasoning_tokens", "thoughts_token_count", "output_reasoning_tokens", "reasoning", "reasoning_output_tokens":
		return ReasoningTokens
	}
	switch m := tokenMeaning(naming.Words(key)); m {
	case CachedTokens, CacheWriteTokens, UncachedTokens, ReasoningTokens:
		return m
	}
	return None
}

// read takes the numbers of a usage object, nested details included.
func (u *Usage) read(obj map[string]any) {
	cacheApart, total := false, false
	for _, k := range value.SortedKeys(obj) {
		v := obj[k]
		switch naming.Snake(k) {
		case "cache_creation_input_tokens", "cache_read_input_tokens", "cache_write_input_tokens", "input_cached_tokens":
			cacheApart = true
		case "total", "total_tokens", "prompt_tokens":
			total = true
		}
		m := usageKey(k)
		if n, ok := value.Count(v); ok && m != None {
			u.set(m, n)
			continue
		}
		if details, ok := v.(map[string]any); ok {
			u.readDetails(details, m)
		}
	}
	// Anthropic's API counts cached tokens apart, and gives no total to show it.
	if cacheApart && !total && u.hasInput && u.Cached+u.Written <= u.Input {
		u.Input += u.Cached + u.Written
	}
}

// readDetails takes what a nested object says about parts of a whole, such as
// OpenAI's prompt_tokens_details, and the whole itself where the object has it: in
// {"inputTokens":{"total":9,"cacheRead":4}} it is the input.
func (u *Usage) readDetails(details map[string]any, whole Meaning) {
	for _, k := range value.SortedKeys(details) {
		n, ok := value.Count(details[k])
		if !ok {
			continue
		}
		switch m := usageKey(k); {
		case m == CachedTokens, m == CacheWriteTokens, m == ReasoningTokens, m == UncachedTokens:
			u.set(m, n)
		case m == TotalTokens && (whole == InputTokens || whole == OutputTokens):
			u.set(whole, n)
		}
	}
}

// countsCacheApart reports whether the names of the counts are those of Anthropic's API,
// bare or under a program's own prefix, which leaves the cache out of the input. The
// names of the GenAI conventions and of OpenAI's API say that it is inside.
func (f *Facts) countsCacheApart() bool {
	if f.usageKey == "" || f.shows(InputTokens) || f.Usage.Cached+f.Usage.Written == 0 || !slices.Contains(naming.Words(f.usageKey), "input") {
		return false
	}
	vendor := strings.ToLower(f.Provider + " " + f.Model + " " + f.Answering)
	speaks := func(of ...string) bool {
		return slices.ContainsFunc(of, func(name string) bool { return strings.Contains(vendor, name) })
	}
	if speaks("anthropic", "claude", "bedrock") {
		return true
	}
	// Nobody else counts what was written to the cache.
	return f.Usage.hasWritten && !speaks("openai", "gpt", "gemini", "google", "vertex", "azure", "deepseek", "mistral", "grok", "llama",
		"qwen")
}
