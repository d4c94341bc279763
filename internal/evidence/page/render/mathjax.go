package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// box writes what MathJax 3 and 4 make of MathML for the eye (CHTML), for pages that keep nothing
// else: boxes called mjx- and the name of the MathML element, with a box around each part.
func (m *mathWriter) box(n *html.Node, k []*html.Node, depth int) {
	part := func(names ...string) string {
		for _, name := range names {
			if c := find(n, func(c *html.Node) bool { return c.Data == "mjx-"+name }); c != nil {
				var a mathWriter
				a.all(elements(c), depth+1)
				return strings.TrimSpace(a.b.String())
			}
		}
		return ""
	}
	one := func(i int) string {
		if i >= len(k) {
			return ""
		}
		var a mathWriter
		a.node(k[i], depth+1)
		return strings.TrimSpace(a.b.String())
	}
	switch n.Data[len("mjx-"):] {
	case "assistive-mml", "nstrut", "dstrut", "line", "surd", "spacer", "strut", "mphantom", "speech", "stretchy-v", "stretchy-h":
		if n.Data != "mjx-assistive-mml" && strings.HasPrefix(n.Data, "mjx-stretchy") {
			m.b.WriteString(glyphs(n))
		}
	case "mi", "mn", "ms":
		m.identifier(glyphs(n))
	case "mo":
		m.operator(n, glyphs(n))
	case "mtext":
		m.b.WriteString(glyphs(n))
	case "mspace":
		m.space()
	case "mfrac":
		m.b.WriteString(`\frac{` + part("num") + "}{" + part("den") + "}")
	case "msqrt":
		m.b.WriteString(`\sqrt{` + part("box") + "}")
	case "mroot":
		m.b.WriteString(`\sqrt[` + part("root") + "]{" + part("box") + "}")
	case "msup":
		m.base(one(0))
		m.scripted("^", part("script"))
	case "msub":
		m.base(one(0))
		m.scripted("_", part("script"))
	case "msubsup":
		m.base(one(0))
		if script := find(n, func(c *html.Node) bool { return c.Data == "mjx-script" }); script != nil {
			var up, down mathWriter
			for i, c := range elements(script) {
				if i == 0 {
					up.node(c, depth+1)
				} else {
					down.node(c, depth+1)
				}
			}
			m.scripted("_", strings.TrimSpace(down.b.String()))
			m.scripted("^", strings.TrimSpace(up.b.String()))
		}
	case "munder", "mover", "munderover":
		over, under := part("over"), part("under")
		if n.Data == "mjx-mover" {
			m.over(part("base"), over)
			return
		}
		m.base(part("base"))
		m.scripted("_", under)
		m.scripted("^", over)
	case "mtable", "table", "itable":
		m.parted(k, ` \\ `, depth)
	case "mtr", "mlabeledtr":
		m.parted(k, " & ", depth)
	default:
		m.all(k, depth)
	}
}

// glyphs is the text of a box: as text, or by the code in the class of each character, such as
// mjx-c1D465 for an italic x.
func glyphs(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Data == "mjx-c" && c.FirstChild == nil {
				for class := range strings.FieldsSeq(tree.Attr(c, "class")) {
					if code, ok := strings.CutPrefix(class, "mjx-c"); ok {
						if r, err := strconv.ParseUint(code, 16, 21); err == nil {
							b.WriteRune(rune(r))
						}
					}
				}
			}
			if c.Type == html.TextNode {
				b.WriteString(c.Data)
			}
			walk(c)
		}
	}
	walk(n)
	return strings.Map(upright, strings.TrimSpace(b.String()))
}

// upright is the common form of a letter or digit of the block Mathematical Alphanumeric Symbols
// (Unicode, U+1D400 to U+1D7FF), as far as italics, bold and their like go.
func upright(r rune) rune {
	switch {
	case r >= 0x1d400 && r <= 0x1d6a3:
		at := (r - 0x1d400) % 52
		if at < 26 {
			return 'A' + at
		}
		return 'a' + at - 26
	case r >= 0x1d6a8 && r <= 0x1d7c9:
		// Capitals, nabla, small letters, then six variants of them.
		if at := (r - 0x1d6a8) % 58; at < 25 {
			return 'Α' + at
		} else if at > 25 && at < 51 {
			return 'α' + at - 26
		}
	case r >= 0x1d7ce && r <= 0x1d7ff:
		return '0' + (r-0x1d7ce)%10
	}
	return r
}
