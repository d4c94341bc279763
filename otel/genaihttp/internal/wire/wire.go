// Package wire is what all protocols of model servers are reduced to: what a request asks for, and what an
// answer brings. A protocol says how its bodies are read into these by a [Reader]; nothing here knows of HTTP,
// spans or metrics.
package wire

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
)

// Route is what the path of a request tells.
type Route struct {
	New       func() Reader
	Operation string // of genai's
	Provider  string
	Model     string // where the path names it
	Streams   bool   // the path asks for a stream
	Sure      bool   // the path is enough; else the body must have the member Needs
	Needs     string
	Multipart bool // the request is a form
}

// IsBedrock reports whether a host is one of AWS's: bedrock-runtime.REGION.amazonaws.com, bedrock-mantle.REGION.api.aws and so on,
// which serve the protocols of OpenAI and Anthropic beside Bedrock's own.
func IsBedrock(host string) bool {
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") || strings.HasSuffix(host, ".api.aws")
}

// Reader reads the bodies of one call. It is used by one goroutine at a time.
type Reader interface {
	// Request reads a request's body.
	Request(doc scan.Value, r *Request)
	// Answer reads the body of an answer that is one document, whole or cut.
	Answer(doc scan.Value, a *Answer)
	// Event reads one event of a stream.
	Event(name []byte, data scan.Value, a *Answer)
	// End completes the answer after the last event.
	End(a *Answer)
}

// Request is what a request asks for. Zero fields were not said.
type Request struct {
	Model, OutputType, Conversation string
	Streams                         bool
	Attrs                           []attribute.KeyValue // settings

	Content bool // whether what follows is wanted
	System  []Part
	Input   []Message
	Tools   []Tool
}

// Answer is what an answer brings.
type Answer struct {
	ID, Model     string
	FinishReasons []string
	Usage         Usage
	Attrs         []attribute.KeyValue // of the provider's own
	ErrorType     string               // the provider's word for what went wrong
	ErrorMessage  string               // which may quote the request: content
	Whole         bool                 // nothing more is to come
	ServiceTier   string               // the provider's word for it, where it is none of OpenAI's
	Ping          bool                 // the last event was a sign of life, and no part of the answer

	Content bool // whether what follows is wanted
	MaxText int  // bytes that are kept of the texts of a stream, together
	Output  []Message
}

// Usage counts tokens as the server does: cached and reasoning tokens are parts of input and output.
type Usage struct {
	Known                                        bool
	Input, Output, Cached, CacheWrite, Reasoning int64
}

// maxTokens is more than any call uses.
const maxTokens = 1e15

// Settle forgets what cannot be a number of tokens, such as one below zero; without input and output there is no usage.
func (u *Usage) Settle() {
	isCount := func(n int64) bool { return n >= 0 && n <= maxTokens }
	for _, part := range [...]*int64{&u.Cached, &u.CacheWrite, &u.Reasoning} {
		if !isCount(*part) {
			*part = 0
		}
	}
	if !isCount(u.Input) || !isCount(u.Output) {
		*u = Usage{}
	}
}

// Message is one turn of a conversation.
type Message struct {
	Role   string
	Parts  []Part
	Finish string
}

// Kinds of parts, as the conventions name them.
const (
	Text       = "text"
	Reasoning  = "reasoning"
	ToolCall   = "tool_call"
	ToolResult = "tool_call_response"
	Blob       = "blob" // media inside of the message
	URI        = "uri"
	File       = "file"
)

// Part is a part of a message. Which fields it has depends on its kind.
type Part struct {
	Kind     string // one of the kinds above, or the provider's own word
	Text     string // of texts and of what the kind's name does not say
	Size     int64  // of the text or media in bytes, where it is more than is here
	ID, Name string // of a tool call
	JSON     []byte // of arguments, results and parts of the provider's own
	MIME     string // of media
	URI      string // of media; a file's id
	Digest   string // SHA-256 of media, hex
}

// Tool is a tool that the model may call.
type Tool struct {
	Type, Name, Description string
	Parameters              []byte // JSON schema
}

