package render

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Formulas come in several copies: MathML for readers of the screen, boxes or glyphs for the eye,
// and TeX as their source. One of them is written, the source if it is there.
//
// Sources: the output of KaTeX (annotation in its MathML), MathJax 2 (script type=math/tex behind
// what it shows), MathJax 3 and 4 (mjx-container with assistive MathML, data-latex), MediaWiki's
// Math extension (mwe-math-element), LaTeXML (alttext).

// maxTeX bounds the source of a formula, in bytes.
const maxTeX = 4 << 10

// formula writes the source of a formula, on lines of its own if it is displayed so.
func (w *textWriter) formula(tex string, display bool) {
	if tex == "" {
		return
	}
	if display {
		w.block(2)
	}
	w.word(tex)
	if display {
		w.block(2)
	}
}

// displayStyle matches what MediaWiki and others put around a source.
var displayStyle = lazyregexp.New(`^\{\\(?:displaystyle|textstyle)\s+(.*)\}$`)

// sizeCommand matches the command with which LaTeXML begins each cell of an equation.
var sizeCommand = lazyregexp.New(`^\\(?:displaystyle|textstyle)(?:\s+|([^\sA-Za-z]))`)

// cleanTeX is a source on one line without what only sets its size; "" for what is no formula.
// Nobody sees a source, so prose in its place is not read: it could be meant for machines alone.
func cleanTeX(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "% <![CDATA[", ""), "%]]>", "")
	s = text.OneLine(text.Strip(text.Head(s, maxTeX)))
	if m := displayStyle.FindStringSubmatch(s); m != nil {
		s = strings.TrimSpace(m[1])
	}
	s = sizeCommand.ReplaceAllString(s, "$1")
	for _, p := range [][2]string{{"$$", "$$"}, {`\(`, `\)`}, {`\[`, `\]`}, {"$", "$"}} {
		if len(s) > len(p[0])+len(p[1]) && strings.HasPrefix(s, p[0]) && strings.HasSuffix(s, p[1]) {
			s = strings.TrimSpace(s[len(p[0]) : len(s)-len(p[1])])
			break
		}
	}
	if prose(s) {
		return ""
	}
	return s
}

// prose reports whether s reads like sentences: eight words and hardly a sign.
func prose(s string) bool {
	words, letters, all := 0, 0, 0
	for f := range strings.FieldsSeq(s) {
		n := 0
		for _, r := range f {
			if all++; unicode.IsLetter(r) {
				n++
			}
		}
		if letters += n; n >= 2 && f[0] != '\\' {
			words++
		}
	}
	return words >= 8 && letters*10 > all*8
}

// classFormula is the formula that an element of such a class shows.
func classFormula(n *html.Node, class string) (tex string, display, ok bool) {
	if !strings.Contains(class, "katex") && !strings.Contains(class, "MathJax") && !strings.Contains(class, "mjx") &&
		!strings.Contains(class, "mwe-math") {
		return "", false, false
	}
	for c := range strings.FieldsSeq(class) {
		switch c {
		case "katex", "katex-display":
			if tex, ok := source(n); ok {
				return tex, c == "katex-display" || n.Parent != nil && strings.Contains(tree.Attr(n.Parent, "class"), "katex-display"), true
			}
		case "MathJax_Preview":
			if beforeTeX(n) || n.NextSibling != nil && strings.Contains(tree.Attr(n.NextSibling, "class"), "MathJax") {
				return "", false, true
			}
		case "MathJax", "MathJax_Display", "MathJax_CHTML", "MathJax_SVG", "MathJax_SVG_Display", "mjx-chtml", "MJXc-display":
			if beforeTeX(n) {
				return "", false, true
			}
			if tex, ok := source(n); ok {
				return tex, strings.HasSuffix(strings.ToLower(c), "display"), true
			}
		case "mwe-math-element", "mwe-math-mathml-inline", "mwe-math-mathml-display":
			if tex, ok := source(n); ok {
				return tex, strings.Contains(class, "display") || strings.Contains(class, "-block"), true
			}
			if img := find(n, func(c *html.Node) bool { return tree.Name(c) == atom.Img }); img != nil {
				return cleanTeX(tree.Attr(img, "alt")), false, true
			}
		}
	}
	return "", false, false
}

// customFormula is the formula in an element of MathJax 3 and 4, or in one that has its source
// in an attribute, as pages of Gemini (data-math), Zhihu (data-tex) and WeChat (data-formula) do.
func customFormula(n *html.Node) (tex string, display, ok bool) {
	if n.Data == "mjx-container" {
		tex, ok = source(n)
		return tex, tree.Attr(n, "display") == "true", ok
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "data-math", "data-tex", "data-formula":
			// On what is large the attribute says something else.
			if _, short := shortText(n, 4*len(a.Val)+100); short && len(a.Val) <= maxTeX {
				tex = cleanTeX(a.Val)
				return tex, strings.Contains(tree.Attr(n, "class"), "block"), tex != ""
			}
		}
	}
	return "", false, false
}

