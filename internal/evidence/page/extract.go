package page

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-shiori/dom"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
)

// Page is a web page as it was read.
type Page struct {
	Meta
	Text     string
	Encoding string
	// Source says where Text came from: "article", "readability", "json-ld",
	// "description", "text".
	Source string
}

// ErrTooComplex is a page whose tree breaks the bounds on nodes or depth.
var ErrTooComplex = errors.New("the page nests or branches too much")

// maxNodes bounds the tree; the largest page of the article set has 12,000.
const maxNodes = 200_000

// minArticle is the number of characters below which a second way is tried.
const minArticle = 250

// Parse reads body, which is HTML, found at the address at.
func Parse(body []byte, contentType string, at *url.URL) (*Page, error) {
	text, enc := Decode(body, contentType)
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", ErrTooComplex)
	}
	if countNodes(doc, maxNodes) >= maxNodes {
		return nil, ErrTooComplex
	}
	p := &Page{Encoding: enc, Meta: readMeta(doc, at)}
	removeHidden(doc)
	p.Text, p.Source = mainText(doc, at)
	if len(p.Body) > 2*len(p.Text) && utf8.RuneCountInString(p.Body) > minArticle {
		p.Text, p.Source = p.Body, "json-ld"
	}
	return p, nil
}

// mainText is the article of doc.
func mainText(doc *html.Node, at *url.URL) (text, source string) {
	res, err := trafilatura.ExtractDocument(doc, trafilatura.Options{
		OriginalURL:     at,
		ExcludeComments: true,
		HtmlDateMode:    trafilatura.Disabled,
	})
	if err == nil && res.ContentNode != nil {
		text = Render(res.ContentNode)
	}
	return text, "article"
}

func countNodes(n *html.Node, limit int) int {
	total := 1
	for c := n.FirstChild; c != nil && total < limit; c = c.NextSibling {
		total += countNodes(c, limit-total)
	}
	return total
}

// removeHidden drops what a reader of the page does not see.
func removeHidden(doc *html.Node) {
	var drop []*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.CommentNode || n.Type == html.ElementNode && hidden(n) {
			drop = append(drop, n)
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	dom.RemoveNodes(drop, nil)
}

func hidden(n *html.Node) bool {
	style := strings.ToLower(strings.ReplaceAll(attr(n, "style"), " ", ""))
	return strings.Contains(style, "display:none")
}
