package page

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/evidence/page/visible"
	"github.com/technoshare/commentator/internal/text"
)

// Markdown makes a README or a card readable: images and badges go, links are
// their text, headings are written with #, HTML in it loses its tags, and its
// comments and hidden elements, code stays as it is. It returns the addresses
// linked to, absolute against base, at most 500.
//
// It goes by way of HTML, so that an element hides what is in it, be that HTML or Markdown, by
// the rules that hold for pages. Of a document of more than 512 KiB the beginning is read.
// Nested too deep, it is returned as its text, without links.
func Markdown(src string, base *url.URL) (body string, links []string) {
	src = text.Head(src, maxMarkdown)
	var b bytes.Buffer
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	err := toHTML().Convert([]byte(src), &b)
	if err == nil {
		err = tree.ParseFragment(&b, root)
	}
	if err != nil { // nested deeper than any document
		return strings.TrimSpace(text.Strip(render.StripTags(src))), nil
	}
	dropHidden(root)
	seen := map[string]bool{}
	eachLink(root, func(href string) {
		if abs := absolute(href, base); abs != "" && !seen[abs] && len(links) < maxLinks {
			seen[abs] = true
			links = append(links, abs)
		}
	})
	return render.Text(root), links
}

// dropHidden removes what no reader sees below n.
func dropHidden(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.CommentNode, tree.Name(c) == atom.Script, tree.Name(c) == atom.Style, tree.Name(c) == atom.Template,
			c.Type == html.ElementNode &&
				visible.Hidden(c):
			n.RemoveChild(c)
		default:
			dropHidden(c)
		}
		c = next
	}
}

// eachLink calls do for the links below n that have text; those around images
// alone are badges.
func eachLink(n *html.Node, do func(href string)) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if tree.Name(c) == atom.A && strings.TrimSpace(tree.Text(c)) != "" {
			do(tree.Attr(c, "href"))
		}
		eachLink(c, do)
	}
}

// Headings rewrites the top heading level of doc so that it starts at from, which makes a
// document fit below a heading of another. A document whose headings start at from or below,
// or that has none, comes back as it is. Levels below the sixth become the sixth.
func Headings(doc string, from int) string {
	lines := strings.Split(doc, "\n")
	levels := make([]int, len(lines))
	top, fenced := 7, false
	for i, line := range lines {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if levels[i] = render.HeadingLevel(line); fenced {
			levels[i] = 0
		}
		if levels[i] > 0 {
			top = min(top, levels[i])
		}
	}
	if top >= from || top == 7 {
		return doc
	}
	for i, line := range lines {
		if levels[i] > 0 {
			lines[i] = strings.Repeat("#", min(6, levels[i]+from-top)) + strings.TrimLeft(line, "#")
		}
	}
	return strings.Join(lines, "\n")
}
