// Package programs runs Go programs as the README shows them: through genaihttp and runprocessor, into a real MLflow.
package programs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp"
	"github.com/technoshare/commentator/otel/genaimcp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// server is a real MLflow, shared by the programs.
var server = mlflowtest.New(mlflowtest.WithWorkers(2))

// service is the name of this program. OpenTelemetry reads it once a process.
const service = "weather-app"

func TestMain(m *testing.M) {
	if err := os.Setenv("OTEL_SERVICE_NAME", service); err != nil {
		panic(err)
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// program is one as the README shows it.
type program struct {
	ctx    context.Context
	tracer trace.Tracer
	client openai.Client
	traced *sdktrace.TracerProvider
}

// chat streams an answer, as an agent's loop does.
func (p *program) chat(ctx context.Context, messages ...openai.ChatCompletionMessageParamUnion) (openai.ChatCompletionMessage, error) {
	s := p.client.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
		Model: "gpt-4o-mini", Messages: messages, StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	})
	var all openai.ChatCompletionAccumulator
	for s.Next() {
		all.AddChunk(s.Current())
	}
	if s.Err() != nil || len(all.Choices) == 0 {
		return openai.ChatCompletionMessage{}, fmt.Errorf("no answer: %w", s.Err())
	}
	return all.Choices[0].Message, nil
}

// answer is a call that is not streamed.
func (p *program) answer(ctx context.Context, question string) (string, error) {
	res, err := p.client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(question)},
	})
	if err != nil {
		return "", err
	}
	return res.Choices[0].Message.Content, nil
}

// agent asks, calls the tools that the model wants, and asks again.
func (p *program) agent(call func(ctx context.Context, id, name, arguments string) error) error {
	const question = "Weather in Paris and Rome?"
	ctx, agent := genai.StartAgent(p.ctx, p.tracer, genai.AgentRequest{
		Name: "weather", Provider: "openai", Model: "gpt-4o-mini", Messages: []genai.Message{{Role: "user", Content: question}},
	}, genai.WithContent(true))
	message, err := p.chat(ctx, openai.UserMessage(question))
	for _, c := range message.ToolCalls {
		if err == nil {
			err = call(ctx, c.ID, c.Function.Name, c.Function.Arguments)
		}
	}
	answer := ""
	if err == nil {
		answer, err = p.answer(ctx, "And in one sentence?")
	}
	if err != nil {
		agent.Fail(err, "")
		return err
	}
	agent.End(genai.AgentResponse{FinishReasons: []string{"stop"}, Content: answer})
	return nil
}

func plainChat(p *program) error {
	ctx, root := p.tracer.Start(p.ctx, "say hello")
	defer root.End()
	_, err := p.answer(ctx, "Hello")
	return err
}

func agentWithTools(p *program) error {
	return p.agent(func(ctx context.Context, id, name, arguments string) error {
		_, tool := genai.StartTool(ctx, p.tracer, name, id, json.RawMessage(arguments), genai.WithContent(true))
		tool.End("sunny")
		return nil
	})
}

func retrieval(p *program) error {
	ctx, w := genai.StartWorkflow(p.ctx, p.tracer, "answer from manuals", "manuals", genai.WithContent(true))
	defer w.End()
	found, search := genai.StartRetrieval(ctx, p.tracer, "manuals", "how to reset", genai.WithContent(true))
	_, err := p.client.Embeddings.New(found, openai.EmbeddingNewParams{
		Model: "text-embedding-3-small", Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("how to reset")},
	})
	if err != nil {
		search.Fail(err, "")
		return err
	}
	search.End([]genai.Document{{ID: "p7", URI: "https://example.com/manual#7", Content: "Hold the button.", Score: 0.8}})
	answer, err := p.answer(ctx, "How do I reset it? Hold the button.")
	w.Messages("How do I reset it?", answer)
	return err
}

