package genaimcp_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaimcp"
	"github.com/technoshare/commentator/otel/internal/semconvtest"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

func TestAToolThatAnAgentCallsIsOneTraceOverBothPrograms(t *testing.T) {
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			ours, theirs := newWatch(), newWatch()
			session := connect(t, w.connect(t, newServerOf(w.versions, theirs.options()...)), ours.options()...)
			ctx, agent := genai.StartAgent(t.Context(), ours.provider.Tracer("agent"), genai.AgentRequest{Name: "planner"})
			res, err := call(t, ctx, session, "get-weather", "Bern")
			agent.End(genai.AgentResponse{})
			if err != nil {
				t.Fatal(err)
			}
			id := agent.Span().SpanContext().TraceID().String()
			if got := text(t, res); got != id {
				t.Errorf("the tool ran in the trace %s, the agent in %s", got, id)
			}
			sent := ours.ended("tools/call get-weather")
			if len(sent) != 1 {
				t.Fatalf("%d spans of the client", len(sent))
			}
			if sent[0].SpanKind() != trace.SpanKindClient || sent[0].Parent().SpanID() != agent.Span().SpanContext().SpanID() {
				t.Errorf("the client's span is %s, below %s", sent[0].SpanKind(), sent[0].Parent().SpanID())
			}
			got := attributes(sent[0])
			for key, want := range w.network {
				if got[key] != want {
					t.Errorf("the client says that %s is %v, want %v", key, got[key], want)
				}
			}
			if w.apart {
				return
			}
			took := theirs.ended("tools/call get-weather")
			if len(took) != 1 || took[0].SpanKind() != trace.SpanKindServer || took[0].Parent().SpanID() != sent[0].SpanContext().SpanID() {
				t.Fatalf("the server's spans are %v", took)
			}
			if got := attributes(took[0])["network.transport"]; got != w.network["network.transport"] {
				t.Errorf("the server says that it was reached by %v", got)
			}
			for _, s := range []sdktrace.ReadOnlySpan{sent[0], took[0]} {
				m := attributes(s)
				id, _ := m["mcp.session.id"].(string)
				if w.versions != nil && session.ID() == "" {
					t.Error("there is no session")
				}
				if m["mcp.protocol.version"] != session.InitializeResult().ProtocolVersion || id != session.ID() {
					t.Errorf("%s has the version %v, the session %q; the client %v, %q",
						s.SpanKind(), m["mcp.protocol.version"], id, session.InitializeResult().ProtocolVersion, session.ID())
				}
			}
		})
	}
}

// both connects a client and a server in memory, which are watched together.
func both(t *testing.T, more ...genaimcp.Option) (watched, *mcp.ClientSession) {
	w := newWatch()
	session := connect(t, ways()[0].connect(t, newServer(w.options(more...)...)), w.options(more...)...)
	return w, session
}

func TestSpansOfAllRequestsAreThoseOfTheConventions(t *testing.T) {
	registry := semconvtest.Read(t)
	w, session := both(t, genaimcp.WithContent(true), genaimcp.WithNotifications())
	ctx := t.Context()
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(session.ListTools(ctx, nil))
	do(session.ListPrompts(ctx, nil))
	do(session.ListResources(ctx, nil))
	do(session.ListResourceTemplates(ctx, nil))
	do(session.GetPrompt(ctx, &mcp.GetPromptParams{Name: "greet"}))
	do(session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "file:///map"}))
	do(call(t, ctx, session, "get-weather", "Bern"))
	do(nil, session.Ping(ctx, nil))
	for name, want := range map[string]map[attribute.Key]any{
		"tools/list":               {"mcp.method.name": "tools/list"},
		"prompts/get greet":        {"mcp.method.name": "prompts/get", "gen_ai.prompt.name": "greet"},
		"resources/read":           {"mcp.method.name": "resources/read", "mcp.resource.uri": "file:///map"},
		"resources/templates/list": {}, "resources/list": {}, "prompts/list": {},
		"tools/call get-weather": {
			"mcp.method.name": "tools/call", "gen_ai.tool.name": "get-weather", "gen_ai.operation.name": "execute_tool",
			"gen_ai.tool.call.arguments": `{"city":"Bern"}`,
		},
	} {
		spans := w.ended(name)
		if len(spans) != 2 || spans[0].SpanKind() != trace.SpanKindServer || spans[1].SpanKind() != trace.SpanKindClient {
			t.Errorf("%s has %d spans", name, len(spans))
			continue
		}
		if spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
			t.Errorf("%s: the server's span is not below the client's", name)
		}
		for _, s := range spans {
			got := attributes(s)
			for key, value := range want {
				if got[key] != value {
					t.Errorf("%s, %s: %s is %v, want %v", name, s.SpanKind(), key, got[key], value)
				}
			}
		}
	}
	for _, s := range w.spans.Ended() {
		if s.InstrumentationScope().SchemaURL != genai.SchemaURL {
			t.Errorf("%s: schema %s", s.Name(), s.InstrumentationScope().SchemaURL)
		}
		registry.Check(t, s.Name(), s.Attributes(), mlflowattr.SpanTypeKey)
		m := attributes(s)
		if _, tool := m["gen_ai.tool.name"]; (m["gen_ai.operation.name"] != nil) != tool || m["mcp.method.name"] == nil {
			t.Errorf("%s has the operation %v, the method %v", s.Name(), m["gen_ai.operation.name"], m["mcp.method.name"])
		}
		if s.Name() == "ping" {
			t.Error("a ping has a span")
		}
	}
}

