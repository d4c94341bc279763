package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Tool is a tool call under way.
type Tool struct{ operation }

// StartTool starts the span "execute_tool <name>". arguments is content, any
// value that encodes as JSON. The tool's type is function: an extension or a
// datastore says so with [WithAttributes] and [ToolTypeKey], and a description is
// given with [ToolDescriptionKey].
func StartTool(ctx context.Context, t trace.Tracer, name, callID string, arguments any, opts ...Option) (context.Context, *Tool) {
	kv := []attribute.KeyValue{
		OperationNameKey.String(OperationExecuteTool), ToolNameKey.String(name), ToolTypeKey.String("function"),
		mlflowattr.SpanTypeKey.String(mlflowattr.TypeTool),
	}
	kv = appendString(kv, ToolCallIDKey, callID)
	ctx, op := start(ctx, t, named(OperationExecuteTool, name), trace.SpanKindInternal, kv, opts)
	if op.content.on && arguments != nil {
		op.span.SetAttributes(op.content.value(ToolCallArgumentsKey, arguments))
	}
	return ctx, &Tool{op}
}

// End records the result, which is content, and ends the span.
func (t *Tool) End(result any) {
	if t.content.on && result != nil {
		t.span.SetAttributes(t.content.value(ToolCallResultKey, result))
	}
	t.span.End()
}
