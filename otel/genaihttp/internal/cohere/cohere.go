// Package cohere reads version 2 of Cohere's API: chat and embed. The field names are those of its API reference.
package cohere

import (
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// Match tells which operation a path asks for.
func Match(host, path string) (wire.Route, bool) {
	r := wire.Route{New: New, Provider: "cohere", Needs: "model", Sure: host == "api.cohere.com" || host == "api.cohere.ai"}
	switch {
	case strings.HasSuffix(path, "/v2/chat"):
		r.Operation = genai.OperationChat
	case strings.HasSuffix(path, "/v2/embed"):
		r.Operation = genai.OperationEmbeddings
	default:
		return wire.Route{}, false
	}
	return r, true
}

// New returns a reader of one call.
func New() wire.Reader { return &reader{} }

type reader struct {
	texts  wire.Texts
	finish map[int]string
}

func (p *reader) Request(doc scan.Value, r *wire.Request) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "stream":
			r.Streams = m.Value.True()
		case "temperature":
			r.Float(genai.RequestTemperatureKey, m.Value)
		case "p":
			r.Float(genai.RequestTopPKey, m.Value)
		case "k":
			r.Float(genai.RequestTopKKey, m.Value)
		case "max_tokens":
			r.Int(genai.RequestMaxTokensKey, m.Value)
		case "seed":
			r.Int(genai.RequestSeedKey, m.Value)
		case "frequency_penalty":
			r.Float(genai.RequestFrequencyPenaltyKey, m.Value)
		case "presence_penalty":
			r.Float(genai.RequestPresencePenaltyKey, m.Value)
		case "stop_sequences":
			r.Texts(genai.RequestStopSequencesKey, m.Value)
		case "output_dimension":
			r.Int(genai.EmbeddingsDimensionsKey, m.Value)
		case "embedding_types":
			r.Texts(genai.RequestEncodingFormatsKey, m.Value)
		case "response_format":
			if m.Value.Get("type").Equal("json_object") {
				r.OutputType = "json"
			}
		case "messages", "tools", "texts":
			if r.Content {
				content(m.Key, m.Value, r)
			}
		}
	}
}

func content(key []byte, v scan.Value, r *wire.Request) {
	for e := v.Elements(); e.Next(); {
		switch string(key) {
		case "messages":
			r.Input = append(r.Input, message(e.Value))
		case "texts":
			r.Input = wire.Add(r.Input, "user", wire.TextPart(wire.Text, e.Value))
		case "tools":
			f := e.Value.Get("function")
			r.Tools = append(r.Tools, wire.Tool{Type: "function", Name: wire.Short(f.Get("name")), Description: f.Get("description").Text(),
				Parameters: wire.Copy(f.Get("parameters"))})
		}
	}
}

func message(v scan.Value) wire.Message {
	out := wire.Message{Role: wire.Short(v.Get("role"))}
	text := v.Get("content")
	if out.Role == "tool" {
		result := wire.Copy(text)
		if text.Kind() == '"' {
			result = []byte(text.Text())
		}
		out.Add(wire.Part{Kind: wire.ToolResult, ID: wire.Short(v.Get("tool_call_id")), JSON: result})
		return out
	}
	if plan := v.Get("tool_plan"); plan.Is() {
		out.Add(wire.TextPart(wire.Reasoning, plan))
	}
	if text.Kind() == '"' {
		out.Add(wire.TextPart(wire.Text, text))
	}
	for e := text.Elements(); e.Next(); {
		out.Add(part(e.Value))
	}
	for e := v.Get("tool_calls").Elements(); e.Next(); {
		f := e.Value.Get("function")
		out.Add(wire.Part{Kind: wire.ToolCall, ID: wire.Short(e.Value.Get("id")), Name: wire.Short(f.Get("name")),
			JSON: []byte(f.Get("arguments").Text())})
	}
	return out
}

func part(v scan.Value) wire.Part {
	switch kind := wire.Short(v.Get("type")); kind {
	case "text":
		return wire.TextPart(wire.Text, v.Get("text"))
	case "thinking":
		return wire.TextPart(wire.Reasoning, v.Get("thinking"))
	case "image_url":
		return wire.Media("image", v.Get("image_url").Get("url"))
	default:
		return wire.Part{Kind: kind, JSON: wire.Copy(v)}
	}
}

func (p *reader) Answer(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "id":
			wire.Set(&a.ID, m.Value)
		case "finish_reason":
			a.Finish(m.Value)
		case "usage":
			usage(m.Value, &a.Usage)
		case "meta":
			usage(m.Value, &a.Usage)
		case "message":
			if a.Content && m.Value.Kind() == '{' {
				out := message(m.Value)
				out.Finish = wire.Short(doc.Get("finish_reason"))
				a.Output = []wire.Message{out}
			}
		}
	}
	a.Whole = true
}

// usage reads tokens: those that are billed, as the conventions ask, or else all.
func usage(v scan.Value, u *wire.Usage) {
	for _, name := range [...]string{"billed_units", "tokens"} {
		counted := v.Get(name)
		in, isIn := counted.Get("input_tokens").Int()
		out, isOut := counted.Get("output_tokens").Int()
		if isIn || isOut {
			u.Known, u.Input, u.Output = true, in, out
			break
		}
	}
	if n, ok := v.Get("cached_tokens").Int(); ok {
		u.Cached = min(n, u.Input)
	}
}

func (p *reader) Event(_ []byte, data scan.Value, a *wire.Answer) {
	kind := data.Get("type")
	switch {
	case kind.Equal("message-start"):
		wire.Set(&a.ID, data.Get("id"))
	case kind.Equal("message-end"):
		end := data.Get("delta")
		a.Finish(end.Get("finish_reason"))
		p.finish = map[int]string{0: wire.Short(end.Get("finish_reason"))}
		usage(end.Get("usage"), &a.Usage)
		if e := end.Get("error"); e.Is() {
			a.Failed(e)
		}
		a.Whole = true
	case a.Content:
		p.delta(wire.Short(kind), data, a.MaxText)
	}
}

func (p *reader) delta(kind string, data scan.Value, limit int) {
	n, _ := data.Get("index").Int()
	m := data.Get("delta").Get("message")
	switch kind {
	case "content-start", "content-delta":
		c := m.Get("content")
		p.texts.Append(0, int(n), wire.Text, c.Get("text"), limit)
		p.texts.Append(0, int(n), wire.Reasoning, c.Get("thinking"), limit)
	case "tool-plan-delta":
		p.texts.Append(0, -1, wire.Reasoning, m.Get("tool_plan"), limit)
	case "tool-call-start", "tool-call-delta":
		call := m.Get("tool_calls")
		if part := p.texts.Part(0, int(n), wire.ToolCall); part != nil {
			wire.Set(&part.ID, call.Get("id"))
			wire.Set(&part.Name, call.Get("function").Get("name"))
		}
		p.texts.Append(0, int(n), wire.ToolCall, call.Get("function").Get("arguments"), limit)
	}
}

func (p *reader) End(a *wire.Answer) {
	if len(a.Output) == 0 {
		a.Output = p.texts.Messages(p.finish)
	}
}
