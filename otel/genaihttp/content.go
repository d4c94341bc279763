package genaihttp

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
	"github.com/technoshare/commentator/otel/internal/content"
)

// maxMessages bounds the messages of one attribute; of more, the first and the last ones are recorded.
const maxMessages = 1024

// appendContent adds what request and answer said, in the shapes of the conventions' JSON schemas.
func (c *call) appendContent(kv []attribute.KeyValue) (out []attribute.KeyValue) {
	out = kv
	defer c.survive()
	r := &c.request
	if len(r.System) > 0 {
		ms := c.written(genai.SystemInstructionsKey, []wire.Message{{Parts: r.System}})
		out = append(out, genai.SystemInstructionsKey.String(text(ms[0].Parts)))
	}
	if len(r.Tools) > 0 {
		out = append(out, genai.ToolDefinitionsKey.String(c.definitions(r.Tools)))
	}
	if len(r.Input) > 0 {
		out = append(out, genai.InputMessagesKey.String(text(c.written(genai.InputMessagesKey, r.Input))))
	}
	if len(c.answer.Output) > 0 {
		out = append(out, genai.OutputMessagesKey.String(text(c.written(genai.OutputMessagesKey, c.answer.Output))))
	}
	return out
}

type messageJSON struct {
	Role   string     `json:"role"`
	Parts  []partJSON `json:"parts"`
	Finish string     `json:"finish_reason,omitempty"`
}

type partJSON struct {
	Type      string          `json:"type"`
	Content   *string         `json:"content,omitempty"`
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"` // of a part of the provider's own
	Modality  string          `json:"modality,omitempty"`
	MIME      string          `json:"mime_type,omitempty"`
	URI       string          `json:"uri,omitempty"`
	FileID    string          `json:"file_id,omitempty"`
	Size      int64           `json:"size,omitempty"`      // in bytes, of media, or of a text that was cut
	Truncated bool            `json:"truncated,omitempty"` // the text is the beginning of a longer one
}

// written brings messages into their shape: masked, and cut to what an attribute may have.
func (c *call) written(key attribute.Key, ms []wire.Message) []messageJSON {
	if omitted := len(ms) - maxMessages; omitted > 0 {
		ms = slices.Concat(ms[:maxMessages/4], ms[omitted+maxMessages/4:])
	}
	for _, m := range ms {
		for i := range m.Parts {
			p := &m.Parts[i]
			p.Text = c.mask.Apply(key, p.Text)
			if len(p.JSON) > 0 {
				p.JSON = []byte(c.mask.Apply(key, string(p.JSON)))
			}
		}
	}
	limit := share(ms, c.maxContent)
	out := make([]messageJSON, len(ms))
	for i, m := range ms {
		out[i] = messageJSON{Role: m.Role, Parts: make([]partJSON, len(m.Parts)), Finish: m.Finish}
		for j, p := range m.Parts {
			out[i].Parts[j] = written(p, limit)
		}
	}
	return out
}

// share returns how long each text may be.
func share(ms []wire.Message, limit int) int {
	var sizes []int
	for _, m := range ms {
		for _, p := range m.Parts {
			sizes = append(sizes, len(p.Text)+len(p.JSON))
		}
	}
	return content.Share(sizes, limit)
}

func written(p wire.Part, limit int) partJSON {
	out := partJSON{Type: p.Kind, ID: p.ID, Name: p.Name}
	if !strings.HasSuffix(p.MIME, "/*") { // only its modality is known
		out.MIME = p.MIME
	}
	switch p.Kind {
	case wire.Blob, wire.URI:
		// What stands in the message is referred to by its digest, which says when the same is sent again.
		out.Type, out.Modality, out.Size, out.URI = wire.URI, modality(p.MIME), p.Size, content.Cut(p.URI, maxMessage)
		if p.Kind == wire.Blob && p.Digest != "" {
			out.URI = "sha256:" + p.Digest
		}
	case wire.File:
		out.Modality, out.FileID = modality(p.MIME), p.URI
	case wire.ToolCall:
		out.Arguments, out.Truncated = raw(p.JSON, limit)
	case wire.ToolResult:
		out.Response, out.Truncated = raw(p.JSON, limit)
	default:
		if len(p.JSON) > 0 {
			out.Value, out.Truncated = raw(p.JSON, limit)
			return out
		}
		kept := content.Cut(p.Text, limit)
		out.Content, out.Truncated = &kept, len(kept) < len(p.Text) || p.Size > 0
		if out.Truncated {
			out.Size = max(p.Size, int64(len(p.Text)))
		}
	}
	return out
}

func modality(mime string) string {
	kind, _, _ := strings.Cut(mime, "/")
	switch kind {
	case "image", "audio", "video":
		return kind
	}
	return "document"
}

// raw returns JSON as it is, and anything else, or what of it fits, as a text.
func raw(b []byte, limit int) (json.RawMessage, bool) {
	if len(b) == 0 {
		return nil, false
	}
	if len(b) <= limit && json.Valid(b) {
		return b, false
	}
	return json.RawMessage(text(content.Cut(string(b), limit))), len(b) > limit
}

type toolJSON struct {
	Type        string          `json:"type,omitempty"`
	Name        string          `json:"name,omitempty"` // a provider's own tools have none
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// definitions writes tools, as many as fit whole.
func (c *call) definitions(tools []wire.Tool) string {
	out := make([]toolJSON, 0, len(tools))
	size := 0
	for _, t := range tools {
		j := toolJSON{Type: t.Type, Name: t.Name, Description: c.mask.Apply(genai.ToolDefinitionsKey, t.Description)}
		j.Parameters, _ = raw([]byte(c.mask.Apply(genai.ToolDefinitionsKey, string(t.Parameters))), c.maxContent)
		if size += len(j.Name) + len(j.Description) + len(j.Parameters); size > c.maxContent {
			break
		}
		out = append(out, j)
	}
	return text(out)
}

// text returns v as JSON without escapes for HTML.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "[]"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
