package runs

import (
	"strings"
	"unicode"
)

// guess reads the meaning off an attribute name that no row knows. It looks
// at the words of the name only: most dialects agree on the words, few on the
// names.
func guess(key string) (row, bool) {
	words := split(key)
	if len(words) == 0 || len(words) > 12 {
		return row{}, false
	}
	if what := tokenMeaning(words); what != mNone {
		return row{key, what, ""}, true
	}
	last := words[len(words)-1]
	two := last
	if len(words) > 1 {
		two = words[len(words)-2] + "_" + last
	}
	switch two {
	case "total_cost", "cost_usd", "cost_total":
		return row{key, mCost, ""}, ofModel(words)
	case "input_cost", "output_cost", "prompt_cost", "completion_cost":
		return row{key, mCostPart, ""}, ofModel(words)
	case "span_kind", "span_type", "observation_type":
		return row{key, mKind, ""}, true
	case "request_model", "model_name", "model_id":
		return row{key, mModel, ""}, true
	case "response_model":
		return row{key, mAnswered, ""}, true
	case "response_id":
		return row{key, mResponseID, ""}, true
	case "session_id", "conversation_id", "thread_id":
		if len(words) == 2 && two == "thread_id" {
			return row{}, false // OpenTelemetry's thread.id is one of the operating system
		}
		return row{key, mSession, ""}, true
	case "user_id":
		return row{key, mUser, ""}, true
	case "tool_name":
		return row{key, mToolName, ""}, true
	case "finish_reason", "finish_reasons", "stop_reason":
		return row{key, mFinish, ""}, true
	case "input_messages", "prompt_messages", "chat_history":
		return row{key, mInput, ""}, true
	case "output_messages":
		return row{key, mOutput, ""}, true
	case "tool_arguments", "tool_args", "tool_input", "tool_parameters":
		return row{key, mToolArgs, ""}, true
	case "tool_result", "tool_output", "tool_response":
		return row{key, mToolResult, ""}, true
	case "retrieved_documents", "retrieval_documents":
		return row{key, mDocuments, ""}, true
	}
	if len(words) == 1 {
		switch last {
		case "model":
			return row{key, mModel, ""}, true
		case "temperature", "max_tokens", "top_p", "top_k", "seed":
			return row{key, mParam, last}, true
		}
	}
	switch snake(key) {
	case "max_tokens", "top_p", "top_k", "max_output_tokens", "max_completion_tokens":
		return row{key, mParam, snake(key)}, true
	}
	switch last {
	case "input", "inputs", "prompt", "messages":
		return row{key, mInput, "guess"}, true
	case "output", "outputs", "completion":
		return row{key, mOutput, "guess"}, true
	}
	return row{}, false
}

// ofModel says whether a name speaks of models at all: an order has a total
// cost as well.
func ofModel(words []string) bool {
	for _, w := range words {
		switch w {
		case "llm", "gen", "genai", "ai", "usage", "token", "tokens", "model", "completion", "prompt":
			return true
		}
	}
	return false
}

// tokenMeaning tells which tokens a name counts, if any.
func tokenMeaning(words []string) meaning {
	has := make(map[string]bool, len(words))
	for _, w := range words {
		has[w] = true
	}
	if !has["tokens"] && !has["token"] && !has["usage"] {
		return mNone
	}
	if !has["tokens"] && !has["count"] {
		return mNone
	}
	for _, no := range []string{
		"max", "min", "limit", "budget", "per", "second", "rate", "cost", "price", "avg", "average", "estimated",
		"context", "remaining", "time", "first", "audio", "image", "video", "accepted", "rejected", "logprobs", "threshold", "established",
		"id", "ids", "type", "ratio", "embedding",
	} {
		if has[no] {
			return mNone
		}
	}
	for _, roll := range []string{"aggregated", "aggregate", "cumulative", "accumulated", "session", "overall"} {
		if has[roll] {
			return mRollup
		}
	}
	cache := has["cache"] || has["cached"]
	switch {
	case has["reasoning"] || has["thoughts"] || has["thinking"] || has["thought"]:
		return mReasoning
	case cache && (has["creation"] || has["write"] || has["written"]):
		return mCacheWrite
	case cache:
		return mCached
	case has["input"] || has["prompt"]:
		return mInTokens
	case has["output"] || has["completion"] || has["candidates"] || has["generated"] || has["response"] && has["usage"]:
		return mOutTokens
	case has["total"]:
		return mAllTokens
	}
	return mNone
}

// split gives the lower-case words of a name: at anything that is not a letter
// or digit, and where small letters turn to capitals.
func split(name string) []string {
	var words []string
	start, prev := -1, rune(0)
	flush := func(end int) {
		if start >= 0 {
			words = append(words, strings.ToLower(name[start:end]))
			start = -1
		}
	}
	for i, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
		case start >= 0 && unicode.IsUpper(r) && unicode.IsLower(prev):
			flush(i)
			start = i
		case start < 0:
			start = i
		}
		prev = r
	}
	flush(len(name))
	return words
}

// snake spells a name the way params are spelled: maxRetries as max_retries.
func snake(name string) string { return strings.Join(split(name), "_") }
