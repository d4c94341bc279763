package feed

import (
	"bytes"
	"slices"

	"github.com/technoshare/commentator/internal/evidence/format/xmltext"
)

// roots are the names of the elements that feeds are.
var roots = []string{"rss", "feed", "rdf"}

// rootWindow is how much of XML is looked at for its root, in bytes.
const rootWindow = 32 << 10

// Is reports whether body begins like a feed of any kind. XML is a feed by its root element, in
// any case and with any prefix, behind what may come before one; RDF must have entries. Words
// before it, such as a warning of the server, are passed over where nothing but the feed
// follows. JSON must name the feed's version, an address at jsonfeed.org.
func Is(body []byte) bool {
	head := body[:min(len(body), rootWindow)]
	switch name, junk := xmltext.Root(head, rootWindow); {
	case slices.Contains(roots, name):
		if name == "rdf" && !isRSS(body) {
			return false
		}
		return !junk || endsWith(body, name)
	case name != "" && name != "html" && name != "body":
		// Warnings may be in HTML, and a declaration follows.
		if i := bytes.Index(head, []byte("<?xml")); i > 0 && !bytes.Contains(bytes.ToLower(head[:i]), []byte("<html")) {
			name, junk := xmltext.Root(head[i:], rootWindow)
			return !junk && slices.Contains(roots, name) && (name != "rdf" || isRSS(body)) && endsWith(body, name)
		}
	}
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), []byte("{")) &&
		bytes.Contains(body, []byte("jsonfeed.org")) && bytes.Contains(body, []byte(`"items"`))
}

// isRSS reports whether RDF is RSS 0.9 or 1.0.
func isRSS(body []byte) bool {
	lower := bytes.ToLower(body[:min(len(body), rootWindow)])
	return slices.ContainsFunc([]string{"purl.org/rss", "netscape.com/rdf", "<item"}, func(mark string) bool {
		return bytes.Contains(lower, []byte(mark))
	})
}

// endsWith reports whether body ends with the end of the root element, and little behind it.
func endsWith(body []byte, root string) bool {
	tail := bytes.ToLower(body[max(len(body)-512, 0):])
	return bytes.Contains(tail, []byte(root+">"))
}
