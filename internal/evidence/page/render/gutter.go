package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Numbers of lines stand beside code as elements of their own: a cell or box for all of them, or
// one before each line. They are told from numbers in code by class, by what marks them as not to
// be copied, by an address that ends with them, or because they count the lines.

// gutterClass matches the classes of numbers of lines in Chroma, Rouge, Pygments, highlight.js,
// Prism, SyntaxHighlighter, Crayon, prettify, CodeMirror, ACE, Monaco, and the code hosts.
var gutterClass = lazyregexp.New(`(?i)(?:^|[\s_-])(?:line-?_?(?:nos?|nums?|numbers?|nr|index|count|col)|lineno\w*|linenumbers?|` +
	`linenr|ln(?:t|td|o|um)?|gutter\w*|gl|blob-num|hljs-ln-(?:n|numbers)|crayon-nums?\S*|pre-numbering|nums|lines-num|codemirror-linenumber|` +
	`cm-gutter\w*|ace_gutter\S*|margin-view-overlays|line-numbers-rows|fileContents-lineNum|react-line-number|diff-line-num|` +
	`line_num(?:ber)?s?|code-?num(?:ber)?s?|ltx_tag_listingline)(?:$|[\s_-])`)

// lineNumber reports whether an element in code shows nothing but numbers of lines, or is where a
// script would put them.
func lineNumber(n *html.Node) bool {
	if len(n.Attr) == 0 {
		return false
	}
	digits, some := digitsOnly(n)
	if !digits {
		return false
	}
	if gutterClass.MatchString(tree.Attr(n, "class")) || tree.HasAttr(n, "data-line-number") || tree.HasAttr(n, "unselectable") {
		return true
	}
	if !some {
		return false
	}
	style := tree.Attr(n, "style")
	return strings.Contains(tree.Attr(n, "class"), "select-none") ||
		strings.Contains(style, "user-select") && strings.Contains(style, "none") ||
		tree.Name(n) == atom.A && numberedAddress.MatchString(tree.Attr(n, "href")) ||
		tree.HasAttr(n, "data-pseudo-content") || tree.HasAttr(n, "data-linenumber")
}

// numberedAddress matches a link to a place that is called by a number, such as #L12.
var numberedAddress = lazyregexp.New(`#.*\d$`)

// digitsOnly reports whether the text below n is numbers and white space, and whether there is
// any.
func digitsOnly(n *html.Node) (only, some bool) {
	only = true
	for c := n.FirstChild; c != nil && only; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			for _, r := range c.Data {
				switch {
				case r >= '0' && r <= '9':
					some = true
				case r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == '\u00a0' || some && (r == '.' || r == ':' || r == '|'):
				default:
					return false, some
				}
			}
		case html.ElementNode:
			o, s := digitsOnly(c)
			only, some = o, some || s
		}
	}
	return only, some
}

// gutter reports whether a pre is the numbers of the lines of another.
func gutter(n *html.Node) bool {
	if digits, some := digitsOnly(n); !digits || !some {
		return false
	}
	for p, up := n, 0; p != nil && up < 4; p, up = p.Parent, up+1 {
		if gutterClass.MatchString(tree.Attr(p, "class")) {
			return true
		}
		if name := tree.Name(p); name == atom.Td || name == atom.Th {
			return numberCell(p)
		}
	}
	return false
}

// numberCell reports whether a cell numbers the lines of the code in its row: it has nothing but
// numbers, or nothing at all, and is marked so or stands beside code.
func numberCell(n *html.Node) bool {
	digits, some := digitsOnly(n)
	if !digits {
		return false
	}
	if tree.HasAttr(n, "data-line-number") || gutterClass.MatchString(tree.Attr(n, "class")) || marksLines(n) {
		return true
	}
	for s := n.NextSibling; s != nil && some; s = s.NextSibling {
		if s.Type == html.ElementNode {
			return codeCell.MatchString(tree.Attr(s, "class")) || tree.Contains(s, atom.Pre) && tree.Contains(n, atom.Pre)
		}
	}
	return false
}

// marksLines reports whether the first elements in a cell are those of numbers.
func marksLines(n *html.Node) bool {
	for depth := 0; n != nil && depth < 4; depth++ {
		n = n.FirstChild
		for n != nil && n.Type != html.ElementNode {
			n = n.NextSibling
		}
		if n != nil && (gutterClass.MatchString(tree.Attr(n, "class")) || tree.HasAttr(n, "data-line-number") ||
			tree.Name(n) == atom.A && numberedAddress.MatchString(tree.Attr(n, "href"))) {
			return true
		}
	}
	return false
}

// numberToken matches the classes by which highlighters mark numbers in code.
var numberToken = lazyregexp.New(`(?i)(?:^|[\s_-])(?:number|num|nu|mi|mf|mh|m|dv|lit|literal|constant|mtk\d+|pl-c1)(?:\s|$)`)

// mayNumber collects an element within a line, and notes it if it is a number at the beginning
// of one.
func (l *listing) mayNumber(n *html.Node) {
	at := l.due || l.atStart()
	before := l.b.Len()
	l.children(n)
	if !at || l.b.Len() == before || numberToken.MatchString(tree.Attr(n, "class")) {
		return
	}
	s := l.b.String()[before:]
	if s[0] == '\n' && before > 0 {
		before++
		s = s[1:]
	}
	if v, err := strconv.Atoi(strings.Trim(s, " .:|")); err == nil && v >= 0 && len(s) <= 8 {
		l.numbers = append(l.numbers, numbered{before, before + len(s), v})
	}
}

// withoutNumbers is the code without the numbers at the beginning of its lines, if there is one
// for each line, or at least for each that is not empty, and they count the lines; and without
// the space that parts such numbers from their lines.
func (l *listing) withoutNumbers() string {
	s := l.b.String()
	lines := 0
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) != "" {
			lines++
		}
	}
	cuts := l.numbers
	if len(cuts) < 3 || len(cuts) < lines || !counting(cuts) {
		cuts = nil
		for _, at := range l.gaps {
			cuts = append(cuts, numbered{start: at, end: at})
		}
	}
	spaced := false // each line is parted from its number, the first of them by one space only
	for _, n := range cuts {
		rest := s[n.end:]
		if rest == "" || rest[0] == '\n' {
			continue
		}
		if rest[0] != ' ' {
			spaced = false
			break
		}
		spaced = spaced || len(rest) > 1 && rest[1] != ' '
	}
	var b strings.Builder
	at := 0
	for _, n := range cuts {
		if n.start < at {
			continue
		}
		b.WriteString(s[at:n.start])
		if at = n.end; spaced && at < len(s) && s[at] == ' ' {
			at++
		}
	}
	b.WriteString(s[at:])
	return b.String()
}

// counting reports whether each number is the one before it and one.
func counting(numbers []numbered) bool {
	for i := 1; i < len(numbers); i++ {
		if numbers[i].value != numbers[i-1].value+1 {
			return false
		}
	}
	return true
}
