package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Around code stand its language, buttons to copy it, and the numbers of its lines. They are no
// text of the page.

// frameClass matches what highlighters put into or beside a block of code besides code.
var frameClass = lazyregexp.New(`(?i)(?:^|[\s_-])(?:copy|copybtn|copied|clipboard|copy-?(?:btn|button|code)\w*|code-?lang(?:uage)?|` +
	`code-?copy|lang(?:uage)?-?(?:label|name|tag)|hljs-copy\w*|` +
	`ltx_listing_data)(?:$|[\s_-])|(?:^|\s)(?:lang|language|toolbar|toolbar-item)(?:$|\s)`)

// frameOfCode reports whether an element outside of code belongs to the frame of code beside it.
func frameOfCode(n *html.Node, class string) bool {
	// Most elements have text that begins with a letter, and no such class: the expressions are
	// for the rest.
	if digits, some := digitsOnly(n); digits && some && gutterClass.MatchString(class) {
		return besideCode(n)
	}
	if tree.Attr(n, "aria-hidden") == "true" {
		if s, short := shortText(n, 40); short && copyText.MatchString(s) {
			return besideCode(n)
		}
	}
	if !strings.Contains(class, "opy") && !strings.Contains(class, "opied") && !strings.Contains(class, "lipboard") &&
		!strings.Contains(class, "ang") && !strings.Contains(class, "toolbar") && !strings.Contains(class, "listing_") ||
		!frameClass.MatchString(class) {
		return false
	}
	s, short := shortText(n, 40)
	return short && !strings.Contains(s, "\n") && besideCode(n)
}

// besideCode reports whether an element, or one of the two around it, stands beside code.
func besideCode(n *html.Node) bool {
	for up := 0; n != nil && up < 3 && n.Parent != nil; n, up = n.Parent, up+1 {
		for _, s := range []*html.Node{beside(n, true), beside(n, false)} {
			if s != nil && (holdsCode(s) || find(s, holdsCode) != nil) {
				return true
			}
		}
	}
	return false
}

// holdsCode reports whether n is a block of code.
func holdsCode(n *html.Node) bool { return isPre(n) || codeBox(n, tree.Attr(n, "class")) }

// beside is the next or previous element sibling of n.
func beside(n *html.Node, next bool) *html.Node {
	for {
		if next {
			n = n.NextSibling
		} else {
			n = n.PrevSibling
		}
		if n == nil || n.Type == html.ElementNode {
			return n
		}
	}
}

// languageLabel reports whether all that n says is the language of the code below it.
func languageLabel(n *html.Node) bool {
	below := func(n *html.Node) *html.Node {
		next := beside(n, true)
		for next != nil && (tree.Name(next) == atom.Button || tree.Name(next) == atom.Svg) {
			next = beside(next, true)
		}
		return next
	}
	next := below(n)
	for p, up := n.Parent, 0; next == nil && up < 2 && p != nil; p, up = p.Parent, up+1 {
		next = below(p)
	}
	for down := 0; next != nil && !isPre(next) && down < 2; down++ {
		if next = next.FirstChild; next != nil && next.Type != html.ElementNode {
			next = beside(next, true)
		}
	}
	if next == nil || !isPre(next) {
		return false
	}
	s, short := shortText(n, 20)
	if s = strings.ToLower(strings.TrimSpace(s)); !short || s == "" {
		return false
	}
	inner := find(next, func(c *html.Node) bool { return tree.Name(c) == atom.Code })
	for _, c := range []*html.Node{next, inner} {
		if c == nil {
			continue
		}
		if strings.EqualFold(tree.Attr(c, "data-lang"), s) || strings.EqualFold(tree.Attr(c, "data-language"), s) {
			return true
		}
		for class := range strings.FieldsSeq(strings.ToLower(tree.Attr(c, "class"))) {
			if class == s || class == "language-"+s || class == "lang-"+s || class == "highlight-source-"+s {
				return true
			}
		}
	}
	return false
}
