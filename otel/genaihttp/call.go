package genaihttp

import (
	"bytes"
	"context"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/stream"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// BodyEndKey marks a span whose answer was not read to its end although nothing failed: "closed" by the caller before it
// was complete; "forgotten", neither read nor closed until nobody could any more; "idle", neither for the idle timeout; "unread", as its
// encoding is none that the standard library knows. A call that was held and never judged has "unjudged".
const BodyEndKey = attribute.Key("genaihttp.body.end")

// ServiceTierKey is the service tier at which a provider other than OpenAI says it answered, in its own words: Anthropic's
// "priority", Vertex AI's "ON_DEMAND_FLEX". Bedrock's latency-optimized inference, which has prices of its own too, is "optimized". The
// conventions have an attribute for OpenAI's alone. What a call costs depends on it.
const ServiceTierKey = attribute.Key("genaihttp.response.service_tier")

// call is a model call under way.
type call struct {
	*transport
	route   wire.Route
	host    string
	url     *url.URL // as it was asked for
	port    int
	start   time.Time
	ctx     context.Context // of the span, for the exemplars of metrics
	span    trace.Span
	held    *held // nil: nobody
	content bool
	metered bool    // somebody collects metrics
	series  *series // of metrics, from the first chunk on

	mu        sync.Mutex // what is below, but for active and reading
	reader    wire.Reader
	request   wire.Request
	answer    wire.Answer
	sent      *sent
	status    int
	exception string // AWS's word for what went wrong
	unread    bool   // the answer has an encoding that is not known
	broken    bool   // reading it panicked
	done      bool

	parser  stream.Parser          // of an answer that is a stream; else
	doc     *scan.Document         // of one that is a document
	unsure  bool                   // the document's first byte is not here yet, which may be that of a stream after all
	attrs   [12]attribute.KeyValue // room for the request's attributes and, once the span has begun with them, for the answer's
	told    [4]attribute.KeyValue  // room for those of the provider's own
	unzip   *unzipper
	now     time.Time // of the bytes that are taken
	first   time.Time // of a stream's chunks
	last    time.Time
	timer   *time.Timer
	cleanup runtime.Cleanup

	active  atomic.Int64 // when the caller last read, in nanoseconds since start
	reading atomic.Int32
}

func now() time.Time { return time.Now() }

// survive keeps a fault of ours away from the program: what was read of the call until then is told.
func (c *call) survive() {
	if recover() != nil {
		c.broken = true
	}
}

// take reads bytes of the answer, as they are on the wire.
func (c *call) take(p []byte, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || c.broken || len(p) == 0 {
		return
	}
	c.now = at
	if c.unzip != nil {
		c.unzip.write(p)
		return
	}
	c.plain(p)
}

// plain reads bytes of the answer that are not compressed; c.mu is held by whoever gave them.
func (c *call) plain(p []byte) {
	defer c.survive()
	if c.unsure {
		if p = bytes.TrimLeft(p, " \t\r\n\ufeff"); len(p) == 0 {
			return
		}
		c.unsure = false
		if strings.IndexByte("deir:", p[0]) >= 0 { // data, event, id, retry, a comment
			c.parser, c.doc = stream.NewSSE(c.limits(c.content), c.event), nil
		}
	}
	switch {
	case c.parser != nil:
		c.parser.Write(p)
	case c.doc != nil:
		_, _ = c.doc.Write(p)
	}
}

// event takes an event of a stream.
func (c *call) event(name []byte, data scan.Value) {
	c.answer.Ping = false
	c.reader.Event(name, data, &c.answer)
	switch {
	case c.answer.Ping:
	case c.first.IsZero():
		c.first, c.last = c.now, c.now
		c.instruments.firstChunk(c, c.first.Sub(c.start))
	case string(data) != "[DONE]":
		c.instruments.nextChunk(c, c.now.Sub(c.last))
		c.last = c.now
	}
}

// isWhole reports whether all of the answer has come, though its end may not have been read.
func (c *call) isWhole() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer.Whole || c.doc != nil && c.doc.Value().IsWhole() || c.parser == nil && c.doc == nil
}

// finish ends the call, once: with an error of the transport, or with how the body ended (see [BodyEndKey]), or as it should.
func (c *call) finish(err error, end string) {
	kv, failure, ok := c.conclude(err, end)
	if !ok {
		return
	}
	took := now().Sub(c.start)
	c.span.SetAttributes(kv...)
	if c.held != nil {
		c.held.read(failure, took)
		return
	}
	kind := ""
	if failure != nil {
		kind = failure.kind
		genai.MarkFailed(c.span, failure, kind)
	}
	c.span.End()
	c.instruments.finished(c, took, kind)
}

// conclude reads what is left of the answer and says what the span is told.
func (c *call) conclude(err error, end string) (kv []attribute.KeyValue, f *failure, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return nil, nil, false
	}
	c.complete()
	c.answer.Usage.Settle()
	c.done = true
	if c.timer != nil {
		c.timer.Stop()
		c.cleanup.Stop()
	}
	c.settleSentSafely()
	if c.unread && end == "" {
		end = "unread"
	}
	kv = c.attributes(end)
	if c.content {
		kv = c.appendContent(kv)
	}
	f = c.failure(err)
	c.giveBack()
	c.parser, c.sent = nil, nil
	return kv, f, true
}

// borrow returns an empty document to read the answer into.
func (t *transport) borrow(limits scan.Limits) *scan.Document {
	doc, ok := t.documents.Get().(*scan.Document)
	if !ok {
		doc = &scan.Document{}
	}
	doc.Limits = limits
	return doc
}

