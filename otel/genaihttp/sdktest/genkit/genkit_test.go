// Package genkit runs genkit, unmodified, through genaihttp. It is a module of its own, as its dotprompt and the
// anthropic-sdk-go of sdktest need versions of invopop/jsonschema that exclude each other.
package genkit

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/firebase/genkit/go/ai"
	"github.com/firebase/genkit/go/core/api"
	"github.com/firebase/genkit/go/genkit"
	genkitopenai "github.com/firebase/genkit/go/plugins/compat_oai/openai"
	"github.com/firebase/genkit/go/plugins/googlegenai"
	openaioption "github.com/openai/openai-go/option"

	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

func TestGenkitIsRecordedAsItIs(t *testing.T) { replaytest.Run(t, "../../testdata", genkitSDK()) }

// TestReadmeHasTheRow holds the last row of the README's table of SDKs.
func TestReadmeHasTheRow(t *testing.T) {
	replaytest.HoldReadme(t, "../../README.md", "| <!-- and in sdktest/genkit -->", "<!-- end -->",
		strings.TrimPrefix(replaytest.Rows(t, genkitSDK()), "|"))
}

// genkitSDK has the plugins of OpenAI, which takes a client, and of Gemini, which takes the default transport of net/http.
func genkitSDK() replaytest.SDK {
	generate := func(k *replaytest.Kit, plugin api.Plugin, model string, more ...ai.GenerateOption) error {
		g := genkit.Init(k.Context(), genkit.WithPlugins(plugin))
		tool := genkit.DefineTool(g, "get_weather", "The weather", func(*ai.ToolContext, map[string]any) (string, error) { return "warm", nil })
		_, err := genkit.Generate(k.Context(), g, append(more, ai.WithTools(tool), ai.WithReturnToolRequests(true), ai.WithModelName(model), ai.WithPrompt("Hello"))...)
		return err
	}
	streamed := ai.WithStreaming(func(context.Context, *ai.ModelResponseChunk) error { return nil })
	openAI := func(k *replaytest.Kit) api.Plugin {
		return &genkitopenai.OpenAI{APIKey: "test",
			Opts: []openaioption.RequestOption{openaioption.WithHTTPClient(k.Client), openaioption.WithBaseURL(k.URL + "/v1")}}
	}
	gemini := func(k *replaytest.Kit) api.Plugin {
		k.Setenv("GOOGLE_GEMINI_BASE_URL", k.URL)
		standard := http.DefaultTransport
		http.DefaultTransport = k.Client.Transport
		k.Cleanup(func() { http.DefaultTransport = standard })
		return &googlegenai.GoogleAI{APIKey: "test"}
	}
	return replaytest.SDK{Name: "github.com/firebase/genkit/go", Cases: []replaytest.Case{
		{What: "OpenAI chat", Answers: []string{"openai/chat"}, Call: func(k *replaytest.Kit) error { return generate(k, openAI(k), "openai/gpt-4o-mini") },
			Spans: []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{What: "OpenAI chat stream", Answers: []string{"openai/chat_stream_tools"}, Call: func(k *replaytest.Kit) error { return generate(k, openAI(k), "openai/gpt-4o-mini", streamed) },
			Spans: []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
		{What: "Gemini by http.DefaultTransport", Answers: []string{"gemini/generate"}, Call: func(k *replaytest.Kit) error { return generate(k, gemini(k), "googleai/gemini-2.5-flash") },
			Spans: []string{`generate_content gemini-2.5-flash 35→27 ["STOP"]`}},
	}}
}
