package openinference

import (
	"cmp"
	"encoding/json"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// The attributes that are added.
const (
	SpanKindKey   = attribute.Key("openinference.span.kind")
	InputKey      = attribute.Key("input.value")
	InputMIMEKey  = attribute.Key("input.mime_type")
	OutputKey     = attribute.Key("output.value")
	OutputMIMEKey = attribute.Key("output.mime_type")
	// DocumentsPrefix begins the attributes of what a retriever found: the index, then
	// document.content, document.id or document.metadata.
	DocumentsPrefix = "retrieval.documents."
)

// Processor adds the attributes to spans that end, and passes them on.
type Processor struct{ sdktrace.SpanProcessor }

// NewProcessor stands before a processor that exports. It is safe for concurrent use
// if next is.
func NewProcessor(next sdktrace.SpanProcessor) Processor { return Processor{next} }

// OnEnd passes on a span with the attributes, or the span itself where there is
// nothing to add. The span is shared with other processors and stays as it is. It does
// no I/O.
func (p Processor) OnEnd(s sdktrace.ReadOnlySpan) {
	if added := Attributes(s.Attributes()); len(added) > 0 {
		s = extended{s, slices.Concat(s.Attributes(), added)}
	}
	p.SpanProcessor.OnEnd(s)
}

// extended is a span with more attributes.
type extended struct {
	sdktrace.ReadOnlySpan
	attributes []attribute.KeyValue
}

// Attributes returns the span's own attributes and what was added.
func (s extended) Attributes() []attribute.KeyValue { return s.attributes }

// Attributes returns what a span with these attributes lacks: nothing for a span that
// says of no step of a job which it is.
func Attributes(have []attribute.KeyValue) (add []attribute.KeyValue) {
	var operation, spanType, inputs, outputs, asked, answered string
	for _, kv := range have {
		switch kv.Key {
		case genai.OperationNameKey:
			operation = kv.Value.AsString()
		case mlflowattr.SpanTypeKey:
			spanType = kv.Value.AsString()
		case mlflowattr.SpanInputsKey:
			inputs = kv.Value.AsString()
		case mlflowattr.SpanOutputsKey:
			outputs = kv.Value.AsString()
		case genai.InputMessagesKey:
			asked = kv.Value.AsString()
		case genai.OutputMessagesKey:
			answered = kv.Value.AsString()
		case SpanKindKey, InputKey, OutputKey: // somebody knows better
			return nil
		}
	}
	kind := kindOf(operation, spanType)
	if kind == "" {
		return nil
	}
	add = append(add, SpanKindKey.String(kind))
	inputs, outputs = cmp.Or(inputs, asked), cmp.Or(outputs, answered)
	add = appendContent(add, InputKey, InputMIMEKey, inputs)
	if kind == "RETRIEVER" {
		if found := documents(outputs); found != nil {
			return append(add, found...)
		}
	}
	return appendContent(add, OutputKey, OutputMIMEKey, outputs)
}

// kindOf returns OpenInference's kind of a span, empty for none. LLM is a call of a
// model, as gen_ai.operation.name says: a stage that MLflow is told to show as LLM is
// the chain around one.
func kindOf(operation, spanType string) string {
	switch operation {
	case genai.OperationChat:
		return "LLM"
	case genai.OperationRetrieval:
		return "RETRIEVER"
	case genai.OperationExecuteTool:
		return "TOOL"
	case genai.OperationInvokeWorkflow:
		return "CHAIN"
	}
	switch spanType {
	case mlflowattr.TypeRetriever:
		return "RETRIEVER"
	case mlflowattr.TypeTool:
		return "TOOL"
	case mlflowattr.TypeEvaluator:
		return "GUARDRAIL" // gates hold a comment back
	case mlflowattr.TypeChain, mlflowattr.TypeTask, mlflowattr.TypeParser, mlflowattr.TypeLLM, mlflowattr.TypeChatModel:
		return "CHAIN"
	}
	return ""
}

func appendContent(add []attribute.KeyValue, value, mime attribute.Key, content string) []attribute.KeyValue {
	if content == "" {
		return add
	}
	if text, ok := oneText(content); ok {
		return append(add, value.String(text), mime.String("text/plain"))
	}
	return append(add, value.String(content), mime.String("application/json"))
}

// oneText returns what was said where the content is a single message in the shape of
// a chat, which lists show as text: {"messages":[{"content":"…"}]} of a question,
// {"choices":[{"message":{"content":"…"}}]} of an answer.
func oneText(content string) (string, bool) {
	type message struct {
		Content string `json:"content"`
	}
	var chat struct {
		Messages []message `json:"messages"`
		Choices  []struct {
			Message message `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal([]byte(content), &chat) != nil {
		return "", false
	}
	switch {
	case len(chat.Messages) == 1 && len(chat.Choices) == 0 && chat.Messages[0].Content != "":
		return chat.Messages[0].Content, true
	case len(chat.Choices) == 1 && len(chat.Messages) == 0 && chat.Choices[0].Message.Content != "":
		return chat.Choices[0].Message.Content, true
	}
	return "", false
}
