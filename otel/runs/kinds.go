package runs

import "strings"

// kind is the sort of work a span did, in the words of MLflow's span types.
type kind string

const (
	kindUnknown   kind = ""
	kindLLM       kind = "LLM"
	kindChat      kind = "CHAT_MODEL"
	kindEmbedding kind = "EMBEDDING"
	kindTool      kind = "TOOL"
	kindRetriever kind = "RETRIEVER"
	kindReranker  kind = "RERANKER"
	kindAgent     kind = "AGENT"
	kindChain     kind = "CHAIN"
	kindEvaluator kind = "EVALUATOR"
	kindGuardrail kind = "GUARDRAIL"
	kindParser    kind = "PARSER"
	kindMemory    kind = "MEMORY"
	kindOther     kind = "UNKNOWN"
)

// model says whether a span of this kind calls a language model.
func (k kind) model() bool { return k == kindLLM || k == kindChat }

// kindWords maps what dialects write into a kind or operation attribute.
// Words are compared in lower case with separators as underscores.
func kindOf(value string) kind {
	w := snake(value)
	switch w {
	case "":
		return kindUnknown
	case "llm", "generation", "completion", "text_completion", "completions", "model", "generate", "prompt_llm":
		return kindLLM
	case "chat", "chat_model", "generate_content", "chat_completion", "response", "responses", "message", "messages", "converse":
		return kindChat
	case "tool", "execute_tool", "function", "tool_call", "function_tool", "function_call", "mcp", "tools_call":
		return kindTool
	case "agent", "invoke_agent", "create_agent", "agent_run", "handoff":
		return kindAgent
	case "chain", "workflow", "task", "span", "step", "flow", "event", "default", "invoke_workflow", "framework", "chat_client", "advisor", "prompt", "turn", "action", "util", "executor":
		return kindChain
	case "evaluator", "evaluation", "score":
		return kindEvaluator
	case "guardrail":
		return kindGuardrail
	case "parser", "output_parser":
		return kindParser
	case "memory":
		return kindMemory
	case "vector_store", "vectordb", "retriever", "retrieval", "retrieve", "search":
		return kindRetriever
	}
	if w == "unknown" {
		return kindUnknown
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
		return kindReranker
	case has("retriev", "vector_store"):
		return kindRetriever
	case has("embed"):
		return kindEmbedding
	case has("builder", "parser", "splitter", "joiner", "router", "writer", "converter", "validator"):
		return kindChain // components around a model whose names mention it
	case has("evaluat"):
		return kindEvaluator
	case has("guardrail"):
		return kindGuardrail
	case has("tool"):
		return kindTool
	case has("agent"):
		return kindAgent
	case has("workflow", "_loop", "cycle"):
		return kindChain
	case has("chat", "completion", "llm", "generat", "_stream"):
		return kindLLM
	}
	return kindUnknown
}

// inferKind decides for a span that does not name its kind, by what it holds.
func (f *facts) inferKind(name string) kind {
	n := strings.ToLower(name)
	first, _, _ := strings.Cut(n, " ")
	switch {
	case f.vector:
		return kindEmbedding
	case first == "execute_tool" || strings.HasPrefix(n, "tools/call"):
		return kindTool
	case first == "invoke_agent" || first == "create_agent":
		return kindAgent
	case f.toolName != "" && (f.toolArgs.set() || f.toolResult.set() || f.toolCallID != "") && !f.usage.known():
		return kindTool
	case f.documents.set():
		return kindRetriever
	case first == "embeddings" && f.model != "":
		return kindEmbedding
	case f.usage.known() && (f.model != "" || f.answered != ""):
		if strings.Contains(snake(f.model+" "+name), "embed") && f.usage.output == 0 {
			return kindEmbedding
		}
		if f.agent != "" && f.responseID == "" {
			return kindAgent
		}
		return kindLLM
	case f.responseID != "" && f.model != "":
		return kindLLM
	case f.model != "" && f.provider != "" && f.agent == "" && f.knownContent():
		return kindLLM
	case first == "chat" && f.model != "":
		return kindChat
	}
	return kindUnknown
}
