// Package openai reads the protocol of OpenAI and of all servers that are compatible with it: Chat
// Completions, Responses, Completions, Embeddings, Images and Audio. The field names are those of
// OpenAI's OpenAPI description; where others are read, the server that writes them is named.
package openai

import (
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// Match tells which operation a path asks for. Compatible servers put the same path below one of their own.
func Match(host, path string) (wire.Route, bool) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return wire.Route{}, false
	}
	before := path[:slash]
	r := wire.Route{Operation: genai.OperationGenerateContent}
	switch path[slash+1:] {
	case "completions":
		if strings.HasSuffix(before, "/chat") {
			r.New, r.Operation, r.Sure, r.Needs = newChat, genai.OperationChat, true, "messages"
		} else {
			r.New, r.Operation, r.Needs = newCompletion, genai.OperationTextCompletion, "prompt"
		}
	case "responses":
		r.New, r.Operation, r.Needs = newResponses, genai.OperationChat, "input"
	case "embeddings":
		r.New, r.Operation, r.Needs = newEmbeddings, genai.OperationEmbeddings, "input"
	case "generations":
		if !strings.HasSuffix(before, "/images") {
			return wire.Route{}, false
		}
		r.New, r.Needs = newImages, "prompt"
	case "edits", "variations":
		if !strings.HasSuffix(before, "/images") {
			return wire.Route{}, false
		}
		r.New, r.Multipart, r.Sure = newImages, true, true
	case "speech":
		if !strings.HasSuffix(before, "/audio") {
			return wire.Route{}, false
		}
		r.New, r.Needs = newSpeech, "input"
	case "transcriptions", "translations":
		if !strings.HasSuffix(before, "/audio") {
			return wire.Route{}, false
		}
		r.New, r.Multipart, r.Sure = newTranscription, true, true
	default:
		return wire.Route{}, false
	}
	// The paths of OpenAI and Azure are enough; others use the last word of one for other things too.
	r.Sure = r.Sure || strings.HasSuffix(path, "/v1/responses") || strings.HasSuffix(path, "/v1/completions") ||
		strings.HasSuffix(path, "/v1/embeddings") || strings.Contains(before, "/openai/") || host == "api.openai.com"
	r.Provider = provider(host, path)
	r.Model = deployment(before)
	return r, true
}

// deployment returns the name in Azure's /openai/deployments/NAME/….
func deployment(path string) string {
	_, rest, found := strings.Cut(path, "/deployments/")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// providers are the hosts of the conventions' well-known providers that speak this protocol. A
// name that begins with a dot is the end of one.
//
//nolint:gochecknoglobals // a constant table
var providers = [...]struct{ host, name string }{
	{"api.openai.com", "openai"},
	{".openai.azure.com", "azure.ai.openai"},
	{".cognitiveservices.azure.com", "azure.ai.openai"},
	{".services.ai.azure.com", "azure.ai.inference"},
	{".models.ai.azure.com", "azure.ai.inference"},
	{"models.inference.ai.azure.com", "azure.ai.inference"},
	{"api.groq.com", "groq"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.x.ai", "x_ai"},
	{".api.x.ai", "x_ai"},
	{"api.deepseek.com", "deepseek"},
	{"api.perplexity.ai", "perplexity"},
	{"api.cohere.com", "cohere"},
	{"api.cohere.ai", "cohere"},
	{"api.anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{"-aiplatform.googleapis.com", "gcp.vertex_ai"},
	{".ml.cloud.ibm.com", "ibm.watsonx.ai"},
}

// provider names who is behind a host. Others speak OpenAI's protocol, and the conventions name the protocol.
func provider(host, path string) string {
	if wire.IsBedrock(host) {
		return "aws.bedrock"
	}
	for _, p := range &providers {
		if host == p.host || (p.host[0] == '.' || p.host[0] == '-') && strings.HasSuffix(host, p.host) {
			if p.name == "azure.ai.inference" && strings.Contains(path, "/openai/") {
				return "azure.ai.openai"
			}
			return p.name
		}
	}
	return "openai"
}
