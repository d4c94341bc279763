package genai

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// EmbeddingsRequest is what is known before a model makes vectors of texts. Zero
// fields are left out of the span.
type EmbeddingsRequest struct {
	Provider, Model string
	Dimensions      int      // that each vector should have
	EncodingFormats []string // such as float or base64
	ServerAddress   string
	ServerPort      int
}

// EmbeddingsResponse is what the model answered. Vectors are not recorded.
type EmbeddingsResponse struct {
	Model       string
	InputTokens int
	HasUsage    bool // false: the server sent no usage, and none is invented
}

// Embeddings is a call for vectors under way.
type Embeddings struct{ operation }

// StartEmbeddings starts the CLIENT span "embeddings <model>".
func StartEmbeddings(ctx context.Context, t trace.Tracer, r EmbeddingsRequest, opts ...Option) (context.Context, *Embeddings) {
	kv := []attribute.KeyValue{OperationNameKey.String(OperationEmbeddings), mlflowattr.SpanTypeKey.String(mlflowattr.TypeEmbedding)}
	kv = appendString(kv, ProviderNameKey, r.Provider)
	kv = appendString(kv, RequestModelKey, r.Model)
	kv = appendInt(kv, EmbeddingsDimensionsKey, r.Dimensions)
	kv = appendString(kv, ServerAddressKey, r.ServerAddress)
	kv = appendInt(kv, ServerPortKey, r.ServerPort)
	if len(r.EncodingFormats) > 0 {
		kv = append(kv, RequestEncodingFormatsKey.StringSlice(r.EncodingFormats))
	}
	ctx, op := start(ctx, t, named(OperationEmbeddings, r.Model), trace.SpanKindClient, kv, opts)
	return ctx, &Embeddings{op}
}

// End records what the model said of its answer, and ends the span.
func (e *Embeddings) End(r EmbeddingsResponse) {
	var kv []attribute.KeyValue
	kv = appendString(kv, ResponseModelKey, r.Model)
	if r.HasUsage {
		kv = append(kv, UsageInputTokensKey.Int(r.InputTokens))
	}
	e.span.SetAttributes(kv...)
	e.span.End()
}
