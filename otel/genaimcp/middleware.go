package genaimcp

import (
	"context"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

const scopeName = "github.com/technoshare/commentator/otel/genaimcp"

// Peer is an *mcp.Client or an *mcp.Server.
type Peer interface {
	AddSendingMiddleware(...mcp.Middleware)
	AddReceivingMiddleware(...mcp.Middleware)
}

// Instrument records what a client or server sends and receives. Call it after other middleware was added, and before the
// peer connects.
func Instrument(p Peer, opts ...Option) {
	known := &versions{}
	p.AddSendingMiddleware(newInstrumentation("client", known, opts).sending)
	p.AddReceivingMiddleware(newInstrumentation("server", known, opts).receiving)
}

// Sending returns middleware for requests that are sent, by a client or by a server. Like all middleware it is safe for
// concurrent use. It changes no request of the caller's: the trace is put into a copy.
func Sending(opts ...Option) mcp.Middleware {
	return newInstrumentation("client", &versions{}, opts).sending
}

// Receiving returns middleware for requests that are received, by a server or by a client.
func Receiving(opts ...Option) mcp.Middleware {
	return newInstrumentation("server", &versions{}, opts).receiving
}

type instrumentation struct {
	config
	tracer   trace.Tracer
	duration metric.Float64Histogram
	genai    []genai.Option
	versions *versions
}

// newInstrumentation is for the side that the conventions' metrics call client or server.
func newInstrumentation(side string, known *versions, opts []Option) *instrumentation {
	c := newConfig(opts)
	return &instrumentation{
		versions: known,
		config:   c,
		tracer:   c.tracers.Tracer(scopeName, trace.WithSchemaURL(genai.SchemaURL)),
		duration: newDuration(c.meters, side),
		genai:    []genai.Option{genai.WithContent(c.content), genai.WithMask(c.mask), genai.WithMaxContent(c.maxContent)},
	}
}

// records reports whether a method has spans and metrics.
func (i *instrumentation) records(method string) bool {
	switch method {
	case "ping", "subscriptions/listen": // the latter lasts as long as the session
		return false
	}
	return i.notifications || !strings.HasPrefix(method, "notifications/")
}

func (i *instrumentation) sending(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if !i.records(method) {
			return next(ctx, method, i.inject(ctx, method, req))
		}
		m := i.read(method, req, false)
		o := &operation{instrumentation: i, message: m, start: time.Now()}
		if span := outerTool(ctx, m); span != nil {
			o.ctx, o.outer = ctx, span
		} else {
			o.begin(ctx, trace.SpanKindClient)
		}
		watched, link := watch(o.ctx)
		defer o.abandon()
		res, err := next(watched, method, i.inject(watched, method, req))
		o.end(res, err, link.attributes())
		return res, err
	}
}

func (i *instrumentation) receiving(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		around := trace.SpanContextFromContext(ctx)
		ctx = i.extract(ctx, req)
		if !i.records(method) {
			return next(ctx, method, req)
		}
		o := &operation{instrumentation: i, message: i.read(method, req, true), start: time.Now(), received: true}
		var links []trace.SpanStartOption
		if around.IsValid() && !around.Equal(trace.SpanContextFromContext(ctx)) {
			links = append(links, trace.WithLinks(trace.Link{SpanContext: around}))
		}
		o.begin(ctx, trace.SpanKindServer, links...)
		defer o.abandon()
		res, err := next(o.ctx, method, req)
		i.versions.agreed(req, res)
		o.end(res, err, received(req))
		return res, err
	}
}

// outerTool returns the span in a context that records the call of the same tool.
func outerTool(ctx context.Context, m message) trace.Span {
	if m.tool == "" {
		return nil
	}
	span := trace.SpanFromContext(ctx)
	told, ok := span.(interface{ Attributes() []attribute.KeyValue })
	if !ok || !span.IsRecording() {
		return nil
	}
	found := 0
	for _, kv := range told.Attributes() {
		if kv.Key == genai.OperationNameKey && kv.Value == attribute.StringValue(genai.OperationExecuteTool) ||
			kv.Key == genai.ToolNameKey && kv.Value == attribute.StringValue(m.tool) {
			found++
		}
	}
	if found < 2 {
		return nil
	}
	return span
}
