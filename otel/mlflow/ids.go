package mlflow

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/internal/mlflowid"
)

// TraceID returns the id under which MLflow keeps a trace that arrived over OTLP:
// "tr-" and the 32 hexadecimal digits of id.
func TraceID(id trace.TraceID) string { return mlflowid.Trace(id) }

// FeedbackID returns an id for the assessment in which a person says something
// about a trace. It is the same for the same person and name, so that a later
// opinion replaces the earlier one (see [Client.PutAssessment]).
func FeedbackID(id trace.TraceID, user, name string) string {
	return mlflowid.Feedback(id, user, name)
}
