// Package kind knows the sorts of work that spans do, in MLflow's words, and reads
// them off what frameworks call them.
package kind

import (
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

// Of reads what frameworks write into a kind or operation attribute. Words are
// compared in lower case with underscores as separators; exact words come first,
// then parts of class names and the like (OpenAIChatGenerator). Unknown is returned
// for words that say nothing.
func Of(value string) Kind {
	w := naming.Snake(value)
	switch w {
	case "":
		return Unknown
	case "llm", "generation", "completion", "text_completion", "completions", "model", "generate", "prompt_llm":
		return LLM
	case "chat", "chat_model", "generate_content", "chat_completion", "response", "responses", "message", "messages", "converse":
		return Chat
	case "tool", "execute_tool", "function", "tool_call", "function_tool", "function_call", "mcp", "tools_call":
		return Tool
	case "agent", "invoke_agent", "create_agent", "agent_run", "handoff":
		return Agent
	case "chain", "workflow", "task", "span", "step", "flow", "event", "default", "invoke_workflow", "framework", "chat_client",
		"advisor", "prompt", "turn", "action", "util", "executor":
		return Chain
	case "evaluator", "evaluation", "score":
		return Evaluator
	case "guardrail":
		return Guardrail
	case "parser", "output_parser":
		return Parser
	case "memory":
		return Memory
	case "vector_store", "vectordb", "retriever", "retrieval", "retrieve", "search":
		return Retriever
	}
	if w == "unknown" {
		return Unknown
	}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(w, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("rerank", "ranker"):
		return Reranker
	case has("retriev", "vector_store"):
		return Retriever
	case has("embed"):
		return Embedding
	case has("builder", "parser", "splitter", "joiner", "router", "writer", "converter", "validator"):
		return Chain // components around a model whose names mention it
	case has("evaluat"):
		return Evaluator
	case has("guardrail"):
		return Guardrail
	case has("tool"):
		return Tool
	case has("agent"):
		return Agent
	case has("workflow", "_loop", "cycle"):
		return Chain
	case has("chat", "completion", "llm", "generat", "_stream"):
		return LLM
	}
	return Unknown
}
