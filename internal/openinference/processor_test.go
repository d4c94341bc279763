package openinference

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

func TestAttributesOfStages(t *testing.T) {
	type m = map[attribute.Key]string
	for name, c := range map[string]struct {
		have, want m
	}{
		"the job": {
			m{genai.OperationNameKey: genai.OperationInvokeWorkflow, mlflowattr.SpanTypeKey: mlflowattr.TypeChain,
				mlflowattr.SpanInputsKey:  `{"messages":[{"role":"user","content":"https://a/b"}]}`,
				mlflowattr.SpanOutputsKey: `{"choices":[{"message":{"role":"assistant","content":"*Good*"}}]}`},
			m{SpanKindKey: "CHAIN", InputKey: "https://a/b", InputMIMEKey: "text/plain", OutputKey: "*Good*", OutputMIMEKey: "text/plain"},
		},
		"retrieval": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeRetriever,
			mlflowattr.SpanOutputsKey: `[{"page_content":"x","id":"s1","metadata":{"doc_uri":"u"}},{"page_content":""}]`},
			m{SpanKindKey: "RETRIEVER", "retrieval.documents.0.document.content": "x", "retrieval.documents.0.document.id": "s1",
				"retrieval.documents.0.document.metadata": `{"doc_uri":"u"}`, "retrieval.documents.1.document.content": ""}},
		"retrieval of something else": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeRetriever, mlflowattr.SpanOutputsKey: `[{"row":1}]`},
			m{SpanKindKey: "RETRIEVER", OutputKey: `[{"row":1}]`, OutputMIMEKey: "application/json"}},
		"retrieval cut short": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeRetriever, mlflowattr.SpanOutputsKey: `[{"page_content":"x"},{"pa`},
			m{SpanKindKey: "RETRIEVER", OutputKey: `[{"page_content":"x"},{"pa`, OutputMIMEKey: "application/json"}},
		"documents of a chain": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeChain, mlflowattr.SpanOutputsKey: `[{"page_content":"x"}]`},
			m{SpanKindKey: "CHAIN", OutputKey: `[{"page_content":"x"}]`, OutputMIMEKey: "application/json"}},
		"retrieval by the conventions": {m{genai.OperationNameKey: genai.OperationRetrieval}, m{SpanKindKey: "RETRIEVER"}},
		"the stage of the model":       {m{mlflowattr.SpanTypeKey: mlflowattr.TypeLLM}, m{SpanKindKey: "CHAIN"}},
		"the call of the model": {m{genai.OperationNameKey: genai.OperationChat, mlflowattr.SpanTypeKey: mlflowattr.TypeChatModel},
			m{SpanKindKey: "LLM"}},
		"messages of the call": {m{genai.OperationNameKey: genai.OperationChat, genai.InputMessagesKey: `[{"role":"user","parts":[]}]`,
			genai.OutputMessagesKey: `[{"role":"assistant","parts":[]}]`},
			m{SpanKindKey: "LLM", InputKey: `[{"role":"user","parts":[]}]`, InputMIMEKey: "application/json",
				OutputKey: `[{"role":"assistant","parts":[]}]`, OutputMIMEKey: "application/json"}},
		"gates": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeEvaluator, mlflowattr.SpanInputsKey: `{"messages":[]}`},
			m{SpanKindKey: "GUARDRAIL", InputKey: `{"messages":[]}`, InputMIMEKey: "application/json"}},
		"a tool":                  {m{genai.OperationNameKey: genai.OperationExecuteTool}, m{SpanKindKey: "TOOL"}},
		"a tool by MLflow's type": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeTool}, m{SpanKindKey: "TOOL"}},
		"the post":                {m{mlflowattr.SpanTypeKey: mlflowattr.TypeTask}, m{SpanKindKey: "CHAIN"}},
		"the reading of a page":   {m{mlflowattr.SpanTypeKey: mlflowattr.TypeParser}, m{SpanKindKey: "CHAIN"}},
		"an HTTP request":         {m{"http.request.method": "GET"}, nil},
		"content alone":           {m{mlflowattr.SpanInputsKey: `{}`}, nil},
		"who has a kind keeps it": {m{SpanKindKey: "AGENT", mlflowattr.SpanTypeKey: mlflowattr.TypeLLM}, nil},
		"several messages stay JSON": {
			m{mlflowattr.SpanTypeKey: mlflowattr.TypeChain, mlflowattr.SpanInputsKey: `{"messages":[{"content":"a"},{"content":"b"}]}`},
			m{SpanKindKey: "CHAIN", InputKey: `{"messages":[{"content":"a"},{"content":"b"}]}`, InputMIMEKey: "application/json"},
		},
		"text that is no JSON": {m{mlflowattr.SpanTypeKey: mlflowattr.TypeChain, mlflowattr.SpanInputsKey: `cut {"mess`},
			m{SpanKindKey: "CHAIN", InputKey: `cut {"mess`, InputMIMEKey: "application/json"}},
	} {
		t.Run(name, func(t *testing.T) {
			var have []attribute.KeyValue
			for k, v := range c.have {
				have = append(have, k.String(v))
			}
			got := m{}
			for _, kv := range Attributes(have) {
				got[kv.Key] = kv.Value.AsString()
			}
			if len(got) != len(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			for k, v := range c.want {
				if got[k] != v {
					t.Errorf("%s = %q, want %q", k, got[k], v)
				}
			}
		})
	}
}

// TestLongListsOfDocumentsStayOneAttribute: what is added has a bound.
func TestLongListsOfDocumentsStayOneAttribute(t *testing.T) {
	for n, want := range map[int]int{maxDocuments: 1 + maxDocuments, maxDocuments + 1: 3} {
		outputs := "[" + strings.TrimSuffix(strings.Repeat(`{"page_content":"x"},`, n), ",") + "]"
		kind := mlflowattr.SpanTypeKey.String(mlflowattr.TypeRetriever)
		got := Attributes([]attribute.KeyValue{kind, mlflowattr.SpanOutputsKey.String(outputs)})
		if len(got) != want {
			t.Errorf("%d documents: %d attributes, want %d", n, len(got), want)
		}
	}
}

// TestOtherProcessorsSeeTheSpanAsItWas: MLflow's side must not notice.
func TestOtherProcessorsSeeTheSpanAsItWas(t *testing.T) {
	plain, beside := tracetest.NewSpanRecorder(), tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(NewProcessor(beside)), sdktrace.WithSpanProcessor(plain))
	tracer := tp.Tracer("t")
	for _, attributes := range [][]attribute.KeyValue{{mlflowattr.SpanTypeKey.String(mlflowattr.TypeChain)}, nil} {
		_, s := tracer.Start(context.Background(), "s")
		s.SetAttributes(attributes...)
		s.End()
	}
	for i, want := range []int{1, 0} {
		if n := len(plain.Ended()[i].Attributes()); n != want {
			t.Errorf("span %d: %d attributes beside", i, n)
		}
		if n := len(beside.Ended()[i].Attributes()); n != 2*want {
			t.Errorf("span %d: %d attributes, want %d", i, n, 2*want)
		}
	}
}
