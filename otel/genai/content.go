package genai

import (
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/otel/internal/content"
)

// DefaultMaxContent is how many bytes of text an attribute of content has at most.
const DefaultMaxContent = 256 << 10

// Mask is given each text of content before it is recorded, and returns what is recorded instead. The key says
// which attribute it is for, such as gen_ai.input.messages; the text is a message's, a document's, or JSON.
// It is called by several goroutines at once. A panic in it is taken for an empty text.
type Mask func(key attribute.Key, text string) string

// Apply returns a text as the mask wants it recorded. A nil mask, and an empty text, change nothing.
func (m Mask) Apply(key attribute.Key, text string) (out string) {
	if m == nil || text == "" {
		return text
	}
	defer func() {
		if recover() != nil {
			out = ""
		}
	}()
	return m(key, text)
}

// recorder is how an operation records content, if it does.
type recorder struct {
	on   bool
	mask Mask
	max  int
}

// value is a text, or what encodes as JSON, as an attribute.
func (r recorder) value(key attribute.Key, v any) attribute.KeyValue {
	return key.String(content.Cut(r.mask.Apply(key, text(v)), r.max))
}

// messages writes messages in the role/parts shape of the conventions
// (docs/gen-ai/gen-ai-input-messages.json). Of more than an attribute may have, the longest are cut.
func (r recorder) messages(key attribute.Key, ms []Message, finish []string) attribute.KeyValue {
	texts := make([]string, len(ms))
	for i, m := range ms {
		texts[i] = m.Content
	}
	out := make([]messageJSON, len(ms))
	for i, p := range r.parts(key, texts) {
		out[i] = messageJSON{Role: ms[i].Role, Parts: []messagePart{p}}
		if i < len(finish) {
			out[i].FinishReason = finish[i]
		}
	}
	return key.String(text(out))
}

// instructions writes a system message that is not one of the messages.
func (r recorder) instructions(s string) attribute.KeyValue {
	return SystemInstructionsKey.String(text(r.parts(SystemInstructionsKey, []string{s})))
}

func (r recorder) parts(key attribute.Key, texts []string) []messagePart {
	out, sizes := make([]messagePart, len(texts)), make([]int, len(texts))
	for i, s := range texts {
		out[i] = messagePart{Type: "text", Content: r.mask.Apply(key, s)}
		sizes[i] = len(out[i].Content)
	}
	limit := content.Share(sizes, r.max)
	for i := range out {
		out[i].Content = content.Cut(out[i].Content, limit)
	}
	return out
}

// definitions writes tools, as many as fit whole.
func (r recorder) definitions(tools []ToolDefinition) attribute.KeyValue {
	out, size := make([]toolJSON, 0, len(tools)), 0
	for _, t := range tools {
		j := toolJSON{Type: "function", Name: t.Name, Description: r.mask.Apply(ToolDefinitionsKey, t.Description)}
		if t.Parameters != nil {
			if p := r.mask.Apply(ToolDefinitionsKey, text(t.Parameters)); json.Valid([]byte(p)) {
				j.Parameters = json.RawMessage(p)
			}
		}
		if size += len(j.Name) + len(j.Description) + len(j.Parameters); size > r.max {
			break
		}
		out = append(out, j)
	}
	return ToolDefinitionsKey.String(text(out))
}

type messagePart struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

type messageJSON struct {
	Role         string        `json:"role"`
	Parts        []messagePart `json:"parts"`
	FinishReason string        `json:"finish_reason,omitempty"` // deprecated since the pinned revision, which requires it
}

type toolJSON struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// text returns v as JSON; strings stay as they are.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}
