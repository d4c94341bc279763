package dialect

import (
	"slices"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
)

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
	if m := costMeaning(words); m != None {
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

// countsTokens reports whether a name that speaks of cost counts the tokens that cost it
// (ai.observability.cost.num_prompt_tokens of TruLens).
func countsTokens(words []string) bool { return among(words, "num", "number", "count", "n") }

// costMeaning returns what a name says that speaks of the cost of tokens
// (gen_ai.cost.input_tokens of Sentry), if it does.
func costMeaning(words []string) Meaning {
	if !among(words, "cost") || !among(words, "tokens") || countsTokens(words) ||
		among(words, "per", "max", "limit", "budget", "saved", "estimated") {
		return None
	}
	switch {
	case among(words, "cache", "cached", "reasoning"): // parts of the shares
		return None
	case among(words, "input", "prompt", "output", "completion"):
		return CostShare
	case among(words, "total"):
		return Cost
	}
	return None
}

// lastWordsMeaning reads the last two words of a name.
func lastWordsMeaning(words []string) Meaning {
	two := words[len(words)-1]
	if len(words) > 1 {
		two = words[len(words)-2] + "_" + two
	}
	switch two {
	case "total_cost", "cost_usd", "cost_total", "cost_cost":
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
		if among(words, "response", "responding", "answer", "answering", "actual", "served", "resolved") {
			return AnsweringModel
		}
		return Model
	case "response_model":
		return AnsweringModel
	case "response_id":
		return ResponseID
	case "session_id", "conversation_id":
		if !speaksOfTransport(words) {
			return Session
		}
	case "thread_id":
		if len(words) > 2 && !speaksOfTransport(words) { // thread.id alone is one of the operating system's
			return Session
		}
	case "user_id":
		return User
	case "tool_name":
		return ToolName
	case "call_id", "use_id":
		if len(words) > 2 && words[len(words)-3] == "tool" {
			return ToolCallID
		}
	case "finish_reason", "finish_reasons", "stop_reason":
		return FinishReason
	case "input_messages", "prompt_messages", "chat_history":
		return Input
	case "output_messages":
		return Output
	case "system_prompt", "system_instruction", "system_instructions", "system_message":
		return System
	case "tool_arguments", "tool_args", "tool_input", "tool_parameters":
		return ToolArguments
	case "tool_result", "tool_output", "tool_response":
		return ToolResult
	case "retrieved_documents", "retrieval_documents":
		return Documents
	}
	return None
}

// among reports whether one of the words is one of those.
func among(words []string, those ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(those, w) })
}

// speaksOfModels reports whether a name speaks of models at all: an order has a
// total cost as well.
func speaksOfModels(words []string) bool {
	return among(words, "llm", "gen", "genai", "ai", "usage", "token", "tokens", "model", "completion", "prompt")
}

// speaksOfTransport reports whether a session, conversation or thread is one of
// machines: of a connection, a login, a queue or a process, or whatever the name's trace
// belongs to. People have none of these.
func speaksOfTransport(words []string) bool {
	return among(words, "mcp", "rpc", "jsonrpc", "grpc", "http", "http2", "https", "sse", "tcp", "udp", "quic", "tls", "ssl", "ssh", "ws",
		"websocket", "socket", "transport", "connection", "network", "net", "proxy", "messaging", "amqp", "mqtt", "kafka", "queue", "db",
		"database", "sql", "redis", "login", "auth", "oauth", "cookie", "browser", "rum", "webdriver", "terminal", "process", "os", "worker",
		"spark", "project", "experiment", "build", "job")
}

// ofModality reports whether a name counts the tokens of one modality
// (gen_ai.usage.text.input_tokens): a part of a number that has a name of its own, never
// to be added to it. Names that say audio, image or video count nothing else.
func ofModality(words []string) bool {
	for i, w := range words[:len(words)-1] {
		if (w == "text" || w == "document") && among(words[i+1:i+2], "input", "output", "prompt", "cache", "cached", "tokens") {
			return true
		}
	}
	return false
}

// tokenMeaning returns which tokens a name counts, if any. Words that make it a
// bound, a rate or something else entirely rule it out.
func tokenMeaning(words []string) Meaning {
	if !among(words, "tokens") && !(among(words, "token") && among(words, "count", "details")) {
		return None
	}
	if among(words, "cost") && !countsTokens(words) {
		return None
	}
	if among(words, "max", "min", "limit", "budget", "per", "second", "rate", "price", "avg", "average", "estimated",
		"context", "remaining", "time", "first", "audio", "image", "video", "accepted", "rejected", "logprobs", "threshold", "established",
		"id", "ids", "type", "ratio", "embedding", "tool", "saved", "savings") || ofModality(words) {
		return None
	}
	if among(words, "aggregated", "aggregate", "cumulative", "accumulated", "session", "overall") {
		return Rollup
	}
	if words[len(words)-1] == "details" {
		return UsageDetails
	}
	cache := among(words, "cache", "cached", "caching")
	if among(words, "uncached", "noncached", "nocache") || among(words, "no", "non", "un", "not", "miss", "misses", "missed", "without",
		"excluding") { // the opposite of what the other words say
		if (cache || among(words, "uncached", "noncached", "nocache")) && !among(words, "output", "completion") {
			return UncachedTokens
		}
		return None
	}
	switch {
	case among(words, "reasoning", "thoughts", "thinking", "thought"):
		return ReasoningTokens
	case cache && among(words, "creation", "create", "created", "write", "writes", "written"), among(words, "ephemeral"):
		return CacheWriteTokens
	case cache:
		return CachedTokens
	case among(words, "input", "prompt"):
		return InputTokens
	case among(words, "output", "completion", "candidates", "generated"), among(words, "response") && among(words, "usage"):
		return OutputTokens
	case among(words, "total"):
		return TotalTokens
	}
	return None
}
