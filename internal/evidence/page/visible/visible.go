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
// Styles are computed from the page's own sheets, those in data: URLs and style attributes, for a
// window of 1280 by 720 pixels; there is no layout. Linked sheets are not read: where they, a picture
// or a layout may hide a text, it goes only if it speaks to machines.
//
// They are not fetched, not even some of them. A part of a cascade is worse than none, since the sheet that is
// missing may show what another hides, and any bound leaves a part: of 31 recorded pages with linked sheets 14 have
// more than four, up to 38. Who hides a text on purpose links one sheet more than the bound, a longer one, one of
// another site, or hides by a script; who does not would pay with requests for nearly every page.
//
// It takes time linear in the tree and its style sheets, and no more comparisons of selectors than
// maxSteps; what these don't reach is judged by its words.
func RemoveHidden(doc *html.Node) {
	moveStreamed(doc)
	trees := attachShadows(doc)
	s := newSurvey(doc, trees)
	s.measure(doc, -1)
	s.decide(doc)
	s.remove(doc)
}

// Hidden judges n by its own attributes and those around it. hidden="until-found" is shown by a
// search in the page and so can be read.
func Hidden(n *html.Node) bool {
	if len(n.Attr) == 0 {
		return byAttributes(n) != shown
	}
	rules := newRuleSet()
	rules.linked = true
	c := newCascade(&html.Node{}, rules)
	c.match.defines = true
	var around []*html.Node
	for p := n.Parent; p != nil && len(around) < maxAround; p = p.Parent {
		if p.Type == html.ElementNode {
			around = append(around, p)
		}
	}
	outer := page()
	outer.unread = true
	for i := len(around) - 1; i >= 0; i-- {
		outer, _ = c.compute(around[i], &outer)
	}
	_, v := c.compute(n, &outer)
	text, _ := outer.textHiding()
	return v.how != shown || v.text != shown && text == shown || byAttributes(n) != shown
}

// maxAround bounds how many elements around one are asked for their style.
const maxAround = 100

// hiding says how an element is hidden, from what is surely shown to what is surely not.
type hiding int

const (
	shown  hiding = iota
	faded         // transparent or invisible, as before an animation; it takes its place
	folded        // without a box, as what a click opens
	gone          // what no script turns into text: no size, off the screen, the colour of its ground
)

// byAttributes judges an element by its attributes beside what styles say: by the names of its
// classes, and as browsers show some elements.
func byAttributes(n *html.Node) (how hiding) {
	if n.Namespace != "" {
		return shown
	}
	switch n.DataAtom {
	case atom.Dialog:
		if !tree.HasAttr(n, "open") {
			return gone
		}
	case atom.Title: // of the window, wherever it stands
		return gone
	case atom.Progress, atom.Meter: // what is in it is for browsers that don't know it
		return gone
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
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
		}
	}
	return how
}
