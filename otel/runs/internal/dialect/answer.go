package dialect

import (
	"slices"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// compareAnswer takes from the provider's own usage what the attributes leave out:
// whether it counts cached tokens apart from the input that they repeat, the parts of
// its counts, and the model named beside them. Counts that differ from the span's are
// those of another call.
func (f *Facts) compareAnswer() {
	for i := range f.Attrs {
		a := &f.Attrs[i]
		if !a.isAnswer() && !a.keepsUsage() {
			continue
		}
		v, _ := value.Parsed(a.Value)
		obj, ok := findUsage(v, isUsage)
		if !ok {
			continue
		}
		var u Usage
		u.read(obj)
		if raw, ok := value.Count(obj["input_tokens"]); ok && raw == f.Usage.Input && u.Input > raw {
			f.Usage.Input, f.usageKey = u.Input, "" // settled, whatever the attribute's name says
		}
		if u.Input != f.Usage.Input || u.Output != f.Usage.Output {
			continue
		}
		f.Usage.Cached, f.Usage.Written = max(f.Usage.Cached, u.Cached), max(f.Usage.Written, u.Written)
		f.Usage.Reasoning = max(f.Usage.Reasoning, u.Reasoning)
		if answer, ok := findUsage(v, namesModel); ok && f.Answering == "" {
			f.Answering = answerModel(answer)
		}
	}
}

// keepsUsage reports whether an attribute without a meaning holds a call's usage by its
// name (langsmith.metadata.usage_metadata), or the AI SDK's copy of what the provider
// counted.
func (a *Attr) keepsUsage() bool {
	return a.Key == "ai.response.providerMetadata" || a.Means == None && slices.Contains(naming.Words(a.Key), "usage")
}

// namesModel reports whether obj is an answer with its usage and the model that gave it.
func namesModel(obj map[string]any) bool {
	if answerModel(obj) == "" {
		return false
	}
	for _, v := range obj {
		if u, ok := v.(map[string]any); ok && isUsage(u) {
			return true
		}
	}
	return false
}

// answerModel returns the model that an answer names, in the words of the providers' APIs
// and of LangChain.
func answerModel(obj map[string]any) string {
	for _, key := range []string{"model", "model_name", "modelVersion", "model_version"} {
		if name, ok := obj[key].(string); ok && name != "" && len(name) <= maxLabel {
			return name
		}
	}
	return ""
}
