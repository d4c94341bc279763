package runs

import (
	"regexp"
	"strings"
)

func (f *facts) readCosts(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range sortedKeys(obj) {
		n, ok := number(obj[k])
		if !ok || n < 0 {
			continue
		}
		switch snake(k) {
		case "total", "total_cost":
			if f.cost == nil {
				f.cost = &n
			}
		case "input", "output", "input_cost", "output_cost", "prompt", "completion":
			f.addCost(k, n)
		}
	}
}

// addCost takes the input's or the output's share of the cost.
func (f *facts) addCost(key string, n float64) {
	f.hasParts = true
	if w := snake(key); strings.Contains(w, "output") || strings.Contains(w, "completion") {
		f.costOut = max(f.costOut, n)
		return
	}
	f.costIn = max(f.costIn, n)
}

// readParams takes the settings out of an object of invocation parameters.
// Only short values are settings; tools and instructions go elsewhere.
func (f *facts) readParams(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range sortedKeys(obj) {
		name := snake(k)
		switch name {
		case "model", "model_name":
			if f.model == "" || name == "model" {
				if m := word(obj[k]); m != "" {
					f.params["model"] = m
				}
			}
			continue
		case "tools", "functions":
			f.tools.offer("tools", len(dialects), obj[k])
			continue
		}
		if !isSetting(name) {
			continue
		}
		switch x := obj[k].(type) {
		case string, bool, int64, float64:
			if _, taken := f.params[name]; !taken && len(text(x)) <= 250 {
				f.params[name] = x
			}
		}
	}
}

// isSetting tells a setting of a model call from what else frameworks put in
// the same object: ids, timestamps, usage, the whole answer.
func isSetting(name string) bool {
	switch name {
	case "temperature", "top_p", "top_k", "seed", "max_tokens", "max_completion_tokens", "max_output_tokens", "max_retries",
		"frequency_penalty", "presence_penalty", "stop", "stream", "n", "reasoning_effort", "response_format", "service_tier",
		"tool_choice", "parallel_tool_calls", "context_window", "num_output", "timeout", "logprobs", "truncation", "verbosity",
		"candidate_count", "num_ctx", "dimensions", "encoding_format", "prompt_name", "prompt_version":
		return true
	}
	return false
}

var callID = regexp.MustCompile(`"(?:id|response_id|responseId)" ?: ?"((?:chatcmpl|resp|cmpl|gen|msg)[-_][A-Za-z0-9_-]{6,})"`)

// searchContent finds in a model call's JSON what its attributes leave out:
// usage and the id of the answer.
func (f *facts) searchContent() {
	if !f.usage.known() {
		f.searchUsage(isUsage)
	} else if f.usage.cached+f.usage.written > 0 {
		f.compareUsage()
	}
	if f.responseID == "" {
		for _, a := range f.attrs {
			if a.what != mOutput && a.what != mSpanPayload {
				continue
			}
			s := text(a.value)
			if len(s) > 1<<20 {
				s = s[:1<<20]
			}
			if m := callID.FindStringSubmatch(s); m != nil {
				f.responseID = m[1]
				break
			}
		}
	}
	if in, ok := f.input.v.(map[string]any); ok { // a whole request body
		f.readParams(in)
		if f.model == "" {
			f.model = word(in["model"])
		}
	}
}

// searchUsage takes usage from the JSON that the span carries.
func (f *facts) searchUsage(is func(map[string]any) bool) {
	for _, a := range f.attrs {
		switch a.what {
		case mOutput, mSpanPayload, mNone:
			if obj, ok := findUsage(structured(a.value), is); ok {
				var u usage
				if u.read(obj); u.known() {
					f.usage = u
					return
				}
			}
		}
	}
}

// compareUsage looks whether the provider's own answer counts cached tokens
// apart from the input that the attributes repeat.
func (f *facts) compareUsage() {
	for _, a := range f.attrs {
		if a.what != mOutput && a.what != mSpanPayload {
			continue
		}
		obj, ok := findUsage(structured(a.value), isUsage)
		if !ok {
			continue
		}
		var u usage
		u.read(obj)
		if raw, ok := count(obj["input_tokens"]); ok && raw == f.usage.input && u.input > raw {
			f.usage.input = u.input
		}
		return
	}
}
