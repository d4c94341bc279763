package page

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/page/visible"
	"github.com/technoshare/commentator/internal/text"
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
	return Fragment(s)
}

// Fragment is the text of HTML that somebody wrote into a feed, a notebook or a file, as its readers see it: what it
// hides is left out. What a site has made of such HTML by rules of its own, [render.Fragment] reads.
func Fragment(s string) string {
	if !strings.Contains(s, "<") {
		return render.Fragment(s)
	}
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		return text.OneLine(render.StripTags(s))
	}
	keepNodes(doc, maxNodes)
	visible.RemoveHidden(doc)
	return render.Text(doc)
}
