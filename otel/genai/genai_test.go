package genai_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/genai"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func record(t *testing.T, do func(context.Context, trace.Tracer)) tracetest.SpanStubs {
	t.Helper()
	exp := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp))
	do(context.Background(), tp.Tracer("test"))
	return exp.GetSpans()
}

func attributes(s tracetest.SpanStub) map[string]any {
	m := map[string]any{"span.name": s.Name, "span.kind": s.SpanKind.String(), "span.status": s.Status.Code.String()}
	for _, kv := range s.Attributes {
		m[string(kv.Key)] = kv.Value.AsInterface()
	}
	var events []string
	for _, e := range s.Events {
		events = append(events, e.Name)
	}
	sort.Strings(events)
	if events != nil {
		m["span.events"] = events
	}
	return m
}

func TestSpansFollowTheConventions(t *testing.T) {
	temp, cost := 0.2, 0.001
	do := func(content bool) func(context.Context, trace.Tracer) {
		return func(ctx context.Context, tr trace.Tracer) {
			with := genai.WithContent(content)
			ctx, w := genai.StartWorkflow(ctx, tr, "pipeline.process_job", "commentary", with)
			w.Messages("https://a.example", "**done**")
			_, r := genai.StartRetrieval(ctx, tr, "web", "https://a.example", with)
			r.End([]genai.Document{{ID: "s1", URI: "https://a.example", Content: "text", Score: 1}})
			_, c := genai.StartChat(ctx, tr, genai.ChatRequest{Provider: "openai", Model: "m", Temperature: &temp, TopK: 40, MaxTokens: 9, ResponseFormat: "json",
				Messages: []genai.Message{{Role: "user", Content: "hello"}}}, with)
			c.End(genai.ChatResponse{ID: "r1", Model: "m-1", FinishReasons: []string{"stop"}, InputTokens: 3, OutputTokens: 4, CachedTokens: 1,
				CacheWriteTokens: 1, HasUsage: true, Content: "{}", CostUSD: &cost})
			_, tool := genai.StartTool(ctx, tr, "search", "c1", map[string]string{"q": "x"}, with)
			tool.End("found")
			genai.RecordEvaluation(w.Span(), genai.Evaluation{Name: "links", Score: 1, Label: "pass"})
			w.End()
		}
	}
	for name, content := range map[string]bool{"with_content": true, "without_content": false} {
		t.Run(name, func(t *testing.T) {
			var got []map[string]any
			for _, s := range record(t, do(content)) {
				got = append(got, attributes(s))
			}
			b, err := json.MarshalIndent(got, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(b) != string(want) {
				t.Errorf("spans changed:\n%s", b)
			}
		})
	}
}

func TestFailureSetsErrorTypeStatusAndEvent(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, c := genai.StartChat(ctx, tr, genai.ChatRequest{Model: "m"})
		c.FailWith(genai.ChatResponse{HasUsage: true, InputTokens: 7}, errors.New("refused"), "429")
	})
	m := attributes(spans[0])
	if m["error.type"] != "429" || spans[0].Status.Code != codes.Error || spans[0].Status.Description != "refused" || len(spans[0].Events) != 1 {
		t.Errorf("got %v", m)
	}
	if m["gen_ai.usage.input_tokens"] != int64(7) {
		t.Errorf("usage of a failed call is lost: %v", m)
	}
}

func TestAFailureWithoutAnErrorIsOneOfItsKind(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, c := genai.StartTool(ctx, tr, "x", "", nil)
		c.Fail(nil, "timeout")
	})
	if s := spans[0]; s.Status.Code != codes.Error || s.Status.Description != "timeout" || attributes(s)["error.type"] != "timeout" || len(s.Events) != 0 {
		t.Errorf("got %v", attributes(s))
	}
}

func TestUsageIsNotInvented(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, c := genai.StartChat(ctx, tr, genai.ChatRequest{Model: "m"})
		c.End(genai.ChatResponse{Content: "x"})
	})
	for k := range attributes(spans[0]) {
		if k == "gen_ai.usage.input_tokens" || k == "gen_ai.usage.output_tokens" {
			t.Errorf("%s was set though the server sent no usage", k)
		}
	}
}

