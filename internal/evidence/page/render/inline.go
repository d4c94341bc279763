package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// dressed writes an element whose attributes make it something else than its name says, and
// reports whether it did.
func (w *textWriter) dressed(n *html.Node) bool {
	if noteRef(n) {
		w.afterReferral(n, w.base())
		return true
	}
	class, style := tree.Attr(n, "class"), tree.Attr(n, "style")
	if style != "" && struckOut(style) {
		return true
	}
	if class != "" {
		if (strings.Contains(class, "str") || strings.Contains(class, "through")) && struckClass.MatchString(class) || class == "mw-editsection" {
			return true
		}
		if f, display, ok := classFormula(n, class); ok {
			w.formula(f, display)
			return true
		}
		if codeBox(n, class) {
			w.listed(n)
			return true
		}
		if frameOfCode(n, class) {
			return true
		}
		if strings.HasPrefix(class, "ltx_note") && w.note(n, class) {
			return true
		}
	}
	if f, display, ok := customFormula(n); ok {
		w.formula(f, display)
		return true
	}
	if style != "" || strings.Contains(class, "whitespace-pre") {
		if w.spaced(n, class, style) {
			return true
		}
		switch v := styleValue(style, "vertical-align"); {
		case v == "super" && len(n.Attr) > 0 && !tree.IsBlock(tree.Name(n)) && tree.Name(n) != atom.Sup && tree.Name(n) != atom.Td:
			w.script(n, true)
			return true
		case v == "sub" && !tree.IsBlock(tree.Name(n)) && tree.Name(n) != atom.Sub && tree.Name(n) != atom.Td:
			w.script(n, false)
			return true
		}
	}
	if tree.HasAttr(n, "role") || style != "" || class != "" {
		return w.boxTable(n, class)
	}
	return false
}

// note writes a footnote that LaTeXML puts where it is referred to: its mark, and what it says,
// in brackets. Browsers show that only when it is pointed at.
func (w *textWriter) note(n *html.Node, class string) bool {
	content := find(n, func(c *html.Node) bool { return strings.Contains(tree.Attr(c, "class"), "ltx_note_content") })
	mark := find(n, func(c *html.Node) bool { return strings.Contains(tree.Attr(c, "class"), "ltx_note_mark") })
	if content == nil || mark == nil {
		return false
	}
	s, _ := shortText(mark, maxScript)
	w.word("[" + s)
	if !strings.Contains(class, "footnotemark") {
		w.word(":")
		w.gap()
		for c := content.FirstChild; c != nil; c = c.NextSibling {
			if inner := tree.Attr(c, "class"); !strings.Contains(inner, "ltx_note_mark") && !strings.Contains(inner, "ltx_tag_note") {
				w.node(c)
			}
		}
		w.space = false
	}
	w.b.WriteByte(']')
	return true
}

// struckClass matches the usual names of classes that strike text out.
var struckClass = lazyregexp.New(`(?:^|\s)(?:line-through|strike|strikethrough|striked|text-decoration-line-through|text-strike|` +
	`is-struck)(?:\s|$)`)

// struckOut reports whether a style draws a line through the text.
func struckOut(style string) bool {
	return strings.Contains(style, "line-through") && (strings.Contains(styleValue(style, "text-decoration"), "line-through") ||
		strings.Contains(styleValue(style, "text-decoration-line"), "line-through"))
}

// spaced writes an element whose style keeps the lines of its source.
func (w *textWriter) spaced(n *html.Node, class, style string) bool {
	v := styleValue(style, "white-space")
	if v == "" && strings.Contains(class, "whitespace-pre") {
		for c := range strings.FieldsSeq(class) {
			if rest, ok := strings.CutPrefix(c, "whitespace-"); ok {
				v = rest
			}
		}
	}
	name := tree.Name(n)
	if !strings.HasPrefix(v, "pre") && v != "break-spaces" || name == atom.Pre || name == atom.Code || name == atom.Textarea || w.lines {
		return false
	}
	font := strings.ToLower(style)
	mono := strings.Contains(font, "mono") || strings.Contains(font, "courier") || strings.Contains(class, "mono")
	if v == "pre" && mono && tree.IsBlock(name) {
		w.listed(n)
		return true
	}
	w.lines = true
	w.undressed(n)
	w.lines = false
	return true
}

// undressed writes n by its name.
func (w *textWriter) undressed(n *html.Node) {
	bare := *n
	bare.Attr = nil
	for _, a := range n.Attr {
		if a.Key != "style" && a.Key != "class" {
			bare.Attr = append(bare.Attr, a)
		}
	}
	w.node(&bare)
}

// lineBreak asks for a new line, and for a new paragraph when it follows another.
func (w *textWriter) lineBreak(n *html.Node) {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if tree.Name(p) == atom.Br {
			w.block(2)
			return
		}
		if p.Type == html.ElementNode || p.Type == html.TextNode && strings.TrimSpace(p.Data) != "" {
			break
		}
	}
	w.block(1)
}

// heading writes a heading behind its marks.
func (w *textWriter) heading(n *html.Node) {
	if w.cell {
		w.block(1)
		w.children(n)
		w.block(1)
		return
	}
	w.block(2)
	w.marked(strings.Repeat("#", int(n.Data[1]-'0'))+" ", func() { w.children(n) })
	w.block(2)
}

