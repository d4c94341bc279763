package article

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// box is an element with what was measured below it. Boxes stand in the order of the document,
// so those below box i are i+1 to its end.
type box struct {
	node   *html.Node
	parent int
	end    int
	// letters and linked are the weights of all text and of that in links.
	letters, linked int
	// prose is the weight of the runs that read like sentences or are code.
	prose int
	// value is prose less what speaks against it: lists of links, labels.
	value int
	// near is the sum of the values of runs below, each divided by its distance.
	near float64
	// runs is the number of runs of text.
	runs int
	// proseRuns reads like sentences, linkRuns is nothing but a link.
	proseRuns, linkRuns int
	h1                  bool // a heading of the first level is in it
	code                bool // a block of code is in it
	inline              bool // a piece of a line, or within code
	hints               hints
}

// The weight of a text is the number of its letters and digits, where one of a script without
// spaces between words counts as three: a Chinese sentence has a third of the characters.
const wideWeight = 3

const (
	// A run of that weight reads like a sentence when it ends as one, and in any case from
	// longRun on.
	shortRun = 60
	longRun  = 140
	// maxAgainst is the most that one run speaks against its place, by weight: an entry of a
	// list of links, not the whole list.
	maxAgainst = 40
	// maxCode is the most that one block of code counts, by weight: a listing is not more of an
	// article than its text.
	maxCode = 1500
)

// run is a piece of text between two edges of blocks.
type run struct {
	letters, linked int
	last            rune
}

// measurer walks a tree once. Its depth is bounded by that of the parser.
type measurer struct {
	boxes []box
	hints hintReader
	run   run
	link  int // open links
	code  int // open blocks of code
	head  int // open headings
	item  int // open items of lists and cells of tables
}

// measure reads the tree below doc.
func measure(doc *html.Node) []box {
	m := &measurer{boxes: make([]box, 0, 1024), hints: hintReader{}}
	m.element(doc, -1)
	return m.boxes
}

// element measures n and what is in it.
func (m *measurer) element(n *html.Node, parent int) {
	at := len(m.boxes)
	name := n.DataAtom
	edge := isBlock(name)
	m.boxes = append(m.boxes, box{node: n, parent: parent, inline: m.code > 0 || inLine(n)})
	if b := &m.boxes[at]; !b.inline {
		b.hints = m.hints.of(n)
	}
	if edge {
		m.flush(parent)
	}
	var open *int
	switch name {
	case atom.A:
		open = &m.link
	case atom.Pre:
		open = &m.code
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		open = &m.head
	case atom.Li, atom.Td, atom.Th, atom.Dd, atom.Dt:
		open = &m.item
	}
	if open != nil {
		*open++
	}
	breaks := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			if m.text(c.Data) {
				breaks = 0
			}
		case html.ElementNode:
			switch c.DataAtom {
			case atom.Br:
				if breaks++; breaks == 2 && m.code == 0 {
					m.flush(at)
				}
				continue
			case atom.Script, atom.Style, atom.Svg, atom.Template, atom.Iframe, atom.Select, atom.Option, atom.Textarea, atom.Head:
				continue
			}
			breaks = 0
			m.element(c, at)
		}
	}
	if edge {
		m.flush(at)
	}
	if open != nil {
		*open--
	}
	b := &m.boxes[at]
	b.end = len(m.boxes)
	b.h1 = b.h1 || name == atom.H1
	b.code = b.code || name == atom.Pre
	if parent >= 0 {
		p := &m.boxes[parent]
		p.h1 = p.h1 || b.h1
		p.code = p.code || b.code
		p.add(b, 1)
	}
}

// text adds a text node to the open run and reports whether it showed anything.
func (m *measurer) text(s string) bool {
	weight := 0
	for _, r := range s {
		switch {
		case r < 0x80:
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
				weight++
			} else if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
				continue
			}
		case unicode.IsSpace(r):
			continue
		case wide(r):
			weight += wideWeight
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			weight++
		}
		if r != '"' && r != '”' && r != '’' && r != '»' && r != '\'' && r != ')' && r != ']' && r != '*' {
			m.run.last = r
		}
	}
	m.run.letters += weight
	if m.link > 0 {
		m.run.linked += weight
	}
	return strings.TrimSpace(s) != ""
}

