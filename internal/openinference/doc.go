// Package openinference makes the worker's spans readable in backends that go by
// OpenInference's attributes, such as Phoenix, beside those of OpenTelemetry and
// MLflow. It is the one place that knows these names.
//
//	attribute                              comes from
//	openinference.span.kind                gen_ai.operation.name, else mlflow.spanType
//	input.value, input.mime_type           mlflow.spanInputs, else gen_ai.input.messages
//	output.value, output.mime_type         mlflow.spanOutputs, else gen_ai.output.messages
//	retrieval.documents.N.document.*       mlflow.spanOutputs of a retriever, in place of output.value
//
// All else Phoenix takes from gen_ai.* itself (phoenix/trace/gen_ai/conversion.py of
// arize-phoenix 20.26): models, tokens, messages, scores of documents. It adds what a
// span lacks and changes nothing that is there, so that the attributes here and its own
// fit together.
//
// Langfuse goes by the same kind where gen_ai.operation.name says nothing to it
// (invoke_workflow, retrieval, the stages without one). It reads inputs and outputs of
// mlflow.* first, then those of OpenInference, then takes any gen_ai.prompt.* for the
// question, as old conventions had it, gen_ai.prompt.name too, and gen_ai.input.messages
// last: without input.value a call of a model with a named prompt would show the name
// alone (packages/shared/src/server/otel of langfuse/langfuse, read on 2026-11-29).
//
// The attributes are added on the way to the second backend only: what MLflow gets is
// not touched. No content is added that the span does not hold already.
//
// The names are those of the OpenInference specification,
// https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md.
package openinference
