package article

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// choose returns the element that holds the article of doc, and takes out of it what does not
// belong to it until back is called.
func choose(doc *html.Node) (root *html.Node, back func()) {
	boxes := measure(doc)
	all := boxes[0].prose
	c := &chooser{boxes: boxes, all: all, gone: make([]bool, len(boxes))}
	c.dropTalk()
	c.prune()
	at := c.root()
	if c.all >= little && c.boxes[at].prose*4 < c.all && c.boxes[at].prose < enough {
		// Names led astray: nearly all is gone. The text alone decides.
		c = &chooser{boxes: measure(doc), all: all, gone: make([]bool, len(boxes)), plain: true}
		c.prune()
		at = c.root()
	}
	if c.all < enough {
		// No article: all that the main part holds is the content, links too.
		l := &chooser{boxes: measure(doc), all: all, gone: make([]bool, len(boxes)), lists: true}
		l.dropTalk()
		l.prune()
		if m := l.main(); l.boxes[m].letters > 2*c.boxes[at].letters {
			c, at = l, m
		}
	}
	return c.boxes[at].node, c.cut(at)
}

// main is the main part of a page by its element or role, else its body.
func (c *chooser) main() int {
	body := 0
	for i := range c.boxes {
		switch n := c.boxes[i].node; {
		case c.gone[i]:
		case n.DataAtom == atom.Main, tree.Attr(n, "role") == "main":
			return i
		case n.DataAtom == atom.Body:
			body = i
		}
	}
	return body
}

// opener reports whether a button is the heading of what it opens.
func opener(n *html.Node) bool {
	switch n.Parent.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dt:
		return true
	}
	return strings.HasSuffix(strings.TrimSpace(tree.Text(n)), "?")
}

const (
	// enough is the prose, by weight, that an article has at least.
	enough = 600
	// little is the prose, by weight, of a page that consists of labels.
	little = 250
)

// chooser decides what of the boxes of a page is its article.
type chooser struct {
	boxes []box
	all   int    // prose of the whole page
	gone  []bool // boxes that are left out, with all below them
	plain bool   // names of classes don't count
	// thread is the box that holds a thread with its answers, 0 when the page is none.
	thread int
	lists  bool // lists of links are content
}

// take leaves out box i, and takes its sums off those around it.
func (c *chooser) take(i int) {
	b := c.boxes[i]
	for p := b.parent; p >= 0; p = c.boxes[p].parent {
		c.boxes[p].add(&b, -1)
	}
	for j := i; j < b.end; j++ {
		c.gone[j] = true
	}
}

// cut takes what is left out below root out of the tree. back puts it where it was.
func (c *chooser) cut(root int) (back func()) {
	type place struct{ node, parent, next *html.Node }
	var places []place
	for i := root + 1; i < c.boxes[root].end; {
		if !c.gone[i] {
			i++
			continue
		}
		n := c.boxes[i].node
		places = append(places, place{n, n.Parent, n.NextSibling})
		n.Parent.RemoveChild(n)
		i = c.boxes[i].end
	}
	return func() {
		for i := len(places) - 1; i >= 0; i-- {
			places[i].parent.InsertBefore(places[i].node, places[i].next)
		}
	}
}

// share is the part that b has of the page's prose, in percent.
//
// On a page of next to no prose, a line of it is not a large part.
func (c *chooser) share(b *box) int { return b.prose * 100 / max(c.all, little) }

// dropTalk leaves out what readers wrote below an article. Where there is next to nothing beside
// it, as in a forum, and where it goes on with a thread, it is what the page is about.
func (c *chooser) dropTalk() {
	var tops []int
	talked := 0
	asked := map[int]bool{} // the parents of talk: only the first of a parent can go on, so that all are walked once
	for i := 0; i < len(c.boxes); {
		b := &c.boxes[i]
		if b.hints&talk != 0 && container(b.node.DataAtom) {
			first := !asked[b.parent]
			asked[b.parent] = true
			if first && c.goesOn(i) {
				c.thread = b.parent
				i = b.end
				continue
			}
			tops = append(tops, i)
			talked += b.prose
			i = b.end
			continue
		}
		i++
	}
	if rest := c.all - talked; rest < 400 && rest*5 < c.all {
		return
	}
	for _, i := range tops {
		c.take(i)
	}
	c.all -= talked
}

