// Package anthropic reads the Messages API, at Anthropic itself, on Bedrock, and on Vertex AI (rawPredict). The field names
// are those of Anthropic's API reference.
package anthropic

import (
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// Match tells which operation a path asks for.
func Match(host, path string) (wire.Route, bool) {
	r := wire.Route{New: New, Operation: genai.OperationChat, Provider: "anthropic", Needs: "messages"}
	if strings.HasSuffix(path, "/v1/messages") {
		r.Sure = host == "api.anthropic.com"
		if wire.IsBedrock(host) {
			r.Provider = "aws.bedrock"
		}
		return r, true
	}
	// /v1/projects/P/locations/L/publishers/anthropic/models/MODEL:streamRawPredict
	_, rest, ok := strings.Cut(path, "/publishers/anthropic/models/")
	model, verb, verbed := strings.Cut(rest, ":")
	if !ok || !verbed || verb != "rawPredict" && verb != "streamRawPredict" {
		return wire.Route{}, false
	}
	r.Provider, r.Model, r.Streams, r.Sure = "gcp.vertex_ai", model, verb == "streamRawPredict", true
	return r, true
}

// New returns a reader of one call.
func New() wire.Reader { return &reader{} }

type reader struct {
	texts  wire.Texts
	finish map[int]string
	input  int64 // tokens beside those of the cache
}

func (p *reader) Request(doc scan.Value, r *wire.Request) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "stream":
			r.Streams = r.Streams || m.Value.True()
		case "max_tokens":
			r.Int(genai.RequestMaxTokensKey, m.Value)
		case "temperature":
			r.Float(genai.RequestTemperatureKey, m.Value)
		case "top_p":
			r.Float(genai.RequestTopPKey, m.Value)
		case "top_k":
			r.Float(genai.RequestTopKKey, m.Value)
		case "stop_sequences":
			r.Texts(genai.RequestStopSequencesKey, m.Value)
		case "system":
			if r.Content {
				r.System = parts(m.Value)
			}
		case "messages":
			for e := m.Value.Elements(); r.Content && e.Next(); {
				r.Input = append(r.Input, messages(e.Value)...)
			}
		case "tools":
			for e := m.Value.Elements(); r.Content && e.Next(); {
				r.Tools = append(r.Tools, tool(e.Value))
			}
		}
	}
}

func tool(v scan.Value) wire.Tool {
	kind := wire.Short(v.Get("type"))
	if kind == "" || kind == "custom" {
		kind = "function"
	}
	return wire.Tool{Type: kind, Name: wire.Short(v.Get("name")), Description: v.Get("description").Text(),
		Parameters: wire.Copy(v.Get("input_schema"))}
}

func (p *reader) Answer(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "id":
			wire.Set(&a.ID, m.Value)
		case "model":
			wire.Set(&a.Model, m.Value)
		case "stop_reason":
			a.Finish(m.Value)
		case "usage":
			p.usage(m.Value, a)
		case "content":
			if a.Content {
				a.Output = []wire.Message{{Role: "assistant", Parts: parts(m.Value), Finish: wire.Short(doc.Get("stop_reason"))}}
			}
		}
	}
	a.Whole = true
}

// usage reads tokens and the service tier. Of the input, those of the cache are counted beside the others; at the end of a stream
// come the counts that changed.
func (p *reader) usage(v scan.Value, a *wire.Answer) {
	u := &a.Usage
	for m := v.Members(); m.Next(); {
		if string(m.Key) == "service_tier" {
			wire.Set(&a.ServiceTier, m.Value)
		}
		n, ok := m.Value.Int()
		if !ok {
			continue
		}
		switch string(m.Key) {
		case "input_tokens":
			p.input, u.Known = n, true
		case "output_tokens":
			u.Output, u.Known = n, true
		case "cache_read_input_tokens":
			u.Cached = n
		case "cache_creation_input_tokens":
			u.CacheWrite = n
		}
	}
	u.Input = p.input + u.Cached + u.CacheWrite
}

func (p *reader) Event(_ []byte, data scan.Value, a *wire.Answer) {
	kind := data.Get("type")
	switch {
	case kind.Equal("content_block_delta"):
		if a.Content {
			p.delta(data, a.MaxText)
		}
	case kind.Equal("content_block_start"):
		if a.Content {
			p.start(data, a.MaxText)
		}
	case kind.Equal("message_start"):
		m := data.Get("message")
		wire.Set(&a.ID, m.Get("id"))
		wire.Set(&a.Model, m.Get("model"))
		p.usage(m.Get("usage"), a)
	case kind.Equal("message_delta"):
		reason := data.Get("delta").Get("stop_reason")
		if reason.Kind() == '"' {
			a.FinishReasons = a.FinishReasons[:0]
			a.Finish(reason)
			p.finish = map[int]string{0: wire.Short(reason)}
		}
		p.usage(data.Get("usage"), a)
	case kind.Equal("message_stop"):
		a.Whole = true
	case kind.Equal("ping"):
		a.Ping = true
	case kind.Equal("error"):
		a.Failed(data.Get("error"))
	}
}

