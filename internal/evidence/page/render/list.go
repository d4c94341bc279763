package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// list writes a list; one within another is set off by a line break only. Numbers go on from the
// start attribute.
func (w *textWriter) list(n *html.Node) {
	if digits, _ := digitsOnly(n); digits && gutterClass.MatchString(tree.Attr(n, "class")) {
		return
	}
	start := -1
	if tree.Name(n) == atom.Ol {
		start = positive(n, "start") - 1
	}
	gap := 2
	if len(w.lists) > 0 {
		gap = 1
	}
	w.block(gap)
	w.lists = append(w.lists, start)
	w.children(n)
	w.lists = w.lists[:len(w.lists)-1]
	w.block(gap)
}

// positive is the number in an attribute, 1 if there is none that a list could have.
func positive(n *html.Node, name string) int {
	if v, err := strconv.Atoi(tree.Attr(n, name)); err == nil && v > 0 && v < 1<<20 {
		return v
	}
	return 1
}

// item writes a list item: its mark, its first block on the same line, the
// others below, indented. In a cell, items are parted by semicolons.
func (w *textWriter) item(n *html.Node) {
	mark := "- "
	if depth := len(w.lists); depth > 0 && w.lists[depth-1] >= 0 {
		if tree.HasAttr(n, "value") {
			w.lists[depth-1] = positive(n, "value") - 1
		}
		w.lists[depth-1]++
		mark = strconv.Itoa(w.lists[depth-1]) + ". "
	}
	if w.cell {
		w.semi = w.started
		w.children(n)
		w.semi = w.started
		return
	}
	w.block(1)
	was := w.prefix
	w.marked(mark, func() {
		w.indent(strings.Repeat(" ", len(mark)))
		w.children(n)
	})
	w.prefix = was
	w.block(1)
}

// term writes what a definition list defines; several before one definition stand together.
func (w *textWriter) term(n *html.Node) {
	gap := 2
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.Type == html.ElementNode {
			if tree.Name(p) == atom.Dt {
				gap = 1
			}
			break
		}
	}
	w.block(gap)
	w.children(n)
	w.block(1)
}