// goesOn reports whether box i is the rest of a thread, as forums and archives of mail have them:
// what is in it is dressed like what stands before it.
func (c *chooser) goesOn(i int) bool {
	first := map[string]bool{}
	for j := c.boxes[i].parent + 1; j < i; j = c.boxes[j].end {
		b := &c.boxes[j]
		if kind, _, _ := strings.Cut(tree.Attr(b.node, "class"), " "); kind != "" && b.hints&talk == 0 && b.proseRuns > 0 {
			first[kind] = true
		}
	}
	if len(first) == 0 {
		return false
	}
	for j := i + 1; j < c.boxes[i].end && j < i+maxThreadBoxes; j++ {
		b := &c.boxes[j]
		if kind, _, _ := strings.Cut(tree.Attr(b.node, "class"), " "); first[kind] && b.proseRuns > 0 {
			return true
		}
	}
	return false
}

// maxThreadBoxes is the number of boxes from the beginning of a thread's answers in which the
// first of them is looked for.
const maxThreadBoxes = 50

// container reports whether an element is one that holds others, and not a piece of text or
// the page itself.
func container(a atom.Atom) bool {
	switch a {
	case atom.Div, atom.Section, atom.Article, atom.Aside, atom.Ul, atom.Ol, atom.Li, atom.Form, atom.Footer, atom.Table, atom.Header,
		0, atom.Dl, atom.Nav,
		atom.Fieldset, atom.Details:
		return true
	}
	return false
}

// holds reports whether an element can be what holds an article.
func holds(a atom.Atom) bool {
	switch a {
	case atom.Html, atom.Body, atom.Main, atom.Center, atom.Td, atom.Div, atom.Section, atom.Article, atom.Form, 0, atom.Fieldset:
		return true
	}
	return false
}

// prune leaves out what is known by its name or element not to be of the article. What holds a
// large part of the page's prose stays whatever it is called: names lie.
func (c *chooser) prune() {
	for i := 1; i < len(c.boxes); {
		if c.gone[i] {
			i++
			continue
		}
		if c.drops(i) {
			c.take(i)
			i = c.boxes[i].end
			continue
		}
		i++
	}
}

// aboveData reports whether box i, a figure, shows a table or code, whose caption says what they
// are. A picture is not seen, so its caption says nothing.
func (c *chooser) aboveData(i int) bool {
	f := &c.boxes[i]
	for j := i + 1; j < f.end && j < i+maxFigureBoxes; j++ {
		if c.boxes[j].node.DataAtom == atom.Table {
			return true
		}
	}
	return f.code
}

// maxFigureBoxes is the number of boxes from the beginning of a figure in which its table is
// looked for.
const maxFigureBoxes = 40

// drops reports whether box i is by its name or element not of the article.
func (c *chooser) drops(i int) bool {
	b := &c.boxes[i]
	share := c.share(b)
	name := b.node.DataAtom
	if b.inline || name == 0 && b.node.Data == "" {
		return false
	}
	switch name {
	case atom.Html, atom.Body, atom.Main, atom.Pre, atom.Code, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Tr, atom.Td, atom.Tbody:
		return false
	case atom.Nav, atom.Dialog, atom.Select, atom.Textarea:
		return share < 30
	case atom.Button:
		return share < 30 && !opener(b.node)
	case atom.Input:
		return false
	case atom.Header:
		if !b.h1 && b.prose == 0 && b.linked*2 > b.letters {
			return true
		}
	case atom.Footer:
		return share < 30
	case atom.Aside:
		return share < 30 && b.hints&note == 0
	case atom.Figcaption:
		return share < 20 && !c.aboveData(b.parent)
	case atom.Article:
		return share < 15 && b.hints&beside != 0
	}
	h := b.hints
	if h&note != 0 && h&(frame|talk) == 0 && b.linkShare() < 0.5 {
		return false
	}
	most := 40
	if h&body != 0 {
		most = 15
	}
	if h&hard != 0 {
		most += 20
	}
	if b.h1 {
		most = 10
	}
	switch {
	case c.plain, b.code && h&hard == 0:
	case h&(frame|hard) != 0:
		return share < most
	case h&beside != 0:
		return share < most && (b.linkRuns > 0 || b.linked*10 > b.letters || b.prose < shortRun)
	case h&about != 0:
		return share < 10 && b.letters < 300 && c.thread == 0 // in a thread, who says it is part of what is said
	case h&show != 0:
		return share < 20 && !b.h1
	}
	return !c.lists && isBlock(name) && !b.h1 && b.runs >= 3 && b.letters >= 60 && b.linked*4 > b.letters*3 && b.value < 0 && share < 10
}
