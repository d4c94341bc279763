// Package article finds the main text of a page.
//
// It measures the tree once: how much prose, code and links each element holds, and what its
// names say ([measure], [hintReader]). By that it leaves out what stands around the content of
// every page of a site, finds the element in which the prose stands together and what else is
// of it ([choose]), and takes lines off the rendered text that are about the site and not the
// subject ([trim]).
package article

import (
	"unicode/utf8"

	"github.com/RadhiFadlillah/whatlanggo"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"strings"

	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// maxLangSample is how much of a text its language is detected from. In bytes. Detection takes
// time by the length, and no longer text is surer.
const maxLangSample = 4 << 10

// minLangSample is the number of characters below which a text is too short to detect its
// language from.
const minLangSample = 250

// Text is the article of doc without what surrounds it, as [render.Text] writes it. lang is the
// ISO 639-1 code of its language, empty when the text is too short to tell. title and
// description are what the page says of itself, and are not repeated. doc is left as it was.
func Text(doc *html.Node, title, description string) (article, lang string) {
	links := linkBlocks(doc)
	root, back := choose(doc)
	all := paras(render.Text(root))
	back()
	article = join(trim(all, title, description, links))
	if article == "" {
		article = join(all) // a page of labels
	}
	if utf8.RuneCountInString(article) > minLangSample {
		lang = whatlanggo.DetectLang(text.Head(article, maxLangSample)).Iso6391()
	}
	return article, lang
}

// linkKind says what of a page's blocks with the same words is nothing but a link.
type linkKind uint8

const (
	// linkLine is a link, or a line or box of links.
	linkLine linkKind = 1 << iota
	// linkHeading is a heading that leads to another page.
	linkHeading
)

// linkBlocks returns the words of each block that is nothing but one link. Nine tenths of a
// block's bytes in links make it one, so that a bullet or an arrow does no harm. A heading that
// links to a place of its own page is none: it is the goal of that link. Each subtree's size is
// returned upwards, so the whole tree is walked once.
func linkBlocks(doc *html.Node) map[string]linkKind {
	out := map[string]linkKind{}
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
			case atom.P, atom.Li, atom.Div, atom.A:
				out[wordsOf(tree.Text(n))] |= linkLine
			case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				if !linksHere(n) {
					out[wordsOf(tree.Text(n))] |= linkHeading
				}
			}
		}
		return all, linked
	}
	walk(doc)
	return out
}

// linksHere reports whether the first link in n is to a place of its own page.
func linksHere(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.DataAtom == atom.A {
			return strings.HasPrefix(strings.TrimSpace(tree.Attr(c, "href")), "#")
		}
	}
	return false
}
