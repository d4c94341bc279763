package genai_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genai"
)

func ExampleStartChat() {
	spans := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("example")

	_, chat := genai.StartChat(context.Background(), tracer, genai.ChatRequest{Provider: "openai", Model: "gpt-4o-mini"})
	// … the call itself …
	chat.End(genai.ChatResponse{ID: "chatcmpl-1", HasUsage: true, InputTokens: 12, OutputTokens: 3})

	fmt.Println(spans.GetSpans()[0].Name)
	// Output: chat gpt-4o-mini
}
