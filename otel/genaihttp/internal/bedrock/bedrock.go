// Package bedrock reads Converse and ConverseStream of Amazon Bedrock, and Anthropic's Messages through InvokeModel and
// InvokeModelWithResponseStream. The field names are those of AWS's API reference.
package bedrock

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/anthropic"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// Match tells which operation a path asks for: /model/MODEL/VERB, where the model may be an ARN with its slashes escaped.
// escaped is the path as it is sent.
func Match(_, escaped string) (wire.Route, bool) {
	slash := strings.LastIndexByte(escaped, '/')
	if slash < 0 {
		return wire.Route{}, false
	}
	before, verb := escaped[:slash], escaped[slash+1:]
	r := wire.Route{New: New, Operation: genai.OperationChat, Provider: "aws.bedrock", Sure: true}
	switch verb {
	case "converse":
	case "converse-stream":
		r.Streams = true
	case "invoke", "invoke-with-response-stream":
		r.New, r.Streams = newInvoke, verb == "invoke-with-response-stream"
	default:
		return wire.Route{}, false
	}
	_, model, ok := strings.Cut(before, "/model/")
	if !ok || model == "" {
		return wire.Route{}, false
	}
	if plain, err := url.PathUnescape(model); err == nil {
		model = plain
	}
	if (verb == "invoke" || verb == "invoke-with-response-stream") && !strings.Contains(model, "anthropic.") {
		return wire.Route{}, false // each maker has a protocol of its own
	}
	r.Model = model
	return r, true
}

// New returns a reader of one call of Converse.
func New() wire.Reader { return &reader{} }

type reader struct {
	texts  wire.Texts
	finish map[int]string
}

func (p *reader) Request(doc scan.Value, r *wire.Request) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "inferenceConfig":
			for s := m.Value.Members(); s.Next(); {
				switch string(s.Key) {
				case "maxTokens":
					r.Int(genai.RequestMaxTokensKey, s.Value)
				case "temperature":
					r.Float(genai.RequestTemperatureKey, s.Value)
				case "topP":
					r.Float(genai.RequestTopPKey, s.Value)
				case "stopSequences":
					r.Texts(genai.RequestStopSequencesKey, s.Value)
				}
			}
		case "guardrailConfig":
			r.Text(genai.BedrockGuardrailIDKey, m.Value.Get("guardrailIdentifier"))
		case "system", "messages", "toolConfig":
			if r.Content {
				content(m.Key, m.Value, r)
			}
		}
	}
}

func content(key []byte, v scan.Value, r *wire.Request) {
	switch string(key) {
	case "system":
		for e := v.Elements(); e.Next(); {
			r.System = append(r.System, part(e.Value))
		}
	case "messages":
		for e := v.Elements(); e.Next(); {
			r.Input = append(r.Input, message(e.Value)...)
		}
	case "toolConfig":
		for e := v.Get("tools").Elements(); e.Next(); {
			spec := e.Value.Get("toolSpec")
			r.Tools = append(r.Tools, wire.Tool{Type: "function", Name: wire.Short(spec.Get("name")), Description: spec.Get("description").Text(),
				Parameters: wire.Copy(spec.Get("inputSchema").Get("json"))})
		}
	}
}

// message reads a message. Results of tools are a message of their own, as their role is.
func message(v scan.Value) []wire.Message {
	role := wire.Short(v.Get("role"))
	var out []wire.Message
	e := v.Get("content").Elements()
	for parts := 0; parts < wire.MaxParts && e.Next(); parts++ {
		p, r := part(e.Value), role
		if p.Kind == wire.ToolResult {
			r = "tool"
		}
		out = wire.Add(out, r, p)
	}
	return out
}

// part reads a part, whose kind is the name of its member.
func part(v scan.Value) wire.Part {
	m := v.Members()
	if !m.Next() {
		return wire.Part{Kind: wire.Text}
	}
	switch kind := string(m.Key); kind {
	case "text":
		return wire.TextPart(wire.Text, m.Value)
	case "reasoningContent":
		return wire.TextPart(wire.Reasoning, m.Value.Get("reasoningText").Get("text"))
	case "toolUse":
		return wire.Part{Kind: wire.ToolCall, ID: wire.Short(m.Value.Get("toolUseId")), Name: wire.Short(m.Value.Get("name")),
			JSON: wire.Copy(m.Value.Get("input"))}
	case "toolResult":
		return wire.Part{Kind: wire.ToolResult, ID: wire.Short(m.Value.Get("toolUseId")), JSON: wire.Copy(m.Value.Get("content"))}
	case "image", "video", "audio", "document":
		modality := kind
		if kind == "document" {
			modality = "application"
		}
		format, source := wire.Short(m.Value.Get("format")), m.Value.Get("source")
		if data := source.Get("bytes"); data.Is() {
			return wire.Inline(modality+"/"+format, data)
		}
		return wire.Part{Kind: wire.URI, MIME: modality + "/" + format, URI: source.Get("s3Location").Get("uri").Text()}
	default:
		return wire.Part{Kind: kind, JSON: wire.Copy(m.Value)}
	}
}

