package genai

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Evaluation is one verdict on a result. Empty texts are left out.
type Evaluation struct {
	Name        string // what was judged, such as relevance
	Score       float64
	Label       string // pass or fail, usually
	Explanation string
}

// RecordEvaluation adds the verdict as an event named [EvaluationEvent] to the span
// that judged, or to the one that was judged. Package runs makes a metric and an
// assessment of it.
func RecordEvaluation(span trace.Span, e Evaluation) {
	kv := []attribute.KeyValue{EvaluationNameKey.String(e.Name), EvaluationScoreKey.Float64(e.Score)}
	kv = appendString(kv, EvaluationLabelKey, e.Label)
	kv = appendString(kv, EvaluationExplanationKey, e.Explanation)
	span.AddEvent(EvaluationEvent, trace.WithAttributes(kv...))
}
