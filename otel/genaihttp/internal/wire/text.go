package wire

import (
	"slices"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
)

// maxStreams bounds how many answers, parts or tool calls of one stream are told apart.
const maxStreams = 256

// Texts collects the texts of a stream, which come in pieces: each belongs to a part of a message.
type Texts struct {
	parts []growing
	size  int
}

type growing struct {
	message, index int
	part           Part
	text           []byte
	size           int64
}

// Part returns the part of that number and kind of a message, which is made where there is none. It is good until
// the next call; nil if there are too many.
func (t *Texts) Part(message, index int, kind string) *Part {
	if g := t.find(message, index, kind); g != nil {
		return &g.part
	}
	return nil
}

func (t *Texts) find(message, index int, kind string) *growing {
	for i := len(t.parts) - 1; i >= 0; i-- {
		if g := &t.parts[i]; g.message == message && g.index == index && g.part.Kind == kind {
			return g
		}
	}
	if len(t.parts) == maxStreams {
		return nil
	}
	t.parts = append(t.parts, growing{message: message, index: index, part: Part{Kind: kind}})
	return &t.parts[len(t.parts)-1]
}

// Append adds a piece of text to a part, of which limit bytes are kept over all parts.
func (t *Texts) Append(message, index int, kind string, piece scan.Value, limit int) {
	if len(piece) <= 2 || piece.Kind() != '"' {
		return
	}
	g := t.find(message, index, kind)
	if g == nil {
		return
	}
	text := piece.Text()
	n := min(len(text), max(limit-t.size, 0))
	g.text = append(g.text, text[:n]...)
	g.size += int64(len(text))
	t.size += n
}

// Messages returns what was collected, as one message of the assistant for each number; finish has their reasons.
func (t *Texts) Messages(finish map[int]string) []Message {
	var out []Message
	var numbers []int
	for _, g := range t.parts {
		i := slices.Index(numbers, g.message)
		if i < 0 {
			i = len(numbers)
			numbers = append(numbers, g.message)
			out = append(out, Message{Role: "assistant", Finish: finish[g.message]})
		}
		p := g.part
		switch {
		case len(g.text) == 0: // it came at once, if it has anything
		case p.Kind == ToolCall || p.Kind == ToolResult:
			p.JSON = g.text
		default:
			p.Text = string(g.text)
		}
		if g.size > int64(len(g.text)) {
			p.Size = g.size
		}
		out[i].Parts = append(out[i].Parts, p)
	}
	return out
}

// Call adds a tool call that comes at once.
func (t *Texts) Call(message, index int, id, name string, arguments scan.Value, limit int) {
	g := t.find(message, index, ToolCall)
	if g == nil {
		return
	}
	g.part.ID, g.part.Name = id, name
	text := Copy(arguments)
	n := min(len(text), max(limit-t.size, 0))
	g.text, g.size = append(g.text, text[:n]...), int64(len(text))
	t.size += n
}
