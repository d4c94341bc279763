package kind

import "testing"

func TestKindsByWhatFrameworksWrite(t *testing.T) {
	for in, want := range map[string]Kind{
		"": Unknown, "unknown": Unknown, "web": Unknown,
		"LLM": LLM, "generation": LLM, "ai.streamText.doStream": LLM, "OpenAIChatGenerator": LLM,
		"chat": Chat, "CHAT_MODEL": Chat, "chatModel": Chat, "generate_content": Chat,
		"tool": Tool, "execute_tool": Tool, "function": Tool, "ai.toolCall": Tool,
		"invoke_agent": Agent, "AgentRun": Agent, "handoff": Agent,
		"workflow": Chain, "task": Chain, "PromptBuilder": Chain, "execute_event_loop_cycle": Chain,
		"embedding": Embedding, "ai.embedMany": Embedding, "SentenceTransformersTextEmbedder": Embedding, "EmbeddingBasedDocumentSplitter": Chain,
		"retriever": Retriever, "vector_store": Retriever, "InMemoryEmbeddingRetriever": Retriever,
		"reranker": Reranker, "TransformersSimilarityRanker": Reranker,
		"llm_call": LLM, "model_generation": LLM, "llm_step": LLM, "ai.generateObject.doGenerate": LLM, "ChatOpenAI": LLM,
		"acompletion": LLM, "atext_completion": LLM, "aresponses": Chat, "agenerate_content": Chat, "anthropic_messages": Chat,
		"aembedding": Embedding,
		"arerank":    Reranker, "amoderation": Guardrail, "agent": Agent, "alert": Unknown, "await": Unknown, "a": Unknown,
		"litellm.moderation": Guardrail, "regenerate": Unknown, "toolbar": Unknown,
		"reagent": Unknown, "chatter": Unknown, "llm_chunk": Chain, "model_chunk": Chain,
		"schedule_tool_calls": Chain, "schedule_tool_call": Chain, "mcp_list_tools": Chain, "merge_tool": Chain, "tools": Chain,
		"list_tools": Chain, "mcp_tool_call": Tool, "SearchTool": Tool, "ToolInvoker": Tool, "function_tool": Tool, "tool_use": Tool,
		"evaluator": Evaluator, "guardrail": Guardrail, "output_parser": Parser, "memory": Memory,
	} {
		if got := Of(in); got != want {
			t.Errorf("Of(%q) = %q, want %q", in, got, want)
		}
	}
	for _, k := range []Kind{LLM, Chat} {
		if !k.Model() {
			t.Errorf("%s calls a model", k)
		}
	}
	for _, k := range []Kind{Unknown, Embedding, Agent, Tool} {
		if k.Model() {
			t.Errorf("%q calls no model", k)
		}
	}
}

// Every scheduler, web framework and ticket has a kind; few of their words mean GenAI
// work alone.
func TestKindsUnderNamesNobodyListed(t *testing.T) {
	for in, want := range map[string]Kind{
		"LLM": LLM, "chat": Chat, "embedding": Embedding, "TOOL": Tool, "agent": Agent, "retriever": Retriever, "reranker": Reranker,
		"task": Unknown, "step": Unknown, "workflow": Unknown, "message": Unknown, "search": Unknown, "function": Unknown, "event": Unknown,
		"ResolveMetadata.generateMetadata": Unknown, "model": Unknown, "memory": Unknown, "build_tool": Unknown, "agent_pool": Unknown,
		"ai.generateText": Unknown, "": Unknown,
	} {
		if got := OfUnlisted(in); got != want {
			t.Errorf("OfUnlisted(%q) = %q, want %q", in, got, want)
		}
	}
}
