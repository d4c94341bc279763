package programs

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// intoMLflow is the program of the README's section of that name, line by line, with what those lines leave to the reader.
func intoMLflow(ctx context.Context, params openai.ChatCompletionNewParams, weather func(city string) string) error {
	processor, err := runprocessor.New(ctx) // MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, OTEL_SERVICE_NAME; on an error it does nothing
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
	otel.SetTracerProvider(provider)
	defer provider.Shutdown(context.Background())
	client := openai.NewClient(option.WithHTTPClient(&http.Client{Transport: genaihttp.NewTransport(nil)}))

	ctx, agent := genai.StartAgent(ctx, otel.Tracer("app"), genai.AgentRequest{Name: "weather", Provider: "openai"})
	asked, err := client.Chat.Completions.New(ctx, params) // chat gpt-4o-mini, by itself
	if err != nil {
		agent.Fail(err, "")
		return err
	}
	callID, arguments, answer := "call_1", json.RawMessage(`{"city":"Paris"}`), asked.Choices[0].Message.Content
	_, tool := genai.StartTool(ctx, otel.Tracer("app"), "get_weather", callID, arguments)
	tool.End(weather("Paris"))
	agent.End(genai.AgentResponse{Content: answer})
	return nil
}

// TestTheReadmesLinesAreAProgram runs them into a real MLflow, and holds that they are those of the README.
func TestTheReadmesLinesAreAProgram(t *testing.T) {
	own, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	left := strings.Split(string(own), "\n")
	for _, line := range readme(t, "## Into MLflow") {
		at := slices.Index(left, "\t"+line)
		if at < 0 {
			t.Fatalf("the README's line is none of the program, or at another place: %s", line)
		}
		left = left[at+1:]
	}
	if testing.Short() {
		t.Skip("needs an MLflow server")
	}
	model := httptest.NewServer(&modelServer{T: t, answers: []string{"openai/chat"}})
	t.Cleanup(model.Close)
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	for key, value := range map[string]string{
		"MLFLOW_TRACKING_URI": uri, "MLFLOW_EXPERIMENT_NAME": experiment, "XDG_STATE_HOME": t.TempDir(),
		"OPENAI_BASE_URL": model.URL + "/v1", "OPENAI_API_KEY": "sk-test",
	} {
		t.Setenv(key, value)
	}
	before := otel.GetTracerProvider()
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	params := openai.ChatCompletionNewParams{
		Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Weather in Paris?")},
	}
	if err := intoMLflow(t.Context(), params, func(string) string { return "sunny" }); err != nil {
		t.Fatal(err)
	}
	// What a busy machine did not deliver in the time that a shutdown has by default, the next start does.
	next, err := runprocessor.New(t.Context(), runprocessor.WithShutdownTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	end, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := next.Shutdown(end); err != nil {
		t.Fatal(err)
	}
	got, _ := runsOf(t, uri, experiment)
	want := []string{"invoke_agent weather 19→10 $8.25e-06", "chat gpt-4o-mini 19→10 $8.25e-06", "execute_tool get_weather"}
	if !slices.Equal(got, want) {
		t.Errorf("the runs are %q, want %q", got, want)
	}
}

// readme returns the lines of code of a section of the README, but for empty ones.
func readme(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), heading+"\n")
	_, code, began := strings.Cut(section, "\n```go\n")
	code, _, ended := strings.Cut(code, "\n```")
	if !found || !began || !ended {
		t.Fatalf("the README has no code below %s", heading)
	}
	return slices.DeleteFunc(strings.Split(code, "\n"), func(line string) bool { return line == "" })
}
