package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Workflow is a whole job under way.
type Workflow struct{ operation }

// StartWorkflow starts the root span of a job under a name of your own, with
// the operation invoke_workflow.
func StartWorkflow(ctx context.Context, t trace.Tracer, spanName, workflow string, opts ...Option) (context.Context, *Workflow) {
	kv := []attribute.KeyValue{
		OperationNameKey.String(OperationInvokeWorkflow), WorkflowNameKey.String(workflow),
		mlflowattr.SpanTypeKey.String(mlflowattr.TypeChain),
	}
	ctx, op := start(ctx, t, spanName, trace.SpanKindInternal, kv, opts)
	return ctx, &Workflow{op}
}

// Messages records what was asked and answered in the chat shape that MLflow
// shows as bubbles; both are content. An empty answer is left out.
func (w *Workflow) Messages(asked, answered string) {
	if !w.content {
		return
	}
	w.span.SetAttributes(mlflowattr.SpanInputsKey.String(text(map[string]any{
		"messages": []map[string]string{{"role": "user", "content": asked}}})))
	if answered != "" {
		w.span.SetAttributes(mlflowattr.SpanOutputsKey.String(text(map[string]any{
			"choices": []map[string]any{{"message": map[string]string{"role": "assistant", "content": answered}}}})))
	}
}

// End ends the span.
func (w *Workflow) End() { w.span.End() }
