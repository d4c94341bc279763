package genaihttp

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/stream"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// maxPeek is how long a body may be that is read before it is sent, in bytes. Longer ones are read as they are sent.
const maxPeek = 1 << 20

// resendCountKey is of the HTTP conventions.
const resendCountKey = attribute.Key("http.request.resend_count")

// begin starts the call of a request, and returns the request to send. Without a call there is nothing to record.
func (t *transport) begin(req *http.Request, route wire.Route) (*call, *http.Request) {
	body, known := peek(req, route)
	doc := scan.Value(bytes.TrimLeft(body, " \r\n\t"))
	if !route.Sure && !(known && doc.Get(route.Needs).Is()) && !(!known && has(req, route.Needs)) {
		return nil, req
	}
	c := &call{transport: t, route: route, reader: route.New(), start: now()}
	c.request.Attrs = c.attrs[:0]
	c.request.Streams = route.Streams
	c.url = req.URL
	c.host, c.port = address(req)
	c.before(req)
	if known {
		c.readRequest(doc, false)
	}
	c.settle()
	held := heldBy(req)
	if held != nil {
		c.request.Attrs = append(c.request.Attrs, held.attributes...)
	}

	ctx, span := t.tracer.Start(req.Context(), c.name(), t.kind, trace.WithAttributes(c.request.Attrs...))
	c.ctx, c.span = ctx, span
	c.request.Attrs = nil
	req = req.WithContext(ctx)
	c.metered = t.instruments.enabled(ctx)
	if !span.IsRecording() && !c.metered {
		span.End()
		return nil, req
	}
	if held != nil && held.begin(c) {
		c.held = held
	}
	c.content = t.content && span.IsRecording()
	switch {
	case !known:
		t.tee(c, req)
	case c.content:
		c.readRequest(doc, true)
	}
	if t.streamUsage && known {
		askForUsage(req, body, c.request.Streams)
	}
	return c, req
}

// before sets what is known without a body.
func (c *call) before(req *http.Request) {
	kv := append(c.request.Attrs, genai.OperationNameKey.String(c.route.Operation), genai.ProviderNameKey.String(c.route.Provider),
		mlflowattr.SpanTypeKey.String(spanType(c.route.Operation)))
	if c.host != "" {
		kv = append(kv, genai.ServerAddressKey.String(c.host), genai.ServerPortKey.Int(c.port))
	}
	if n := resends(req.Header); n > 0 {
		kv = append(kv, resendCountKey.Int(n))
	}
	c.request.Attrs = kv
}

func spanType(operation string) string {
	switch operation {
	case genai.OperationEmbeddings:
		return mlflowattr.TypeEmbedding
	case genai.OperationTextCompletion:
		return mlflowattr.TypeLLM
	}
	return mlflowattr.TypeChatModel
}

// settle adds the attributes that the body decided.
func (c *call) settle() {
	r := &c.request
	r.Attrs = c.own(r.Attrs)
	if r.Model == "" {
		r.Model = c.route.Model
	}
	if r.Model != "" {
		r.Attrs = append(r.Attrs, genai.RequestModelKey.String(r.Model))
	}
	if r.Streams {
		r.Attrs = append(r.Attrs, genai.RequestStreamKey.Bool(true))
	}
	if r.OutputType != "" {
		r.Attrs = append(r.Attrs, genai.OutputTypeKey.String(r.OutputType))
	}
	if r.Conversation != "" {
		r.Attrs = append(r.Attrs, genai.ConversationIDKey.String(r.Conversation))
	}
}

func (c *call) name() string {
	if c.request.Model == "" {
		return c.route.Operation
	}
	return c.route.Operation + " " + c.request.Model
}

// readRequest lets the protocol read a body: for its settings, or for its content.
func (c *call) readRequest(doc scan.Value, content bool) {
	defer c.survive()
	if !content {
		c.reader.Request(doc, &c.request)
		return
	}
	r := wire.Request{Content: true}
	c.route.New().Request(doc, &r)
	c.request.System, c.request.Input, c.request.Tools = r.System, r.Input, r.Tools
}

// peek returns the body of a request that can be read twice.
func peek(req *http.Request, route wire.Route) ([]byte, bool) {
	if req.GetBody == nil || req.ContentLength <= 0 || req.ContentLength > maxPeek || route.Multipart || isEncoded(req.Header) {
		return nil, false
	}
	w := &whole{want: int(req.ContentLength)}
	err := lookThrough(req, func(body io.Reader) (err error) {
		if from, ok := body.(io.WriterTo); ok {
			_, err = from.WriteTo(w)
		} else {
			_, err = io.Copy(w, io.LimitReader(body, maxPeek))
		}
		return err
	})
	if err != nil || len(w.got) != w.want {
		return nil, false
	}
	return w.got, true
}

