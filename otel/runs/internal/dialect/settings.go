package dialect

import (
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// maxSetting bounds the text of a setting, in bytes: what is longer is content.
const maxSetting = 250

// readParams takes the settings out of an object of invocation parameters. Only
// short values are settings; tools and instructions go elsewhere.
func (f *Facts) readParams(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range value.SortedKeys(obj) {
		name := naming.Snake(k)
		switch name {
		case "model", "model_name":
			if f.Model == "" || name == "model" {
				if m := value.Word(obj[k]); m != "" {
					f.Params["model"] = m
				}
			}
			continue
		case "tools", "functions":
			f.Tools.offer("tools", rankGuessed, obj[k])
			continue
		}
		if !isSetting(name) {
			continue
		}
		switch x := obj[k].(type) {
		case string, bool, int64, float64:
			if _, taken := f.Params[name]; !taken && len(value.Text(x)) <= maxSetting {
				f.Params[name] = x
			}
		}
	}
}

// isSetting reports whether a name is a setting of a model call, and not what else
// frameworks put in the same object: ids, timestamps, usage, the whole answer.
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