func TestNotificationsHaveSpansOnlyWhereAskedFor(t *testing.T) {
	for _, asked := range []bool{true, false} {
		var more []genaimcp.Option
		if asked {
			more = append(more, genaimcp.WithNotifications())
		}
		w, session := both(t, more...)
		if err := session.NotifyProgress(t.Context(), &mcp.ProgressNotificationParams{ProgressToken: "p", Progress: 1}); err != nil {
			t.Fatal(err)
		}
		if got := len(w.ended("notifications/progress")) > 0; got != asked {
			t.Errorf("asked for %v, recorded %v", asked, got)
		}
	}
}

func TestFailuresAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, tool, city string
		want             map[attribute.Key]any
		said, hidden     string // the status, with content and without
	}{
		{
			"the tool says so", "get-weather", "Atlantis", map[attribute.Key]any{"error.type": "tool_error"},
			"no city Atlantis", "the tool says that it failed",
		},
		{
			"no such tool", "get-wether", "Bern",
			map[attribute.Key]any{"error.type": "-32602", "rpc.response.status_code": "-32602"}, `unknown tool "get-wether"`, "JSON-RPC error -32602",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, content := range []bool{true, false} {
				w, session := both(t, genaimcp.WithContent(content))
				res, err := call(t, t.Context(), session, c.tool, c.city)
				if err == nil && !res.IsError {
					t.Fatal("it did not fail")
				}
				spans := w.ended("tools/call " + c.tool)
				if len(spans) != 2 {
					t.Fatalf("%d spans", len(spans))
				}
				for _, s := range spans {
					got := attributes(s)
					for _, key := range []attribute.Key{"error.type", "rpc.response.status_code"} {
						if got[key] != c.want[key] {
							t.Errorf("%s: %s is %v, want %v", s.SpanKind(), key, got[key], c.want[key])
						}
					}
					want := c.hidden
					if content {
						want = c.said
					}
					if s.Status().Code != codes.Error || !strings.HasSuffix(s.Status().Description, want) {
						t.Errorf("%s, content %v: the status is %v, want %q", s.SpanKind(), content, s.Status(), want)
					}
				}
			}
		})
	}
}

