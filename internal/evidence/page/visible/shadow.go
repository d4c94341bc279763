package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// attachShadows puts declarative shadow trees in the place of their hosts' content, and that into
// their slots, as browsers show it (HTML Standard, 4.12.3 and 4.12.4; DOM Standard, 4.2.2). What
// has no slot is not shown.
func attachShadows(doc *html.Node) *shadows {
	s := &shadows{trees: map[*html.Node]int{}, hosts: map[*html.Node]int{}}
	s.attachBelow(doc)
	return s
}

// shadows are the shadow trees of a page, by number; 0 is the page itself. Styles of one don't hold in another.
type shadows struct {
	trees map[*html.Node]int // elements of shadow trees
	hosts map[*html.Node]int // what each tree is of
}

func (s *shadows) attachBelow(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			if root := shadowRoot(c); root != nil {
				s.hosts[c] = len(s.hosts) + 1
				s.number(root, len(s.hosts))
				attach(c, root)
			}
		}
		s.attachBelow(c)
	}
}

// number notes of the elements below n which tree they are of; trees within it are numbered when they are attached.
func (s *shadows) number(n *html.Node, tree int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if s.trees[c] = tree; c.DataAtom != atom.Template {
			s.number(c, tree)
		}
	}
}

// of is the tree that n is of.
func (s *shadows) of(n *html.Node) int {
	if s == nil {
		return 0
	}
	return s.trees[n]
}

// reach is what the rules of a shadow tree hold for.
type reach byte

const (
	ownTree reach = iota
	host          // what the tree is of
	slotted       // what the page put into its slots
)

// holds reports whether a rule of a tree holds for n.
func (s *shadows) holds(r *styleRule, n *html.Node) bool {
	switch {
	case s == nil:
		return r.tree == 0
	case r.reach == host:
		return s.hosts[n] == r.tree
	case r.reach == slotted:
		return n.Parent != nil && n.Parent.DataAtom == atom.Slot && s.trees[n.Parent] == r.tree
	}
	return s.trees[n] == r.tree
}

// reachOf is what a selector in a shadow tree selects there (CSS Scoping Level 1, 3).
func reachOf(sel string) (of string, r reach) {
	if at := strings.Index(sel, "::slotted("); at >= 0 {
		of, _ = brackets(sel[at+len("::slotted"):])
		return of, slotted
	}
	after, ok := strings.CutPrefix(sel, ":host")
	if !ok {
		return sel, ownTree
	}
	of = "*"
	if strings.HasPrefix(after, "(") {
		of, after = brackets(after)
	}
	if after = strings.TrimLeft(after, " >"); after != "" {
		return after, ownTree
	}
	return of, host
}

// shadowRoot is the template that becomes the shadow tree of an element, nil for none.
func shadowRoot(host *html.Node) *html.Node {
	for c := host.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Template && (tree.HasAttr(c, "shadowrootmode") || tree.HasAttr(c, "shadowroot")) {
			return c
		}
	}
	return nil
}

// attach replaces what is in host by what is in root.
func attach(host, root *html.Node) {
	host.RemoveChild(root)
	slotted := map[string][]*html.Node{}
	for c := host.FirstChild; c != nil; c = host.FirstChild {
		host.RemoveChild(c)
		switch c.Type {
		case html.ElementNode:
			name := tree.Attr(c, "slot")
			slotted[name] = append(slotted[name], c)
		case html.TextNode:
			slotted[""] = append(slotted[""], c)
		}
	}
	for c := root.FirstChild; c != nil; c = root.FirstChild {
		root.RemoveChild(c)
		host.AppendChild(c)
	}
	fill(host, slotted)
}

// fill puts nodes into the slots below n, the first of a name; what the page has in these is for
// when nothing comes.
func fill(n *html.Node, slotted map[string][]*html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Slot && c.Type == html.ElementNode {
			nodes := slotted[tree.Attr(c, "name")]
			if len(nodes) == 0 {
				continue
			}
			delete(slotted, tree.Attr(c, "name"))
			for c.FirstChild != nil {
				c.RemoveChild(c.FirstChild)
			}
			for _, s := range nodes {
				c.AppendChild(s)
			}
			continue
		}
		if c.DataAtom != atom.Template {
			fill(c, slotted)
		}
	}
}
