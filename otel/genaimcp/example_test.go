package genaimcp_test

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaimcp"
)

func ExampleInstrument() {
	ctx := context.Background()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	// A program has set both globally: otel.SetTracerProvider, otel.SetTextMapPropagator.
	with := []genaimcp.Option{genaimcp.WithTracerProvider(provider), genaimcp.WithPropagator(propagation.TraceContext{})}

	server := mcp.NewServer(&mcp.Implementation{Name: "tools"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "double"}, func(_ context.Context, _ *mcp.CallToolRequest, in struct{ N int }) (*mcp.CallToolResult, int, error) {
		return nil, 2 * in.N, nil
	})
	genaimcp.Instrument(server, with...)
	client := mcp.NewClient(&mcp.Implementation{Name: "agent"}, nil)
	genaimcp.Instrument(client, with...)

	here, there := mcp.NewInMemoryTransports()
	served, err := server.Connect(ctx, there, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := client.Connect(ctx, here, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, agent := genai.StartAgent(ctx, provider.Tracer("agent"), genai.AgentRequest{Name: "planner"})
	_, err = session.CallTool(ctx, &mcp.CallToolParams{Name: "double", Arguments: map[string]int{"N": 21}})
	agent.End(genai.AgentResponse{})
	_, _ = session.Close(), served.Wait()

	fmt.Println(err)
	for _, s := range spans.Ended()[len(spans.Ended())-3:] {
		fmt.Println(s.SpanKind(), s.Name(), s.SpanContext().TraceID() == agent.Span().SpanContext().TraceID())
	}
	// Output:
	// <nil>
	// server tools/call double true
	// client tools/call double true
	// internal invoke_agent planner true
}
