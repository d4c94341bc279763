package genaimcp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// resultOf is what a tool returned, encoded only where it is recorded.
func resultOf(res mcp.Result) any {
	r, ok := res.(*mcp.CallToolResult)
	if !ok || r == nil {
		return nil
	}
	return toolResult{r}
}

// toolResult is written as its structured content, else as its list of contents.
type toolResult struct{ *mcp.CallToolResult }

func (r toolResult) MarshalJSON() ([]byte, error) {
	if r.StructuredContent != nil {
		return json.Marshal(r.StructuredContent)
	}
	out := make([]any, 0, len(r.Content))
	for _, c := range r.Content {
		out = append(out, recorded(c))
	}
	return json.Marshal(out)
}

// reference stands for media.
type reference struct {
	Type string `json:"type"`
	MIME string `json:"mimeType,omitempty"`
	URI  string `json:"uri"`
	Size int    `json:"size"` // in bytes
}

// recorded is a content without its media.
func recorded(c mcp.Content) any {
	refer := func(kind, mime string, data []byte) reference {
		sum := sha256.Sum256(data)
		return reference{kind, mime, "sha256:" + hex.EncodeToString(sum[:]), len(data)}
	}
	switch c := c.(type) {
	case *mcp.ImageContent:
		return refer("image", c.MIMEType, c.Data)
	case *mcp.AudioContent:
		return refer("audio", c.MIMEType, c.Data)
	case *mcp.EmbeddedResource:
		if c.Resource != nil && c.Resource.Blob != nil {
			return refer("resource", c.Resource.MIMEType, c.Resource.Blob)
		}
	}
	return c
}

// firstText is the first text among contents.
func firstText(contents []mcp.Content) string {
	for _, c := range contents {
		if t, ok := c.(*mcp.TextContent); ok {
			return t.Text
		}
	}
	return ""
}
