// Package render writes the tree of a page as plain text.
package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// Text writes the tree below n as readable plain text: paragraphs separated
// by blank lines, "# " headings, "- " and "1. " lists, "| a | b |" table rows,
// code in fences with its white space. Links are their text.
func Text(n *html.Node) string {
	w := &textWriter{}
	w.node(n)
	return w.String()
}

// Fragment renders an HTML fragment, such as the HTML that an API answers with.
func Fragment(s string) string {
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	if err := tree.ParseFragment(strings.NewReader(s), root); err != nil {
		return text.OneLine(StripTags(s))
	}
	return Text(root)
}

// StripTags is s, a line of metadata, without markup; each tag parts words.
func StripTags(s string) string {
	if !strings.ContainsRune(s, '<') {
		return s
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		default:
			b.WriteByte(' ')
		}
	}
}

// textWriter writes the text of a tree. Breaks and spaces are only noted as due and are written
// before the next word, so that elements without text leave nothing behind, and the largest of
// several breaks counts.
type textWriter struct {
	b       strings.Builder
	space   bool   // a space is due before the next word
	breaks  int    // line breaks due before the next text
	prefix  string // written at the start of each line: quotes, list indentation
	pre     bool
	last    string // the prefix that the last text was written under
	lists   []int  // per open list: -1 bulleted, else the last number
	started bool
	marked  bool // a list mark was written and its text is due on the same line
}

func (w *textWriter) String() string { return strings.TrimSpace(w.b.String()) }

// block asks for n line breaks before what comes next.
func (w *textWriter) block(n int) {
	if w.marked {
		return
	}
	if w.breaks < n {
		w.breaks = n
	}
	w.space = false
}

// flush writes what is due before the next word: line breaks with their
// prefixes, or one space. Blocks only ask for breaks, so that empty elements
// leave no trace.
func (w *textWriter) flush() {
	if w.breaks > 0 || !w.started {
		if w.started {
			for i := range w.breaks {
				w.b.WriteByte('\n')
				if i < w.breaks-1 {
					w.b.WriteString(strings.TrimRight(commonPrefix(w.last, w.prefix), " "))
				}
			}
		}
		w.b.WriteString(w.prefix)
		w.breaks, w.space = 0, false
	}
	if w.space {
		w.b.WriteByte(' ')
		w.space = false
	}
	w.started, w.marked, w.last = true, false, w.prefix
}

// maxPrefix bounds what stands before each line, in bytes: it is written once a
// line, and pages can nest deeper than anybody reads.
const maxPrefix = 40

// indent adds to what stands before each line.
func (w *textWriter) indent(by string) {
	if len(w.prefix) < maxPrefix {
		w.prefix += by
	}
}

// commonPrefix is what a and b begin with in common: a blank line between two quotes belongs to
// both.
func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// text writes a text node, with white space collapsed outside of code. White space between two
// words is one space, unless a line break is due. text.Strip takes out characters that show
// nothing.
func (w *textWriter) text(s string) {
	if w.pre {
		s = text.Strip(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\t", "    "))
		if s == "" {
			return
		}
		w.flush()
		w.b.WriteString(strings.ReplaceAll(s, "\n", "\n"+w.prefix))
		return
	}
	due := func() { w.space = w.space || w.breaks == 0 && w.started }
	for len(s) > 0 {
		word, rest, spaced := s, "", false
		if i := strings.IndexFunc(s, text.Blank); i >= 0 {
			word, rest, spaced = s[:i], strings.TrimLeftFunc(s[i:], text.Blank), true
		}
		if word = text.Strip(word); word != "" {
			w.flush()
			w.b.WriteString(word)
		}
		if s = rest; spaced {
			due()
		}
	}
}

// children writes what is in n.
func (w *textWriter) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

// node writes an element and what is in it. Elements without text of their own
// are left out.
func (w *textWriter) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
		return
	case html.ElementNode:
	default:
		w.children(n)
		return
	}
	switch tree.Name(n) {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Head, atom.Iframe, atom.Object:
	case atom.Br:
		w.block(1)
	case atom.Hr:
		w.block(2)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.block(2)
		if strings.TrimSpace(tree.Text(n)) != "" {
			w.flush()
			w.space = false
			w.b.WriteString(strings.Repeat("#", int(n.Data[1]-'0')) + " ")
			w.children(n)
		}
		w.block(2)
	case atom.Pre:
		w.preformatted(n)
	case atom.Code:
		// Extractors rename pre to code; lines tell a block from a word.
		if n.DataAtom == atom.Pre || strings.Contains(strings.Trim(tree.Text(n), "\n"), "\n") {
			w.preformatted(n)
		} else {
			w.inlineCode(n)
		}
	case atom.Ul, atom.Ol, atom.Menu:
		w.list(n)
	case atom.Li:
		w.item(n)
	case atom.Table:
		w.table(n)
	case atom.Blockquote:
		w.block(2)
		was := w.prefix
		w.indent("> ")
		w.children(n)
		w.prefix = was
		w.block(2)
	case atom.Dt:
		w.block(2)
		w.children(n)
		w.block(1)
	case atom.Dd:
		w.block(1)
		w.children(n)
		w.block(1)
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Aside, atom.Nav,
		atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Dl, atom.Form, atom.Fieldset, atom.Address, atom.Body, atom.Center:
		w.block(2)
		w.children(n)
		w.block(2)
	default:
		w.children(n)
	}
}

