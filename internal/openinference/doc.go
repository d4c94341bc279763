// Package openinference makes the worker's spans readable in backends that go by
// OpenInference's attributes, such as Phoenix, beside those of OpenTelemetry and
// MLflow. It is the one place that knows these names.
//
//	attribute                              comes from
//	openinference.span.kind                gen_ai.operation.name, else mlflow.spanType
//	input.value, input.mime_type           mlflow.spanInputs
//	output.value, output.mime_type         mlflow.spanOutputs
//
// All else Phoenix takes from gen_ai.* itself (phoenix/trace/gen_ai/conversion.py of
// arize-phoenix 20.26): models, tokens, messages. It adds what a span lacks and changes
// nothing that is there, so that the attributes here and its own fit together.
//
// The attributes are added on the way to the second backend only: what MLflow gets is
// not touched. No content is added that the span does not hold already.
//
// The names are those of the OpenInference specification,
// https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md.
package openinference