// lookThrough has a copy of a body read. What some clients have for a copy (Azure's azcore) is the body itself, put back to
// its start: asking for one more puts it back again, and it is left open for whoever sends it.
func lookThrough(req *http.Request, read func(io.Reader) error) error {
	body, err := req.GetBody()
	if err != nil || body == nil {
		return cmp.Or(err, io.ErrUnexpectedEOF)
	}
	err = read(body)
	again, failed := req.GetBody()
	if failed == nil && isSame(body, again) {
		return err
	}
	_ = body.Close()
	if failed == nil && again != nil {
		_ = again.Close()
	}
	return err
}

// isSame reports whether two bodies are one. Comparing those of a type that cannot be compared panics, and they are none.
func isSame(a, b io.ReadCloser) (same bool) {
	defer func() { _ = recover() }()
	return a == b
}

// has reports whether a body that is too long to peek at has a member. One that cannot be read twice is not looked at.
func has(req *http.Request, member string) bool {
	if req.GetBody == nil || isEncoded(req.Header) {
		return false
	}
	doc := scan.Document{Limits: scan.Limits{String: 64, Total: 64 << 10}}
	err := lookThrough(req, func(body io.Reader) error {
		_, err := io.Copy(&doc, body)
		return err
	})
	return err == nil && doc.Value().Get(member).Is()
}

// whole takes a body that is written to it. One that comes as one piece is not copied: it is read before RoundTrip goes on.
type whole struct {
	got  []byte
	want int
}

func (w *whole) Write(p []byte) (int, error) {
	if len(w.got)+len(p) > w.want {
		return 0, io.ErrShortWrite
	}
	if len(w.got) == 0 && len(p) == w.want {
		w.got = p
	} else {
		w.got = append(w.got, p...)
	}
	return len(p), nil
}

func isEncoded(h http.Header) bool {
	v := h["Content-Encoding"]
	return len(v) > 0 && v[0] != "" && v[0] != "identity"
}

// tee has the body of a request read as it is sent.
func (t *transport) tee(c *call, req *http.Request) {
	if isEncoded(req.Header) {
		return
	}
	c.sent = &sent{doc: scan.Document{Limits: t.limits(c.content)}}
	if c.route.Multipart {
		c.sent.form = stream.NewForm(req.Header.Get("Content-Type"))
	}
	req.Body = &teeBody{ReadCloser: req.Body, call: c}
	if again := req.GetBody; again != nil {
		req.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			c.resetSent()
			return &teeBody{ReadCloser: body, call: c}, nil
		}
	}
}

// limits bound what is kept of a document.
func (t *transport) limits(content bool) scan.Limits {
	if !content {
		return scan.Limits{String: 1 << 10, Total: 64 << 10}
	}
	return scan.Limits{String: max(t.maxContent, 1<<10), Total: 4 * max(t.maxContent, 1<<20), Digest: true}
}

// sent is what was sent of a request whose body is read on its way.
type sent struct {
	doc  scan.Document
	form *stream.Form // instead, of a form
	read bool         // it was put on the span
}

type teeBody struct {
	io.ReadCloser
	call *call
}

func (b *teeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.call.takeSent(p[:n], err != nil)
	return n, err
}

func (b *teeBody) Close() error {
	b.call.takeSent(nil, true)
	return b.ReadCloser.Close()
}

func (c *call) resetSent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sent == nil { // the call is over, and somebody sends the request of its answer once more
		return
	}
	if c.sent.form != nil {
		c.sent.form.Reset()
	}
	c.sent.doc.Reset()
}

func (c *call) takeSent(p []byte, end bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.survive()
	if c.done || c.sent.read {
		return
	}
	if c.sent.form != nil {
		c.sent.form.Write(p)
	} else {
		_, _ = c.sent.doc.Write(p)
	}
	if end {
		c.settleSent()
	}
}

// settleSent puts on the span what the body of the request said; c.mu is held.
func (c *call) settleSent() {
	if c.sent == nil || c.sent.read {
		return
	}
	c.sent.read = true
	doc := c.sent.doc.Value()
	if c.sent.form != nil {
		doc = scan.Value(c.sent.form.JSON())
	}
	c.readRequest(doc, false)
	if c.content {
		c.readRequest(doc, true)
	}
	c.settle()
	c.span.SetAttributes(c.request.Attrs...)
	c.span.SetName(c.name())
	c.request.Attrs = nil
	c.sent.doc.Reset()
}

// askForUsage adds stream_options to a request that streams and has none.
func askForUsage(req *http.Request, body []byte, streams bool) {
	doc := scan.Value(bytes.TrimLeft(body, " \r\n\t"))
	last := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
	if !streams || last != "completions" || doc.Kind() != '{' || doc.Get("stream_options").Is() {
		return
	}
	changed := make([]byte, 0, len(doc)+48)
	changed = append(changed, `{"stream_options":{"include_usage":true},`...)
	changed = append(changed, doc[1:]...)
	_ = req.Body.Close()
	req.ContentLength = int64(len(changed))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(changed)), nil }
	req.Body, _ = req.GetBody()
}
