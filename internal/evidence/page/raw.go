package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// openRaw makes trees of the markup that a browser with scripts keeps as text: of noscript
// elements, each on its own, so that one which opens a box and does not close it can't swallow
// the page behind it; and of scripts that are templates, which become such elements.
func openRaw(doc *html.Node) error {
	for c := doc.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.DataAtom == atom.Noscript:
			if err := open(c); err != nil {
				return err
			}
		case c.DataAtom == atom.Script:
			if !templateType[strings.ToLower(tree.Attr(c, "type"))] || !blockTag.MatchString(tree.Raw(c)) {
				continue
			}
			c.Data, c.DataAtom = "template", atom.Template
			if err := open(c); err != nil {
				return err
			}
		case c.FirstChild != nil:
			if err := openRaw(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// open replaces the text of n by the tree that it is markup of.
func open(n *html.Node) error {
	raw := tree.Raw(n)
	if raw == "" {
		return nil
	}
	n.RemoveChild(n.FirstChild)
	return tree.ParseFragment(strings.NewReader(raw), n)
}

// templateType are the types of scripts that hold markup for a script.
var templateType = map[string]bool{"text/template": true, "text/x-template": true, "text/html": true}

// blockTag matches what a template has that holds more than a word.
var blockTag = lazyregexp.New(`(?i)<(?:p|br|div|section|article|h[1-6]|ul|ol)\b`)
