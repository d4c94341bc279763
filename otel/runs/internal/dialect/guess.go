package dialect

import "github.com/technoshare/commentator/otel/runs/internal/naming"

// maxWords bounds the names that guess looks at: longer ones are generated, and
// say nothing by their words.
const maxWords = 12

// guess reads the meaning off an attribute name that no row knows. It looks at the
// words of the name only: most dialects agree on the words, few on the names.
// The most telling words come first: tokens, then the last two words, then names
// of one word, then the last word alone.
func guess(key string) (reading, bool) {
	words := naming.Words(key)
	if len(words) == 0 || len(words) > maxWords {
		return reading{}, false
	}
	if m := tokenMeaning(words); m != None {
		return reading{means: m}, true
	}
	if m := lastWordsMeaning(words); m != None {
		return reading{means: m}, true
	}
	last := words[len(words)-1]
	if len(words) == 1 {
		switch last {
		case "model":
			return reading{means: Model}, true
		case "temperature", "max_tokens", "top_p", "top_k", "seed":
			return reading{means: Param, param: last}, true
		}
	}
	switch name := naming.Snake(key); name {
	case "max_tokens", "top_p", "top_k", "max_output_tokens", "max_completion_tokens":
		return reading{means: Param, param: name}, true
	}
	switch last {
	case "input", "inputs", "prompt", "messages":
		return reading{means: Input, byLastWord: true}, true
	case "output", "outputs", "completion":
		return reading{means: Output, byLastWord: true}, true
	}
	return reading{}, false
}

// lastWordsMeaning reads the last two words of a name.
func lastWordsMeaning(words []string) Meaning {
	two := words[len(words)-1]
	if len(words) > 1 {
		two = words[len(words)-2] + "_" + two
	}
	switch two {
	case "total_cost", "cost_usd", "cost_total":
		if speaksOfModels(words) {
			return Cost
		}
	case "input_cost", "output_cost", "prompt_cost", "completion_cost":
		if speaksOfModels(words) {
			return CostShare
		}
	case "span_kind", "span_type", "observation_type":
		return SpanKind
	case "request_model", "model_name", "model_id":
		return Model
	case "response_model":
		return AnsweringModel
	case "response_id":
		return ResponseID
	case "session_id", "conversation_id":
		return Session
	case "thread_id":
		if len(words) > 2 { // thread.id alone is one of the operating system's
			return Session
		}
	case "user_id":
		return User
	case "tool_name":
		return ToolName
	case "finish_reason", "finish_reasons", "stop_reason":
		return FinishReason
	case "input_messages", "prompt_messages", "chat_history":
		return Input
	case "output_messages":
		return Output
	case "tool_arguments", "tool_args", "tool_input", "tool_parameters":
		return ToolArguments
	case "tool_result", "tool_output", "tool_response":
		return ToolResult
	case "retrieved_documents", "retrieval_documents":
		return Documents
	}
	return None
}

// speaksOfModels reports whether a name speaks of models at all: an order has a
// total cost as well.
func speaksOfModels(words []string) bool {
	for _, w := range words {
		switch w {
		case "llm", "gen", "genai", "ai", "usage", "token", "tokens", "model", "completion", "prompt":
			return true
		}
	}
	return false
}

// tokenMeaning returns which tokens a name counts, if any. Words that make it a
// bound, a rate or something else entirely rule it out.
func tokenMeaning(words []string) Meaning {
	has := make(map[string]bool, len(words))
	for _, w := range words {
		has[w] = true
	}
	if !has["tokens"] && !has["token"] && !has["usage"] {
		return None
	}
	if !has["tokens"] && !has["count"] {
		return None
	}
	for _, no := range []string{
		"max", "min", "limit", "budget", "per", "second", "rate", "cost", "price", "avg", "average", "estimated",
		"context", "remaining", "time", "first", "audio", "image", "video", "accepted", "rejected", "logprobs", "threshold", "established",
		"id", "ids", "type", "ratio", "embedding",
	} {
		if has[no] {
			return None
		}
	}
	for _, roll := range []string{"aggregated", "aggregate", "cumulative", "accumulated", "session", "overall"} {
		if has[roll] {
			return Rollup
		}
	}
	cache := has["cache"] || has["cached"]
	switch {
	case has["reasoning"] || has["thoughts"] || has["thinking"] || has["thought"]:
		return ReasoningTokens
	case cache && (has["creation"] || has["write"] || has["written"]):
		return CacheWriteTokens
	case cache:
		return CachedTokens
	case has["input"] || has["prompt"]:
		return InputTokens
	case has["output"] || has["completion"] || has["candidates"] || has["generated"] || has["response"] && has["usage"]:
		return OutputTokens
	case has["total"]:
		return TotalTokens
	}
	return None
}
