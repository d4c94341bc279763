package page

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

// first returns the first non-empty value, trimmed.
func first(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// htmlToText reads a fragment that may be HTML or plain text.
func htmlToText(s string) string {
	if !strings.Contains(s, "<") {
		return strings.TrimSpace(html.UnescapeString(s))
	}
	return render.Fragment(s)
}