func TestACallThatIsCancelledIsSaidToBe(t *testing.T) {
	w, session := both(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := call(t, ctx, session, "get-weather", "Bern"); err == nil {
		t.Fatal("it was not cancelled")
	}
	for _, s := range w.ended("tools/call get-weather") {
		if s.SpanKind() == trace.SpanKindClient && attributes(s)["error.type"] != "context.Canceled" {
			t.Errorf("the client's span says %v", attributes(s)["error.type"])
		}
	}
}

func TestContentIsRecordedOnlyWhereAskedFor(t *testing.T) {
	mask := genaimcp.WithMask(func(_ attribute.Key, text string) string { return strings.ReplaceAll(text, "picture", "***") })
	for _, content := range []bool{true, false} {
		w, session := both(t, genaimcp.WithContent(content), mask)
		if _, err := call(t, t.Context(), session, "get-weather", "picture"); err != nil {
			t.Fatal(err)
		}
		for _, s := range w.ended("tools/call get-weather") {
			m := attributes(s)
			if !content {
				if m["gen_ai.tool.call.arguments"] != nil || m["gen_ai.tool.call.result"] != nil {
					t.Errorf("without content %v is recorded", m)
				}
				continue
			}
			result, _ := m["gen_ai.tool.call.result"].(string)
			if m["gen_ai.tool.call.arguments"] != `{"city":"***"}` || !strings.Contains(result, `"uri":"sha256:`) || strings.Contains(result, "cGl4ZWxz") {
				t.Errorf("recorded are %v and %s", m["gen_ai.tool.call.arguments"], result)
			}
		}
	}
}

func TestTheSpanOfWhoCallsTheToolIsNotDoubled(t *testing.T) {
	w, session := both(t)
	ctx, tool := genai.StartTool(t.Context(), w.provider.Tracer("own"), "get-weather", "call_1", nil)
	res, err := call(t, ctx, session, "get-weather", "Bern")
	tool.End(res)
	if err != nil {
		t.Fatal(err)
	}
	spans := w.ended("tools/call get-weather")
	if len(spans) != 1 || spans[0].SpanKind() != trace.SpanKindServer || spans[0].Parent().SpanID() != tool.Span().SpanContext().SpanID() {
		t.Errorf("beside the caller's span there are %v", spans)
	}
	own := attributes(w.ended("execute_tool get-weather")[0])
	if own["mcp.method.name"] != "tools/call" || own["network.transport"] != "pipe" {
		t.Errorf("the caller's span has %v", own)
	}
}

func TestTheCallersParamsStayAsTheyAre(t *testing.T) {
	w, session := both(t)
	params := &mcp.CallToolParams{Name: "get-weather", Arguments: map[string]any{"city": "Bern"}, Meta: mcp.Meta{"mine": "1"}}
	ctx, span := w.provider.Tracer("own").Start(t.Context(), "root")
	member, _ := baggage.NewMemberRaw("user", "alice")
	bag, _ := baggage.New(member)
	ctx = baggage.ContextWithBaggage(ctx, bag)
	if _, err := session.CallTool(ctx, params); err != nil {
		t.Fatal(err)
	}
	span.End()
	for _, key := range []string{"traceparent", "baggage"} {
		if _, ok := params.Meta[key]; ok {
			t.Errorf("the caller's params have a %s", key)
		}
	}
	if params.Meta["mine"] != "1" {
		t.Errorf("the caller's params have %v", params.Meta)
	}
}

// spy sees what a server gets.
func spy(seen *sync.Map) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if p := req.GetParams(); p != nil {
				seen.Store(method, maps.Clone(p.GetMeta()))
			}
			return next(ctx, method, req)
		}
	}
}

