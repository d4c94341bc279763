package dialect

import (
	"strings"

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
		if !mayHoldUsage(a.Value) {
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

// countLikeAISDK adds the cache that Anthropic counts apart to the AI SDK's input. Until
// version 5 the SDK passes that count on under its own names and those of the
// conventions; since version 6, which has details of the input, it adds the cache itself
// (getsentry/sentry-javascript#21488).
func (f *Facts) countLikeAISDK() {
	passedOn, raw := false, true
	for i := range f.Attrs {
		a := &f.Attrs[i]
		switch {
		case strings.HasPrefix(a.Key, "ai.usage.inputTokenDetails."):
			return
		case a.Key == "ai.usage.inputTokens", a.Key == "ai.usage.promptTokens":
			n, ok := value.Count(a.Value)
			passedOn = ok && n == f.Usage.Input
		case a.Key == "ai.response.providerMetadata":
			raw = f.readCacheOf(value.Structured(a.Value))
		}
	}
	vendor := strings.ToLower(f.Provider)
	cache := f.Usage.Cached + f.Usage.Written
	if !passedOn || !raw || cache > f.Usage.Input || !strings.Contains(vendor, "anthropic") && !strings.Contains(vendor, "bedrock") {
		return
	}
	if f.Usage.hasAll && f.Usage.Total == f.Usage.Input+f.Usage.Output {
		f.Usage.Total += cache
	}
	f.Usage.Input, f.usageKey = f.Usage.Input+cache, ""
}

// readCacheOf takes what the AI SDK's copy of a provider's answer says of the cache
// ({"anthropic":{"cacheReadInputTokens":9}}), and reports whether the provider's own input,
// where it is there, is what the SDK reports.
func (f *Facts) readCacheOf(metadata any) (raw bool) {
	raw = true
	providers, _ := metadata.(map[string]any)
	for _, name := range value.SortedKeys(providers) {
		obj, _ := providers[name].(map[string]any)
		if usage, ok := obj["usage"].(map[string]any); ok {
			f.Usage.readDetails(usage, None)
			if n, ok := value.Count(usage["input_tokens"]); ok {
				raw = raw && n == f.Usage.Input
			}
		}
		f.Usage.readDetails(obj, None)
	}
	return raw
}

// keepsUsage reports whether an attribute without a meaning holds a call's usage by its
// name (langsmith.metadata.usage_metadata), or the AI SDK's copy of what the provider
// counted.
func (a *Attr) keepsUsage() bool {
	return a.Key == "ai.response.providerMetadata" || a.Means == None && a.clues&clueUsage != 0
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
