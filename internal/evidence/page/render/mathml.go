package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// convertMath writes MathML in the manner of TeX. Signs stay as they are: ≤ is read as well as
// \le. Source of the elements: MathML Core, and MathML 3 for those that browsers dropped.
func convertMath(n *html.Node) string {
	var m mathWriter
	m.node(n, 0)
	s := text.OneLine(text.Strip(m.b.String()))
	if prose(s) {
		return ""
	}
	return s
}

// maxMathDepth bounds the nesting of MathML that is read; what is deeper is left out.
const maxMathDepth = 100

// mathWriter writes MathML.
type mathWriter struct{ b strings.Builder }

// node writes an element of MathML.
func (m *mathWriter) node(n *html.Node, depth int) {
	if depth > maxMathDepth || m.b.Len() > maxTeX {
		return
	}
	if n.Type != html.ElementNode {
		return
	}
	k := elements(n)
	if strings.HasPrefix(n.Data, "mjx-") {
		m.box(n, k, depth)
		return
	}
	arg := func(i int) string {
		if i >= len(k) {
			return ""
		}
		var a mathWriter
		a.node(k[i], depth+1)
		return strings.TrimSpace(a.b.String())
	}
	switch n.Data {
	case "annotation", "annotation-xml", "mphantom", "none", "mprescripts":
	case "semantics", "maction":
		if len(k) > 0 {
			m.node(k[0], depth+1)
		}
	case "mi", "mn":
		m.identifier(text.OneLine(tree.Text(n)))
	case "mo":
		m.operator(n, text.OneLine(tree.Text(n)))
	case "mtext", "ms":
		m.b.WriteString(strings.ReplaceAll(tree.Text(n), "\u00a0", " "))
	case "mspace":
		m.space()
	case "msup":
		m.base(arg(0))
		m.scripted("^", arg(1))
	case "msub":
		m.base(arg(0))
		m.scripted("_", arg(1))
	case "msubsup", "munderover":
		m.base(arg(0))
		m.scripted("_", arg(1))
		m.scripted("^", arg(2))
	case "munder":
		m.base(arg(0))
		m.scripted("_", arg(1))
	case "mover":
		m.over(arg(0), arg(1))
	case "mmultiscripts":
		m.base(arg(0))
		m.scripted("_", arg(1))
		m.scripted("^", arg(2))
	case "mfrac":
		m.b.WriteString(`\frac{` + arg(0) + "}{" + arg(1) + "}")
	case "msqrt":
		m.b.WriteString(`\sqrt{`)
		m.all(k, depth)
		m.b.WriteString("}")
	case "mroot":
		m.b.WriteString(`\sqrt[` + arg(1) + "]{" + arg(0) + "}")
	case "mfenced":
		m.fenced(n, k, depth)
	case "mtable":
		m.parted(k, ` \\ `, depth)
	case "mtr", "mlabeledtr":
		m.parted(k, " & ", depth)
	default:
		m.all(k, depth)
	}
}

// elements are the element children of n.
func elements(n *html.Node) []*html.Node {
	var out []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			out = append(out, c)
		}
	}
	return out
}

// all writes elements one after another.
func (m *mathWriter) all(k []*html.Node, depth int) {
	for _, c := range k {
		m.node(c, depth+1)
	}
}

// parted writes elements with a mark between them.
func (m *mathWriter) parted(k []*html.Node, mark string, depth int) {
	for i, c := range k {
		if i > 0 {
			m.b.WriteString(mark)
		}
		m.node(c, depth+1)
	}
}

// fenced writes elements between brackets, parted by commas.
func (m *mathWriter) fenced(n *html.Node, k []*html.Node, depth int) {
	open, end := "(", ")"
	if tree.HasAttr(n, "open") {
		open = tree.Attr(n, "open")
	}
	if tree.HasAttr(n, "close") {
		end = tree.Attr(n, "close")
	}
	m.b.WriteString(open)
	m.parted(k, ", ", depth)
	m.b.WriteString(end)
}

// space writes a space, unless there is one.
func (m *mathWriter) space() {
	if s := m.b.String(); s != "" && s[len(s)-1] != ' ' {
		m.b.WriteByte(' ')
	}
}

