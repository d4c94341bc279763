// Package genaimcp records what a program says by the Model Context Protocol, as spans and metrics of the conventions
// (docs/gen-ai/mcp.md of the revision that package genai names): middleware for clients and servers of
// github.com/modelcontextprotocol/go-sdk.
//
//	client := mcp.NewClient(&mcp.Implementation{Name: "agent"}, nil)
//	genaimcp.Instrument(client)
//
// The same for an *mcp.Server. A request that is sent has a CLIENT span, one that is received a SERVER span, whichever side
// sends it: a server asks its client to sample a message by a CLIENT span too. The trace goes with the request, in
// params._meta as the conventions and SEP-414 ask, by the configured propagator: with the usual one as traceparent,
// tracestate and baggage. So a tool that an agent calls is one trace over both programs. A server span whose parent
// came that way links to the span around it, such as that of the HTTP request.
//
// The call of a tool is an execute_tool span. Where a span of genai.StartTool, or of another instrumentation, records
// the same call already, it gets MCP's attributes, and there is no second one.
//
// # What is not recorded
//
// Pings and the listening to subscriptions have no spans, notifications only with [WithNotifications]; notifications carry the
// trace all the same. jsonrpc.request.id is missing, as the SDK does not tell its middleware. How a client is connected is known
// once a request needed the network (network.transport tcp, and the server's address); until then it is called pipe.
//
// # Content
//
// Arguments and results of tools, and what errors say in sentences, are recorded only when somebody asked for it: see
// package genai. Media in results are referred to by their SHA-256, never recorded.
package genaimcp
