package runs

// usage is what one model call used, as far as its span tells.
type usage struct {
	input, output, total        int64
	cached, written, reasoning  int64
	hasInput, hasOutput, hasAll bool
}

// known says whether the span tells anything. Streams without usage write
// nothing, or zeros; both mean unknown.
func (u usage) known() bool { return u.input > 0 || u.output > 0 || u.total > 0 }

func (u usage) plus(v usage) usage {
	u.input += v.input
	u.output += v.output
	u.total += v.total
	u.cached += v.cached
	u.written += v.written
	u.reasoning += v.reasoning
	u.hasInput = u.hasInput || v.hasInput
	u.hasOutput = u.hasOutput || v.hasOutput
	u.hasAll = u.hasAll || v.hasAll
	return u
}

// settle brings the numbers to one convention: input includes cached tokens
// and output includes reasoning, as the GenAI conventions say. Some providers
// report them apart. A total that is given, or a part greater than its whole,
// shows it.
func (u usage) settle() usage {
	cache := u.cached + u.written
	if u.hasAll && u.hasInput && u.hasOutput {
		switch rest := u.total - u.input - u.output; {
		case rest <= 0:
		case rest == cache || rest == u.cached || rest == u.written:
			u.input += rest
		case rest == u.reasoning:
			u.output += rest
		case rest == cache+u.reasoning:
			u.input += cache
			u.output += u.reasoning
		}
	}
	if u.hasInput && cache > u.input {
		u.input += cache
	}
	if u.hasOutput && u.reasoning > u.output {
		u.output += u.reasoning
	}
	if u.hasAll && u.hasInput && !u.hasOutput && u.total > u.input {
		u.output = u.total - u.input
	}
	if u.hasAll && u.hasOutput && !u.hasInput && u.total > u.output {
		u.input = u.total - u.output
	}
	if u.input+u.output > 0 {
		u.total = u.input + u.output
	}
	return u
}

// set takes one number unless a better-ranked attribute gave it already.
func (u *usage) set(what meaning, n int64) {
	switch what {
	case mInTokens:
		if !u.hasInput || u.input == 0 {
			u.input, u.hasInput = n, true
		}
	case mOutTokens:
		if !u.hasOutput || u.output == 0 {
			u.output, u.hasOutput = n, true
		}
	case mAllTokens:
		if !u.hasAll || u.total == 0 {
			u.total, u.hasAll = n, true
		}
	case mCached:
		u.cached = max(u.cached, n)
	case mCacheWrite:
		u.written = max(u.written, n)
	case mReasoning:
		u.reasoning = max(u.reasoning, n)
	}
}

// usageNames are the keys of usage objects of the providers' own APIs and of
// the frameworks that store usage as one JSON attribute.
func usageName(key string) meaning {
	switch snake(key) {
	case "input_tokens", "prompt_tokens", "input", "prompt", "prompt_token_count", "input_token_count", "prompt_eval_count", "tokens_in", "prompt_n":
		return mInTokens
	case "output_tokens", "completion_tokens", "output", "completion", "candidates_token_count", "output_token_count", "completion_token_count", "eval_count", "tokens_out", "predicted_n":
		return mOutTokens
	case "total_tokens", "total", "total_token_count", "tokens":
		return mAllTokens
	case "cache_read_input_tokens", "cached_tokens", "cached_content_token_count", "cache_read_tokens", "input_cached_tokens", "cached_input_tokens", "cache_read", "cache_read_input_token_count", "input_cache_read":
		return mCached
	case "cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens", "cache_write_input_tokens", "cache_creation", "input_cache_creation":
		return mCacheWrite
	case "reasoning_tokens", "thoughts_token_count", "output_reasoning_tokens", "reasoning", "reasoning_output_tokens":
		return mReasoning
	}
	return mNone
}

// read takes the numbers of a usage object, nested details included.
func (u *usage) read(obj map[string]any) {
	apart, total := false, false
	for _, k := range sortedKeys(obj) {
		v := obj[k]
		switch w := snake(k); w {
		case "cache_creation_input_tokens", "cache_read_input_tokens", "input_cached_tokens":
			apart = true
		case "total", "total_tokens", "prompt_tokens":
			total = true
		}
		if what := usageName(k); what != mNone {
			if n, ok := count(v); ok {
				u.set(what, n)
				continue
			}
		}
		if sub, ok := v.(map[string]any); ok {
			for _, sk := range sortedKeys(sub) {
				switch what := usageName(sk); what {
				case mCached, mCacheWrite, mReasoning:
					if n, ok := count(sub[sk]); ok {
						u.set(what, n)
					}
				}
			}
		}
	}
	// Anthropic's API counts cached tokens apart, and gives no total to tell.
	if apart && !total && u.hasInput && u.cached+u.written <= u.input {
		u.input += u.cached + u.written
	}
}

// findUsage looks for a usage object in the JSON of a model call: an object
// that has both a prompt and a completion count. The shallowest one counts,
// of several at one depth the last, as streams repeat it.
func findUsage(v any, is func(map[string]any) bool) (map[string]any, bool) {
	level := []any{v}
	for depth := 0; depth < 12 && len(level) > 0; depth++ {
		var next []any
		var found map[string]any
		for _, e := range level {
			switch x := e.(type) {
			case map[string]any:
				if is(x) {
					found = x
				}
				for _, k := range sortedKeys(x) {
					switch x[k].(type) {
					case map[string]any, []any:
						next = append(next, x[k])
					}
				}
			case []any:
				if len(x) > 512 { // a vector, not a list of answers
					continue
				}
				next = append(next, x...)
			}
		}
		if found != nil {
			return found, true
		}
		level = next
	}
	return nil, false
}

// isInput tells the usage object of an embedding call, which has no output.
func isInput(obj map[string]any) bool {
	for _, k := range []string{"prompt_tokens", "input_tokens", "total_tokens", "promptTokenCount", "promptTokens", "inputTokens"} {
		if n, ok := obj[k].(int64); ok && n > 0 {
			return true
		}
	}
	return false
}

// isUsage tells a usage object from any other that has an "input" and an
// "output": its two counts are whole numbers and its keys speak of tokens.
func isUsage(obj map[string]any) bool {
	var in, out bool
	for k, v := range obj {
		w := snake(k)
		if _, ok := count(v); !ok {
			continue
		}
		if _, text := v.(string); text {
			continue
		}
		switch w {
		case "input", "output", "prompt", "completion", "total", "tokens":
			continue
		}
		switch usageName(w) {
		case mInTokens:
			in = true
		case mOutTokens:
			out = true
		}
	}
	return in && out
}