// identifier writes a name or number. Names of several letters stand apart from letters.
func (m *mathWriter) identifier(s string) {
	last, _ := utf8.DecodeLastRuneInString(m.b.String())
	first, _ := utf8.DecodeRuneInString(s)
	if utf8.RuneCountInString(s) > 1 && unicode.IsLetter(first) && unicode.IsLetter(last) ||
		unicode.IsDigit(first) && unicode.IsDigit(last) || unicode.IsLetter(first) && (m.afterName() || m.afterScript()) {
		m.space()
	}
	m.b.WriteString(s)
}

// afterScript reports whether the last thing written is an exponent or index of one letter, which
// another letter would go on with.
func (m *mathWriter) afterScript() bool {
	s := m.b.String()
	last, size := utf8.DecodeLastRuneInString(s)
	s = s[:len(s)-size]
	return unicode.IsLetter(last) && s != "" && (s[len(s)-1] == '^' || s[len(s)-1] == '_')
}

// afterName reports whether the last thing written is a name of several letters, such as sin.
func (m *mathWriter) afterName() bool {
	letters := 0
	s := m.b.String()
	for len(s) > 0 {
		r, size := utf8.DecodeLastRuneInString(s)
		if !unicode.IsLetter(r) {
			break
		}
		letters++
		s = s[:len(s)-size]
	}
	return letters > 2 && (s == "" || s[len(s)-1] == ' ')
}

// operator writes an operator: with spaces around it when it relates or joins two terms.
func (m *mathWriter) operator(n *html.Node, s string) {
	s = text.Strip(strings.ReplaceAll(s, "−", "-"))
	written := strings.TrimRight(m.b.String(), " ")
	last, _ := utf8.DecodeLastRuneInString(written)
	prefix := written == "" || strings.ContainsRune("([{=<>≤≥,+-·×&", last)
	switch r, _ := utf8.DecodeRuneInString(s); {
	case s == "":
	case s == "," || s == ";":
		m.b.WriteString(s + " ")
	case (s == "-" || s == "+" || s == "±") && (prefix || tree.Attr(n, "form") == "prefix"):
		m.b.WriteString(s)
	case strings.ContainsRune("=<>+-±×÷·∗∪∩∈∉⊂⊆⊃⊇≤≥≠≈≡∼≪≫∝→←↦⇒⇔∧∨∘⊕⊗:≜≔", r):
		m.space()
		m.b.WriteString(s + " ")
	default:
		m.b.WriteString(s)
	}
}

// base writes what scripts are put to, in braces if it is more than one thing.
func (m *mathWriter) base(s string) {
	if strings.ContainsAny(s, " ") && !enclosed(s) {
		s = "(" + s + ")"
	}
	m.identifier(s)
}

// enclosed reports whether s stands in brackets.
func enclosed(s string) bool {
	return len(s) > 1 && strings.ContainsRune("([{|", rune(s[0])) && strings.ContainsRune(")]}|", rune(s[len(s)-1]))
}

// scripted writes an exponent or an index.
func (m *mathWriter) scripted(mark, s string) {
	switch {
	case s == "":
	case s == "′" || s == "'" || s == "″":
		m.b.WriteString(s)
	case number.MatchString(s) || utf8.RuneCountInString(s) == 1:
		m.b.WriteString(mark + s)
	default:
		m.b.WriteString(mark + "{" + s + "}")
	}
}

// accents are the signs over a letter, by their names in TeX.
var accents = map[string]string{
	"^": "hat", "ˆ": "hat", "¯": "bar", "‾": "bar", "―": "bar", "_": "bar", "→": "vec", "⃗": "vec", "~": "tilde", "˜": "tilde",
	"˙": "dot", ".": "dot", "¨": "ddot",
}

// over writes what has something over it.
func (m *mathWriter) over(base, sign string) {
	if name, ok := accents[sign]; ok {
		m.b.WriteString(`\` + name + "{" + base + "}")
		return
	}
	m.base(base)
	m.scripted("^", sign)
}
