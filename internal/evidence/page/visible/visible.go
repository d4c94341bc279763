// Package visible takes out of a page what its readers do not see.
package visible

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// RemoveHidden makes the tree of a page what a reader with a desktop browser sees in it, once
// scripts have run and closed sections are opened. What scripts move is moved, shadow trees are
// put in place. Out go comments, templates, fallbacks for browsers without JavaScript, hidden
// elements, text in the colour of its ground or too small to read. Text that a page hides is text
// for machines, and machines are who it tries to instruct.
//
// Scripts are not run, so whether they show an element is guessed: from what the page says of it
// (a transition, a control that opens it, a rule for when it is shown), and only for what looks
// like content. When most of the page's words would go, they were not hidden.
//
// It takes time linear in the tree and its style sheets.
func RemoveHidden(doc *html.Node) {
	moveStreamed(doc)
	attachShadows(doc)
	s := newSurvey(doc)
	s.measure(doc, -1)
	s.decide(doc)
	s.remove(doc)
}

// Hidden judges n by its own attributes. hidden="until-found" is shown by a search in the page
// and so can be read.
func Hidden(n *html.Node) bool {
	how, _ := byAttributes(n)
	return how != shown
}

// hiding says how an element is hidden, from what is surely shown to what is surely not.
type hiding int

const (
	shown  hiding = iota
	faded         // transparent or invisible, as before an animation; it takes its place
	folded        // without a box, as what a click opens
	gone          // what no script turns into text: no size, off the screen, the colour of its ground
)

// byAttributes judges an element by its own attributes; motion is set when its style moves.
func byAttributes(n *html.Node) (how hiding, motion bool) {
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "hidden":
			if n.Namespace == "" && lower(a.Val) != "until-found" {
				how = max(how, folded)
			}
		case "style":
			l := lookOf(a.Val)
			how, motion = max(how, l.how()), l.motion
			if l.color != "" && isWhite(l.color) && l.ground == "" && n.DataAtom == atom.Font && !darkGround(n) {
				how = gone
			}
		case "class":
			how = max(how, byClass(a.Val))
		case "type":
			if n.DataAtom == atom.Input && lower(a.Val) == "hidden" {
				how = gone
			}
		case "size":
			if n.DataAtom == atom.Font && a.Val == "0" {
				how = gone
			}
		case "color":
			if n.DataAtom == atom.Font && isWhite(lower(a.Val)) && !darkGround(n) {
				how = gone
			}
		}
	}
	if closed(n) {
		how = gone
	}
	return how, motion
}

// closed reports whether n is a dialog that is not open.
func closed(n *html.Node) bool { return n.DataAtom == atom.Dialog && !tree.HasAttr(n, "open") }

// whiteOnPage is what can only be judged with the page's ground: white text where no ground is
// set.
func whiteOnPage(n *html.Node) bool {
	style := tree.Attr(n, "style")
	if style == "" {
		return false
	}
	l := lookOf(style)
	return l.color != "" && l.ground == "" && isWhite(l.color) && !darkGround(n)
}

// darkGround reports whether n stands on something else than plain white, as far as
// styles and classes in the page tell.
func darkGround(n *html.Node) bool {
	for p := n; p != nil; p = p.Parent {
		if l := lookOf(tree.Attr(p, "style")); l.ground != "" {
			return !isWhite(l.ground)
		}
		if c := tree.Attr(p, "bgcolor"); c != "" {
			return !isWhite(lower(c))
		}
		if p != n && p.DataAtom != atom.Body && p.DataAtom != atom.Html && tree.Attr(p, "class") != "" {
			return true // a style sheet may colour it
		}
	}
	return false
}