func TestTheTraceGoesWithAllThatIsSentEitherWay(t *testing.T) {
	w := newWatch()
	var byServer, byClient sync.Map
	server := newServerOf([]string{"2025-06-18"}, w.options()...) // newer ones have servers ask for nothing
	server.AddReceivingMiddleware(spy(&byServer))
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	client.AddReceivingMiddleware(spy(&byClient))
	genaimcp.Instrument(client, w.options()...)
	mcp.AddTool(server, &mcp.Tool{Name: "ask"}, func(ctx context.Context, req *mcp.CallToolRequest, _ question) (*mcp.CallToolResult, any, error) {
		//nolint:staticcheck // deprecated, and the only request of a server's that needs no capability
		_, err := req.Session.ListRoots(ctx, nil)
		return &mcp.CallToolResult{}, nil, err
	})
	session, err := client.Connect(t.Context(), ways()[0].connect(t, server), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	ctx, root := w.provider.Tracer("own").Start(t.Context(), "root", trace.WithNewRoot())
	if _, err := session.ListTools(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if res, err := call(t, ctx, session, "ask", "Bern"); err != nil || res.IsError {
		t.Fatal(res, err)
	}
	root.End()
	if asked := w.ended("roots/list"); len(asked) != 2 || asked[0].SpanKind() != trace.SpanKindServer || asked[1].SpanKind() != trace.SpanKindClient {
		t.Errorf("what the server asks for has the spans %v", asked)
	}
	for method, seen := range map[string]*sync.Map{"tools/list": &byServer, "tools/call": &byServer, "roots/list": &byClient} {
		meta, _ := seen.Load(method)
		m, _ := meta.(map[string]any)
		if parent, _ := m["traceparent"].(string); !strings.Contains(parent, root.SpanContext().TraceID().String()) {
			t.Errorf("%s came with %v", method, meta)
		}
	}
}

func TestALinkLeadsToTheSpanAroundTheServers(t *testing.T) {
	w := newWatch()
	handler := genaimcp.Receiving(w.options()...)(func(context.Context, string, mcp.Request) (mcp.Result, error) { return &mcp.ListToolsResult{}, nil })
	ctx, around := w.provider.Tracer("http").Start(t.Context(), "POST")
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	if _, err := handler(ctx, "tools/list", &mcp.ListToolsRequest{Params: &mcp.ListToolsParams{Meta: mcp.Meta{"traceparent": parent}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := handler(ctx, "tools/list", &mcp.ListToolsRequest{Params: &mcp.ListToolsParams{Meta: mcp.Meta{"traceparent": 7, "tracestate": []any{}}}}); err != nil {
		t.Fatal(err)
	}
	around.End()
	spans := w.ended("tools/list")
	if spans[0].Parent().SpanID().String() != "00f067aa0ba902b7" || len(spans[0].Links()) != 1 || !spans[0].Links()[0].SpanContext.Equal(around.SpanContext()) {
		t.Errorf("the span is below %s, with links to %v", spans[0].Parent().SpanID(), spans[0].Links())
	}
	if spans[1].Parent().SpanID() != around.SpanContext().SpanID() || len(spans[1].Links()) != 0 {
		t.Errorf("without a parent of its own the span is below %s, with links to %v", spans[1].Parent().SpanID(), spans[1].Links())
	}
}

func TestAHandlerThatPanicsEndsItsSpan(t *testing.T) {
	w := newWatch()
	handler := genaimcp.Receiving(w.options()...)(func(context.Context, string, mcp.Request) (mcp.Result, error) { panic("broken") })
	func() {
		defer func() {
			if recover() != "broken" {
				t.Error("the panic did not go on")
			}
		}()
		_, _ = handler(t.Context(), "tools/list", &mcp.ListToolsRequest{Params: &mcp.ListToolsParams{}})
	}()
	if spans := w.ended("tools/list"); len(spans) != 1 || attributes(spans[0])["error.type"] != "panic" {
		t.Errorf("the spans are %v", spans)
	}
}

func TestCallsAtTheSameTimeKeepTheirTraces(t *testing.T) {
	w, session := both(t)
	params := &mcp.CallToolParams{Name: "get-weather", Arguments: map[string]any{"city": "Bern"}}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			ctx, root := w.provider.Tracer("own").Start(t.Context(), "root", trace.WithNewRoot())
			defer root.End()
			own := *params
			res, err := session.CallTool(ctx, &own)
			if err != nil {
				t.Error(err)
			} else if got := text(t, res); got != root.SpanContext().TraceID().String() {
				t.Errorf("the tool ran in the trace %s", got)
			}
		})
	}
	wait.Wait()
}

// TestAResourcesAddressShowsNoPassword: servers of databases build their addresses upon that of the database.
func TestAResourcesAddressShowsNoPassword(t *testing.T) {
	for uri, want := range map[string]string{
		"postgres://joe:hidden@db:5432/t/schema": "postgres://joe@db:5432/t/schema",
		"postgres://joe:hid%den@db":              "postgres://joe@db",
		"postgres://joe:hid@den@db/t":            "postgres://joe@db/t",
		"postgres://joe@db/t:1@2":                "postgres://joe@db/t:1@2",
		"file:///a:b@c":                          "file:///a:b@c",
	} {
		w, session := both(t)
		_, _ = session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}) // there is none
		spans := w.ended("resources/read")
		if len(spans) != 2 {
			t.Fatalf("%d spans", len(spans))
		}
		for _, s := range spans {
			if got := attributes(s)["mcp.resource.uri"]; got != want {
				t.Errorf("%s: %v, want %s", s.SpanKind(), got, want)
			}
		}
	}
}
