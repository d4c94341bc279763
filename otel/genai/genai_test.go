package genai_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
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
			_, c := genai.StartChat(ctx, tr, genai.ChatRequest{Provider: "openai", Model: "m", Temperature: &temp, MaxTokens: 9, ResponseFormat: "json",
				Messages: []genai.Message{{Role: "user", Content: "hello"}}}, with)
			c.End(genai.ChatResponse{ID: "r1", Model: "m-1", FinishReasons: []string{"stop"}, InputTokens: 3, OutputTokens: 4, CachedTokens: 1, HasUsage: true, Content: "{}", CostUSD: &cost})
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
	for value, want := range map[string]bool{"": false, "false": false, "NO_CONTENT": false, "EVENT_ONLY": false, "true": true, "True": true, "SPAN_ONLY": true, "span_and_event": true} {
		if got := genai.ContentFromEnv(func(string) string { return value }); got != want {
			t.Errorf("%q: got %v", value, got)
		}
	}
}
