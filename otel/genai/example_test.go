package genai_test

import (
	"context"
	"errors"
	"fmt"

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
