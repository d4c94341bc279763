package wire

import (
	"strings"

	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
)

// Media returns a part of a URL, which may be a data: URI.
func Media(modality string, v scan.Value) Part {
	text := v.Text()
	if !strings.HasPrefix(text, "data:") {
		return Part{Kind: URI, MIME: modality + "/*", URI: text}
	}
	mime, _, _ := strings.Cut(strings.TrimPrefix(text[:min(len(text), 200)], "data:"), ";")
	return Inline(mime, v)
}

// Inline returns a part of media that stand in the message as base64. The bytes themselves are not kept.
func Inline(mime string, v scan.Value) Part {
	p := Part{Kind: Blob, MIME: mime}
	if p.Size, p.Digest = v.Cut(); p.Size > 0 {
		p.Size = p.Size / 4 * 3 // as written, in base64
		return p
	}
	p.Digest, p.Size = scan.Digest(v.Text())
	return p
}
