package page

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	readability "codeberg.org/readeck/go-readability/v2"
	"github.com/RadhiFadlillah/whatlanggo"
	"github.com/go-shiori/dom"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/trafilatura"
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

// maxLangSample is how much of a text its language is detected from. In bytes. Detection takes
// time by the length, and no longer text is surer.
const maxLangSample = 4 << 10

// minArticle is the number of characters below which a second way is tried. What is shorter is
// mostly a teaser or a notice, and too short to detect a language from.
const minArticle = 250

// Parse reads body, which is HTML, found at the address at. The error is [ErrTooComplex]; a
// page without text, or with a wall, is none. The order matters: metadata and the links of
// walls are read from the whole tree, the text from what is left without hidden parts. Parse
// can't be stopped, so callers with a deadline run it on a goroutine of its own.
func Parse(body []byte, contentType string, at *url.URL) (*Page, error) {
	decoded, enc := Decode(body, contentType)
	// Without scripting, as here, the content of noscript elements is markup.
	doc, err := html.ParseWithOptions(bytes.NewReader(decoded), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", ErrTooComplex)
	}
	cutTree := keepNodes(doc, maxNodes)
	meta, title := readMeta(doc, at)
	p := &Page{Encoding: enc, Meta: meta, Source: "article", Cut: cutTree}
	title = first(title, text.Head(text.OneLine(textOf(doc)), 80))
	removeHidden(doc)
	p.Text, p.detected = mainText(doc, at, p.Meta)
	// Sites that build their pages by script often leave the whole article in JSON-LD.
	if len(p.Body) > 2*len(p.Text) && utf8.RuneCountInString(p.Body) > minArticle {
		p.Text, p.Source = p.Body, "json-ld"
	}
	if p.Lang == "" && utf8.RuneCountInString(p.Text) > minArticle {
		p.Lang = p.detected
	}
	// A page with a long text is no wall, unless it says that it is paid for or comes from a
	// host of walls; the second walk is spared.
	if p.Paid || utf8.RuneCountInString(p.Text) < 2*wallText || consentHost.MatchString(at.Hostname()) {
		p.Wall = judge(p, readSigns(doc), title, at)
	}
	return p, nil
}

// mainText is the article of doc: go-trafilatura's, corrected by go-readability's, without
// what surrounds it. lang is empty when the text is too short to tell. doc is changed.
func mainText(doc *html.Node, at *url.URL, m Meta) (article, lang string) {
	prepare(doc)
	var second []para
	if art, err := readability.FromDocument(doc, at); err == nil && art.Node != nil {
		second = paras(Render(art.Node))
	}
	body, plain := trafilatura.Extract(doc, trafilatura.Options{})
	best := paras(Render(body))
	if utf8.RuneCountInString(plain) > minArticle {
		lang = whatlanggo.DetectLang(text.Head(plain, maxLangSample)).Iso6391()
	}
	best = merge(best, second)
	if len(best) == 1 && !best[0].code && best[0].chars() > 800 {
		// Both gave up: a front page, a list. At least its lines are kept apart.
		if whole := paras(Render(withoutFrame(doc))); covered(whole, newIndex(best)) > 0.5 {
			best = whole
		}
	}
	best = trim(best, m, linkBlocks(doc))
	return join(best), lang
}

// withoutFrame is a copy of doc without what stands around the content of most
// pages.
func withoutFrame(doc *html.Node) *html.Node {
	c := dom.Clone(doc, true)
	dom.RemoveNodes(dom.QuerySelectorAll(c, "nav,footer,aside,form,select,button,dialog,iframe"), nil)
	return c
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

// prepare makes a tree safe for extractors, which lose white space around line
// breaks and nested formatting: breaks get white space beside them, formatting
// elements are replaced by what they hold, captions go.
func prepare(doc *html.Node) {
	var drop []*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; {
			next := c.NextSibling
			switch {
			case c.Type != html.ElementNode:
			case c.DataAtom == atom.Br:
				n.InsertBefore(&html.Node{Type: html.TextNode, Data: "\n"}, next)
			case formatting(c):
				// Its children are visited next, in its place.
				first := c.FirstChild
				for inner := first; inner != nil; inner = c.FirstChild {
					c.RemoveChild(inner)
					n.InsertBefore(inner, c)
				}
				n.RemoveChild(c)
				if first != nil {
					next = first
				}
			case isCaption(c):
				drop = append(drop, c)
			default:
				walk(c)
			}
			c = next
		}
	}
	walk(doc)
	dom.RemoveNodes(drop, nil)
	joinTexts(doc)
}

// joinTexts makes neighbouring text nodes one: extractors look at the first only.
func joinTexts(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.TextNode {
			joinTexts(c)
			continue
		}
		if s := c.NextSibling; s == nil || s.Type != html.TextNode {
			continue
		}
		var b strings.Builder
		b.WriteString(c.Data)
		for s := c.NextSibling; s != nil && s.Type == html.TextNode; s = c.NextSibling {
			b.WriteString(s.Data)
			n.RemoveChild(s)
		}
		c.Data = b.String()
	}
}

// formatting reports whether n only changes the look of a piece of a line.
func formatting(n *html.Node) bool {
	switch n.DataAtom {
	case atom.B, atom.I, atom.Em, atom.Strong, atom.U, atom.Mark, atom.Small, atom.Big,
		atom.Font, atom.Cite, atom.Abbr, atom.Ins, atom.Dfn, atom.Var, atom.Wbr:
		return true
	}
	return false
}

// isCaption recognises what is written below a picture.
func isCaption(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Figcaption:
		return true
	case atom.Div, atom.P, atom.Span:
		c := strings.ToLower(attr(n, "class"))
		return strings.Contains(c, "caption") && !strings.Contains(c, "captioned") && len(textOf(n)) < 400 && !hasDescendant(n, atom.Pre)
	}
	return false
}

// linkBlocks returns the words of each block that is nothing but one link. Nine tenths of a
// block's bytes in links make it one, so that a bullet or an arrow does no harm. Each
// subtree's size is returned upwards, so the whole tree is walked once.
func linkBlocks(doc *html.Node) map[string]bool {
	out := map[string]bool{}
	var walk func(n *html.Node) (all, linked int)
	walk = func(n *html.Node) (all, linked int) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				all += len(strings.TrimSpace(c.Data))
			case c.Type == html.ElementNode && c.DataAtom != atom.Script && c.DataAtom != atom.Style:
				a, l := walk(c)
				if c.DataAtom == atom.A {
					l = a
				}
				all, linked = all+a, linked+l
			}
		}
		if all > 0 && all < 600 && linked*10 >= all*9 && n.Type == html.ElementNode {
			switch n.DataAtom {
			case atom.P, atom.Li, atom.Div, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.A:
				out[wordsOf(textOf(n))] = true
			}
		}
		return all, linked
	}
	walk(doc)
	return out
}