// flush counts the open run for the element at.
func (m *measurer) flush(at int) {
	r := m.run
	m.run = run{}
	if r.letters == 0 || at < 0 {
		return
	}
	b := &m.boxes[at]
	b.letters += r.letters
	b.linked += r.linked
	b.runs++
	v := m.worth(r)
	if v > 0 {
		b.prose += v
		b.proseRuns++
	}
	if r.linked*5 >= r.letters*4 {
		b.linkRuns++
	}
	b.value += v
	m.spread(at, v)
}

// spread adds v to what holds the run at box at: all to the nearest element that can hold an
// article, half to the next, a third to the one above that. Paragraphs that stand together add
// up, those of many teasers don't.
func (m *measurer) spread(at, v int) {
	for at >= 0 && !holds(m.boxes[at].node.DataAtom) {
		at = m.boxes[at].parent
	}
	if m.item > 0 && v > 0 {
		v /= 2
	}
	v = max(v, -maxAgainst)
	for level := 1; at >= 0 && level <= 5; level++ {
		m.boxes[at].near += float64(v) / float64(level)
		at = m.boxes[at].parent
	}
}

// worth is what a run says for the place where it stands being the article.
func (m *measurer) worth(r run) int {
	ends := sentenceEnd(r.last)
	switch {
	case m.code > 0:
		return min(r.letters, maxCode)
	case r.linked*2 >= r.letters:
		if ends && r.letters > longRun && r.linked*5 < r.letters*4 {
			return 0
		}
		return -r.letters
	case m.head > 0 && !(r.letters >= shortRun && ends && r.last != '?' && r.last != '!'):
		return 0
	case r.letters >= longRun, ends && r.letters >= shortRun:
		return r.letters - r.linked
	case ends:
		return r.letters / 2
	case m.item > 0:
		return 0
	}
	return -10
}

// sentenceEnd reports whether r ends a sentence, in any of several scripts.
func sentenceEnd(r rune) bool {
	switch r {
	case '.', '!', '?', '…', ':', '。', '！', '？', '।', '؟':
		return true
	}
	return false
}

// wide reports whether r is of a script that is written without spaces between words.
func wide(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0x0E00 && r < 0x0F00 // Thai, Lao
}

// isBlock reports whether an element begins a run of its own: what stands on its own lines, cells,
// and controls with their labels.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Html, atom.Td, atom.Th, atom.Button, atom.Dialog, atom.Legend, atom.Label:
		return true
	}
	return tree.IsBlock(a)
}

// add counts what is below o for b, or takes it off with the sign -1.
func (b *box) add(o *box, sign int) {
	b.letters += sign * o.letters
	b.linked += sign * o.linked
	b.prose += sign * o.prose
	b.value += sign * o.value
	b.runs += sign * o.runs
	b.proseRuns += sign * o.proseRuns
	b.linkRuns += sign * o.linkRuns
}

// inLine reports whether n is a piece of a line of text: a control with text on both sides, or an
// element that HTML shows within a line, with text on one. An element that HTML does not know is
// none.
func inLine(n *html.Node) bool {
	before, after := tree.HasWords(n.PrevSibling), tree.HasWords(n.NextSibling)
	switch n.DataAtom {
	case atom.Button, atom.Label, atom.Select, atom.Input:
		return before && after
	case atom.A, atom.Code, atom.Em, atom.Strong, atom.B, atom.I, atom.Kbd, atom.Samp, atom.Var, atom.Sub, atom.Sup:
		return true
	}
	return n.DataAtom != 0 && !isBlock(n.DataAtom) && (before || after)
}

// linkShare is the share of the text of b that is in links, 0 to 1.
func (b *box) linkShare() float64 { return float64(b.linked) / float64(max(b.letters, 1)) }