// source is the source of the formula below n, or its MathML in words; ok is false if there is
// neither.
func source(n *html.Node) (tex string, ok bool) {
	math := find(n, func(c *html.Node) bool { return c.Data == "math" })
	if math != nil {
		if tex = annotated(math); tex != "" {
			return tex, true
		}
	}
	latex := find(n, func(c *html.Node) bool { return tree.Attr(c, "data-latex") != "" })
	if tex = cleanTeX(tree.Attr(n, "data-latex")); tex == "" && latex != nil {
		tex = cleanTeX(tree.Attr(latex, "data-latex"))
	}
	switch {
	case tex != "":
		return tex, true
	case math != nil:
		return convertMath(math), true
	}
	if boxes := find(n, func(c *html.Node) bool { return c.Data == "mjx-math" }); boxes != nil {
		if tex = convertMath(boxes); tex != "" {
			return tex, true
		}
	}
	for _, c := range []*html.Node{n, n.FirstChild} {
		if c == nil || tree.Attr(c, "data-mathml") == "" {
			continue
		}
		root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
		if tree.ParseFragment(strings.NewReader(text.Head(tree.Attr(c, "data-mathml"), 8*maxTeX)), root) == nil {
			return convertMath(root), true
		}
	}
	return "", false
}

// mathFormula is the formula of a MathML element.
func mathFormula(n *html.Node) string {
	if tex := annotated(n); tex != "" {
		return tex
	}
	return convertMath(n)
}

// annotated is the TeX that a MathML element carries with it.
func annotated(math *html.Node) string {
	a := find(math, func(c *html.Node) bool {
		return c.Data == "annotation" && strings.Contains(strings.ToLower(tree.Attr(c, "encoding")), "tex")
	})
	if a != nil {
		if tex := cleanTeX(tree.Text(a)); tex != "" {
			return tex
		}
	}
	if tex := cleanTeX(tree.Attr(math, "alttext")); tex != "" {
		return tex
	}
	return cleanTeX(tree.Attr(math, "data-latex"))
}

// find is the first element below n that f takes, nil for none.
func find(n *html.Node, f func(*html.Node) bool) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if f(c) {
			return c
		}
		if d := find(c, f); d != nil {
			return d
		}
	}
	return nil
}

// scriptFormula is the formula in a script element of MathJax 2, which browsers do not run.
func scriptFormula(n *html.Node) (tex string, display bool) {
	kind := strings.ToLower(tree.Attr(n, "type"))
	switch {
	case strings.HasPrefix(kind, "math/tex"):
		return cleanTeX(tree.Raw(n)), strings.Contains(kind, "mode=display")
	case strings.HasPrefix(kind, "math/asciimath"):
		return cleanTeX(tree.Raw(n)), false
	case strings.HasPrefix(kind, "math/mml"):
		root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
		if tree.ParseFragment(strings.NewReader(text.Head(tree.Raw(n), 8*maxTeX)), root) == nil {
			return convertMath(root), false
		}
	}
	return "", false
}

// beforeTeX reports whether the script with the source of what n shows is one of the next two
// elements.
func beforeTeX(n *html.Node) bool {
	seen := 0
	for s := n.NextSibling; s != nil && seen < 2; s = s.NextSibling {
		if s.Type != html.ElementNode {
			continue
		}
		if tree.Name(s) == atom.Script {
			return strings.HasPrefix(strings.ToLower(tree.Attr(s, "type")), "math/")
		}
		seen++
	}
	return false
}

var (
	// formulaClass matches classes of pictures of formulas, formulaSource the addresses of what
	// draws them.
	formulaClass = lazyregexp.New(`(?i)(?:^|\s)(?:latex|tex|math|latexmath|mathimg|equation|formula|ee_img|tr_noresize|` +
		`ql-img-\S+|mwe-math-\S+)(?:\s|$)`)
	formulaSource = lazyregexp.New(`(?i)latex\.php|latex\.codecogs\.com|/render/math|/mathtex|/mimetex|chart\?cht=tx|` +
		`/equation\?tex=|quicklatex|/(?:formula|latex|math|tex)/%5C`)
	// command matches a command of TeX with its argument, as alternative texts of formulas begin.
	command = lazyregexp.New(`^\\?[({\[\s$]*\\(?:begin|frac|sum|int|operatorname|math\w+|sqrt|left|displaystyle|text)\b`)
	// texSign matches what only formulas have.
	texSign = lazyregexp.New(`[\\^_={}<>+]|^\S{1,3}$`)
)

// imageFormula is the formula that a picture shows, by its alternative text or by the address
// of what draws it.
func imageFormula(n *html.Node, alt string) (tex string, ok bool) {
	src, class := tree.Attr(n, "src"), tree.Attr(n, "class")
	drawn := len(src) < maxTeX && (strings.Contains(src, "tex") || strings.Contains(src, "math") || strings.Contains(src, "cht=") ||
		strings.Contains(src, "formula/")) && formulaSource.MatchString(src)
	if !drawn && !command.MatchString(alt) && (class == "" || !formulaClass.MatchString(class)) {
		return "", false
	}
	if tex = cleanTeX(alt); tex != "" && texSign.MatchString(tex) {
		return tex, true
	}
	if !drawn {
		return "", false
	}
	path, query, found := strings.Cut(text.Head(src, maxTeX), "?")
	if !found {
		query = path[strings.LastIndexByte(path, '/')+1:]
	}
	for _, name := range []string{"latex=", "math=", "tex=", "chl="} {
		if _, v, ok := strings.Cut("&"+query, "&"+name); ok {
			query, _, _ = strings.Cut(v, "&")
		}
	}
	if query, err := url.PathUnescape(strings.ReplaceAll(query, "+", "%2B")); err == nil {
		return cleanTeX(query), true
	}
	return "", false
}
