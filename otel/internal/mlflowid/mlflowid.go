// Package mlflowid derives the ids that MLflow knows things by from those of
// OpenTelemetry. It is a leaf, so that the projection (package runs), which knows
// no server, and the client (package mlflow) derive them alike; mlflow shows them
// to programs outside this module.
package mlflowid

import (
	"crypto/sha256"
	"encoding/hex"

	"go.opentelemetry.io/otel/trace"
)

// tracePrefix precedes the 32 hexadecimal digits of an OpenTelemetry trace id
// (TRACE_REQUEST_ID_PREFIX in mlflow/tracing/constant.py of MLflow 3.17).
const tracePrefix = "tr-"

// Trace returns MLflow's id of a trace that arrived over OTLP.
func Trace(id trace.TraceID) string { return tracePrefix + id.String() }

// Evaluation returns the assessment id of an evaluation that a span records, both
// ids in hexadecimal digits as the projection has them. A span that evaluates the
// same name again, or a trace sent again, gets the same.
func Evaluation(traceID, spanID, name string) string {
	return assessment(traceID + "\x00" + spanID + "\x00" + name)
}

// Feedback returns the assessment id of what a person says about a trace: one
// opinion for each name.
func Feedback(id trace.TraceID, user, name string) string {
	return assessment("feedback/" + id.String() + "/" + user + "/" + name)
}

// assessment has the form that MLflow gives assessments: "a-" and 32
// hexadecimal digits.
func assessment(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "a-" + hex.EncodeToString(sum[:16])
}

// Expectation returns the assessment id of what a span says would be right, apart from
// what was found under the same name.
func Expectation(traceID, spanID, name string) string {
	return assessment("expectation/" + traceID + "/" + spanID + "/" + name)
}
