// Package genai starts spans that follow the OpenTelemetry semantic
// conventions for generative AI. In goes what a program knows of a model call,
// an agent, a tool call, a retrieval, a workflow or an evaluation; out comes a span with
// the right name, kind and attributes, and the few mlflow.* attributes without
// which MLflow's pages stay empty (span types of retrievals and evaluations,
// which the conventions have no word for).
//
//	ctx, chat := genai.StartChat(ctx, tracer, genai.ChatRequest{Provider: "openai", Model: "gpt-4o-mini"})
//	answer, err := call(ctx)
//	if err != nil {
//		chat.Fail(err, "429")
//		return err
//	}
//	chat.End(genai.ChatResponse{HasUsage: true, InputTokens: 12, OutputTokens: 3, Content: answer})
//
// Started operations have a span ([Chat.Span] and so on), and end once: with End, or
// with Fail. RecordDocuments, RecordEvaluation and MarkFailed work on spans of one's
// own. Model calls need no starter where package genaihttp records them: with the context
// of an agent, a tool or a workflow they become its children.
//
// The attribute names are pinned to revision v1.41.1 of the conventions
// (https://github.com/open-telemetry/semantic-conventions/tree/v1.41.1/docs/gen-ai), the
// last that was published before they moved to a repository of their own: see [SchemaURL].
// otel-go's own semconv packages have none of them since v1.42.0.
//
// # Content
//
// Prompts, answers, documents and tool arguments are sensitive. As the
// conventions ask, they are recorded only when somebody asked for it: with
// [WithContent], or with the variable
// OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT set to SPAN_ONLY, SPAN_AND_EVENT or,
// as before, true; NO_CONTENT and EVENT_ONLY keep it off spans. The option wins over the
// variable. [ParseContent] tells a value that says neither. What is recorded has a bound
// ([WithMaxContent]) and can be changed before ([WithMask]).
//
// All functions are safe for concurrent use; a started operation belongs to
// one goroutine.
package genai
