package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// verdict is how one element is hidden by styles.
type verdict struct {
	how    hiding
	moves  bool // some style does
	doubt  bool // it may be hidden
	boxed  bool // a style of the page gives it a box, whatever its class is named
	text   hiding
	covers bool // it stands on what is around it
	under  bool // an element behind it covers it
	paints bool // it is a ground for what is around it, of another colour
	shows  bool // text below it is seen, though its own is not
	// collapsed says of a column that it is not shown.
	collapsed bool
}

// cascade computes the styles of a page.
type cascade struct {
	rules     *ruleSet
	match     matcher
	verdicts  map[*html.Node]verdict // of those that are not plainly shown
	variables int                    // how often they may be asked for yet
	unread    bool                   // there are style sheets that are not read
	collapsed []*html.Node           // columns of the tables around what is read
	free      *style                 // for reuse
}

// newCascade is for the elements of doc.
func newCascade(doc *html.Node, rules *ruleSet) *cascade {
	rules.rank()
	quirks := true
	for c := doc.FirstChild; c != nil; c = c.NextSibling {
		quirks = quirks && c.Type != html.DoctypeNode
	}
	return &cascade{
		rules: rules, verdicts: map[*html.Node]verdict{}, variables: maxPageVariables, unread: rules.linked,
		match: matcher{steps: maxSteps, quirks: quirks, siblings: map[*html.Node]int{}},
	}
}

// read judges all elements below n. outer is what n hands on. It reports whether any text below n
// is seen that n's own style does not hide.
func (c *cascade) read(n *html.Node, outer *computed) (shows bool) {
	how, _ := outer.textHiding()
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch child.Type {
		case html.TextNode:
			shows = shows || how == shown && tree.HasWords(child)
		case html.ElementNode:
			if child.DataAtom != atom.Script && child.DataAtom != atom.Style && child.DataAtom != atom.Head {
				shows = c.element(child, outer, how) || shows
				outer.pictures = outer.pictures || c.verdicts[child].paints // what follows may stand on it
			}
		case html.DocumentNode:
			shows = c.read(child, outer) || shows
		}
	}
	return shows
}

// element judges n and what is in it. around is how the text around it is hidden.
func (c *cascade) element(n *html.Node, outer *computed, around hiding) (shows bool) {
	if n.Namespace != "" {
		shows := c.read(n, outer)
		if around != shown {
			c.verdicts[n] = verdict{text: around, shows: shows}
		}
		return shows
	}
	own, v := c.compute(n, outer)
	if n.DataAtom == atom.Details && !tree.HasAttr(n, "open") {
		// Its bare text is judged as the elements in it are.
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			if tree.HasWords(child) {
				child = wrap(child)
			}
		}
	}
	since := len(c.collapsed)
	if v.collapsed {
		c.collapsed = append(c.collapsed, n)
	}
	v.shows = c.read(n, &own)
	if n.DataAtom == atom.Table && len(c.collapsed) > since {
		c.hideColumns(n, c.collapsed[since:])
		c.collapsed = c.collapsed[:since]
	}
	if v.how != shown || v.moves || v.doubt || v.boxed || v.text != shown || v.paints {
		c.verdicts[n] = v
	}
	if v.covers && n.Parent != nil && n.Parent.DataAtom != atom.Body {
		c.cover(n)
	}
	if v.text != shown && around == shown {
		c.hideText(n)
	}
	return v.shows
}

// cover marks what an element stands on: it may be hidden.
func (c *cascade) cover(n *html.Node) {
	for p := before(n); p != nil; p = before(p) {
		v := c.verdicts[p]
		if v.under {
			return // and so is all before it
		}
		v.under, v.doubt = true, true
		c.verdicts[p] = v
	}
}

// hideText marks what is not seen in n, whose own text is not: n, or what is beside the elements
// whose text is.
func (c *cascade) hideText(n *html.Node) {
	v := c.verdicts[n]
	if v.text == shown {
		return
	}
	if !v.shows {
		v.how = max(v.how, v.text)
		c.verdicts[n] = v
		return
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch {
		case child.Type == html.ElementNode:
			c.hideText(child)
		case tree.HasWords(child):
			child = wrap(child)
			c.verdicts[child] = verdict{how: v.text}
		}
	}
}

// wrap puts a text into an element of its own, and returns that.
func wrap(n *html.Node) *html.Node {
	span := &html.Node{Type: html.ElementNode, Data: "span", DataAtom: atom.Span}
	n.Parent.InsertBefore(span, n)
	n.Parent.RemoveChild(n)
	span.AppendChild(n)
	return span
}

