package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Workflow is a whole job under way.
type Workflow struct{ operation }

// StartWorkflow starts the root span of a job, with the operation invoke_workflow, under a name of your own; an
// empty one is the conventions' "invoke_workflow <workflow>".
func StartWorkflow(ctx context.Context, t trace.Tracer, spanName, workflow string, opts ...Option) (context.Context, *Workflow) {
	kv := []attribute.KeyValue{
		OperationNameKey.String(OperationInvokeWorkflow), mlflowattr.SpanTypeKey.String(mlflowattr.TypeChain),
	}
	kv = appendString(kv, WorkflowNameKey, workflow)
	if spanName == "" {
		spanName = named(OperationInvokeWorkflow, workflow)
	}
	ctx, op := start(ctx, t, spanName, trace.SpanKindInternal, kv, opts)
	return ctx, &Workflow{op}
}

// Messages records what was asked and answered in the chat shape that MLflow
// shows as bubbles; both are content. An empty answer is left out.
func (w *Workflow) Messages(asked, answered string) {
	if !w.content.on {
		return
	}
	said := func(key attribute.Key, s string) string { return w.content.parts(key, []string{s})[0].Content }
	w.span.SetAttributes(mlflowattr.SpanInputsKey.String(text(map[string]any{
		"messages": []map[string]string{{"role": "user", "content": said(mlflowattr.SpanInputsKey, asked)}}})))
	if answered != "" {
		w.span.SetAttributes(mlflowattr.SpanOutputsKey.String(text(map[string]any{
			"choices": []map[string]any{{"message": map[string]string{
				"role": "assistant", "content": said(mlflowattr.SpanOutputsKey, answered)}}}})))
	}
}

// End ends the span.
func (w *Workflow) End() { w.span.End() }
