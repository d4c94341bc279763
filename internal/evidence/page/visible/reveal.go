package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// evidence is what speaks for an element being shown in the end.
type evidence int

const (
	nothing evidence = iota
	script           // a script names its class or id, or a rule gives it a box in another state
	motion           // it fades or moves in, or a rule makes it visible in another state
	click            // a control opens it
)

// In bytes of text without white space. Twenty words are some hundred bytes.
const (
	aSentence = 40
	aPassage  = 100
	aSection  = 200
)

var (
	// movesIn matches the names by which pages call what fades or moves in.
	movesIn = lazyregexp.New(`(?i)(?:^|[\s_-])(?:reveal\w*|animat\w*|aos\w*|wow|fade\w*|scroll\w*|appear\w*|in-?view\w*|on-?scroll|` +
		`lazy\w*|motion\w*|sr|sal|gsap\w*|slide\w*|stagger\w*|entrance|invisible|hidden-until\w*|loading|js-\w+|` +
		`before-\w+|not-visible|observe\w*)(?:$|[\s_-])`)
	// movesInAttr matches the attributes of libraries for it: AOS, Webflow, Framer, Locomotive,
	// ScrollReveal, sal.js, Splitting, Alpine, Tilda, UIkit.
	movesInAttr = lazyregexp.New(`^(?:data-(?:aos|w-id|framer-(?:appear|name)|scroll|sr|sal|reveal|anim|inview|settings|gsap|motion|` +
		`splitting|transition|wow)|x-intersect|uk-scrollspy)`)
	// opens matches the names of what a click opens, frame of what is no content even when open.
	opens = lazyregexp.New(`(?i)(?:^|[\s_-])(?:accordion\w*|collaps\w*|tab-?(?:pane|panel|content|body)\w*|tabs?|panel\w*|faq\w*|` +
		`answer\w*|expand\w*|toggle\w*|spoiler\w*|more|details?|fold\w*|readmore|show-more|content-hidden)(?:$|[\s_-])`)
	frame = lazyregexp.New(`(?i)modal|pop-?up|dialog|menu|nav|drop-?down|cookie|consent|gdpr|overlay|tooltip|search|login|` +
		`sign-?(?:in|up)|share|subscri|newsletter|banner|drawer|off-?canvas|side-?bar|lightbox|template|error|alert|toast|loading|spinner|` +
		`notice|warning|success|message|form|comment|skeleton|placeholder|promo|paywall|advert|(?:^|[\s_-])ads?(?:$|[\s_-])`)
)

// evidenceFor looks for what speaks for c being shown in the end.
func (s *survey) evidenceFor(c *candidate) evidence {
	n := c.node
	id, class := tree.Attr(n, "id"), tree.Attr(n, "class")
	called := id + " " + class
	if frame.MatchString(called) || tree.Attr(n, "role") == "dialog" || tree.HasAttr(n, "aria-modal") {
		return nothing
	}
	switch {
	case c.how == gone:
		return nothing
	case n.DataAtom == atom.Template:
		return click
	case c.how == folded && (c.motion || id != "" && s.controls[id] || tree.Attr(n, "role") == "tabpanel" || opens.MatchString(called) ||
		tree.HasAttr(n, "x-show") || tree.HasAttr(n, "x-collapse") || tree.HasAttr(n, "v-show")):
		return click
	case c.how == faded && (c.motion || s.styles.verdicts[n].moves || movesIn.MatchString(called) ||
		names(n, func(name string) bool { return s.rules.moves[name] || s.rules.reveals[name] })):
		return motion
	}
	// Nobody writes a section with its headings to leave it transparent.
	if c.how == faded && len(s.scripts) > 0 && c.mass.blocks-ownMass(n).blocks >= 2 && c.mass.text >= aSection {
		return script
	}
	if byLibrary(n) {
		return motion
	}
	if names(n, func(name string) bool { return s.rules.reveals[name] || s.named[name] }) {
		return script
	}
	return nothing
}

// byLibrary reports whether n has an attribute of a library that fades or moves elements in.
func byLibrary(n *html.Node) bool {
	for i := range n.Attr {
		if movesInAttr.MatchString(n.Attr[i].Key) {
			return true
		}
	}
	return false
}

// decide says of each candidate whether it is kept.
func (s *survey) decide(doc *html.Node) {
	s.scriptNames()
	group := map[evidence]mass{}
	count := map[evidence]int{}
	for _, c := range s.found {
		if c.mass.text == 0 {
			continue
		}
		if c.why = s.evidenceFor(c); c.why != nothing {
			count[c.why]++
			m := group[c.why]
			m.add(c.mass)
			group[c.why] = m
		}
	}
	dropped := mass{}
	var out []*candidate
	for _, c := range s.found {
		if c.outer >= 0 && !s.found[c.outer].keep {
			continue // goes with what is around it
		}
		several := count[c.why] >= 3 && group[c.why].text >= aSection
		if c.keep = s.plausible(c, several); !c.keep {
			if c.node.DataAtom != atom.Template && c.node.DataAtom != atom.Noscript {
				dropped.add(c.mass)
			}
			out = append(out, c)
		}
	}
	s.restore(doc, out, dropped)
	seen, copies := "", 0
	for _, c := range out {
		if c.node.DataAtom != atom.Noscript || c.keep || !s.fallback(c) {
			continue
		}
		if copies++; copies > maxCopies {
			break
		} else if copies == 1 {
			seen = text.OneLine(textWithout(doc, nil))
		}
		c.keep = !strings.Contains(seen, text.Head(text.OneLine(tree.Text(c.node)), aSentence))
	}
}

