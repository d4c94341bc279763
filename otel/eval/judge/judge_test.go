package judge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/judge"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

var server = mlflowtest.New(mlflowtest.WithVersion("3.18.0"))

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// model answers every chat with what the output that is judged says.
func model(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Messages []struct{ Role, Content string } `json:"messages"`
		}
		var said struct{ Outputs string }
		if json.NewDecoder(r.Body).Decode(&in) != nil || len(in.Messages) != 2 || r.Header.Get("Idempotency-Key") == "" ||
			!strings.Contains(in.Messages[0].Content, "be polite") || json.Unmarshal([]byte(in.Messages[1].Content), &said) != nil {
			http.Error(w, "wrong request", http.StatusBadRequest)
			return
		}
		text, _ := json.Marshal(said.Outputs)
		_, _ = fmt.Fprintf(w, `{"id":"c","model":"m-1","choices":[{"message":{"role":"assistant","content":%s},"finish_reason":"stop"}],
			"usage":{"prompt_tokens":7,"completion_tokens":2}}`, text)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/v1"
}

// echo is a task whose output says what the judge will say.
func echo(context.Context, string) (string, error) { return `{"verdict":"pass","rationale":"ok"}`, nil }

func TestAVerdictIsReadOrSaidToBeNone(t *testing.T) {
	url := model(t)
	for _, c := range []struct {
		points int
		answer string
		want   float64
		bad    bool
	}{
		{0, `{"rationale":"ok","verdict":"pass"}`, 1, false},
		{0, "```json\n{\"verdict\": \"FAIL\", \"rationale\":\"rude\"}\n```", 0, false},
		{0, `{"verdict":true}`, 1, false},
		{0, `{"verdict":1}`, 0, true},
		{0, `{"verdict":"maybe"}`, 0, true},
		{0, `it is fine`, 0, true},
		{0, `{"verdict":"pass"`, 0, true},
		{5, `{"verdict":4}`, 4, false},
		{5, `{"verdict":6}`, 0, true},
		{5, `{"verdict":3.5}`, 0, true},
		{5, `{"verdict":"pass"}`, 0, true},
	} {
		s := judge.New[int, int, string](judge.Config{Name: "tone", Rubric: "be polite", Points: c.points, URL: url, Model: "m"})
		got, err := s.Score(t.Context(), eval.Case[int, int, string]{Output: c.answer})
		if (err != nil) != c.bad || got.Value != c.want || (c.points == 0 && err == nil) != (got.Passed != nil) {
			t.Errorf("%s: %+v, %v", c.answer, got, err)
		}
	}
}

func TestAJudgeIsASpanOfItsRowAndItsVerdictHasItsModel(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	s := judge.New[string, string, string](judge.Config{Name: "tone", Rubric: "be polite", URL: model(t), Model: "m"})
	r, err := eval.RunWith(t.Context(), []eval.Option{eval.WithTracerProvider(provider)}, eval.Slice("d", eval.Row[string, string]{ID: "a"}),
		echo, s)
	if err != nil || r.Means["tone"] != 1 {
		t.Fatal(r, err)
	}
	var chat, row tracetest.SpanStub
	for _, span := range spans.GetSpans() {
		switch span.Name {
		case "chat m":
			chat = span
		case "row a":
			row = span
		}
	}
	if chat.Parent.SpanID() != row.SpanContext.SpanID() || len(row.Events) != 1 {
		t.Fatalf("chat below %v, row %+v", chat.Parent, row)
	}
	event := fmt.Sprint(row.Events[0].Attributes)
	if !strings.Contains(event, "gen_ai.request.model") || !strings.Contains(event, "ok") {
		t.Errorf("event %s", event)
	}
}

// TestARegisteredJudgeJudgesByItsInstructions, which a real server keeps.
func TestARegisteredJudgeJudgesByItsInstructions(t *testing.T) {
	c, err := mlflow.NewClient(server.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	exp, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	register := func(name, instructions string, valueType any) {
		t.Helper()
		data := map[string]any{"instructions": instructions, "model": "openai:/m"}
		if valueType != nil {
			data["feedback_value_type"] = valueType
		}
		scorer, err := json.Marshal(map[string]any{
			"name": name, "mlflow_version": "3.18.0", "serialization_version": 1, "instructions_judge_pydantic_data": data,
		})
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]string{"experiment_id": exp.ID, "name": name, "serialized_scorer": string(scorer)})
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Post(server.URI(t)+"/api/3.0/mlflow/scorers/register", "application/json", strings.NewReader(string(body))) //nolint:noctx // a test's server
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("register %s: %s", name, res.Status)
		}
	}
	register("polite", "be polite: {{ outputs }}", map[string]any{"type": "boolean"})
	register("points", "be polite, 1 to 10: {{ outputs }} for {{inputs}}", map[string]any{"type": "integer"})
	register("reader", "be polite: {{ trace }}", nil)
	register("words", "be polite: {{ outputs }}", map[string]any{"type": "string", "enum": []string{"red", "green"}})
	url := model(t)
	get := func(name string) (eval.Scorer[int, int, string], error) {
		return judge.Registered[int, int, string](t.Context(), c, exp.ID, name, judge.Config{URL: url})
	}
	for name, c := range map[string]struct {
		answer string
		want   float64
	}{"polite": {`{"verdict":"pass"}`, 1}, "points": {`{"verdict":8.0}`, 8}} {
		s, err := get(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Score(t.Context(), eval.Case[int, int, string]{Output: c.answer})
		if err != nil || got.Value != c.want || s.Model != "m" || s.Name != name {
			t.Errorf("%s by %s: %+v, %v", s.Name, s.Model, got, err)
		}
	}
	for name, want := range map[string]string{"reader": "reads a trace", "words": "neither yes or no", "unknown": "registered judge"} {
		if _, err := get(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
