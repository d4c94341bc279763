package genai_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

// newTracer records in memory; a program has runprocessor, or an exporter.
func newTracer() (trace.Tracer, *tracetest.InMemoryExporter) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	return provider.Tracer("example", trace.WithSchemaURL(genai.SchemaURL)), spans
}

func ExampleStartChat() {
	tracer, spans := newTracer()

	_, chat := genai.StartChat(context.Background(), tracer, genai.ChatRequest{Provider: "openai", Model: "gpt-4o-mini"})
	// … the call itself …
	chat.End(genai.ChatResponse{ID: "chatcmpl-1", HasUsage: true, InputTokens: 12, OutputTokens: 3})

	fmt.Println(spans.GetSpans()[0].Name)
	// Output: chat gpt-4o-mini
}

// A refused call has tokens too, and a kind of error to group by.
func ExampleChat_FailWith() {
	tracer, spans := newTracer()

	_, chat := genai.StartChat(context.Background(), tracer, genai.ChatRequest{Provider: "openai", Model: "gpt-4o-mini"})
	chat.FailWith(genai.ChatResponse{HasUsage: true, InputTokens: 12}, errors.New("content filter"), "content_filter")

	fmt.Println(spans.GetSpans()[0].Status.Description)
	// Output: content filter
}

func ExampleStartRetrieval() {
	tracer, spans := newTracer()

	_, retrieval := genai.StartRetrieval(context.Background(), tracer, "manuals", "how to reset", genai.WithContent(true))
	retrieval.End([]genai.Document{{ID: "p7", URI: "https://example.com/manual#7", Content: "Hold the button.", Score: 0.8}})

	for _, kv := range spans.GetSpans()[0].Attributes {
		if kv.Key == genai.RetrievalDocumentsKey {
			fmt.Println(kv.Value.AsString())
		}
	}
	// Output: [{"id":"p7","score":0.8}]
}

func ExampleStartTool() {
	tracer, spans := newTracer()

	_, tool := genai.StartTool(context.Background(), tracer, "search", "call_1", map[string]any{"query": "otel"})
	tool.End([]string{"opentelemetry.io"})

	fmt.Println(spans.GetSpans()[0].Name)
	// Output: execute_tool search
}

// Model calls and tools that are started with the agent's context are its
// children, also those that genaihttp starts.
func ExampleStartAgent() {
	tracer, spans := newTracer()

	ctx, agent := genai.StartAgent(context.Background(), tracer, genai.AgentRequest{Name: "tutor", Provider: "openai"})
	_, tool := genai.StartTool(ctx, tracer, "add", "call_1", map[string]int{"a": 1, "b": 2})
	tool.End(3)
	agent.End(genai.AgentResponse{FinishReasons: []string{"stop"}, Content: "It is 3."})

	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name, s.Parent.IsValid())
	}
	// Output:
	// execute_tool add true
	// invoke_agent tutor false
}

// A service that keeps agents gives the new one its id.
func ExampleStartCreateAgent() {
	tracer, spans := newTracer()

	_, agent := genai.StartCreateAgent(context.Background(), tracer, genai.AgentRequest{
		Name: "tutor", Provider: "aws.bedrock", Model: "m", ServerAddress: "bedrock-agent.eu-west-1.amazonaws.com", ServerPort: 443,
	})
	agent.End(genai.AgentResponse{ID: "AGENT7"})

	fmt.Println(spans.GetSpans()[0].Name, spans.GetSpans()[0].SpanKind)
	// Output: create_agent tutor client
}

func ExampleStartEmbeddings() {
	tracer, spans := newTracer()

	_, call := genai.StartEmbeddings(context.Background(), tracer, genai.EmbeddingsRequest{Provider: "openai", Model: "text-embedding-3-small"})
	call.End(genai.EmbeddingsResponse{HasUsage: true, InputTokens: 8})

	fmt.Println(spans.GetSpans()[0].Name)
	// Output: embeddings text-embedding-3-small
}

// What is recorded of content can be changed, and has a bound.
func ExampleWithMask() {
	tracer, spans := newTracer()

	card := regexp.MustCompile(`[0-9]{16}`)
	_, tool := genai.StartTool(context.Background(), tracer, "pay", "call_1", map[string]any{"card": "4111111111111111"},
		genai.WithContent(true), genai.WithMaxContent(4096),
		genai.WithMask(func(_ attribute.Key, text string) string { return card.ReplaceAllString(text, "[card]") }))
	tool.End("paid")

	for _, kv := range spans.GetSpans()[0].Attributes {
		if kv.Key == genai.ToolCallArgumentsKey {
			fmt.Println(kv.Value.AsString())
		}
	}
	// Output: {"card":"[card]"}
}

// The workflow is the root: its name is the run's in MLflow.
func ExampleStartWorkflow() {
	tracer, spans := newTracer()

	ctx, job := genai.StartWorkflow(context.Background(), tracer, "nightly summary", "summary", genai.WithContent(true))
	_, chat := genai.StartChat(ctx, tracer, genai.ChatRequest{Model: "small"})
	chat.End(genai.ChatResponse{})
	job.Messages("What happened?", "Nothing.")
	genai.RecordEvaluation(job.Span(), genai.Evaluation{Name: "length", Score: 1, Label: "pass"})
	job.End()

	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name, len(s.Events))
	}
	// Output:
	// chat small 0
	// nightly summary 1
}

// Spans that another library starts can carry the same.
func ExampleRecordDocuments() {
	tracer, spans := newTracer()

	_, span := tracer.Start(context.Background(), "vector search")
	genai.RecordDocuments(span, []genai.Document{{ID: "a", Content: "…", Score: 0.4}})
	genai.MarkFailed(span, errors.New("half of the index was away"), "timeout")
	span.End()

	fmt.Println(spans.GetSpans()[0].Status.Code, len(spans.GetSpans()[0].Attributes))
	// Output: Error 3
}