// plausible reports whether what speaks for c is enough for what is in it. A small piece alone
// could be anything, so it stays hidden: what is shown late is a section, or one of several.
func (s *survey) plausible(c *candidate, several bool) bool {
	m := c.mass
	var likely bool
	switch c.why {
	case nothing:
		return false
	case motion:
		likely = m.text >= aSentence || several
	case click:
		likely = (m.text >= aSentence || several ||
			tree.Attr(c.node, "role") == "tabpanel" || tree.Contains(c.node, atom.Pre)) && m.linked*10 < m.text*7
	case script:
		likely = m.text >= aSection && (c.how == faded || m.blocks >= 2 && m.fields == 0 && m.linked*2 < m.text) ||
			c.how == faded && several
	}
	return likely && !s.search.orders(c.node, m.text)
}

// restore keeps what is content when most of the page would go. Copies of what is shown don't
// count: pages carry their text a second time, for a window of another width or for a program.
func (s *survey) restore(doc *html.Node, out []*candidate, dropped mass) {
	if dropped.text*2 <= s.total.text {
		s.template(out, dropped)
		return
	}
	total := s.total.text - dropped.text
	rest := s.content(doc, out)
	hidden := 0
	for _, c := range rest {
		hidden += c.mass.text
	}
	for _, c := range out {
		// Nothing would be left: one of several windows that a script chooses from, such as a login.
		form := total < aSentence && c.how < gone && (c.mass.blocks > ownMass(c.node).blocks || c.mass.fields > 0)
		if form && c.node.DataAtom != atom.Template && !s.search.orders(c.node, c.mass.text) {
			c.keep, c.restored = true, true
		}
	}
	if hidden > total {
		for _, c := range rest {
			alone := c.mass.blocks > ownMass(c.node).blocks && (c.how < gone || c.mass.text > total)
			if (alone || len(rest) >= 3 && c.how < gone) && !s.search.orders(c.node, c.mass.text) {
				c.keep, c.restored = true, true
			}
		}
	}
	s.within()
}

// maxCopies bounds how many elements are looked for in the rest of the page.
const maxCopies = 200

// content are the candidates of out that look like a part of a text and are none that the page
// shows already.
func (s *survey) content(doc *html.Node, out []*candidate) []*candidate {
	var rest []*candidate
	hidden := map[*html.Node]bool{}
	for _, c := range out {
		hidden[c.node] = true
	}
	seen := ""
	for _, c := range out {
		if c.mass.text < aSentence/2 || c.mass.linked*2 > c.mass.text || c.mass.fields > 0 || c.node.DataAtom == atom.Template ||
			c.node.DataAtom == atom.Noscript || frame.MatchString(tree.Attr(c.node, "id")+" "+tree.Attr(c.node, "class")) {
			continue
		}
		if len(rest) < maxCopies {
			if seen == "" {
				seen = text.OneLine(textWithout(doc, hidden))
			}
			own := text.OneLine(text.Head(tree.Text(c.node), 64<<10))
			if middle := own[len(own)/2:]; strings.Contains(seen, strings.ToValidUTF8(text.Head(middle, aSentence), "")) {
				continue
			}
		}
		rest = append(rest, c)
	}
	return rest
}

// within decides about what is hidden within what was restored.
func (s *survey) within() {
	for _, f := range s.found {
		if f.outer < 0 || !s.found[f.outer].restored {
			continue
		}
		f.keep = s.plausible(f, false) || f.how < gone && f.mass.text*2 > s.total.text && !s.search.orders(f.node, f.mass.text)
		f.restored = f.keep
	}
}

// template keeps a template that holds the page: nothing else is there, and it has the form of
// content.
func (s *survey) template(out []*candidate, dropped mass) {
	if s.total.text-dropped.text >= aSection {
		return
	}
	for _, c := range out {
		if c.node.DataAtom == atom.Template && c.mass.text >= aSection && c.mass.blocks >= 2 && !strings.Contains(tree.Text(c.node), "{{") &&
			!s.search.orders(c.node, c.mass.text) {
			c.keep = true
			return
		}
	}
}

// maxNotice is the length of what browsers without JavaScript are told at most, in bytes of text
// without white space: what is longer and names a browser is about one.
const maxNotice = 600

// asksScript matches what browsers without JavaScript are told.
var asksScript = lazyregexp.New(`(?i)java\s?script|enable js|browser`)

// fallback reports whether what is for browsers without JavaScript may be the only copy of what a
// script loads late.
func (s *survey) fallback(c *candidate) bool {
	if c.mass.text < aPassage || c.mass.blocks == 0 || c.mass.linked*2 > c.mass.text || c.mass.fields > 0 {
		return false
	}
	own := text.OneLine(tree.Text(c.node))
	return (c.mass.text >= maxNotice || !asksScript.MatchString(own)) && !s.search.orders(c.node, c.mass.text)
}

// textWithout is the text of the tree below n without that of some nodes.
func textWithout(n *html.Node, except map[*html.Node]bool) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.DataAtom == atom.Script, c.DataAtom == atom.Style, c.DataAtom == atom.Noscript, except[c]:
			case c.Type == html.TextNode:
				b.WriteString(c.Data)
			case c.Type != html.CommentNode:
				walk(c)
			}
		}
	}
	walk(n)
	return b.String()
}
