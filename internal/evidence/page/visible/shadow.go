package visible

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// attachShadows puts declarative shadow trees in the place of their hosts' content, and that into
// their slots, as browsers show it (HTML Standard, 4.12.3 and 4.12.4; DOM Standard, 4.2.2). What
// has no slot is not shown.
func attachShadows(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			if root := shadowRoot(c); root != nil {
				attach(c, root)
			}
		}
		attachShadows(c)
	}
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
