package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// preformatted writes an element of code as a block, without the empty lines around it.
func (w *textWriter) preformatted(n *html.Node) {
	if gutter(n) {
		return
	}
	w.listed(n)
}

// listed writes what is in n as the lines of a listing.
func (w *textWriter) listed(n *html.Node) {
	if code := listingOf(n); strings.TrimSpace(code) != "" {
		w.fenced(code)
	}
}

// code writes an element of code: a word between backquotes, or a block if it has several lines
// that are not just those of its source. Keys and output within a line are plain words.
func (w *textWriter) code(n *html.Node, name atom.Atom) {
	if name == atom.Kbd {
		w.children(n)
		return
	}
	lines := tree.Contains(n, atom.Br) || tree.Contains(n, atom.Div) || alone(n) && strings.Contains(strings.TrimSpace(tree.Text(n)), "\n") ||
		styleValue(tree.Attr(n, "style"), "white-space") == "pre"
	switch {
	case lines:
		if code := listingOf(n); strings.Contains(code, "\n") {
			w.fenced(code)
			return
		}
		fallthrough
	case name == atom.Code:
		w.codeWord(text.OneLine(listingOf(n)))
	default:
		w.children(n)
	}
}

// alone reports whether n has no words beside it in its block.
func alone(n *html.Node) bool {
	beside := func(s *html.Node) bool {
		for seen := 0; s != nil && seen < maxLook; seen++ {
			if s.Type == html.TextNode && strings.TrimSpace(s.Data) != "" {
				return false
			}
			s = s.NextSibling
		}
		return true
	}
	return n.Parent == nil || beside(n.Parent.FirstChild)
}

// textarea writes a field of a form that shows code, as pages from before highlighters and
// generators of code have.
func (w *textWriter) textarea(n *html.Node) {
	class := tree.Attr(n, "class")
	shows := tree.Attr(n, "name") == "code" || codeField.MatchString(class) || tree.HasAttr(n, "readonly")
	if s := tree.Text(n); shows && !strings.Contains(class, "crayon") && strings.Contains(strings.TrimSpace(s), "\n") {
		w.listed(n)
	}
}

// codeField matches classes of fields that show code.
var codeField = lazyregexp.New(`(?i)(?:^|[\s:_-])(?:code|source|prettyprint|brush)(?:$|[\s:;_-])`)

// listingOfSeveral writes blocks of one line that follow one another as one listing, as editors
// make them that put a block around each line. It returns the last of them, nil if n is not the
// first of such.
func (w *textWriter) listingOfSeveral(n *html.Node) *html.Node {
	if n.Type != html.ElementNode || tree.Name(n) != atom.Pre || nextPre(n) == nil || tree.Contains(n, atom.Table) {
		return nil
	}
	var lines []string
	last := (*html.Node)(nil)
	for p := n; p != nil; p = nextPre(p) {
		s := listingOf(p)
		if strings.Contains(s, "\n") || gutter(p) {
			break
		}
		lines, last = append(lines, s), p
	}
	if len(lines) < 2 {
		return nil
	}
	if code := strings.Trim(strings.Join(lines, "\n"), "\n"); strings.TrimSpace(code) != "" {
		w.fenced(code)
	}
	return last
}

// nextPre is the pre that follows n with nothing between.
func nextPre(n *html.Node) *html.Node {
	for s := n.NextSibling; s != nil; s = s.NextSibling {
		switch {
		case tree.Name(s) == atom.Pre:
			return s
		case s.Type == html.ElementNode, s.Type == html.TextNode && strings.TrimSpace(s.Data) != "":
			return nil
		}
	}
	return nil
}

// codeClasses are the classes of elements that show code without a pre: editors (CodeMirror,
// Monaco, ACE) and highlighters (Crayon, dp.SyntaxHighlighter, SyntaxHighlighter, EnlighterJS).
var codeClasses = text.Set(`codemirror-code cm-content view-lines ace_text-layer crayon-pre react-code-lines dp-highlighter
	syntaxhighlighter enlighter ltx_listing`)

// plainBox matches the classes of boxes that hold code as it is.
var plainBox = lazyregexp.New(`(?:^|\s)(?:code-?block|code_block|programlisting|verbatim|lstlisting|sourcecode)(?:$|\s)`)

