// Package render writes the tree of a page as plain text, so that it keeps what engineers read in
// it: code with its lines, powers, formulas, tables, lists.
package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// Text writes the tree below n as readable plain text: paragraphs separated
// by blank lines, "# " headings, "- " and "1. " lists, "| a | b |" table rows,
// code in fences with its white space, 10^9 and CO_2, formulas in TeX. Links are their
// text; what is struck out is left out. It takes time linear in the tree, which
// stays as it is.
func Text(n *html.Node) string {
	w := &textWriter{}
	w.node(n)
	return w.String()
}

// Fragment renders an HTML fragment, such as the HTML that an API answers with.
func Fragment(s string) string {
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	if err := tree.ParseFragment(strings.NewReader(s), root); err != nil {
		return text.OneLine(StripTags(s))
	}
	return Text(root)
}

// StripTags is s, a line of metadata, without markup; each tag parts words.
func StripTags(s string) string {
	if !strings.ContainsRune(s, '<') {
		return s
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		default:
			b.WriteByte(' ')
		}
	}
}

// node writes an element and what is in it. Elements without text of their own
// are left out.
func (w *textWriter) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
		return
	case html.ElementNode:
	default:
		w.children(n)
		return
	}
	if len(n.Attr) > 0 && w.dressed(n) {
		return
	}
	switch name := tree.Name(n); name {
	case atom.Script:
		w.formula(scriptFormula(n))
	case atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Head, atom.Iframe, atom.Object, atom.Audio, atom.Video,
		atom.Canvas, atom.Datalist, atom.Noframes, atom.Noembed, atom.Rt, atom.Rp:
	case atom.Del, atom.S, atom.Strike:
	case atom.Br:
		w.lineBreak(n)
	case atom.Hr:
		w.block(2)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.heading(n)
	case atom.Pre, atom.Listing, atom.Xmp:
		w.preformatted(n)
	case atom.Code, atom.Samp, atom.Tt, atom.Kbd:
		w.code(n, name)
	case atom.Textarea:
		w.textarea(n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		w.list(n)
	case atom.Li:
		w.item(n)
	case atom.Table:
		w.table(n)
	case atom.Td, atom.Th:
		w.looseCell(n)
	case atom.Tr:
		w.block(1)
		w.children(n)
		w.block(1)
	case atom.Blockquote:
		w.block(2)
		was := w.prefix
		w.indent("> ")
		w.children(n)
		w.prefix = was
		w.block(2)
	case atom.Dt:
		w.term(n)
	case atom.Dd, atom.Option, atom.Optgroup, atom.Legend:
		w.block(1)
		w.children(n)
		w.block(1)
	case atom.Sup, atom.Sub:
		w.script(n, name == atom.Sup)
	case atom.Q:
		w.quoted(n)
	case atom.A:
		w.link(n)
	case atom.Img:
		w.image(n)
	case atom.Input:
		w.input(n)
	case atom.Select:
		w.choice(n)
	case atom.Button:
		w.button(n)
	case atom.Math:
		w.formula(mathFormula(n), tree.Attr(n, "display") == "block")
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Aside, atom.Nav,
		atom.Figure, atom.Figcaption, atom.Caption, atom.Details, atom.Summary, atom.Dl, atom.Form, atom.Fieldset, atom.Address,
		atom.Body, atom.Center, atom.Hgroup, atom.Dialog, atom.Tbody, atom.Thead, atom.Tfoot:
		w.box(n, name)
	default:
		w.inline(n, name)
	}
}

// children writes what is in n.
func (w *textWriter) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if last := w.listingOfSeveral(c); last != nil {
			c = last
			continue
		}
		w.node(c)
	}
}

// box writes an element that stands on lines of its own, unless its style makes it part of one.
func (w *textWriter) box(n *html.Node, name atom.Atom) {
	if name == atom.Div || name == atom.P {
		if d := displayOf(n); strings.HasPrefix(d, "inline") {
			w.children(n)
			return
		}
		if languageLabel(n) {
			return
		}
	}
	w.block(2)
	w.children(n)
	w.block(2)
}

// inline writes an element that is a part of its line, unless its style or what is in it makes it
// a box: pages name elements of their own and lay them out as they like.
func (w *textWriter) inline(n *html.Node, name atom.Atom) {
	if name == atom.Span && languageLabel(n) {
		return
	}
	gap := 0
	switch d := displayOf(n); {
	case d == "block", d == "flex", d == "grid", d == "list-item", d == "table":
		gap = 1
	case name == 0 && holdsBlocks(n):
		gap = 2
	}
	if gap > 0 {
		w.block(gap)
	}
	w.children(n)
	if gap > 0 {
		w.block(gap)
	}
}

// displayOf is the value of display in the style attribute of n.
func displayOf(n *html.Node) string { return styleValue(tree.Attr(n, "style"), "display") }

// styleValue is the value of a property in an inline style, in lower case, "" for none.
func styleValue(style, property string) string {
	if style == "" || !strings.Contains(style, property) {
		return ""
	}
	for d := range strings.SplitSeq(style, ";") {
		if k, v, ok := strings.Cut(d, ":"); ok && strings.EqualFold(strings.TrimSpace(k), property) {
			return strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "!important")))
		}
	}
	return ""
}

// maxLook bounds the children that are looked at to judge an element.
const maxLook = 50

// holdsBlocks reports whether an element that HTML does not know has blocks among its first
// children.
func holdsBlocks(n *html.Node) bool {
	seen := 0
	for c := n.FirstChild; c != nil && seen < maxLook; c = c.NextSibling {
		if tree.IsBlock(tree.Name(c)) {
			return true
		}
		seen++
	}
	return false
}
