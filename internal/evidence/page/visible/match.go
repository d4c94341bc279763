package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// matcher matches selectors in the tree of one page, within a budget.
type matcher struct {
	steps    int // left
	quirks   bool
	siblings map[*html.Node]int
	scope    *html.Node // of :has
	defines  bool       // the page may have scripts that define elements
}

// siblingsPerStep is how many siblings are passed in the time of a step, and bytesPerStep how many bytes of an attribute.
const (
	siblingsPerStep = 32
	bytesPerStep    = 256
)

// maxSteps bounds how many parts of selectors are compared with elements on one page. The largest
// page of the article set takes 400,000.
const maxSteps = 6_000_000

// matches reports whether a selector selects n.
func (m *matcher) matches(c *complexSelector, n *html.Node) bool {
	return !c.never && m.from(c, 0, n)
}

// from reports whether the parts of a selector from i on lead up from n.
func (m *matcher) from(c *complexSelector, i int, n *html.Node) bool {
	if m.steps--; m.steps < 0 || !m.one(&c.parts[i], n) {
		return false
	}
	if i+1 == len(c.parts) {
		return true
	}
	switch c.combinators[i] {
	case '>':
		return n.Parent != nil && n.Parent.Type == html.ElementNode && m.from(c, i+1, n.Parent)
	case '+':
		p := before(n)
		return p != nil && m.from(c, i+1, p)
	case '~':
		for p := before(n); p != nil && m.steps >= 0; p = before(p) {
			if m.from(c, i+1, p) {
				return true
			}
		}
	default:
		for p := n.Parent; p != nil && p.Type == html.ElementNode && m.steps >= 0; p = p.Parent {
			if m.from(c, i+1, p) {
				return true
			}
		}
	}
	return false
}

// before is the element before n.
func before(n *html.Node) *html.Node {
	p := n.PrevSibling
	for p != nil && p.Type != html.ElementNode {
		p = p.PrevSibling
	}
	return p
}

// one reports whether a compound selects n.
func (m *matcher) one(c *compound, n *html.Node) bool {
	if c.tag != "" && c.tag != n.Data && !strings.EqualFold(c.tag, n.Data) {
		return false
	}
	if c.id != "" {
		if id := tree.Attr(n, "id"); id != c.id && (!m.quirks || !strings.EqualFold(id, c.id)) {
			return false
		}
	}
	if len(c.classes) > 0 {
		class := tree.Attr(n, "class")
		if class == "" {
			return false
		}
		for _, want := range c.classes {
			if !m.hasClass(class, want) {
				return false
			}
		}
	}
	for i := range c.tests {
		if !m.passes(&c.tests[i], n) {
			return false
		}
	}
	return true
}

// hasClass reports whether a class is one of those of an element.
func (m *matcher) hasClass(classes, want string) bool {
	m.steps -= len(classes) / bytesPerStep
	if len(classes) < len(want) || !m.quirks && !strings.Contains(classes, want) ||
		m.quirks && !strings.Contains(lower(classes), lower(want)) {
		return false
	}
	for c := range strings.FieldsSeq(classes) {
		if c == want || m.quirks && strings.EqualFold(c, want) {
			return true
		}
	}
	return false
}

// passes reports whether n passes a test.
func (m *matcher) passes(t *test, n *html.Node) bool {
	switch t.kind {
	case 't':
		return true
	case 'd':
		return m.defines || !strings.Contains(n.Data, "-")
	case 's':
		return n == m.scope || m.scope == nil && n.DataAtom == atom.Html
	case 'i', 'n':
		for i := range t.lists {
			if m.matches(&t.lists[i], n) {
				return t.kind == 'i'
			}
		}
		return t.kind == 'n'
	case 'h':
		outer := m.scope
		m.scope = n
		defer func() { m.scope = outer }()
		for i := range t.lists {
			if m.hasMatch(&t.lists[i], n) {
				return true
			}
		}
		return false
	}
	if t.structural && n.Parent != nil {
		count, ok := m.siblings[n.Parent]
		if !ok {
			for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
				count++
			}
			m.siblings[n.Parent] = count
		}
		if m.steps -= count / siblingsPerStep; m.steps < 0 {
			return false
		}
	}
	return t.sel.Match(n)
}

// hasMatch reports whether a selector of :has selects something below n or after it.
func (m *matcher) hasMatch(c *complexSelector, n *html.Node) bool {
	beside := len(c.combinators) > 0 && (c.combinators[len(c.combinators)-1] == '+' || c.combinators[len(c.combinators)-1] == '~')
	var below func(*html.Node) bool
	below = func(n *html.Node) bool {
		for d := n.FirstChild; d != nil && m.steps >= 0; d = d.NextSibling {
			if d.Type == html.ElementNode && (m.matches(c, d) || below(d)) {
				return true
			}
		}
		return false
	}
	if !beside {
		return below(n)
	}
	for s := n.NextSibling; s != nil && m.steps >= 0; s = s.NextSibling {
		if s.Type == html.ElementNode && (m.matches(c, s) || below(s)) {
			return true
		}
	}
	return false
}
