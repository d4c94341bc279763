package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Document is one piece of evidence that a retrieval found. Empty ids are left out.
type Document struct {
	ID, URI, Content string
	Score            float64 // of relevance, on the data source's own scale
}

// Retrieval is a search for evidence under way.
type Retrieval struct{ operation }

// StartRetrieval starts the CLIENT span "retrieval <source>" of a retrieval from a
// data source, which may be empty. query is content. What else is known, such as
// the provider, a model or top_k, is given with [WithAttributes].
func StartRetrieval(ctx context.Context, t trace.Tracer, source, query string, opts ...Option) (context.Context, *Retrieval) {
	kv := []attribute.KeyValue{OperationNameKey.String(OperationRetrieval), mlflowattr.SpanTypeKey.String(mlflowattr.TypeRetriever)}
	kv = appendString(kv, DataSourceIDKey, source)
	ctx, op := start(ctx, t, named(OperationRetrieval, source), trace.SpanKindClient, kv, opts)
	if op.content.on && query != "" {
		op.span.SetAttributes(op.content.value(RetrievalQueryKey, query))
	}
	return ctx, &Retrieval{op}
}

// End records the documents, which are content, and ends the span.
func (r *Retrieval) End(docs []Document) {
	if r.content.on {
		r.content.documents(r.span, docs)
	}
	r.span.End()
}

// RecordDocuments puts documents on a span that was started elsewhere: in the
// conventions' shape, and in the one that MLflow draws as document rows, with
// [DefaultMaxContent] bytes of their texts at most. They
// are content: ask [ContentFromEnv] or your own setting first.
func RecordDocuments(span trace.Span, docs []Document) {
	recorder{max: DefaultMaxContent}.documents(span, docs)
}

func (r recorder) documents(span trace.Span, docs []Document) {
	type semconv struct {
		ID    string  `json:"id,omitempty"`
		Score float64 `json:"score"`
	}
	type row struct {
		PageContent string         `json:"page_content"`
		Metadata    map[string]any `json:"metadata"`
		ID          string         `json:"id,omitempty"`
	}
	texts := make([]string, len(docs))
	for i, d := range docs {
		texts[i] = d.Content
	}
	found, rows := make([]semconv, len(docs)), make([]row, len(docs))
	for i, p := range r.parts(RetrievalDocumentsKey, texts) {
		d := docs[i]
		found[i] = semconv{d.ID, d.Score}
		meta := map[string]any{"doc_uri": d.URI}
		if d.Score != 0 {
			meta["score"] = d.Score
		}
		if d.ID != "" {
			meta["chunk_id"] = d.ID
		}
		rows[i] = row{p.Content, meta, d.ID}
	}
	span.SetAttributes(RetrievalDocumentsKey.String(text(found)), mlflowattr.SpanOutputsKey.String(text(rows)))
}