// quoted writes a short quotation between the marks that browsers set.
func (w *textWriter) quoted(n *html.Node) {
	was, writes := w.open, w.writes
	w.open += "\""
	w.children(n)
	if w.writes == writes {
		w.open = was
		return
	}
	w.b.WriteByte('"')
}

// link writes the text of a link, but not the marks by which a heading or a footnote links to
// itself.
func (w *textWriter) link(n *html.Node) {
	if strings.HasPrefix(tree.Attr(n, "href"), "#") || strings.Contains(tree.Attr(n, "class"), "anchor") ||
		strings.Contains(tree.Attr(n, "class"), "headerlink") {
		if s, ok := shortText(n, 60); ok && permalink(n, s) {
			return
		}
	}
	w.inline(n, atom.A)
}

// permalinkText matches what stands for the address of a place in the page: a paragraph mark, a
// hash, a chain, an arrow back from a footnote, or words for them.
var permalinkText = lazyregexp.New(`(?i)^(?:[#¶§🔗⚓↩↑⤴∞\x{fe0e}\x{fe0f}^]+|permalink|permanent link|anchor|` +
	`(?:permalink|link|direct link|anchor link|anchor) (?:to|for)\b.{0,50}|copy link)$`)

// permalink reports whether a link of that text shows only the address of a place in the page. A
// word is one only in a heading that has other words.
func permalink(n *html.Node, s string) bool {
	if s = strings.TrimSpace(text.Strip(s)); s == "" || !permalinkText.MatchString(s) {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(s); !unicode.IsLetter(r) {
		return true
	}
	p := n.Parent
	return p != nil && len(p.Data) == 2 && p.Data[0] == 'h' && (n.PrevSibling != nil || n.NextSibling != nil)
}

// image writes a picture that stands for a character or for a formula.
func (w *textWriter) image(n *html.Node) {
	alt := strings.TrimSpace(tree.Attr(n, "alt"))
	if f, ok := imageFormula(n, alt); ok {
		w.formula(f, false)
		return
	}
	if emoji(alt) {
		w.word(alt)
	}
}

// emoji reports whether an alternative text is one or a few characters that are pictures by
// themselves, or a name of one between colons.
func emoji(alt string) bool {
	if alt == "" || utf8.RuneCountInString(alt) > 12 {
		return false
	}
	for _, r := range alt {
		if r < 0xa9 || unicode.IsLetter(r) || unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// input writes the mark of a task in a list.
func (w *textWriter) input(n *html.Node) {
	if strings.EqualFold(tree.Attr(n, "type"), "checkbox") && len(w.lists) > 0 && (w.mark != "" || w.cell) {
		mark := "[ ] "
		if tree.HasAttr(n, "checked") {
			mark = "[x] "
		}
		w.mark += mark
		return
	}
	w.gap()
}

// choice writes the option that a menu of a form shows.
func (w *textWriter) choice(n *html.Node) {
	shown := (*html.Node)(nil)
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch tree.Name(c) {
			case atom.Option:
				if shown == nil || tree.HasAttr(c, "selected") {
					shown = c
				}
			case atom.Optgroup:
				walk(c)
			}
		}
	}
	walk(n)
	if shown != nil {
		w.gap()
		w.children(shown)
		w.gap()
	}
}

// copyText matches what is written on buttons that copy code.
var copyText = lazyregexp.New(`(?i)^(?:copy|copied!?|copy (?:code|link|to clipboard|snippet|text)|expand code|wrap text|` +
	`toggle word wrap|复制|复制代码|複製|コピー|コピーする|복사|kopieren|copier|copiar|копировать|copia)$`)

// button writes what is written on a button; two beside each other are parted.
func (w *textWriter) button(n *html.Node) {
	if s, ok := shortText(n, 40); ok && copyText.MatchString(strings.TrimSpace(s)) && !inSentence(n) {
		return
	}
	if p := n.PrevSibling; p != nil && tree.Name(p) == atom.Button {
		w.gap()
	}
	w.inline(n, atom.Button)
}

// inSentence reports whether words stand beside n.
func inSentence(n *html.Node) bool {
	return tree.HasWords(n.PrevSibling) || tree.HasWords(n.NextSibling)
}

// shortText is the text below n, if it has no more than most bytes.
func shortText(n *html.Node, most int) (s string, ok bool) {
	var b strings.Builder
	nodes := 0
	var walk func(*html.Node) bool
	walk = func(n *html.Node) bool {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if nodes++; nodes > maxLook {
				return false
			}
			switch {
			case c.Type == html.TextNode:
				if t := strings.TrimSpace(c.Data); t != "" || c.Data != "" {
					if b.Len()+len(t) > most {
						return false
					}
					b.WriteString(c.Data[:min(len(c.Data), 4*most)])
				}
			case c.Type == html.ElementNode && c.DataAtom != atom.Script && c.DataAtom != atom.Style && c.DataAtom != atom.Svg:
				if !walk(c) {
					return false
				}
			}
		}
		return true
	}
	if !walk(n) {
		return "", false
	}
	return strings.TrimSpace(b.String()), true
}