// giveBack lets another call have the document: nothing that was read of it refers to its bytes.
func (c *call) giveBack() {
	if c.doc != nil && !c.broken {
		c.doc.Reset()
		c.documents.Put(c.doc)
	}
	c.doc = nil
}

func (c *call) settleSentSafely() {
	defer c.survive()
	c.settleSent()
}

// complete lets the protocol read what has come of the answer.
func (c *call) complete() {
	defer c.survive()
	if c.unzip != nil {
		c.unzip.close()
	}
	if c.broken {
		return
	}
	if c.parser != nil {
		c.parser.Close()
		c.reader.End(&c.answer)
		return
	}
	if c.doc == nil {
		return
	}
	doc := c.doc.Value()
	if c.status >= 400 {
		failed(doc, &c.answer)
		if c.answer.ErrorType == "" {
			c.answer.ErrorType = c.exception
		}
		return
	}
	if doc.Kind() == '[' { // a stream that was asked for as a list: Gemini's
		for e := doc.Elements(); e.Next(); {
			c.reader.Event(nil, e.Value, &c.answer)
		}
	} else {
		c.reader.Answer(doc, &c.answer)
	}
	c.reader.End(&c.answer)
}

// failed reads the body of an answer whose status says that the call failed.
func failed(doc scan.Value, a *wire.Answer) {
	if e := doc.Elements(); e.Next() { // Gemini wraps it into a list
		doc = e.Value
	}
	if e := doc.Get("error"); e.Is() {
		a.Failed(e)
	} else {
		a.Failed(doc) // Cohere, Bedrock: {"message": …}
	}
	wire.Set(&a.ID, doc.Get("id"))
}

// attributes returns what the answer said.
func (c *call) attributes(end string) []attribute.KeyValue {
	a := &c.answer
	kv := c.attrs[:0]
	if a.ID != "" {
		kv = append(kv, genai.ResponseIDKey.String(a.ID))
	}
	if a.Model != "" {
		kv = append(kv, genai.ResponseModelKey.String(a.Model))
	}
	if len(a.FinishReasons) > 0 {
		kv = append(kv, genai.ResponseFinishReasonsKey.StringSlice(a.FinishReasons))
	}
	if u := a.Usage; u.Known {
		kv = append(kv, genai.UsageInputTokensKey.Int64(u.Input))
		if c.route.Operation != genai.OperationEmbeddings || u.Output > 0 {
			kv = append(kv, genai.UsageOutputTokensKey.Int64(u.Output))
		}
		kv = appendCount(kv, genai.UsageCachedTokensKey, u.Cached)
		kv = appendCount(kv, genai.UsageCacheWriteTokensKey, u.CacheWrite)
		kv = appendCount(kv, genai.UsageReasoningTokensKey, u.Reasoning)
	}
	if !c.first.IsZero() {
		kv = append(kv, genai.ResponseTimeToFirstChunkKey.Float64(c.first.Sub(c.start).Seconds()))
	}
	if a.ServiceTier != "" {
		kv = append(kv, ServiceTierKey.String(a.ServiceTier))
	}
	kv = append(kv, c.own(a.Attrs)...)
	if end != "" {
		kv = append(kv, BodyEndKey.String(end))
	}
	return kv
}

// own leaves out attributes of OpenAI's where another provider speaks its protocol, as the conventions ask. The tier is kept.
func (c *call) own(kv []attribute.KeyValue) []attribute.KeyValue {
	if c.route.Provider == "openai" || c.route.Provider == "azure.ai.openai" {
		return kv
	}
	for i := range kv {
		if kv[i].Key == genai.OpenAIResponseServiceTierKey {
			kv[i].Key = ServiceTierKey
		}
	}
	return slices.DeleteFunc(kv, func(a attribute.KeyValue) bool { return strings.HasPrefix(string(a.Key), "openai.") })
}

func appendCount(kv []attribute.KeyValue, key attribute.Key, n int64) []attribute.KeyValue {
	if n == 0 {
		return kv
	}
	return append(kv, key.Int64(n))
}

// idle looks whether the caller still reads, and ends the call if not.
func (c *call) idle() {
	c.mu.Lock()
	left := c.config.idle
	if c.reading.Load() == 0 {
		left -= now().Sub(c.start) - time.Duration(c.active.Load())
	}
	if left > 0 && !c.done {
		c.timer.Reset(left)
	}
	c.mu.Unlock()
	if left <= 0 {
		c.finish(nil, "idle")
	}
}

// framing chooses how the body of an answer is taken apart, by its type.
func (c *call) framing(contentType string) {
	limits := c.limits(c.content)
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.ToLower(strings.TrimSpace(kind)); {
	case c.status >= 400:
		c.doc = c.borrow(limits)
	case kind == "text/event-stream":
		c.parser = stream.NewSSE(limits, c.event)
	case kind == "application/x-ndjson" || kind == "application/jsonl":
		c.parser = stream.NewNDJSON(limits, c.event)
	case kind == "application/vnd.amazon.eventstream":
		c.parser = stream.NewEventStream(limits, c.event)
	case strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") ||
		kind == "application/octet-stream":
	case kind != "application/json" && c.request.Streams:
		c.parser = stream.NewSSE(limits, c.event) // servers that name no type, or another
	default:
		c.doc, c.unsure = c.borrow(limits), true
	}
}