// codeBox reports whether n is an element that shows code without a pre.
func codeBox(n *html.Node, class string) bool {
	plain := strings.Contains(class, "code") || strings.Contains(class, "verbatim") || strings.Contains(class, "listing")
	if plain && tree.Name(n) == atom.Div && plainBox.MatchString(class) {
		return onlyLines(n)
	}
	switch tree.Name(n) {
	case atom.Div, atom.Ol, atom.Ul, atom.Section, atom.Figure:
	default:
		return false
	}
	for c := range strings.FieldsSeq(class) {
		if codeClasses[strings.ToLower(c)] {
			return true
		}
	}
	return false
}

// onlyLines reports whether all that is in n is text of several lines.
func onlyLines(n *html.Node) bool {
	lines := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			lines += strings.Count(strings.TrimSpace(c.Data), "\n")
		case c.Type == html.ElementNode && tree.Name(c) != atom.Span:
			return false
		}
	}
	return lines > 0
}

// listingOf is the code in n with its lines, without the empty ones around it, numbers of lines
// and what belongs to the frame.
func listingOf(n *html.Node) string {
	if isPre(n) {
		// An editor within a pre, with its own frame.
		if box := find(n, func(c *html.Node) bool { return codeBox(c, tree.Attr(c, "class")) }); box != nil {
			n = box
		}
	}
	l := listing{framed: tree.Name(n) == atom.Pre && tree.Contains(n, atom.Code)}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		l.node(c, n)
	}
	return l.code()
}

// listing collects lines of code. A box within code is a line, whatever element it is of: its
// end asks for a line break, which the next text brings with it or gets.
type listing struct {
	b       strings.Builder
	due     bool       // the line has ended, the break is not written yet
	framed  bool       // the code is in a code element; boxes around that are its frame
	inCode  bool       // within that element
	numbers []numbered // what may be numbers of lines
	gaps    []int      // where such were left out
}

// numbered is a number in an element of its own at the beginning of a line.
type numbered struct{ start, end, value int }

// code is what was collected, without numbers and the empty lines around it.
func (l *listing) code() string {
	return strings.Trim(l.withoutNumbers(), "\r\n")
}

// node collects n, a child of parent.
func (l *listing) node(n, parent *html.Node) {
	switch n.Type {
	case html.TextNode:
		if !between(n, parent) {
			l.text(n.Data)
		}
		return
	case html.ElementNode:
	default:
		return
	}
	name := tree.Name(n)
	if l.left(n, name) {
		return
	}
	was := l.inCode
	l.inCode = l.inCode || name == atom.Code
	defer func() { l.inCode = was }()
	if mark := tree.Attr(n, "data-code-marker"); mark != "" && len(mark) <= 2 {
		l.text(mark)
	}
	switch {
	case name == atom.Br:
		l.text("\n")
	case name == atom.Sup || name == atom.Sub:
		if s, ok := shortText(n, maxScript); ok && s != "" && !tree.Contains(n, atom.A) {
			l.text(scriptMark(name == atom.Sup) + s)
			return
		}
		l.children(n)
	case name == atom.Tr:
		l.row(n)
	case tree.IsBlock(name) || name == 0 && holdsBlocks(n):
		l.box(n, true)
	case ownLine(n):
		l.box(n, false)
	default:
		l.mayNumber(n)
	}
}

// children collects what is in n.
func (l *listing) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		l.node(c, n)
	}
}

// box collects a line, or several. A block begins a line even behind text; a line that is empty
// counts where others like it stand beside it.
func (l *listing) box(n *html.Node, block bool) {
	l.end()
	if last := len(l.numbers) - 1; block && last >= 0 && l.numbers[last].end == l.b.Len() {
		l.b.WriteByte(' ') // the number of this line stands beside the box
	} else if block && !l.atStart() {
		l.b.WriteByte('\n')
	}
	before := l.b.Len()
	l.children(n)
	if l.b.Len() > before && !l.due {
		l.due = !l.atStart()
	} else if l.b.Len() == before && (ownLine(n) || alike(n)) {
		l.due = true
	}
}

// row collects a row of a table without the cells that number it.
func (l *listing) row(n *html.Node) {
	l.end()
	before := l.b.Len()
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if name := tree.Name(c); (name == atom.Td || name == atom.Th) && !numberCell(c) {
			l.node(c, n)
			l.due = false
		}
	}
	if l.b.Len() == before || !l.atStart() {
		l.due = true
	}
}

