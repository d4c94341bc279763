// Package kind knows the sorts of work that spans do, in MLflow's words, and reads
// them off what frameworks call them.
package kind

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
)

// Kind is the sort of work a span did, in the words of MLflow's span types
// (mlflow.entities.SpanType). MLflow gives each its own icon and views.
type Kind string

// Unknown is the zero value: nothing on the span says what it is. Other is MLflow's
// type for a step that is known to be none of the rest.
const (
	Unknown   Kind = ""
	LLM       Kind = "LLM"
	Chat      Kind = "CHAT_MODEL"
	Embedding Kind = "EMBEDDING"
	Tool      Kind = "TOOL"
	Retriever Kind = "RETRIEVER"
	Reranker  Kind = "RERANKER"
	Agent     Kind = "AGENT"
	Chain     Kind = "CHAIN"
	Evaluator Kind = "EVALUATOR"
	Guardrail Kind = "GUARDRAIL"
	Parser    Kind = "PARSER"
	Memory    Kind = "MEMORY"
	Other     Kind = "UNKNOWN"
)

// Model reports whether a span of this kind calls a language model, and so whether
// its tokens are those of a model call.
func (k Kind) Model() bool { return k == LLM || k == Chat }

// Of reads what frameworks write into an attribute that is known to name the kind or
// operation of GenAI work. Values are compared by their words: the whole value comes
// first, then single words of class names and the like (OpenAIChatGenerator). A word
// within a word says nothing (litellm.moderation). Unknown is returned for what says
// nothing.
func Of(value string) Kind {
	words := synchronous(naming.Words(value))
	if k := ofWhole(words); k != Unknown {
		return k
	}
	return ofWords(words)
}

// OfUnlisted reads an attribute that only looks like one that names a kind
// (acme.span_kind): many programs sort their spans, tickets and pages. Only words that
// mean GenAI work and little else are understood, and the caller asks for a further sign.
func OfUnlisted(value string) Kind {
	switch w := naming.Snake(value); w {
	case "llm", "chat_model", "llm_call", "llm_request", "text_completion", "chat_completion", "generate_content", "generation":
		return LLM
	case "chat":
		return Chat
	case "embedding", "embeddings":
		return Embedding
	case "tool", "tool_call", "execute_tool":
		return Tool
	case "agent", "invoke_agent":
		return Agent
	case "retriever", "retrieval":
		return Retriever
	case "reranker":
		return Reranker
	}
	return Unknown
}

// synchronous takes the first letter off the name that a Python program gave the
// asynchronous twin of an operation (LiteLLM's acompletion).
func synchronous(words []string) []string {
	if len(words) == 0 {
		return words
	}
	switch twin, _ := strings.CutPrefix(words[0], "a"); twin {
	case "chat", "completion", "text", "responses", "generate", "embedding", "rerank", "moderation":
		return append([]string{twin}, words[1:]...)
	}
	return words
}

// ofWhole reads values that are known as they stand.
func ofWhole(words []string) Kind {
	switch strings.Join(words, "_") {
	case "llm", "generation", "completion", "text_completion", "completions", "model", "generate", "prompt_llm", "model_step",
		"llm_step", "model_inference":
		return LLM
	case "chat", "chat_model", "generate_content", "chat_completion", "response", "responses", "message", "messages", "converse",
		"anthropic_messages":
		return Chat
	case "function", "mcp", "tools_call":
		return Tool
	case "handoff", "create_agent":
		return Agent
	case "chain", "workflow", "task", "span", "step", "flow", "event", "default", "invoke_workflow", "framework", "chat_client",
		"advisor", "prompt", "turn", "action", "util", "executor":
		return Chain
	case "score":
		return Evaluator
	case "output_parser":
		return Parser
	case "memory":
		return Memory
	case "vector_store", "vectordb", "retrieve", "search":
		return Retriever
	}
	return Unknown
}

// ofWords reads values by single words, those that decide whatever stands beside them
// first.
func ofWords(words []string) Kind {
	has := func(listed ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(listed, w) })
	}
	switch {
	case has("rerank", "reranker", "ranker", "reranking"):
		return Reranker
	case has("retriever", "retrieval", "retrieve"):
		return Retriever
	case has("builder", "parser", "splitter", "joiner", "router", "writer", "converter", "validator", "chunk", "chunker", "delta"):
		return Chain // components around a model, or pieces of its answer, whose names mention it
	case has("embed", "embedder", "embedding", "embeddings"):
		return Embedding
	case has("evaluator", "evaluation", "evaluate", "eval"):
		return Evaluator
	case has("guardrail", "guardrails", "moderation", "moderate"):
		return Guardrail
	case callsTool(words):
		return Tool
	case has("tool", "tools"):
		return Chain // what lists, schedules or merges tools calls none
	case has("agent"):
		return Agent
	case has("workflow", "loop", "cycle"):
		return Chain
	case has("chat", "completion", "completions", "llm", "generate", "generation", "generator", "stream"):
		return LLM
	}
	return Unknown
}

// callsTool reports whether words name the call of one tool: the call by its verb or
// noun, or a tool's own class (SearchTool).
func callsTool(words []string) bool {
	for i, w := range words {
		if w != "tool" && w != "function" && w != "tools" {
			continue
		}
		rest := words[i+1:]
		switch {
		case len(rest) == 0:
			return w == "tool" && !plans(words[:i])
		case len(rest) == 1 && slices.Contains([]string{"call", "execution", "execute", "use", "run", "invocation", "invoke", "invoker",
			"calling", "executor"}, rest[0]):
			return !plans(words[:i])
		case w == "function" && rest[0] == "tool":
			return true
		}
	}
	return false
}

// plans reports whether the words before a tool say that it is not called yet, or was
// called before.
func plans(before []string) bool {
	return slices.ContainsFunc(before, func(w string) bool {
		return slices.Contains([]string{
			"schedule", "scheduler", "merge", "merged", "list", "select", "plan", "load", "choose", "parse", "dispatch", "batch", "register",
			"discover", "filter", "gather", "collect", "route", "prepare", "combine", "aggregate", "await", "queue", "resolve", "validate",
			"create", "describe", "approve", "approval",
		}, w)
	})
}
