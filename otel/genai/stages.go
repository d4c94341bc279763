package genai

import (
	"context"
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Document is one piece of evidence that a retrieval found.
type Document struct {
	ID, URI, Content string
	Score            float64
}

// Retrieval is a search for evidence under way.
type Retrieval struct{ operation }

// StartRetrieval starts the span of a retrieval from a data source. query is
// content.
func StartRetrieval(ctx context.Context, t trace.Tracer, source, query string, opts ...Option) (context.Context, *Retrieval) {
	kv := []attribute.KeyValue{OperationNameKey.String(OperationRetrieval), mlflowattr.SpanTypeKey.String(mlflowattr.TypeRetriever)}
	kv = appendString(kv, DataSourceIDKey, source)
	ctx, op := start(ctx, t, named(OperationRetrieval, source), trace.SpanKindInternal, kv, opts)
	if op.content && query != "" {
		op.span.SetAttributes(RetrievalQueryKey.String(query))
	}
	return ctx, &Retrieval{op}
}

// End records the documents and ends the span.
func (r *Retrieval) End(docs []Document) {
	if r.content {
		RecordDocuments(r.span, docs)
	}
	r.span.End()
}

// RecordDocuments puts documents on a span that was started elsewhere: in the
// conventions' shape, and in the one that MLflow draws as document rows. They
// are content: ask [ContentFromEnv] or your own setting first.
func RecordDocuments(span trace.Span, docs []Document) {
	type semconv struct {
		ID    string  `json:"id,omitempty"`
		Score float64 `json:"score"`
	}
	type row struct {
		PageContent string         `json:"page_content"`
		Metadata    map[string]any `json:"metadata"`
		ID          string         `json:"id,omitempty"`
	}
	found, rows := make([]semconv, len(docs)), make([]row, len(docs))
	for i, d := range docs {
		found[i] = semconv{d.ID, d.Score}
		meta := map[string]any{"doc_uri": d.URI}
		if d.ID != "" {
			meta["chunk_id"] = d.ID
		}
		rows[i] = row{d.Content, meta, d.ID}
	}
	span.SetAttributes(RetrievalDocumentsKey.String(text(found)), mlflowattr.SpanOutputsKey.String(text(rows)))
}

// Tool is a tool call under way.
type Tool struct{ operation }

// StartTool starts the span "execute_tool <name>". arguments is content, any
// value that encodes as JSON.
func StartTool(ctx context.Context, t trace.Tracer, name, callID string, arguments any, opts ...Option) (context.Context, *Tool) {
	kv := []attribute.KeyValue{OperationNameKey.String(OperationExecuteTool), ToolNameKey.String(name), ToolTypeKey.String("function"), mlflowattr.SpanTypeKey.String(mlflowattr.TypeTool)}
	kv = appendString(kv, ToolCallIDKey, callID)
	ctx, op := start(ctx, t, named(OperationExecuteTool, name), trace.SpanKindInternal, kv, opts)
	if op.content && arguments != nil {
		op.span.SetAttributes(ToolCallArgumentsKey.String(text(arguments)))
	}
	return ctx, &Tool{op}
}

// End records the result, which is content, and ends the span.
func (t *Tool) End(result any) {
	if t.content && result != nil {
		t.span.SetAttributes(ToolCallResultKey.String(text(result)))
	}
	t.span.End()
}

// Workflow is a whole job under way.
type Workflow struct{ operation }

// StartWorkflow starts the root span of a job under a name of your own, with
// the operation invoke_workflow.
func StartWorkflow(ctx context.Context, t trace.Tracer, spanName, workflow string, opts ...Option) (context.Context, *Workflow) {
	kv := []attribute.KeyValue{OperationNameKey.String(OperationInvokeWorkflow), WorkflowNameKey.String(workflow), mlflowattr.SpanTypeKey.String(mlflowattr.TypeChain)}
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

// Evaluation is one verdict on a result.
type Evaluation struct {
	Name        string
	Score       float64
	Label       string // pass or fail, usually
	Explanation string
}

// RecordEvaluation adds the verdict as an event to the span that judged.
func RecordEvaluation(span trace.Span, e Evaluation) {
	kv := []attribute.KeyValue{EvaluationNameKey.String(e.Name), EvaluationScoreKey.Float64(e.Score)}
	kv = appendString(kv, EvaluationLabelKey, e.Label)
	kv = appendString(kv, EvaluationExplanationKey, e.Explanation)
	span.AddEvent(EvaluationEvent, trace.WithAttributes(kv...))
}

// text is v as JSON; strings stay as they are.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}
