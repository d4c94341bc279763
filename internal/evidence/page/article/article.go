// Package article finds the main text of a page.
package article

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/RadhiFadlillah/whatlanggo"
	"github.com/go-shiori/dom"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/page/trafilatura"
	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// maxLangSample is how much of a text its language is detected from. In bytes. Detection takes
// time by the length, and no longer text is surer.
const maxLangSample = 4 << 10

// minArticle is the number of characters below which a second way is tried. What is shorter is
// mostly a teaser or a notice, and too short to detect a language from.
const minArticle = 250

// Text is the article of doc: go-trafilatura's, corrected by go-readability's, without
// what surrounds it. lang is empty when the text is too short to tell. doc is changed.
func Text(doc *html.Node, at *url.URL, title, description string) (article, lang string) {
	prepare(doc)
	var second []para
	if art, err := readability.FromDocument(doc, at); err == nil && art.Node != nil {
		second = paras(render.Text(art.Node))
	}
	body, plain := trafilatura.Extract(doc, trafilatura.Options{})
	best := paras(render.Text(body))
	if utf8.RuneCountInString(plain) > minArticle {
		lang = whatlanggo.DetectLang(text.Head(plain, maxLangSample)).Iso6391()
	}
	best = merge(best, second)
	if len(best) == 1 && !best[0].code && best[0].chars() > 800 {
		// Both gave up: a front page, a list. At least its lines are kept apart.
		if whole := paras(render.Text(withoutFrame(doc))); covered(whole, newIndex(best)) > 0.5 {
			best = whole
		}
	}
	best = trim(best, title, description, linkBlocks(doc))
	return join(best), lang
}

// withoutFrame is a copy of doc without what stands around the content of most
// pages.
func withoutFrame(doc *html.Node) *html.Node {
	c := dom.Clone(doc, true)
	dom.RemoveNodes(dom.QuerySelectorAll(c, "nav,footer,aside,form,select,button,dialog,iframe"), nil)
	return c
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
	tree.Remove(drop)
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
		c := strings.ToLower(tree.Attr(n, "class"))
		return strings.Contains(c, "caption") && !strings.Contains(c, "captioned") && len(tree.Text(n)) < 400 && !tree.Contains(n, atom.Pre)
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
				out[wordsOf(tree.Text(n))] = true
			}
		}
		return all, linked
	}
	walk(doc)
	return out
}