// end writes the line break that is due.
func (l *listing) end() {
	if l.due {
		l.b.WriteByte('\n')
		l.due = false
	}
}

// atStart reports whether nothing is on the current line.
func (l *listing) atStart() bool {
	s := l.b.String()
	return s == "" || s[len(s)-1] == '\n'
}

// text collects text. A break in front of it is the one that is due.
func (l *listing) text(s string) {
	s = codeSpaces.Replace(s)
	if l.due && s != "" {
		if l.due = false; s[0] != '\n' {
			l.b.WriteByte('\n')
		}
	}
	l.b.WriteString(s)
}

// codeSpaces makes white space what it looks like.
var codeSpaces = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ", "\u00a0", " ")

// between reports whether a text is the white space that the source of the page has between
// lines which are elements.
func between(n, parent *html.Node) bool {
	if strings.TrimSpace(n.Data) != "" || !strings.Contains(n.Data, "\n") {
		return false
	}
	switch tree.Name(parent) {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tr, atom.Ol, atom.Ul:
		return true
	}
	previous, next := n.PrevSibling, n.NextSibling
	if previous == nil && next == nil {
		return false
	}
	return (previous == nil || tree.IsBlock(tree.Name(previous))) && (next == nil || tree.IsBlock(tree.Name(next)))
}

// left reports whether an element in code is not code: buttons, pictures, numbers of lines, the
// frame around it.
func (l *listing) left(n *html.Node, name atom.Atom) bool {
	switch name {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Button, atom.Select, atom.Input, atom.Textarea, atom.Figcaption:
		return true
	case atom.Pre, atom.Ul, atom.Ol, atom.Div, atom.Span, atom.A, atom.B, atom.I, atom.Em, atom.Td, atom.Code:
		// Within a line, a number that is a link is a reference.
		begins := tree.IsBlock(name) || name == atom.Td || l.due || l.atStart()
		if name == atom.Pre && gutter(n) {
			return true
		}
		if begins && lineNumber(n) {
			l.end()
			l.gaps = append(l.gaps, l.b.Len())
			return true
		}
	}
	class := tree.Attr(n, "class")
	if class != "" && frameClass.MatchString(class) {
		if s, ok := shortText(n, 40); ok && !strings.Contains(s, "\n") && !tree.Contains(n, atom.Code) && !tree.Contains(n, atom.Pre) {
			return true
		}
	}
	// A header within the code, with its buttons.
	if l.b.Len() == 0 && tree.IsBlock(name) && tree.Contains(n, atom.Button) && !tree.Contains(n, atom.Code) {
		if _, short := shortText(n, 60); short {
			return true
		}
	}
	// A header that says the language, above the code.
	if l.framed && !l.inCode && (name == atom.Div || name == atom.P || name == atom.Header) && !tree.Contains(n, atom.Code) {
		_, short := shortText(n, 60)
		return short
	}
	return false
}

// lineClass matches the classes of elements that are a line of code.
var lineClass = lazyregexp.New(`(?:^|\s)(?:line|codeline|hljs-ln-line|LineRow|react-code-line-contents\S*|line-content|` +
	`\S*[_-]line)(?:$|\s)`)

// ownLine reports whether an element that is a part of a line elsewhere is a line of code by its
// class, its style or its attributes.
func ownLine(n *html.Node) bool {
	if len(n.Attr) == 0 {
		return false
	}
	switch d := displayOf(n); d {
	case "block", "flex", "grid", "table-row", "list-item":
		return true
	}
	return lineClass.MatchString(tree.Attr(n, "class")) || tree.HasAttr(n, "data-line") && tree.Name(n) == atom.Span
}

// alike reports whether an element of the same name stands beside n.
func alike(n *html.Node) bool {
	for _, step := range []func(*html.Node) *html.Node{
		func(s *html.Node) *html.Node { return s.PrevSibling }, func(s *html.Node) *html.Node { return s.NextSibling },
	} {
		s := step(n)
		for s != nil && s.Type != html.ElementNode {
			s = step(s)
		}
		if s != nil && s.Data == n.Data {
			return true
		}
	}
	return false
}