func (p *reader) Answer(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "stopReason":
			a.Finish(m.Value)
		case "usage":
			usage(m.Value, &a.Usage)
		case "serviceTier", "performanceConfig":
			tier(m.Value, a)
		case "output":
			if a.Content {
				a.Output = message(m.Value.Get("message"))
				if n := len(a.Output); n > 0 {
					a.Output[n-1].Finish = wire.Short(doc.Get("stopReason"))
				}
			}
		}
	}
	a.Whole = true
}

// tier reads serviceTier or performanceConfig. Of the two the latter decides on the price, where it says more than "standard".
func tier(v scan.Value, a *wire.Answer) {
	if v.Get("latency").Equal("optimized") {
		a.ServiceTier = "optimized"
	}
	wire.Set(&a.ServiceTier, v.Get("type"))
}

// usage reads tokens; those of the cache are counted beside the others of the input.
func usage(v scan.Value, u *wire.Usage) {
	for m := v.Members(); m.Next(); {
		n, ok := m.Value.Int()
		switch string(m.Key) {
		case "inputTokens":
			u.Input, u.Known = u.Input+n, u.Known || ok
		case "outputTokens":
			u.Output, u.Known = n, u.Known || ok
		case "cacheReadInputTokens":
			u.Input, u.Cached = u.Input+n, n
		case "cacheWriteInputTokens":
			u.Input, u.CacheWrite = u.Input+n, n
		}
	}
}

func (p *reader) Event(name []byte, data scan.Value, a *wire.Answer) {
	switch string(name) {
	case "messageStop":
		reason := data.Get("stopReason")
		a.Finish(reason)
		p.finish = map[int]string{0: wire.Short(reason)}
	case "metadata":
		usage(data.Get("usage"), &a.Usage)
		tier(data.Get("serviceTier"), a)
		tier(data.Get("performanceConfig"), a)
		a.Whole = true
	case "contentBlockStart":
		n, _ := data.Get("contentBlockIndex").Int()
		use := data.Get("start").Get("toolUse")
		if part := p.part(int(n), use, a); part != nil {
			part.ID, part.Name = wire.Short(use.Get("toolUseId")), wire.Short(use.Get("name"))
		}
	case "contentBlockDelta":
		if !a.Content {
			return
		}
		n, _ := data.Get("contentBlockIndex").Int()
		delta := data.Get("delta")
		p.texts.Append(0, int(n), wire.Text, delta.Get("text"), a.MaxText)
		p.texts.Append(0, int(n), wire.Reasoning, delta.Get("reasoningContent").Get("text"), a.MaxText)
		p.texts.Append(0, int(n), wire.ToolCall, delta.Get("toolUse").Get("input"), a.MaxText)
	default:
		exception(name, data, a)
	}
}

func (p *reader) part(n int, use scan.Value, a *wire.Answer) *wire.Part {
	if !a.Content || !use.Is() {
		return nil
	}
	return p.texts.Part(0, n, wire.ToolCall)
}

// exception takes an exception within a stream: {"message": …} under its name.
func exception(name []byte, data scan.Value, a *wire.Answer) {
	if strings.HasSuffix(string(name), "Exception") {
		a.Failed(data)
		a.ErrorType = string(name)
	}
}

func (p *reader) End(a *wire.Answer) {
	if len(a.Output) == 0 {
		a.Output = p.texts.Messages(p.finish)
	}
}

// invoke reads Anthropic's protocol inside of Bedrock's, whose stream has each event as base64 in "bytes".
type invoke struct{ wire.Reader }

func newInvoke() wire.Reader { return invoke{anthropic.New()} }

func (i invoke) Event(name []byte, data scan.Value, a *wire.Answer) {
	event, err := base64.StdEncoding.DecodeString(data.Get("bytes").Text())
	if err != nil || len(event) == 0 {
		exception(name, data, a)
		return
	}
	i.Reader.Event(nil, scan.Parse(event), a)
}
