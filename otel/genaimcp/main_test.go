package genaimcp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/genaimcp"
)

// asServer makes the test's program a server over stdio.
const asServer = "GENAIMCP_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		w := newWatch()
		if err := newServer(w.options()...).Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// watch collects what one program records.
type watched struct {
	spans    *tracetest.SpanRecorder
	provider *sdktrace.TracerProvider
	reader   *sdkmetric.ManualReader
	meters   *sdkmetric.MeterProvider
}

func newWatch() watched {
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	return watched{
		spans, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		reader, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	}
}

func (w watched) options(more ...genaimcp.Option) []genaimcp.Option {
	return append([]genaimcp.Option{
		genaimcp.WithTracerProvider(w.provider), genaimcp.WithMeterProvider(w.meters),
		genaimcp.WithPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})),
	}, more...)
}

// ended returns the spans of a name, in the order in which they ended.
func (w watched) ended(name string) []sdktrace.ReadOnlySpan {
	return slices.DeleteFunc(w.spans.Ended(), func(s sdktrace.ReadOnlySpan) bool { return s.Name() != name })
}

func attributes(s sdktrace.ReadOnlySpan) map[attribute.Key]any {
	m := map[attribute.Key]any{}
	for _, kv := range s.Attributes() {
		m[kv.Key] = kv.Value.AsInterface()
	}
	return m
}

type question struct {
	City string `json:"city"`
}

// weather is a tool that says which trace it runs in.
func weather(ctx context.Context, _ *mcp.CallToolRequest, q question) (*mcp.CallToolResult, any, error) {
	switch q.City {
	case "Atlantis":
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no city Atlantis"}}}, nil, nil
	case "picture":
		return &mcp.CallToolResult{Content: []mcp.Content{
			&mcp.TextContent{Text: "see"}, &mcp.ImageContent{Data: []byte("pixels"), MIMEType: "image/png"},
		}}, nil, nil
	}
	return &mcp.CallToolResult{Content: []mcp.Content{
		&mcp.TextContent{Text: trace.SpanContextFromContext(ctx).TraceID().String()},
	}}, nil, nil
}

func newServer(opts ...genaimcp.Option) *mcp.Server { return newServerOf(nil, opts...) }

// newServerOf makes a server that speaks some versions of the protocol; nil is all.
func newServerOf(versions []string, opts ...genaimcp.Option) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "weather", Version: "1"}, &mcp.ServerOptions{SupportedProtocolVersions: versions})
	mcp.AddTool(server, &mcp.Tool{Name: "get-weather", Description: "Weather of a city."}, weather)
	server.AddPrompt(&mcp.Prompt{Name: "greet"}, func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{}, nil
	})
	server.AddResource(&mcp.Resource{Name: "map", URI: "file:///map"}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: "file:///map", Text: "here"}}}, nil
	})
	genaimcp.Instrument(server, opts...)
	return server
}

// way is how a client reaches a server.
type way struct {
	name     string
	connect  func(t *testing.T, server *mcp.Server) mcp.Transport
	network  map[attribute.Key]any // of the client's span
	apart    bool                  // the server is a program of its own
	versions []string              // of the protocol; nil is all
}

func ways() []way {
	pipe := map[attribute.Key]any{"network.transport": "pipe"}
	http11 := map[attribute.Key]any{
		"network.transport": "tcp", "network.protocol.name": "http", "network.protocol.version": "1.1", "server.address": "127.0.0.1",
	}
	return []way{
		{name: "in memory", connect: func(t *testing.T, server *mcp.Server) mcp.Transport {
			here, there := mcp.NewInMemoryTransports()
			session, err := server.Connect(t.Context(), there, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = session.Wait() })
			return here
		}, network: pipe},
		{name: "streamable HTTP", connect: overHTTP, network: http11},
		{name: "streamable HTTP with a session", connect: overHTTP, network: http11, versions: []string{"2025-06-18"}},
		{name: "stdio", connect: func(t *testing.T, _ *mcp.Server) mcp.Transport {
			command := exec.Command(os.Args[0])
			command.Env = append(os.Environ(), asServer+"=1")
			return &mcp.CommandTransport{Command: command}
		}, network: pipe, apart: true},
	}
}

func overHTTP(t *testing.T, server *mcp.Server) mcp.Transport {
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return &mcp.StreamableClientTransport{Endpoint: s.URL, HTTPClient: client}
}

// connect connects a client that is recorded.
func connect(t *testing.T, transport mcp.Transport, opts ...genaimcp.Option) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	genaimcp.Instrument(client, opts...)
	session, err := client.Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func call(t *testing.T, ctx context.Context, s *mcp.ClientSession, tool, city string) (*mcp.CallToolResult, error) {
	t.Helper()
	return s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"city": city}})
}

func text(t *testing.T, r *mcp.CallToolResult) string {
	t.Helper()
	var b strings.Builder
	for _, c := range r.Content {
		if c, ok := c.(*mcp.TextContent); ok {
			b.WriteString(c.Text)
		}
	}
	return b.String()
}
