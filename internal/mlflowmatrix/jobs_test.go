package mlflowmatrix

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// The tokens that jobs report.
const tokensIn, tokensOut = 120, 30

// emit makes the spans of a job as a program that uses our library does, and returns
// what a server must show of it.
func emit(ctx context.Context, tracer trace.Tracer, withTokens bool) expectation {
	ctx, root := tracer.Start(ctx, "answer a question", trace.WithAttributes(
		mlflowattr.Tag("team", "research"), mlflowattr.Param("chunk_size", "512"), mlflowattr.Metric("recall", 0.75),
		mlflowattr.Artifact("report.md", "# Report\n\nAll is well."),
		mlflowattr.SpanInputsKey.String(`"Who built it?"`), mlflowattr.SpanOutputsKey.String(`"Ada did."`),
	))
	_, found := genai.StartRetrieval(ctx, tracer, "wiki", "who built it", genai.WithContent(true))
	found.End([]genai.Document{{ID: "1", URI: "https://example.com/1", Content: "Ada built it.", Score: 0.5}})
	_, chat := genai.StartChat(ctx, tracer, genai.ChatRequest{
		Provider: "openai", Model: "m-1", Messages: []genai.Message{{Role: "user", Content: "Who built it?"}},
	}, genai.WithContent(true))
	response := genai.ChatResponse{Model: "m-1", FinishReasons: []string{"stop"}, Content: "Ada did."}
	if withTokens {
		response.HasUsage, response.InputTokens, response.OutputTokens = true, tokensIn, tokensOut
	}
	chat.End(response)
	root.End()

	want := expectation{
		traceID: root.SpanContext().TraceID().String(),
		runs: map[string]expectedRun{
			"answer a question": {
				parent: true, tags: map[string]string{"team": "research", "otel.span_id": root.SpanContext().SpanID().String()},
				params: map[string]string{"chunk_size": "512"}, metrics: map[string]float64{"recall": 0.75, "latency_seconds": anyNumber},
				artifacts: []string{"report.md"},
			},
			"retrieval wiki": {metrics: map[string]float64{"latency_seconds": anyNumber}},
			"chat m-1":       {params: map[string]string{"model": "m-1"}, metrics: map[string]float64{"llm_call_count": 1}},
		},
		spans: []string{"answer a question", "chat m-1", "retrieval wiki"},
	}
	if withTokens {
		want.count(tokensIn, tokensOut, "answer a question", "chat m-1")
	}
	slices.Sort(want.spans)
	return want
}

// count adds tokens to what the trace and some runs must show.
func (e *expectation) count(in, out int, runs ...string) {
	e.tokens = [2]int{in, out}
	for _, name := range runs {
		m := e.runs[name].metrics
		m["input_tokens"], m["output_tokens"], m["total_tokens"] = float64(in), float64(out), float64(in+out)
	}
}
