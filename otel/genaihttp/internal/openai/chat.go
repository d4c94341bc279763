package openai

import (
	"bytes"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// chat reads Chat Completions.
type chat struct {
	tier  tier
	texts wire.Texts
	ends  wire.Ends
	head  []byte // of the last chunk: what stood before its choices
}

func newChat() wire.Reader { return &chat{ends: wire.Ends{Most: maxChoices}} }

// maxChoices bounds the choices of an answer that are told apart, as many as can be asked for to one prompt.
const maxChoices = 128

func (c *chat) Request(doc scan.Value, r *wire.Request) {
	r.Attrs = append(r.Attrs, genai.OpenAIAPITypeKey.String("chat_completions"))
	for m := doc.Members(); m.Next(); {
		if setting(m.Key, m.Value, r) {
			continue
		}
		switch string(m.Key) {
		case "response_format":
			r.OutputType = outputType(m.Value)
		case "messages":
			if r.Content {
				r.Input = messages(m.Value)
			}
		case "tools":
			if r.Content {
				r.Tools = tools(m.Value)
			}
		}
	}
}

func (c *chat) Answer(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		if about(m.Key, m.Value, a) {
			continue
		}
		if string(m.Key) != "choices" {
			c.tier.read(m.Key, m.Value, a)
			continue
		}
		parts := 0
		for e := m.Value.Elements(); e.Next(); {
			a.Finish(e.Value.Get("finish_reason"))
			if a.Content && len(a.Output) < maxChoices && parts < wire.MaxParts {
				out := message(e.Value.Get("message"))
				parts += len(out.Parts)
				out.Finish = wire.Short(e.Value.Get("finish_reason"))
				a.Output = append(a.Output, out)
			}
		}
	}
	a.Whole = true
}

func (c *chat) Event(_ []byte, data scan.Value, a *wire.Answer) {
	if string(data) == "[DONE]" {
		a.Whole = true
		return
	}
	m := data.Members()
	switch {
	case a.Content:
	case c.isHead(data): // it was read with the chunk before
		m = data.MembersFrom(len(c.head))
	default:
		c.head = c.head[:0]
	}
	for before := len(data) - m.Left(); m.Next(); before = len(data) - m.Left() {
		if string(m.Key) == "choices" {
			if !a.Content && len(c.head) == 0 && before <= maxHead && !bytes.Contains(data[:before], []byte(`usage"`)) {
				c.head = append(c.head, data[:before]...)
			}
			if !a.Content && isPlain(m.Value) {
				c.ends.Add(0, nil, a)
				continue
			}
			for e := m.Value.Elements(); e.Next(); {
				c.choice(e.Value, a)
			}
			continue
		}
		if a.ID != "" && string(m.Key) == "id" || about(m.Key, m.Value, a) {
			continue
		}
		c.tier.read(m.Key, m.Value, a)
	}
}

// maxHead bounds what is remembered of a chunk, in bytes.
const maxHead = 1 << 10

// isHead reports whether a chunk begins as the one before: its id, model and so on are known. Usage is not among them, as what
// was read in between may be another.
func (c *chat) isHead(data scan.Value) bool {
	n := len(c.head)
	return n > 0 && len(data) > n && data[n] == ',' && bytes.Equal(data[:n], c.head)
}

// isPlain reports whether choices are but one, the first, that brings more text and nothing else, as most chunks do. It looks for
// ends of names, which begin with rarer bytes than names do, and may take a plain chunk for none.
func isPlain(choices scan.Value) bool {
	const begin, end = `[{"index":0,`, `"finish_reason":null}]`
	if len(choices) < len(begin)+len(end) || string(choices[:len(begin)]) != begin || string(choices[len(choices)-len(end):]) != end {
		return false
	}
	between := choices[len(begin) : len(choices)-len(end)]
	return !bytes.Contains(between, []byte(`_reason"`)) && !bytes.Contains(between, []byte(`x"`)) && !bytes.Contains(between, []byte(`usage"`))
}

// choice reads what a chunk brings of one choice.
func (c *chat) choice(v scan.Value, a *wire.Answer) {
	var index int64
	var delta, reason scan.Value
	for m := v.Members(); m.Next(); {
		switch string(m.Key) {
		case "index":
			index, _ = m.Value.Int()
		case "delta":
			delta = m.Value
		case "finish_reason":
			reason = m.Value
		case "usage": // Moonshot
			usage(m.Value, &a.Usage)
		}
	}
	if c.ends.Add(index, reason, a) && a.Content {
		c.delta(int(index), delta, a.MaxText)
	}
}

func (c *chat) delta(index int, v scan.Value, limit int) {
	for m := v.Members(); m.Next(); {
		switch string(m.Key) {
		case "content":
			c.texts.Append(index, 0, wire.Text, m.Value, limit)
		case "refusal":
			c.texts.Append(index, 0, "refusal", m.Value, limit)
		case "reasoning_content", "reasoning": // DeepSeek, vLLM; OpenRouter, Groq
			c.texts.Append(index, 0, wire.Reasoning, m.Value, limit)
		case "tool_calls":
			for e := m.Value.Elements(); e.Next(); {
				n, _ := e.Value.Get("index").Int()
				if p := c.texts.Part(index, int(n), wire.ToolCall); p != nil {
					wire.Set(&p.ID, e.Value.Get("id"))
					f := e.Value.Get("function")
					wire.Set(&p.Name, f.Get("name"))
					c.texts.Append(index, int(n), wire.ToolCall, f.Get("arguments"), limit)
				}
			}
		}
	}
}

func (c *chat) End(a *wire.Answer) {
	reasons := c.ends.Tell(a)
	if len(a.Output) == 0 {
		a.Output = c.texts.Messages(reasons)
	}
}
