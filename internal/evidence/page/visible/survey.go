package visible

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// survey is what is known of a page before anything is taken out of it.
type survey struct {
	rules    *ruleSet
	styles   *cascade
	scripts  []string        // their text
	named    map[string]bool // classes (.name) and ids (#name) with a rule, or of a hidden element, that a script names
	controls map[string]bool // ids of what a click opens
	found    []*candidate    // outer before inner
	total    mass
	clear    map[*html.Node]bool // elements without orders
	scheme   string              // the colours of the window that it is made for
	loads    bool                // it has scripts that are not in it, which may load style sheets
	looked   int                 // elements that were searched for orders since a rule may hide them
	search   search
}

// maxLooked bounds those.
const maxLooked = 1000

// candidate is an element that is hidden as long as no script or click shows it.
type candidate struct {
	node   *html.Node
	how    hiding
	motion bool
	outer  int // index of the candidate around it, -1 for none
	mass   mass
	why    evidence
	// keep says that it stays, restored that it does since most of the page would go.
	keep, restored bool
}

// mass is what is in an element, in bytes of text without white space, and in elements.
type mass struct {
	text, linked   int
	blocks, fields int // paragraphs, items, headings, listings; fields and buttons of forms
}

// add adds what is in a child.
func (m *mass) add(c mass) {
	m.text += c.text
	m.linked += c.linked
	m.blocks += c.blocks
	m.fields += c.fields
}

// newSurvey reads the style sheets and scripts of a page, and what its controls open.
func newSurvey(doc *html.Node, trees *shadows) *survey {
	s := &survey{rules: newRuleSet(), named: map[string]bool{}, clear: map[*html.Node]bool{}, controls: map[string]bool{}}
	sheets := &sheetReader{rules: s.rules}
	s.rules.present, s.rules.trees = map[string]bool{}, trees
	var note func(*html.Node)
	note = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				s.rules.note(c)
			}
			note(c)
		}
	}
	note(doc)
	size := 0
	read := func(sheet string, ctx context) {
		if size >= maxStyle {
			s.rules.cut = true
			return
		}
		size += len(sheet)
		sheets.read(sheet, ctx)
	}
	var walk func(n *html.Node, ctx context)
	walk = func(n *html.Node, ctx context) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			ctx := ctx
			ctx.tree = trees.of(c)
			switch c.DataAtom {
			case atom.Style:
				if kind := lower(tree.Attr(c, "type")); holds(tree.Attr(c, "media")) && (kind == "" || kind == "text/css") {
					read(tree.Raw(c), ctx)
				}
			case atom.Link:
				if sheet, ok := s.link(c); ok {
					read(sheet, ctx)
				}
			case atom.Script:
				s.loads = s.loads || tree.HasAttr(c, "src")
				s.scripts = append(s.scripts, tree.Raw(c))
			case atom.Template:
				inert := ctx
				inert.states = true
				if filled(c) {
					inert = ctx
				}
				walk(c, inert)
			case atom.Noscript:
				// What the page shows to browsers without scripts is shown to others by a script.
				fallback := ctx
				fallback.states = true
				walk(c, fallback)
			default:
				s.control(c)
				walk(c, ctx)
			}
		}
	}
	walk(doc, context{})
	s.styles = newCascade(doc, s.rules)
	s.styles.match.defines = s.loads || slices.ContainsFunc(s.scripts, func(script string) bool {
		return strings.Contains(script, "customElements") || strings.Contains(script, "import")
	})
	outer := page()
	outer.groundSet = !s.rules.linked && !s.loads
	outer.unread = s.rules.linked
	outer.scheme(s.scheme)
	outer.vars = &variables{own: s.rules.initial}
	s.styles.read(doc, &outer)
	return s
}

// link is the sheet that a link has in its address. Others are on the network.
func (s *survey) link(n *html.Node) (sheet string, ok bool) {
	is, alternate := false, false
	for rel := range strings.FieldsSeq(lower(tree.Attr(n, "rel"))) {
		is = is || rel == "stylesheet" || rel == "preload" && lower(tree.Attr(n, "as")) == "style"
		alternate = alternate || rel == "alternate"
	}
	if !is || alternate || tree.HasAttr(n, "disabled") || !holds(tree.Attr(n, "media")) {
		return "", false
	}
	sheet, ok = dataSheet(tree.Attr(n, "href"))
	s.rules.linked = s.rules.linked || !ok
	return sheet, ok
}

// control notes the ids that a control refers to.
func (s *survey) control(n *html.Node) {
	if n.DataAtom == atom.Meta && s.scheme == "" && lower(tree.Attr(n, "name")) == "color-scheme" {
		s.scheme = tree.Attr(n, "content")
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "aria-controls", "data-target", "data-bs-target", "data-toggle-target", "data-collapse-toggle", "data-accordion-target",
			"data-tabs-target", "popovertarget", "commandfor":
			s.open(a.Val)
		case "href":
			class := tree.Attr(n, "class")
			if len(a.Val) > 1 && a.Val[0] == '#' && (tree.HasAttr(n, "role") || tree.HasAttr(n, "data-toggle") ||
				tree.HasAttr(n, "data-bs-toggle") || strings.Contains(class, "tab") || strings.Contains(class, "toggle")) {
				s.open(a.Val)
			}
		}
	}
}

// open notes ids, separated by spaces, that a control opens.
func (s *survey) open(ids string) {
	for id := range strings.FieldsSeq(ids) {
		s.controls[strings.TrimPrefix(id, "#")] = true
	}
}