func overMCP(p *program) error {
	with := []genaimcp.Option{
		genaimcp.WithTracerProvider(p.traced), genaimcp.WithPropagator(propagation.TraceContext{}), genaimcp.WithContent(true),
	}
	tools := mcp.NewServer(&mcp.Implementation{Name: "tools", Version: "1"}, nil)
	mcp.AddTool(tools, &mcp.Tool{Name: "get_weather"}, func(context.Context, *mcp.CallToolRequest, map[string]any) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "sunny"}}}, nil, nil
	})
	here, there := mcp.NewInMemoryTransports()
	if _, err := tools.Connect(p.ctx, there, nil); err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	session, err := client.Connect(p.ctx, here, nil)
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	genaimcp.Instrument(tools, with...) // after the session is made, which would be traces of their own
	genaimcp.Instrument(client, with...)
	return p.agent(func(ctx context.Context, _, name, arguments string) error {
		_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: json.RawMessage(arguments)})
		return err
	})
}

// TestProgramsAreRunTrees runs programs of four kinds through the run processor into a real MLflow.
func TestProgramsAreRunTrees(t *testing.T) {
	if testing.Short() {
		t.Skip("needs an MLflow server")
	}
	loop := []string{"openai/chat_stream_tools", "openai/chat"}
	// By list, gpt-4o-mini is 0.15 dollars a million tokens of input, 0.075 of what was cached, and 0.60 of output.
	// Both recordings have 19 tokens of input, 8 of them cached, and 10 of output; that of the embeddings has 8, at 0.02.
	const call, vectors = (11*0.15 + 8*0.075 + 10*0.60) / 1e6, 8 * 0.02 / 1e6
	model := func(calls int) string { return fmt.Sprintf("%d→%d $%.3g", 19*calls, 10*calls, call*float64(calls)) }
	chat, tool, remote := "chat gpt-4o-mini "+model(1), "execute_tool get_weather", "tools/call get_weather"
	for _, c := range []struct {
		name    string
		answers []string
		run     func(*program) error
		runs    []string // the parent first, then its nested runs by name; with tokens and cost
		spans   []string // with type and tokens, as MLflow's pages count them
	}{
		{
			"plain chat", []string{"openai/chat"}, plainChat,
			[]string{"say hello " + model(1), chat},
			[]string{"CHAIN say hello", "CHAT_MODEL chat gpt-4o-mini 29"},
		},
		{
			"agent with tools", loop, agentWithTools,
			[]string{"invoke_agent weather " + model(2), chat, chat, tool, tool},
			[]string{
				"AGENT invoke_agent weather", "CHAT_MODEL chat gpt-4o-mini 29", "CHAT_MODEL chat gpt-4o-mini 29", "TOOL " + tool, "TOOL " + tool,
			},
		},
		{
			// The tokens of vectors are none of a model's input, and are told apart; their cost is a part of the whole.
			"RAG with embeddings", []string{"openai/embeddings", "openai/chat"}, retrieval,
			[]string{
				fmt.Sprintf("answer from manuals 19→10 +8 $%.3g", call+vectors), chat, fmt.Sprintf("retrieval manuals +8 $%.3g", vectors),
			},
			[]string{
				"CHAIN answer from manuals", "CHAT_MODEL chat gpt-4o-mini 29", "EMBEDDING embeddings text-embedding-3-small 8",
				"RETRIEVER retrieval manuals",
			},
		},
		{
			"MCP", loop, overMCP,
			[]string{"invoke_agent weather " + model(2), chat, chat, remote, remote},
			// Of each call of a tool the client's span and the server's, in one trace, of which one is a call to MLflow.
			[]string{
				"AGENT invoke_agent weather", "CHAIN " + remote, "CHAIN " + remote, "CHAT_MODEL chat gpt-4o-mini 29",
				"CHAT_MODEL chat gpt-4o-mini 29", "TOOL " + remote, "TOOL " + remote,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			uri, experiment := server.URI(t), mlflowtest.Experiment(t)
			processor, err := runprocessor.New(t.Context(), runprocessor.WithSpoolDir(t.TempDir()),
				runprocessor.WithShutdownTimeout(time.Minute), runprocessor.WithConfig(mlflow.Config{
					URI: uri, ExperimentName: experiment, EnableTracking: true, EnableTracing: true,
				}))
			if err != nil {
				t.Fatal(err)
			}
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
			model := httptest.NewServer(&modelServer{T: t, answers: c.answers})
			t.Cleanup(model.Close)
			client := &http.Client{Transport: genaihttp.NewTransport(nil, genaihttp.WithContent(true), genaihttp.WithTracerProvider(provider))}
			p := &program{ctx: t.Context(), tracer: provider.Tracer("program"), traced: provider, client: openai.NewClient(
				option.WithHTTPClient(client), option.WithBaseURL(model.URL+"/v1"), option.WithAPIKey("sk-test"))}
			if err := c.run(p); err != nil {
				t.Fatal(err)
			}
			end, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if err := provider.Shutdown(end); err != nil {
				t.Fatal(err)
			}
			got, traceID := runsOf(t, uri, experiment)
			if strings.Join(got, "\n") != strings.Join(c.runs, "\n") {
				t.Errorf("the runs are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.runs, "\n"))
			}
			if spans := spansOf(t, uri, traceID); !slices.Equal(spans, c.spans) {
				t.Errorf("the spans of the trace are %q, want %q", spans, c.spans)
			}
		})
	}
}

// modelServer answers with recordings, one for each request.
type modelServer struct {
	*testing.T
	answers []string
}

func (m *modelServer) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if len(m.answers) == 0 {
		m.Errorf("%s was asked for, and there is no further answer", r.URL.Path)
		return
	}
	b, err := os.ReadFile("../../testdata/" + m.answers[0] + ".http")
	if err != nil {
		m.Error(err)
		return
	}
	m.answers = m.answers[1:]
	_, answer, _ := strings.Cut(string(b), "\n\n--- answer 200 ")
	contentType, body, _ := strings.Cut(answer, "\n")
	rw.Header().Set("Content-Type", contentType)
	// The recording's tier has no list price; these programs ask for none but the standard one.
	_, _ = io.WriteString(rw, strings.ReplaceAll(body, `"service_tier": "flex"`, `"service_tier": "default"`))
}