// inlineCode writes a word of code between backticks.
func (w *textWriter) inlineCode(n *html.Node) {
	code := text.OneLine(tree.Text(n))
	if code == "" {
		return
	}
	if strings.Contains(code, "`") || w.pre {
		w.children(n)
		return
	}
	w.flush()
	w.b.WriteString("`" + text.Strip(code) + "`")
}

// preformatted writes an element of code as a block, without the empty lines around it.
func (w *textWriter) preformatted(n *html.Node) {
	code := strings.Trim(tree.Text(n), "\r\n")
	if strings.TrimSpace(code) == "" {
		return
	}
	w.fenced(code)
}

// fenced writes lines of code as they are.
func (w *textWriter) fenced(code string) {
	w.block(2)
	w.flush()
	w.b.WriteString("```")
	w.block(1)
	w.pre = true
	w.text(code)
	w.pre = false
	w.block(1)
	w.flush()
	w.b.WriteString("```")
	w.block(2)
}

// list writes a list; one within another is set off by a line break only. Numbers go on from the
// start attribute.
func (w *textWriter) list(n *html.Node) {
	start := -1
	if tree.Name(n) == atom.Ol {
		start = 0
		if v, err := strconv.Atoi(tree.Attr(n, "start")); err == nil && v > 0 && v < 1<<20 {
			start = v - 1
		}
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

// item writes a list item: its mark, its first block on the same line, the
// others below, indented.
func (w *textWriter) item(n *html.Node) {
	w.block(1)
	if strings.TrimSpace(tree.Text(n)) == "" {
		return
	}
	mark := "- "
	if depth := len(w.lists); depth > 0 && w.lists[depth-1] >= 0 {
		w.lists[depth-1]++
		mark = strconv.Itoa(w.lists[depth-1]) + ". "
	}
	w.flush()
	w.b.WriteString(mark)
	w.marked = true
	was := w.prefix
	w.indent(strings.Repeat(" ", len(mark)))
	w.children(n)
	w.prefix, w.marked = was, false
	w.block(1)
}

// table writes one line a row. A table of one column, or one that holds other
// blocks, is layout and is written as its content.
func (w *textWriter) table(n *html.Node) {
	rows := tableRows(n)
	layout := true
	for _, row := range rows {
		if len(row) > 1 {
			layout = false
		}
		for _, cell := range row {
			// A table within a table, or a cell as long as an article: it puts a page in
			// columns.
			if tree.Contains(cell, atom.Table) || len(tree.Text(cell)) > 1000 {
				layout = true
				rows = nil
			}
		}
	}
	w.block(2)
	if code := codeTable(n); code != "" {
		w.fenced(code)
		return
	}
	if layout {
		w.children(n)
		w.block(2)
		return
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		empty := true
		for i, c := range row {
			cells[i] = text.OneLine(Text(c))
			empty = empty && cells[i] == ""
		}
		if empty {
			continue
		}
		w.block(1)
		w.flush()
		w.b.WriteString("| " + strings.Join(cells, " | ") + " |")
	}
	w.block(2)
}

// codeTable returns the lines of a table that shows code with line numbers, as
// code hosts and highlighters make them, or "".
func codeTable(n *html.Node) string {
	var lines []string
	for _, row := range tableRows(n) {
		for _, cell := range row {
			if class := tree.Attr(cell, "class"); strings.Contains(class, "blob-code") || strings.Contains(class, "js-file-line") {
				lines = append(lines, strings.TrimRight(strings.Trim(tree.Text(cell), "\r\n"), " "))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// tableRows are the cells of a table itself, not those of tables in it.
func tableRows(n *html.Node) [][]*html.Node {
	var rows [][]*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch tree.Name(c) {
			case atom.Tr:
				var cells []*html.Node
				for d := c.FirstChild; d != nil; d = d.NextSibling {
					if t := tree.Name(d); t == atom.Td || t == atom.Th {
						cells = append(cells, d)
					}
				}
				rows = append(rows, cells)
			case atom.Thead, atom.Tbody, atom.Tfoot:
				walk(c)
			}
		}
	}
	walk(n)
	return rows
}
