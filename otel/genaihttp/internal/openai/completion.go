package openai

import (
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// completion reads the older Completions.
type completion struct {
	tier  tier
	texts wire.Texts
	ends  wire.Ends
}

func newCompletion() wire.Reader { return &completion{ends: wire.Ends{Most: maxChoices}} }

func (c *completion) Request(doc scan.Value, r *wire.Request) {
	for m := doc.Members(); m.Next(); {
		if !setting(m.Key, m.Value, r) && r.Content && string(m.Key) == "prompt" {
			r.Input = inputs(m.Value)
		}
	}
}

// inputs reads a text or a list of texts; tokens instead of texts stay numbers.
func inputs(v scan.Value) []wire.Message {
	out := wire.Message{Role: "user"}
	if v.Kind() == '"' {
		out.Parts = append(out.Parts, wire.TextPart(wire.Text, v))
	}
	for e := v.Elements(); len(out.Parts) < maxMessages && e.Next(); {
		if e.Value.Kind() == '"' {
			out.Parts = append(out.Parts, wire.TextPart(wire.Text, e.Value))
		}
	}
	if len(out.Parts) == 0 {
		return nil
	}
	return []wire.Message{out}
}

func (c *completion) Answer(doc scan.Value, a *wire.Answer) {
	c.read(doc, a)
	a.Whole = true
}

func (c *completion) Event(_ []byte, data scan.Value, a *wire.Answer) {
	if string(data) == "[DONE]" {
		a.Whole = true
		return
	}
	c.read(data, a)
}

func (c *completion) read(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		if about(m.Key, m.Value, a) {
			continue
		}
		if string(m.Key) != "choices" {
			c.tier.read(m.Key, m.Value, a)
			continue
		}
		for e := m.Value.Elements(); e.Next(); {
			index, _ := e.Value.Get("index").Int()
			if c.ends.Add(index, e.Value.Get("finish_reason"), a) && a.Content {
				c.texts.Append(int(index), 0, wire.Text, e.Value.Get("text"), a.MaxText)
			}
		}
	}
}

func (c *completion) End(a *wire.Answer) {
	a.Output = c.texts.Messages(c.ends.Tell(a))
}