// spansOf describes a trace's spans, sorted: type, name, and the total of tokens that MLflow has for it.
func spansOf(t *testing.T, uri, traceID string) (lines []string) {
	t.Helper()
	type pairs []struct {
		Key   string
		Value struct {
			Text   string          `json:"string_value"`
			Number json.Number     `json:"int_value"`
			Object json.RawMessage `json:"kvlist_value"`
		}
	}
	for _, raw := range mlflowtest.Spans(t, uri, traceID) {
		var s struct {
			Name       string
			Attributes pairs
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		line := s.Name
		for _, a := range s.Attributes {
			switch a.Key {
			case "mlflow.spanType":
				line = a.Value.Text + " " + line
			case "mlflow.chat.tokenUsage":
				var usage struct{ Values pairs }
				if err := json.Unmarshal(a.Value.Object, &usage); err != nil {
					t.Fatal(err)
				}
				for _, n := range usage.Values {
					if n.Key == "total_tokens" {
						line += " " + n.Value.Number.String()
					}
				}
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// runsOf describes the runs of an experiment: the parent first, then its nested runs by their names; and the trace's id.
func runsOf(t *testing.T, uri, experiment string) (lines []string, traceID string) {
	t.Helper()
	client, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	e, _, err := client.EnsureExperiment(t.Context(), experiment, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := client.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{e.ID}})
	if err != nil {
		t.Fatal(err)
	}
	var nested []string
	for _, r := range all {
		metrics := map[string]float64{}
		for _, m := range r.Data.Metrics {
			metrics[m.Key] = m.Value
		}
		if !slices.Contains(r.Data.Tags, mlflow.Tag{Key: "mlflow.source.name", Value: service}) {
			t.Errorf("the run %s is none of %s: %v", r.Info.Name, service, r.Data.Tags)
		}
		line := r.Info.Name
		if in, ok := metrics["input_tokens"]; ok {
			line += fmt.Sprintf(" %v→%v", in, metrics["output_tokens"])
		}
		if n, ok := metrics["embedding_tokens"]; ok {
			line += fmt.Sprintf(" +%v", n)
		}
		if usd, ok := metrics["total_cost_usd"]; ok {
			line += fmt.Sprintf(" $%.3g", usd)
		}
		if slices.ContainsFunc(r.Data.Tags, func(t mlflow.Tag) bool { return t.Key == "mlflow.parentRunId" }) {
			nested = append(nested, line)
			continue
		}
		lines = append(lines, line)
		for _, tag := range r.Data.Tags {
			if tag.Key == "otel.trace_id" {
				traceID = tag.Value
			}
		}
	}
	slices.Sort(nested)
	return append(lines, nested...), traceID
}
