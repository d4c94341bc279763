package generic

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/format/feed"
	"github.com/technoshare/commentator/internal/evidence/format/jsondata"
	"github.com/technoshare/commentator/internal/evidence/source"
)

// sniff says what body is: one of the kinds, or a media type that is none. Bytes count more
// than the declared type, since servers send PDFs as octet-stream and HTML as text/plain. The
// declared type decides only where bytes can't: HTML fragments, and JSON that is cut off. A
// PDF's mark may stand behind other bytes in the first kilobyte, as viewers accept it, but not
// in a page about PDFs. A NUL byte near the start means that it is no text, whatever is
// declared.
func sniff(body []byte, contentType string) source.Kind {
	kind := http.DetectContentType(body)
	declared := strings.ToLower(contentType)
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body[:min(len(body), 4096)], []byte("\xef\xbb\xbf")))
	head := bytes.ToLower(trimmed)
	pdfAt := bytes.Index(body[:min(len(body), 1024)], []byte("%PDF-"))
	switch {
	case pdfAt >= 0 && (pdfAt == 0 || !bytes.HasPrefix(head, []byte("<"))):
		return source.PDF
	case feed.Is(body):
		return source.Feed
	case strings.HasPrefix(kind, "text/html"), bytes.Contains(head, []byte("<html")), bytes.Contains(head, []byte("<!doctype html")):
		return source.HTML
	case strings.Contains(declared, "json") || len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && jsondata.Is(body):
		return source.JSON
	case strings.Contains(declared, "html"):
		if bytes.IndexByte(body[:min(len(body), 1024)], 0) >= 0 && !strings.HasPrefix(kind, "text/") {
			return source.Kind(kind)
		}
		return source.HTML
	case strings.HasPrefix(kind, "text/xml"):
		return source.XML
	case strings.HasPrefix(kind, "text/"):
		return source.Text
	case strings.HasPrefix(declared, "text/plain") && bytes.IndexByte(body, 0) < 0:
		return source.Text
	}
	return source.Kind(kind)
}
