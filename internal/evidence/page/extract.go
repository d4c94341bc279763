package page

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/article"
	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/evidence/page/visible"
	"github.com/technoshare/commentator/internal/text"
)

// Page is a web page as it was read.
type Page struct {
	Meta
	Text     string
	Encoding string
	// Source says where Text came from: "article" or "json-ld".
	Source string
	Wall   Wall
	// Cut is set when the page has more nodes than are read.
	Cut bool
	// detected is the language that the text is in by its words.
	detected string
}

// ErrTooComplex is a page whose tree breaks the bound on depth, 512 elements.
var ErrTooComplex = errors.New("the page nests too deep")

// maxNodes bounds the tree that is read; the largest page of the article set
// has 12,000.
const maxNodes = 60_000

// minArticle is the number of characters below which a second way is tried. What is shorter is
// mostly a teaser or a notice, and too short to detect a language from.
const minArticle = 250

// Parse reads body, which is HTML, found at the address at. The error is [ErrTooComplex]; a
// page without text, or with a wall, is none. The order matters: metadata and the links of
// walls are read from the whole tree, the text from what is left without hidden parts. Parse
// can't be stopped, so callers with a deadline run it on a goroutine of its own.
func Parse(body []byte, contentType string, at *url.URL) (*Page, error) {
	decoded, encoding := Decode(body, contentType)
	return ParseDecoded(decoded, encoding, at)
}

// ParseDecoded is [Parse] for what [Decode] returned.
func ParseDecoded(decoded []byte, encoding string, at *url.URL) (*Page, error) {
	doc, cutTree, err := parseTree(decoded)
	if err != nil {
		return nil, err
	}
	meta, title := readMeta(doc, at)
	p := &Page{Encoding: encoding, Meta: meta, Source: "article", Cut: cutTree}
	title = first(title, text.Head(text.OneLine(tree.Text(doc)), 80))
	visible.RemoveHidden(doc)
	p.Text, p.detected = article.Text(doc, p.Title, p.Description)
	// Sites that build their pages by script often leave the whole article in JSON-LD, where readers do not see it.
	if len(p.Body) > 2*len(p.Text) {
		if body := visible.WithoutCommands(p.Body); utf8.RuneCountInString(body) > minArticle {
			p.Text, p.Source = body, "json-ld"
		}
	}
	if p.Lang == "" && utf8.RuneCountInString(p.Text) > minArticle {
		p.Lang = p.detected
	}
	// A page with a long text is no wall, unless it says that it is paid for or comes from a
	// host of walls; the second walk is spared.
	if p.Paid || utf8.RuneCountInString(p.Text) < 2*wallText || consentHost.MatchString(at.Hostname()) {
		p.Wall = judge(p, wallSigns(doc, decoded), title, at)
	}
	return p, nil
}

// parseTree is the tree of a page, of at most maxNodes, and whether it was cut there. It is the
// tree that a browser with scripts makes, with what that leaves as text for scripts opened.
func parseTree(decoded []byte) (doc *html.Node, cut bool, err error) {
	doc, err = html.Parse(bytes.NewReader(decoded))
	if err != nil {
		return nil, false, fmt.Errorf("parse page: %w", ErrTooComplex)
	}
	if err := openRaw(doc); err != nil {
		return nil, false, fmt.Errorf("parse page: %w", ErrTooComplex)
	}
	return doc, keepNodes(doc, maxNodes), nil
}

// wallSigns are the signs of walls in doc, which has lost what is hidden. A page that shows
// nothing at all is judged by what its script would show.
func wallSigns(doc *html.Node, decoded []byte) signs {
	s := readSigns(doc)
	if s.bodyText != "" {
		return s
	}
	whole, _, err := parseTree(decoded)
	if err != nil {
		return s
	}
	return readSigns(whole)
}

// keepNodes drops what comes after the first limit nodes of doc, and says whether there was
// such. Nodes count in the order of the document, so what is read is the beginning of the
// page.
func keepNodes(doc *html.Node, limit int) bool {
	left := limit
	var walk func(n *html.Node) (all bool)
	walk = func(n *html.Node) bool {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if left--; left < 0 || !walk(c) {
				for c.NextSibling != nil {
					n.RemoveChild(c.NextSibling)
				}
				return false
			}
		}
		return true
	}
	return !walk(doc)
}