// compute is what n hands on, and how it is hidden.
func (c *cascade) compute(n *html.Node, outer *computed) (own computed, v verdict) {
	own = *outer
	s := c.free
	c.free = nil
	if s == nil {
		s = &style{}
	}
	if s.set {
		*s = style{}
	}
	inlined := c.declare(n, s)
	if !s.set {
		c.free = s
		v.text, v.doubt = own.textHiding()
		v.doubt = v.doubt || own.cramped
		if c.unread && n.DataAtom != atom.Body && n.DataAtom != atom.Html && tree.Attr(n, "class") != "" && !own.groundSet {
			own.groundUnknown = true
		}
		return own, v
	}
	if s.custom != nil {
		own.vars = &variables{own: s.custom, outer: outer.vars}
	}
	missing := s.shorten(&c.rules.long, s.resolveAll(substitution{own.vars, s.custom, c.rules, n}, &c.variables))
	if n.DataAtom == atom.Html {
		own.scheme(s.get(propScheme))
	}
	own.inherit(s, missing, inlined)
	root := n.DataAtom == atom.Html || n.DataAtom == atom.Body
	if root {
		if n.DataAtom == atom.Html {
			own.root = own.font
		}
		// A page that hides itself does so until a script has run.
		own.invisible, own.flat, own.indented, own.squeezed = false, false, false, false
		if own.font < 4 {
			own.font = 16
		}
		own.covered = false
	}
	v.moves = moving(s)
	how, doubt := own.own(n, s, outer)
	if root {
		own.opacity, own.scale = 1, 1
		how, doubt = shown, false
	}
	v.how, v.doubt, v.covers = how, doubt || s.doubt || len(missing) > 0, s.covers() || s.overlaps()
	v.collapsed = (n.DataAtom == atom.Col || n.DataAtom == atom.Colgroup) && s.get(propVisibility) == "collapse"
	v.paints = s.spreads() && outer.differs(s)
	if ground := s.get(propUnder); ground != "" && outer.differsFrom(ground) {
		own.pictures = true
	}
	// Pictures and positions: text may stand on what is not around it.
	if p := s.get(propPosition); (p == "absolute" || p == "fixed") && s.get(propBackground) == "" {
		own.pictures = true
	}
	text, faint := own.textHiding()
	v.text, v.doubt = text, v.doubt || faint
	if d := s.get(propDisplay); d != "" && d != "none" {
		v.boxed = true
	}
	if c.unread && !root && tree.Attr(n, "class") != "" && s.get(propBackground) == "" && !own.groundSet {
		own.groundUnknown = true
	}
	c.free = s
	return own, v
}

// styleAttribute is the style of an element's own attribute.
func styleAttribute(n *html.Node) *style {
	var s style
	for _, d := range (&ruleSet{}).inline(tree.Attr(n, "style")) {
		s.declare(&d, 1)
	}
	return &s
}

// declare takes in what is declared for n: by the page's sheets, by its attributes and by browsers.
// inlined says that it has a style of its own.
func (c *cascade) declare(n *html.Node, s *style) (inlined bool) {
	hint := func(p property, value string) { s.declare(&declaration{property: p, value: value}, 1) }
	switch n.DataAtom {
	case atom.A:
		if tree.HasAttr(n, "href") {
			hint(propColor, "#0000ee")
		}
	case atom.Mark:
		hint(propBackground, "#ff0")
		hint(propColor, "#000")
	case atom.Dialog:
		if !tree.HasAttr(n, "open") {
			hint(propDisplay, "none")
		}
	case atom.Button, atom.Input, atom.Select, atom.Textarea:
		hint(propBackgroundImage, "url(x)")
		hint(propColor, "#000")
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "bgcolor":
			c.hintColor(a.Val, propBackground, hint)
		case "color":
			if n.DataAtom == atom.Font {
				c.hintColor(a.Val, propColor, hint)
				inlined = true
			}
		case "text":
			if n.DataAtom == atom.Body {
				c.hintColor(a.Val, propColor, hint)
			}
		case "background":
			hint(propBackgroundImage, "url(x)")
		case "hidden":
			if lower(a.Val) != "until-found" {
				hint(propDisplay, "none")
			}
		case "popover":
			hint(propDisplay, "none")
		case "style":
			if a.Val == "" {
				continue
			}
			inlined = true
			body := c.rules.inline(a.Val)
			for i := range body {
				p := uint64(inlineLayer) << layerShift
				if body[i].important {
					p |= importantBit
				}
				s.declare(&body[i], p)
			}
		}
	}
	if len(c.rules.rules) > 0 {
		c.rules.match(&c.match, n, func(r *styleRule) {
			if r.doubt {
				s.doubt, s.set = true, true
				return
			}
			normal, important := c.rules.priority(r, false), c.rules.priority(r, true)
			for i := range r.body {
				if r.body[i].important {
					s.declare(&r.body[i], important)
				} else {
					s.declare(&r.body[i], normal)
				}
			}
		})
	}
	if s.get(propAnimation) != "" && len(c.rules.animations) > 0 {
		c.animate(s)
	}
	return inlined
}

// hintColor takes in a colour of an attribute (HTML Standard, 2.3.6).
func (c *cascade) hintColor(v string, p property, hint func(property, string)) {
	v = lower(strings.TrimSpace(v))
	if _, ok := parseColor(v, black, 0); !ok {
		v = "#" + strings.TrimPrefix(v, "#")
		if _, ok := parseColor(v, black, 0); !ok {
			return
		}
	}
	hint(p, v)
}

// exhausted reports whether selectors were left out for the time that they take.
func (c *cascade) exhausted() bool {
	return c.match.steps < 0 || len(c.rules.rules) >= maxRules || c.rules.cut
}
