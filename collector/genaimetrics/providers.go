package genaimetrics

import "strings"

// wellKnown returns the conventions' name of a provider, which instrumentations call by names of their own, so that its calls are one
// series. A name that it does not know stays, in lower case.
func wellKnown(provider string) string {
	said := strings.ToLower(strings.TrimSpace(provider))
	name := strings.NewReplacer("-", "_", " ", "_").Replace(said)
	if before, last := cutLast(name); isEndpoint(last) { // of the Vercel AI SDK: openai.responses
		name = before
		said, _ = cutLast(said)
	}
	switch name {
	case "amazon_bedrock", "aws", "aws_bedrock", "bedrock", "bedrock_converse":
		return "aws.bedrock"
	case "az.ai.inference", "azure_ai", "azure_ai_inference":
		return "azure.ai.inference"
	case "az.ai.openai", "azure", "azure_openai", "azureopenai":
		return "azure.ai.openai"
	case "deep_seek":
		return "deepseek"
	case "gemini", "google.generative_ai", "google_ai", "googleai":
		return "gcp.gemini"
	case "gcp", "google", "google_genai": // which of the two below is not said
		return "gcp.gen_ai"
	case "google.vertex", "google_vertex", "google_vertexai", "vertex", "vertex_ai", "vertexai":
		return "gcp.vertex_ai"
	case "ibm_watsonx", "watsonx", "watsonx_ai":
		return "ibm.watsonx.ai"
	case "mistral", "mistralai":
		return "mistral_ai"
	case "pplx":
		return "perplexity"
	case "x_ai", "xai":
		return "x_ai"
	}
	return said
}

// cutLast takes the last word off a name of several.
func cutLast(name string) (before, last string) {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		return name[:dot], name[dot+1:]
	}
	return name, ""
}

func isEndpoint(word string) bool {
	switch word {
	case "chat", "completion", "completions", "embedding", "embeddings", "messages", "responses":
		return true
	}
	return false
}