// scriptNames notes which ids and classes of hidden passages the scripts of the page say.
func (s *survey) scriptNames() {
	bare := map[string]bool{}
	for _, c := range s.found {
		if c.how == gone || c.mass.text == 0 {
			continue
		}
		names(c.node, func(name string) bool {
			bare[name[1:]] = true
			return false
		})
	}
	if len(bare) == 0 {
		return
	}
	for _, script := range s.scripts {
		for i := 0; i < len(script); i++ {
			if !isName(script[i]) {
				continue
			}
			end := i + 1
			for end < len(script) && isName(script[end]) {
				end++
			}
			if name := script[i:end]; bare[name] {
				s.named["."+name], s.named["#"+name] = true, true
			}
			i = end
		}
	}
}

// measure collects the candidates below n, and returns what is in it. outer is the candidate
// that n is in.
func (s *survey) measure(n *html.Node, outer int) mass {
	var m mass
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			m.text += letters(c.Data)
			continue
		case html.ElementNode:
		case html.DocumentNode:
			m.add(s.measure(c, outer))
			continue
		default:
			continue
		}
		if c.DataAtom == atom.Script || c.DataAtom == atom.Style || c.DataAtom == atom.Head {
			continue
		}
		at := outer
		if how, motion := s.judge(c); how != shown {
			at = len(s.found)
			s.found = append(s.found, &candidate{node: c, how: how, motion: motion, outer: outer})
		}
		inner := s.measure(c, at)
		if at != outer {
			s.found[at].mass = inner
			s.found[at].mass.add(ownMass(c))
		}
		if c.DataAtom == atom.Template || c.DataAtom == atom.Noscript {
			continue // no part of the page
		}
		if c.DataAtom == atom.A {
			inner.linked = inner.text
		}
		m.add(inner)
		m.add(ownMass(c))
	}
	if outer < 0 && n.Parent == nil {
		s.total = m
	}
	return m
}

// ownMass is what an element adds besides its text.
func ownMass(n *html.Node) mass {
	switch n.DataAtom {
	case atom.P, atom.Section, atom.Br, atom.Li, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote,
		atom.Tr, atom.Dd:
		return mass{blocks: 1}
	case atom.Input, atom.Select, atom.Textarea, atom.Button:
		return mass{fields: 1}
	}
	return mass{}
}

// letters is the number of bytes in s that are not white space.
func letters(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] > ' ' {
			n++
		}
	}
	return n
}

// judge says how an element is hidden, by itself and by the sheets of the page.
func (s *survey) judge(n *html.Node) (how hiding, motion bool) {
	switch n.DataAtom {
	case atom.Template, atom.Noscript:
		if filled(n) {
			return folded, false
		}
		return gone, false
	case atom.Html, atom.Body:
		return shown, false // a page that hides itself does so until a script has run
	}
	if formula(n) {
		return shown, false
	}
	v := s.styles.verdicts[n]
	how = v.how
	if guess := byAttributes(n); !v.boxed || guess != folded && n.DataAtom != atom.Dialog {
		how = max(how, guess)
	}
	if how == shown && (v.doubt || folds(n) || s.styles.exhausted() ||
		len(s.rules.some) > 0 && names(n, func(name string) bool { return s.rules.some[name] })) && s.looked < maxLooked {
		// It may be hidden, or is at first: an order is taken for hidden.
		if s.clear[n.Parent] {
			s.clear[n] = true
			return how, false
		}
		s.looked++
		if found, whole := s.search.count(n); found == 0 {
			s.clear[n] = whole
		} else if !parts(n) || speaksIn(n, found) {
			how = gone
		}
	}
	return how, how != shown && tree.HasAttr(n, "style") && moving(styleAttribute(n))
}

// folds reports whether n is what a click on the summary of a closed section opens.
func folds(n *html.Node) bool {
	return n.Parent != nil && n.Parent.DataAtom == atom.Details && n.DataAtom != atom.Summary && !tree.HasAttr(n.Parent, "open")
}

// filled reports whether a template is one that a script puts where it stands, as it is: the
// content of an island of Astro, an update of Turbo.
func filled(n *html.Node) bool {
	return tree.HasAttr(n, "data-astro-template") ||
		n.Parent != nil && n.Parent.Data == "turbo-stream" && tree.Attr(n.Parent, "action") != "remove"
}

// formula reports whether n is the part of a formula that only programs read: the source of what
// is shown beside it.
func formula(n *html.Node) bool {
	class := tree.Attr(n, "class")
	return strings.Contains(class, "katex-mathml") || strings.Contains(class, "mwe-math-mathml") ||
		strings.Contains(class, "MJX_Assistive_MathML") || n.Data == "mjx-assistive-mml"
}

// remove takes out what is hidden, and the marks of being so from what is kept.
func (s *survey) remove(doc *html.Node) {
	var drop []*html.Node
	for _, c := range s.found {
		if !c.keep || !parts(c.node) && s.search.commands(c.node) {
			drop = append(drop, c.node)
			continue
		}
		show(c.node)
		if c.outer < 0 || !s.found[c.outer].keep {
			dropOrders(c.node)
		}
	}
	tree.Remove(drop)
	dropComments(doc)
}

// show takes from an element what hides it, so that later readers of the tree see it.
func show(n *html.Node) {
	if n.DataAtom == atom.Template || n.DataAtom == atom.Noscript {
		n.Data, n.DataAtom = "div", atom.Div
	}
	kept := n.Attr[:0]
	for _, a := range n.Attr {
		if a.Key != "hidden" && a.Key != "style" && a.Key != "aria-hidden" {
			kept = append(kept, a)
		}
	}
	n.Attr = kept
}

// dropComments takes the comments out of a tree.
func dropComments(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.CommentNode {
			n.RemoveChild(c)
		} else {
			dropComments(c)
		}
		c = next
	}
}