func (p *reader) start(data scan.Value, limit int) {
	n, _ := data.Get("index").Int()
	b := data.Get("content_block")
	switch kind := wire.Short(b.Get("type")); kind {
	case "text":
		p.texts.Append(0, int(n), wire.Text, b.Get("text"), limit)
	case "tool_use", "server_tool_use", "mcp_tool_use":
		if part := p.texts.Part(0, int(n), wire.ToolCall); part != nil {
			part.ID, part.Name = wire.Short(b.Get("id")), wire.Short(b.Get("name"))
		}
	default:
		if strings.HasSuffix(kind, "_tool_result") {
			if part := p.texts.Part(0, int(n), kind); part != nil {
				*part = block(b)
			}
		}
	}
}

func (p *reader) delta(data scan.Value, limit int) {
	n, _ := data.Get("index").Int()
	delta := data.Get("delta")
	switch kind := delta.Get("type"); {
	case kind.Equal("text_delta"):
		p.texts.Append(0, int(n), wire.Text, delta.Get("text"), limit)
	case kind.Equal("thinking_delta"):
		p.texts.Append(0, int(n), wire.Reasoning, delta.Get("thinking"), limit)
	case kind.Equal("input_json_delta"):
		p.texts.Append(0, int(n), wire.ToolCall, delta.Get("partial_json"), limit)
	}
}

func (p *reader) End(a *wire.Answer) {
	if len(a.Output) == 0 {
		a.Output = p.texts.Messages(p.finish)
	}
}

// messages reads a message. Results of tools are a message of their own, as their role is.
func messages(v scan.Value) []wire.Message {
	role := wire.Short(v.Get("role"))
	var out []wire.Message
	for _, p := range parts(v.Get("content")) {
		r := role
		if p.Kind == wire.ToolResult && role == "user" {
			r = "tool"
		}
		out = wire.Add(out, r, p)
	}
	return out
}

func parts(v scan.Value) []wire.Part {
	if v.Kind() == '"' {
		return []wire.Part{wire.TextPart(wire.Text, v)}
	}
	var out []wire.Part
	for e := v.Elements(); len(out) < wire.MaxParts && e.Next(); {
		out = append(out, block(e.Value))
	}
	return out
}

func block(v scan.Value) wire.Part {
	switch kind := wire.Short(v.Get("type")); kind {
	case "text":
		return wire.TextPart(wire.Text, v.Get("text"))
	case "thinking":
		return wire.TextPart(wire.Reasoning, v.Get("thinking"))
	case "redacted_thinking":
		return wire.Part{Kind: wire.Reasoning}
	case "image", "document":
		return source(kind, v.Get("source"))
	case "tool_use", "server_tool_use", "mcp_tool_use":
		return wire.Part{Kind: wire.ToolCall, ID: wire.Short(v.Get("id")), Name: wire.Short(v.Get("name")), JSON: wire.Copy(v.Get("input"))}
	case "tool_result", "web_search_tool_result", "mcp_tool_result", "code_execution_tool_result":
		return wire.Part{Kind: wire.ToolResult, ID: wire.Short(v.Get("tool_use_id")), JSON: result(v.Get("content"))}
	default:
		return wire.Part{Kind: kind, JSON: wire.Copy(v)}
	}
}

func result(v scan.Value) []byte {
	if v.Kind() == '"' {
		return []byte(v.Text())
	}
	// Pictures in results are as large as elsewhere: only their texts are kept.
	var texts []byte
	for e := v.Elements(); e.Next(); {
		if text := e.Value.Get("text"); text.Is() {
			texts = append(texts, text.Text()...)
		} else if e.Value.Get("type").Equal("image") {
			texts = append(texts, "[image]"...)
		} else {
			return wire.Copy(v)
		}
	}
	return texts
}

// source reads where a picture or document comes from.
func source(kind string, v scan.Value) wire.Part {
	modality := kind
	if kind == "document" {
		modality = "application"
	}
	switch k := v.Get("type"); {
	case k.Equal("base64"):
		return wire.Inline(wire.Short(v.Get("media_type")), v.Get("data"))
	case k.Equal("url"):
		return wire.Media(modality, v.Get("url"))
	case k.Equal("text"):
		return wire.TextPart(wire.Text, v.Get("data"))
	}
	return wire.Part{Kind: wire.File, MIME: modality + "/*", URI: wire.Short(v.Get("file_id"))}
}
