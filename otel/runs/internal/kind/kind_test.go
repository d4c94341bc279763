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
		"embedding": Embedding, "ai.embedMany": Embedding, "SentenceTransformersTextEmbedder": Embedding,
		"retriever": Retriever, "vector_store": Retriever, "InMemoryEmbeddingRetriever": Retriever,
		"reranker": Reranker, "TransformersSimilarityRanker": Reranker,
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