const (
	maxShort = 256 // bytes of a name, an id, a setting
	maxList  = 16  // entries of a list of settings
)

// MaxParts bounds the parts of a message.
const MaxParts = 4096

// Short returns a text that belongs into an attribute: at most 256 bytes of it.
func Short(v scan.Value) string {
	if len(v) > maxShort+2 {
		v = append(append(scan.Value{}, v[:maxShort+1]...), '"')
	}
	return v.Text()
}

// Float adds a setting that is a number.
func (r *Request) Float(key attribute.Key, v scan.Value) {
	if f, ok := v.Float(); ok {
		r.Attrs = append(r.Attrs, key.Float64(f))
	}
}

// Int adds a setting that is a whole number.
func (r *Request) Int(key attribute.Key, v scan.Value) {
	if n, ok := v.Int(); ok {
		r.Attrs = append(r.Attrs, key.Int64(n))
	}
}

// Text adds a setting that is a word.
func (r *Request) Text(key attribute.Key, v scan.Value) {
	if s := Short(v); s != "" {
		r.Attrs = append(r.Attrs, key.String(s))
	}
}

// Texts adds a setting that is a word or a list of them.
func (r *Request) Texts(key attribute.Key, v scan.Value) {
	if list := ShortList(v); len(list) > 0 {
		r.Attrs = append(r.Attrs, key.StringSlice(list))
	}
}

// ShortList returns a word, or the first sixteen of a list.
func ShortList(v scan.Value) (list []string) {
	if s := Short(v); s != "" {
		return []string{s}
	}
	for e := v.Elements(); len(list) < maxList && e.Next(); {
		if s := Short(e.Value); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// Choices adds the number of answers that are asked for, unless it is one.
func (r *Request) Choices(v scan.Value) {
	if n, ok := v.Int(); ok && n != 1 {
		r.Attrs = append(r.Attrs, genai.RequestChoiceCountKey.Int64(n))
	}
}

// Text adds what the provider says of its answer.
func (a *Answer) Text(key attribute.Key, v scan.Value) {
	if s := Short(v); s != "" {
		a.Attrs = append(a.Attrs, key.String(s))
	}
}

// Set puts the text of v into field, unless there is one.
func Set(field *string, v scan.Value) {
	if *field == "" && v.Kind() == '"' {
		*field = Short(v)
	}
}

// Finish adds a finish reason.
func (a *Answer) Finish(v scan.Value) {
	if v.Kind() == '"' && len(a.FinishReasons) < maxList {
		a.FinishReasons = append(a.FinishReasons, Short(v))
	}
}

// Failed takes the error object that nearly all protocols have: {"type":…, "code":…, "message":…}, or its message alone.
func (a *Answer) Failed(v scan.Value) {
	if !v.Is() {
		return
	}
	if v.Kind() == '"' {
		a.ErrorMessage = v.Text()
		return
	}
	for _, name := range [...]string{"code", "status", "type"} { // a code may be the HTTP status as a number
		if word := v.Get(name); word.Kind() == '"' && len(word) > 2 && a.ErrorType == "" {
			a.ErrorType = Short(word)
		}
	}
	a.ErrorMessage = v.Get("message").Text()
}

// TextPart returns a part of text, of which a document may have kept the beginning.
func TextPart(kind string, v scan.Value) Part {
	size, _ := v.Cut()
	return Part{Kind: kind, Text: v.Text(), Size: size}
}

// Copy returns the text of a value, for longer than its document lives.
func Copy(v scan.Value) []byte { return v.Plain() }

// Add adds a part to the last message, or to a new one if that has another role.
func Add(ms []Message, role string, p Part) []Message {
	if len(ms) == 0 || ms[len(ms)-1].Role != role {
		ms = append(ms, Message{Role: role})
	}
	ms[len(ms)-1].Add(p)
	return ms
}

// Add adds a part, unless there are [MaxParts] already.
func (m *Message) Add(p Part) {
	if len(m.Parts) < MaxParts {
		m.Parts = append(m.Parts, p)
	}
}