func TestContentVariable(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "false": false, "0": false, "NO_CONTENT": false, "EVENT_ONLY": false, "event_only": false,
		"true": true, "True": true, "1": true, "SPAN_ONLY": true, " span_and_event ": true,
	} {
		if got, err := genai.ParseContent(value); got != want || err != nil {
			t.Errorf("%q: got %v, %v", value, got, err)
		}
		if got := genai.ContentFromEnv(func(string) string { return value }); got != want {
			t.Errorf("%q in the environment: got %v", value, got)
		}
	}
	got, err := genai.ParseContent("spans")
	if got || err == nil {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, part := range []string{genai.CaptureVariable, `"spans"`, "NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
	if genai.ContentFromEnv(func(string) string { return "spans" }) {
		t.Error("a value that says nothing records content")
	}
}

func TestDocumentsAreRecordedForTheConventionsAndForMLflow(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, s := tr.Start(ctx, "own")
		genai.RecordDocuments(s, []genai.Document{{ID: "s1", URI: "https://a.example", Content: "text", Score: 0.5}, {Content: "bare"}})
		s.End()
		_, s = tr.Start(ctx, "nothing found")
		genai.RecordDocuments(s, nil)
		s.End()
	})
	for i, want := range []map[string]any{
		{
			"gen_ai.retrieval.documents": `[{"id":"s1","score":0.5},{"score":0}]`,
			"mlflow.spanOutputs": `[{"page_content":"text","metadata":{"chunk_id":"s1","doc_uri":"https://a.example","score":0.5},"id":"s1"},` +
				`{"page_content":"bare","metadata":{"doc_uri":""}}]`,
		},
		{"gen_ai.retrieval.documents": "[]", "mlflow.spanOutputs": "[]"},
	} {
		got := attributes(spans[i])
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %v, want %v", spans[i].Name, k, got[k], v)
			}
		}
	}
}

func TestAnEvaluationIsAnEvent(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, s := tr.Start(ctx, "judge")
		genai.RecordEvaluation(s, genai.Evaluation{Name: "tone", Score: 0.25, Label: "fail", Explanation: "shouts"})
		genai.RecordEvaluation(s, genai.Evaluation{Name: "links"})
		s.End()
	})
	for i, want := range []map[attribute.Key]any{
		{
			genai.EvaluationNameKey: "tone", genai.EvaluationScoreKey: 0.25, genai.EvaluationLabelKey: "fail",
			genai.EvaluationExplanationKey: "shouts",
		},
		{genai.EvaluationNameKey: "links", genai.EvaluationScoreKey: 0.0},
	} {
		e := spans[0].Events[i]
		got := map[attribute.Key]any{}
		for _, kv := range e.Attributes {
			got[kv.Key] = kv.Value.AsInterface()
		}
		if e.Name != genai.EvaluationEvent || !maps.Equal(got, want) {
			t.Errorf("event %s %v, want %v", e.Name, got, want)
		}
	}
}

func TestOptionsAdjustTheSpan(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		ctx, outer := tr.Start(ctx, "outer")
		_, r := genai.StartRetrieval(ctx, tr, "", "query",
			genai.WithSpanName("retrieval.fetch_evidence"), genai.WithAttributes(attribute.String("own", "1")),
			genai.WithSpanOptions(trace.WithNewRoot()), genai.WithContent(true))
		r.Span().SetAttributes(attribute.String("later", "2"))
		r.End(nil)
		outer.End()
	})
	s := spans[0]
	if s.Name != "retrieval.fetch_evidence" || s.Parent.IsValid() {
		t.Errorf("span %s, parent %v", s.Name, s.Parent)
	}
	if m := attributes(s); m["own"] != "1" || m["later"] != "2" || m["gen_ai.retrieval.query.text"] != "query" {
		t.Errorf("attributes %v", m)
	}
}

func TestNamesAreThoseOfTheConventions(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, c := genai.StartChat(ctx, tr, genai.ChatRequest{ConversationID: "c1"})
		c.End(genai.ChatResponse{})
		_, r := genai.StartRetrieval(ctx, tr, "web", "")
		r.Fail(errors.New("no route"), "")
		_, tool := genai.StartTool(ctx, tr, "search", "", nil)
		tool.End(nil)
	})
	want := []string{"chat", "retrieval web", "execute_tool search"}
	for i, s := range spans {
		if s.Name != want[i] {
			t.Errorf("%s, want %s", s.Name, want[i])
		}
	}
	if m := attributes(spans[0]); m["gen_ai.conversation.id"] != "c1" {
		t.Errorf("attributes %v", m)
	}
	if m := attributes(spans[1]); m["error.type"] != "_OTHER" {
		t.Errorf("a failure of no kind: %v", m)
	}
}

func TestContentIsNotEncodedForNobody(t *testing.T) {
	_, c := genai.StartTool(context.Background(), noop.NewTracerProvider().Tracer("x"), "t", "", explosive{t}, genai.WithContent(true))
	c.End(explosive{t})
}

// explosive must not be encoded.
type explosive struct{ t *testing.T }

func (e explosive) MarshalJSON() ([]byte, error) {
	e.t.Error("encoded though no span records")
	return []byte("null"), nil
}

func TestWhatJSONCannotHoldIsNull(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, tool := genai.StartTool(ctx, tr, "t", "", func() {}, genai.WithContent(true))
		tool.End("as it is")
	})
	if m := attributes(spans[0]); m["gen_ai.tool.call.arguments"] != "null" || m["gen_ai.tool.call.result"] != "as it is" {
		t.Errorf("attributes %v", m)
	}
}
