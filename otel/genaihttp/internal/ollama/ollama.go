// Package ollama reads Ollama's own API: chat, generate, embed and embeddings. The field names are those of
// its documentation (docs/api.md).
package ollama

import (
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// Match tells which operation a path asks for. Other servers have such paths too: the body must name a model.
func Match(_, path string) (wire.Route, bool) {
	r := wire.Route{New: New, Provider: "ollama", Needs: "model"}
	switch {
	case strings.HasSuffix(path, "/api/chat"):
		r.Operation = genai.OperationChat
	case strings.HasSuffix(path, "/api/generate"):
		r.Operation = genai.OperationTextCompletion
	case strings.HasSuffix(path, "/api/embed"), strings.HasSuffix(path, "/api/embeddings"):
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
	calls  int
}

func (p *reader) Request(doc scan.Value, r *wire.Request) {
	// Streaming is the default of those that can.
	r.Streams = (doc.Get("messages").Is() || doc.Get("prompt").Is()) && doc.Get("stream").Kind() != 'f'
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "format":
			if m.Value.Equal("json") || m.Value.Kind() == '{' {
				r.OutputType = "json"
			}
		case "options":
			options(m.Value, r)
		case "dimensions":
			r.Int(genai.EmbeddingsDimensionsKey, m.Value)
		default:
			if r.Content {
				content(m.Key, m.Value, r)
			}
		}
	}
}

func options(v scan.Value, r *wire.Request) {
	for m := v.Members(); m.Next(); {
		switch string(m.Key) {
		case "temperature":
			r.Float(genai.RequestTemperatureKey, m.Value)
		case "top_p":
			r.Float(genai.RequestTopPKey, m.Value)
		case "top_k":
			r.Float(genai.RequestTopKKey, m.Value)
		case "num_predict":
			r.Int(genai.RequestMaxTokensKey, m.Value)
		case "seed":
			r.Int(genai.RequestSeedKey, m.Value)
		case "frequency_penalty":
			r.Float(genai.RequestFrequencyPenaltyKey, m.Value)
		case "presence_penalty":
			r.Float(genai.RequestPresencePenaltyKey, m.Value)
		case "stop":
			r.Texts(genai.RequestStopSequencesKey, m.Value)
		}
	}
}

func content(key []byte, v scan.Value, r *wire.Request) {
	switch string(key) {
	case "system":
		if len(v) > 2 {
			r.System = append(r.System, wire.TextPart(wire.Text, v))
		}
	case "prompt", "input":
		if v.Kind() == '"' {
			r.Input = wire.Add(r.Input, "user", wire.TextPart(wire.Text, v))
		}
		for e := v.Elements(); e.Next(); {
			r.Input = wire.Add(r.Input, "user", wire.TextPart(wire.Text, e.Value))
		}
	case "images":
		for e := v.Elements(); e.Next(); {
			r.Input = wire.Add(r.Input, "user", wire.Inline("image/*", e.Value))
		}
	case "messages":
		for e := v.Elements(); e.Next(); {
			r.Input = append(r.Input, message(e.Value))
		}
	case "tools":
		for e := v.Elements(); e.Next(); {
			f := e.Value.Get("function")
			r.Tools = append(r.Tools, wire.Tool{Type: "function", Name: wire.Short(f.Get("name")), Description: f.Get("description").Text(),
				Parameters: wire.Copy(f.Get("parameters"))})
		}
	}
}

func message(v scan.Value) wire.Message {
	out := wire.Message{Role: wire.Short(v.Get("role"))}
	if thinking := v.Get("thinking"); len(thinking) > 2 {
		out.Add(wire.TextPart(wire.Reasoning, thinking))
	}
	if text := v.Get("content"); out.Role == "tool" {
		out.Add(wire.Part{Kind: wire.ToolResult, Name: wire.Short(v.Get("tool_name")),
			ID:   wire.Short(v.Get("tool_call_id")),
			JSON: []byte(text.Text())})
	} else if len(text) > 2 {
		out.Add(wire.TextPart(wire.Text, text))
	}
	for e := v.Get("images").Elements(); e.Next(); {
		out.Add(wire.Inline("image/*", e.Value))
	}
	for e := v.Get("tool_calls").Elements(); e.Next(); {
		f := e.Value.Get("function")
		out.Add(wire.Part{Kind: wire.ToolCall, ID: wire.Short(e.Value.Get("id")), Name: wire.Short(f.Get("name")),
			JSON: wire.Copy(f.Get("arguments"))})
	}
	return out
}

func (p *reader) Answer(doc scan.Value, a *wire.Answer) {
	p.Event(nil, doc, a)
	a.Whole = true
}

func (p *reader) Event(_ []byte, data scan.Value, a *wire.Answer) {
	for m := data.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&a.Model, m.Value)
		case "done":
			a.Whole = a.Whole || m.Value.True()
		case "done_reason":
			if len(m.Value) > 2 {
				a.Finish(m.Value)
				p.finish = map[int]string{0: wire.Short(m.Value)}
			}
		case "prompt_eval_count":
			a.Usage.Input, a.Usage.Known = count(m.Value), true
		case "eval_count":
			a.Usage.Output, a.Usage.Known = count(m.Value), true
		case "response":
			if a.Content {
				p.texts.Append(0, 0, wire.Text, m.Value, a.MaxText)
			}
		case "thinking":
			if a.Content {
				p.texts.Append(0, 0, wire.Reasoning, m.Value, a.MaxText)
			}
		case "message":
			if a.Content {
				p.message(m.Value, a.MaxText)
			}
		case "error":
			a.Failed(m.Value)
		}
	}
}

func count(v scan.Value) int64 {
	n, _ := v.Int()
	return n
}

func (p *reader) message(v scan.Value, limit int) {
	p.texts.Append(0, 0, wire.Reasoning, v.Get("thinking"), limit)
	p.texts.Append(0, 0, wire.Text, v.Get("content"), limit)
	for e := v.Get("tool_calls").Elements(); e.Next(); {
		p.calls++
		f := e.Value.Get("function")
		p.texts.Call(0, p.calls, wire.Short(e.Value.Get("id")), wire.Short(f.Get("name")), f.Get("arguments"), limit)
	}
}

func (p *reader) End(a *wire.Answer) { a.Output = p.texts.Messages(p.finish) }
