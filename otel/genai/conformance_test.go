package genai_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/internal/semconvtest"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// conventional is a span as docs/gen-ai of v1.41.1 asks for it.
type conventional struct {
	name string
	kind trace.SpanKind
	has  []attribute.Key // beside the operation's name: what is required, or was given
	said []attribute.Key // only with content
	do   func(context.Context, trace.Tracer, ...genai.Option)
}

func conventions() []conventional {
	temperature, seed := 0.5, 7
	agent := genai.AgentRequest{
		ID: "a1", Name: "tutor", Description: "Helps.", Version: "2", Provider: "openai", Model: "m", ConversationID: "c", DataSourceID: "d",
		Temperature: &temperature, TopP: &temperature, MaxTokens: 9, Seed: &seed, ResponseFormat: "text",
		Instructions: "Be kind.", Messages: []genai.Message{{Role: "user", Content: "Hello"}},
		Tools: []genai.ToolDefinition{{Name: "add", Description: "Adds.", Parameters: map[string]any{"type": "object"}}},
	}
	remote := agent
	remote.ServerAddress, remote.ServerPort = "agents.example.com", 443
	ran := genai.AgentResponse{FinishReasons: []string{"stop"}, Content: "Hi", HasUsage: true, InputTokens: 3, OutputTokens: 2, CachedTokens: 1, CacheWriteTokens: 1}
	ofAgent := []attribute.Key{
		"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.agent.description", "gen_ai.agent.version", "gen_ai.provider.name", "gen_ai.request.model",
		"gen_ai.conversation.id", "gen_ai.data_source.id", "gen_ai.output.type", "gen_ai.request.temperature", "gen_ai.request.top_p",
		"gen_ai.request.max_tokens", "gen_ai.request.seed", "gen_ai.response.finish_reasons", "gen_ai.usage.input_tokens",
		"gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
	}
	saidByAgent := []attribute.Key{"gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"}
	return []conventional{
		{
			"invoke_agent tutor", trace.SpanKindInternal, ofAgent, saidByAgent,
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, a := genai.StartAgent(ctx, t, agent, opts...)
				a.End(ran)
			},
		},
		{
			"invoke_agent tutor", trace.SpanKindClient, append([]attribute.Key{"server.address", "server.port", "error.type"}, ofAgent...), saidByAgent,
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, a := genai.StartAgent(ctx, t, remote, opts...)
				a.FailWith(ran, errors.New("too many steps"), "max_steps")
			},
		},
		{
			"create_agent tutor", trace.SpanKindClient,
			[]attribute.Key{"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.provider.name", "gen_ai.request.model"},
			[]attribute.Key{"gen_ai.system_instructions"},
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, a := genai.StartCreateAgent(ctx, t, genai.AgentRequest{Name: "tutor", Provider: "openai", Model: "m", Instructions: "Be kind."}, opts...)
				a.End(genai.AgentResponse{ID: "asst_1"})
			},
		},
		{
			"embeddings e", trace.SpanKindClient,
			[]attribute.Key{
				"gen_ai.provider.name", "gen_ai.request.model", "gen_ai.embeddings.dimension.count", "gen_ai.request.encoding_formats",
				"gen_ai.response.model", "gen_ai.usage.input_tokens", "server.address", "server.port",
			}, nil,
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, e := genai.StartEmbeddings(ctx, t, genai.EmbeddingsRequest{
					Provider: "openai", Model: "e", Dimensions: 512, EncodingFormats: []string{"float"}, ServerAddress: "h", ServerPort: 80,
				}, opts...)
				e.End(genai.EmbeddingsResponse{Model: "e-1", InputTokens: 4, HasUsage: true})
			},
		},
		{
			"retrieval manuals", trace.SpanKindClient, []attribute.Key{"gen_ai.data_source.id", "gen_ai.request.top_k"},
			[]attribute.Key{"gen_ai.retrieval.query.text", "gen_ai.retrieval.documents"},
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, r := genai.StartRetrieval(ctx, t, "manuals", "reset", append(opts, genai.WithAttributes(genai.RequestTopKKey.Float64(5)))...)
				r.End([]genai.Document{{ID: "1", Content: "Hold the button.", Score: 1}})
			},
		},
		{
			"execute_tool add", trace.SpanKindInternal,
			[]attribute.Key{"gen_ai.tool.name", "gen_ai.tool.type", "gen_ai.tool.call.id", "gen_ai.tool.description"},
			[]attribute.Key{"gen_ai.tool.call.arguments", "gen_ai.tool.call.result"},
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, tool := genai.StartTool(ctx, t, "add", "call_1", map[string]int{"a": 1}, append(opts, genai.WithAttributes(
					genai.ToolTypeKey.String("extension"), genai.ToolDescriptionKey.String("Adds.")))...)
				tool.End(2)
			},
		},
		{
			"invoke_workflow nightly", trace.SpanKindInternal, []attribute.Key{"gen_ai.workflow.name"}, nil,
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, w := genai.StartWorkflow(ctx, t, "", "nightly", opts...)
				w.End()
			},
		},
		{
			"chat m", trace.SpanKindClient,
			[]attribute.Key{"gen_ai.provider.name", "gen_ai.request.model", "gen_ai.request.top_k", "gen_ai.response.id", "gen_ai.usage.input_tokens",
				"gen_ai.usage.output_tokens"},
			[]attribute.Key{"gen_ai.input.messages", "gen_ai.output.messages"},
			func(ctx context.Context, t trace.Tracer, opts ...genai.Option) {
				_, c := genai.StartChat(ctx, t, genai.ChatRequest{
					Provider: "openai", Model: "m", TopK: 4, Messages: []genai.Message{{Role: "user", Content: "Hello"}},
				}, opts...)
				c.End(genai.ChatResponse{ID: "r", HasUsage: true, InputTokens: 1, OutputTokens: 1, Content: "Hi"})
			},
		},
	}
}

func TestSpansAreThoseOfTheConventions(t *testing.T) {
	registry := semconvtest.Read(t)
	for _, c := range conventions() {
		for _, content := range []bool{true, false} {
			spans := record(t, func(ctx context.Context, tr trace.Tracer) { c.do(ctx, tr, genai.WithContent(content)) })
			s := spans[0]
			if s.Name != c.name || s.SpanKind != c.kind {
				t.Errorf("%s is %s, %s; want %s", c.name, s.Name, s.SpanKind, c.kind)
			}
			registry.Check(t, c.name, s.Attributes, mlflowattr.SpanTypeKey, mlflowattr.SpanOutputsKey)
			var got []attribute.Key
			for _, kv := range s.Attributes {
				if !strings.HasPrefix(string(kv.Key), "mlflow.") {
					got = append(got, kv.Key)
				}
			}
			want := append([]attribute.Key{"gen_ai.operation.name"}, c.has...)
			if content {
				want = append(want, c.said...)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s, content %v, has %v, want %v", c.name, content, got, want)
			}
			if operation, _, _ := strings.Cut(c.name, " "); attributes(s)["gen_ai.operation.name"] != operation {
				t.Errorf("%s has the operation %v", c.name, attributes(s)["gen_ai.operation.name"])
			}
		}
	}
}
