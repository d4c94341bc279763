package genaimetrics

import (
	"strings"
	"testing"
)

// The names are those of gen_ai.provider.name in the conventions, v1.41.
func TestAProviderHasOneName(t *testing.T) {
	for want, names := range map[string]string{
		"anthropic":          "anthropic Anthropic anthropic.messages",
		"aws.bedrock":        "aws.bedrock bedrock AWS aws_bedrock amazon-bedrock amazon_bedrock bedrock_converse",
		"azure.ai.inference": "azure.ai.inference az.ai.inference azure_ai",
		"azure.ai.openai":    "azure.ai.openai az.ai.openai azure azure_openai azure-openai.chat AzureOpenAI azure.responses",
		"cohere":             "cohere Cohere cohere.chat",
		"deepseek":           "deepseek deep_seek DeepSeek",
		"gcp.gemini":         "gcp.gemini gemini google.generative-ai googleai google_ai",
		"gcp.gen_ai":         "gcp.gen_ai google Google google_genai google-genai gcp",
		"gcp.vertex_ai":      "gcp.vertex_ai vertex_ai VertexAI vertex google_vertexai google-vertex google.vertex.chat",
		"groq":               "groq groq.chat",
		"ibm.watsonx.ai":     "ibm.watsonx.ai watsonx ibm_watsonx",
		"mistral_ai":         "mistral_ai mistral MistralAI mistral.chat",
		"openai":             "openai OpenAI openai.chat openai.responses",
		"perplexity":         "perplexity",
		"x_ai":               "x_ai xai x-ai xai.chat",
		"acme-llm.v2":        "acme-llm.v2 Acme-LLM.v2",
		"":                   "",
	} {
		for _, name := range append(strings.Fields(names), want) {
			if got := wellKnown(name); got != want {
				t.Errorf("%q is %q, want %q", name, got, want)
			}
		}
	}
}
