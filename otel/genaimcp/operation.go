package genaimcp

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/internal/content"
)

// maxMessage bounds an error message, in bytes.
const maxMessage = 1 << 10

// operation is a request or notification under way.
type operation struct {
	*instrumentation
	message
	ctx      context.Context
	start    time.Time
	received bool
	span     trace.Span
	tool     *genai.Tool // the span, of a tool's call
	outer    trace.Span  // instead, of whoever called the tool
	ended    bool
}

// begin starts the operation's span.
func (o *operation) begin(ctx context.Context, kind trace.SpanKind, opts ...trace.SpanStartOption) {
	opts = append(opts, trace.WithSpanKind(kind), trace.WithAttributes(o.attributes()...))
	name := o.name()
	if o.message.tool == "" {
		o.ctx, o.span = o.tracer.Start(ctx, name, opts...)
		return
	}
	opts = append(opts, trace.WithAttributes(genai.ToolTypeKey.String("extension")))
	with := append([]genai.Option{genai.WithSpanName(name), genai.WithSpanOptions(opts...)}, o.genai...)
	o.ctx, o.tool = genai.StartTool(ctx, o.tracer, o.message.tool, "", o.arguments, with...)
	o.span = o.tool.Span()
}

// end records how the operation ended. via is how the message came or went.
func (o *operation) end(res mcp.Result, err error, via []attribute.KeyValue) {
	took := time.Since(o.start)
	o.ended = true
	kv := append(via, o.answered(res)...)
	f := o.failure(res, err)
	if f != nil && f.code != "" {
		kv = append(kv, statusCodeKey.String(f.code))
	}
	switch {
	case o.outer != nil: // its owner says how it ended
		o.outer.SetAttributes(append(o.attributes(), kv...)...)
	case f != nil:
		o.span.SetAttributes(kv...)
		genai.MarkFailed(o.span, f, f.kind)
		o.span.End()
	case o.tool != nil:
		o.span.SetAttributes(kv...)
		o.tool.End(resultOf(res))
	default:
		o.span.SetAttributes(kv...)
		o.span.End()
	}
	if o.duration.Enabled(o.ctx) {
		o.duration.Record(o.ctx, took.Seconds(), metric.WithAttributes(o.series(f, kv)...))
	}
}

// abandon ends the span of an operation whose handler panicked.
func (o *operation) abandon() {
	if !o.ended {
		o.end(nil, errPanic, nil)
	}
}

var errPanic = errors.New("panic")

// answered is what only the answer tells.
func (o *operation) answered(res mcp.Result) []attribute.KeyValue {
	if r, ok := res.(*mcp.InitializeResult); ok && r != nil {
		return []attribute.KeyValue{protocolVersionKey.String(short(r.ProtocolVersion))}
	}
	return nil
}

// failure is what a span says of an operation that failed.
type failure struct {
	kind string // error.type
	code string // of JSON-RPC
	text string
}

func (f *failure) Error() string { return f.text }

// failure tells how the operation failed, if it did. What is said in sentences may quote arguments, and is content.
func (o *operation) failure(res mcp.Result, err error) *failure {
	f, said := &failure{}, ""
	var refused *jsonrpc.Error
	switch {
	case errors.As(err, &refused):
		f.code = strconv.FormatInt(refused.Code, 10)
		f.kind, f.text, said = f.code, "JSON-RPC error "+f.code, refused.Message
	case errors.Is(err, errPanic):
		f.kind, f.text = "panic", "the handler panicked"
	case err != nil:
		f.kind, said = genai.ErrorType(err), err.Error()
		f.text = f.kind
	default:
		r, ok := res.(*mcp.CallToolResult)
		if !ok || r == nil || !r.IsError {
			return nil
		}
		f.kind, f.text, said = "tool_error", "the tool says that it failed", firstText(r.Content)
	}
	if o.content && said != "" {
		f.text = content.Cut(o.mask.Apply("error.message", said), maxMessage)
	}
	return f
}
