package openai

import (
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// responses reads the Responses API.
type responses struct {
	tier  tier
	texts wire.Texts // of a stream, until the event that has them all
}

func newResponses() wire.Reader { return &responses{} }

func (p *responses) Request(doc scan.Value, r *wire.Request) {
	r.Attrs = append(r.Attrs, genai.OpenAIAPITypeKey.String("responses"))
	for m := doc.Members(); m.Next(); {
		if setting(m.Key, m.Value, r) {
			continue
		}
		switch string(m.Key) {
		case "text":
			r.OutputType = outputType(m.Value.Get("format"))
		case "conversation":
			if id := m.Value; id.Kind() == '{' {
				wire.Set(&r.Conversation, id.Get("id"))
			} else {
				wire.Set(&r.Conversation, id)
			}
		case "instructions":
			if r.Content && m.Value.Kind() == '"' {
				r.System = append(r.System, wire.TextPart(wire.Text, m.Value))
			}
		case "input":
			if r.Content {
				r.Input = items(m.Value)
			}
		case "tools":
			if r.Content {
				r.Tools = tools(m.Value)
			}
		}
	}
}

func (p *responses) Answer(doc scan.Value, a *wire.Answer) {
	var status, reason scan.Value
	for m := doc.Members(); m.Next(); {
		if about(m.Key, m.Value, a) {
			continue
		}
		switch string(m.Key) {
		case "status":
			status = m.Value
		case "incomplete_details":
			reason = m.Value.Get("reason")
		case "output":
			if a.Content {
				a.Output = output(m.Value)
			}
		default:
			p.tier.read(m.Key, m.Value, a)
		}
	}
	switch {
	case reason.Is():
		a.Finish(reason)
	case status.Equal("completed") || status.Equal("failed") || status.Equal("cancelled"):
		a.Finish(status)
	}
	if status.Equal("failed") && a.ErrorType == "" {
		a.ErrorType = "failed"
	}
	if finish := a.FinishReasons; len(finish) > 0 && len(a.Output) > 0 {
		a.Output[len(a.Output)-1].Finish = finish[0]
	}
	a.Whole = true
}

func (p *responses) Event(_ []byte, data scan.Value, a *wire.Answer) {
	kind := data.Get("type").Text()
	switch kind {
	case "response.created", "response.in_progress", "response.queued":
		r := data.Get("response")
		wire.Set(&a.ID, r.Get("id"))
		wire.Set(&a.Model, r.Get("model"))
	case "response.completed", "response.incomplete", "response.failed":
		p.Answer(data.Get("response"), a)
	case "error":
		a.Failed(data)
		if e := data.Get("error"); e.Is() {
			a.Failed(e)
		}
		if a.ErrorType == "" || a.ErrorType == "error" {
			a.ErrorType = "stream_error"
		}
	}
	if a.Content && !a.Whole {
		p.delta(kind, data, a.MaxText)
	}
}

// delta keeps what came of an answer, for the case that its end does not.
func (p *responses) delta(kind string, data scan.Value, limit int) {
	n, _ := data.Get("output_index").Int()
	switch kind {
	case "response.output_text.delta":
		p.texts.Append(0, int(n), wire.Text, data.Get("delta"), limit)
	case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
		p.texts.Append(0, int(n), wire.Reasoning, data.Get("delta"), limit)
	case "response.output_item.added":
		item := data.Get("item")
		if !item.Get("type").Equal("function_call") {
			return
		}
		if part := p.texts.Part(0, int(n), wire.ToolCall); part != nil {
			wire.Set(&part.ID, item.Get("call_id"))
			wire.Set(&part.Name, item.Get("name"))
		}
	case "response.function_call_arguments.delta":
		p.texts.Append(0, int(n), wire.ToolCall, data.Get("delta"), limit)
	}
}

func (p *responses) End(a *wire.Answer) {
	if len(a.Output) == 0 {
		a.Output = p.texts.Messages(nil)
	}
}

// output reads what a model answered, which is one message, up to [wire.MaxParts] parts and those of one item more.
func output(v scan.Value) (out []wire.Message) {
	parts := 0
	for e := v.Elements(); parts < wire.MaxParts && e.Next(); {
		for _, m := range item(nil, e.Value) {
			for _, p := range m.Parts {
				out = wire.Add(out, m.Role, p)
			}
			parts += len(m.Parts)
		}
	}
	return out
}

// items reads input of Responses: a text, or messages among calls, results and thoughts.
func items(v scan.Value) []wire.Message {
	if v.Kind() == '"' {
		return []wire.Message{{Role: "user", Parts: []wire.Part{wire.TextPart(wire.Text, v)}}}
	}
	var out []wire.Message
	for e := v.Elements(); e.Next(); {
		out = item(latest(out, 2*maxMessages), e.Value)
	}
	return latest(out, maxMessages)
}

func item(out []wire.Message, v scan.Value) []wire.Message {
	kind := wire.Short(v.Get("type"))
	switch kind {
	case "", "message":
		role := wire.Short(v.Get("role"))
		for i, p := range parts(v.Get("content")) {
			if i == 0 && role != "assistant" {
				out = append(out, wire.Message{Role: role})
			}
			out = wire.Add(out, role, p)
		}
		return out
	case "function_call", "custom_tool_call":
		args := v.Get("arguments")
		if kind == "custom_tool_call" {
			args = v.Get("input")
		}
		return wire.Add(out, "assistant", wire.Part{Kind: wire.ToolCall, ID: wire.Short(v.Get("call_id")), Name: wire.Short(v.Get("name")),
			JSON: []byte(args.Text())})
	case "function_call_output", "custom_tool_call_output":
		return wire.Add(out, "tool", wire.Part{Kind: wire.ToolResult, ID: wire.Short(v.Get("call_id")), JSON: result(v.Get("output"))})
	case "reasoning":
		for e := v.Get("summary").Elements(); e.Next(); {
			out = wire.Add(out, "assistant", wire.TextPart(wire.Reasoning, e.Value.Get("text")))
		}
		for e := v.Get("content").Elements(); e.Next(); {
			out = wire.Add(out, "assistant", wire.TextPart(wire.Reasoning, e.Value.Get("text")))
		}
		return out
	case "image_generation_call":
		return wire.Add(out, "assistant", wire.Inline("image/*", v.Get("result")))
	}
	role := "assistant"
	if strings.HasSuffix(kind, "_output") {
		role = "tool"
	}
	return wire.Add(out, role, wire.Part{Kind: kind, ID: wire.Short(v.Get("id")), JSON: wire.Copy(v)})
}
