package article

import (
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// root is the box in which the prose of the page stands together, with what else of the article
// is around it. What stands around it and is not of it is left out.
func (c *chooser) root() int {
	near, at := 0.0, 0
	value, whole := 0, 0
	for i := range c.boxes {
		b := &c.boxes[i]
		if c.gone[i] || !holds(b.node.DataAtom) {
			continue
		}
		if v := c.nearness(b); v > near {
			near, at = v, i
		}
		if b.value >= value {
			value, whole = b.value, i
		}
	}
	b := &c.boxes[at]
	switch {
	case c.thread > 0 && c.thread <= at && at < c.boxes[c.thread].end:
		at = c.thread
	case c.named(at), b.hints&body != 0 && b.hints&^(body|exact) == 0 && b.prose*10 > c.boxes[whole].prose*8:
		at = c.widen(at, 0, func(j, i int) bool { return j < i && c.leads(j) })
	case b.prose*2 < c.boxes[whole].prose && !c.stands(at, near):
		// No article stands out: a front page, a page of sections.
		at = whole
	default:
		at = c.widen(at, whole, func(j, i int) bool { return c.goesWith(j, i, b.value) })
	}
	return c.complete(at)
}

// nearness is how much prose stands together in b, less where links are in it or its name is
// that of something else.
func (c *chooser) nearness(b *box) float64 {
	v := b.near * (1 - b.linkShare())
	switch {
	case c.plain:
	case b.hints&(frame|beside|about) != 0:
		v /= 3
	case b.hints&exact != 0:
		v *= 1.3
	}
	return v
}

// stands reports whether box at, of that nearness, stands out among the other places of the page
// where prose stands together, as an article does among teasers.
func (c *chooser) stands(at int, near float64) bool {
	if c.boxes[at].prose < enough {
		return false
	}
	for i := range c.boxes {
		apart := c.boxes[i].end <= at || i >= c.boxes[at].end
		if apart && !c.gone[i] && holds(c.boxes[i].node.DataAtom) && c.nearness(&c.boxes[i])*5 > near*3 {
			return false
		}
	}
	return true
}

// named reports whether box at is by its name the text of the article, and next to nothing else
// is.
func (c *chooser) named(at int) bool {
	b := &c.boxes[at]
	if c.plain || b.hints&exact == 0 || b.prose < enough/2 {
		return false
	}
	all := 0
	for i := 0; i < len(c.boxes); {
		around := i < at && c.boxes[i].end > at
		if o := &c.boxes[i]; !c.gone[i] && o.hints&exact != 0 && !around {
			all += o.prose
			i = o.end
			continue
		}
		i++
	}
	return b.prose*10 >= all*9
}

// widen goes up from box at, at most to box top, to the last element that has more of the
// article: keeps says it of a box j beside a box i on the way. What else is beside the way is
// left out.
func (c *chooser) widen(at, top int, keeps func(j, i int) bool) int {
	root := at
	for i := at; i > top; i = c.boxes[i].parent {
		up := c.boxes[i].parent
		a := c.boxes[up].node.DataAtom
		outside := top == 0 && (a == atom.Body || a == atom.Html)
		for j := up + 1; j < c.boxes[up].end; j = c.boxes[j].end {
			// Outside of all boxes only the head of the article is of it.
			if j != i && !c.gone[j] && keeps(j, i) && (!outside || c.boxes[j].h1 && j < i) {
				root = up
			}
		}
	}
	for i := at; i > root; i = c.boxes[i].parent {
		up := c.boxes[i].parent
		for j := up + 1; j < c.boxes[up].end; j = c.boxes[j].end {
			if j != i && !c.gone[j] && !keeps(j, i) {
				c.take(j)
			}
		}
	}
	return root
}

// leads reports whether a box reads like the first paragraph of an article, set apart from the
// others.
func (c *chooser) leads(j int) bool {
	b := &c.boxes[j]
	return b.proseRuns >= 1 && b.runs <= 3 && b.prose >= shortRun && b.linkRuns == 0 && b.linkShare() < 0.2
}

// goesWith reports whether box j, beside box i that holds the article of that value, is of it
// too. What has as many links as sentences is a teaser.
func (c *chooser) goesWith(j, i, value int) bool {
	b := &c.boxes[j]
	if b.prose == 0 || b.linkShare() > 0.3 || b.linkRuns*2 >= b.proseRuns {
		return false
	}
	switch b.node.DataAtom {
	case atom.P, atom.Pre, atom.Blockquote, atom.Ul, atom.Ol, atom.Table, atom.Dl, atom.Figure, atom.H2, atom.H3, atom.H4:
		return true
	}
	if j < i && c.leads(j) && c.boxes[c.boxes[i].parent].node.DataAtom != atom.Body {
		return true
	}
	class := tree.Attr(b.node, "class")
	return class != "" && class == tree.Attr(c.boxes[i].node, "class") || b.value*20 > value
}

// complete goes up from box at to the element that says to be the article or the main part of the
// page, if what that has besides is most of it and not links: lists of parts, tables of
// parameters, which don't read like prose.
func (c *chooser) complete(at int) int {
	b := c.boxes[at]
	for up := b.parent; up >= 0; up = c.boxes[up].parent {
		o := c.boxes[up]
		switch o.node.DataAtom {
		case atom.Body, atom.Html:
			return at
		case atom.Article, atom.Main:
		default:
			if o.hints&body == 0 || o.hints&^(body|exact) != 0 {
				continue
			}
		}
		if b.letters*5 > o.letters*3 {
			continue
		}
		o.add(&b, -1)
		if o.linkShare() < 0.3 && o.linkRuns*4 <= o.runs {
			return up
		}
	}
	return at
}
