package page

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

var (
	mdBadge    = regexp.MustCompile(`\[!\[[^\]]*\]\([^)]*\)\]\(([^)\s]*)[^)]*\)|\[!\[[^\]]*\]\[[^\]]*\]\]\[[^\]]*\]`)
	mdImage    = regexp.MustCompile(`!\[[^\]]*\]\([^)]*\)|!\[[^\]]*\]\[[^\]]*\]`)
	mdLink     = regexp.MustCompile(`\[([^\]\[]*)\]\(\s*<?([^)\s>]*)>?[^)]*\)`)
	mdRefLink  = regexp.MustCompile(`\[([^\]\[]+)\]\[[^\]]*\]`)
	mdRefDef   = regexp.MustCompile(`(?m)^ {0,3}\[([^\]]+)\]:\s*<?(\S+?)>?(?:\s+["'(].*)?$`)
	mdAutoLink = regexp.MustCompile(`<(https?://[^>\s]+)>`)
	mdStrong   = regexp.MustCompile(`(\*\*|__)([^*_\n]+?)(\*\*|__)`)
	mdCodeSpan = regexp.MustCompile("``[^\n]*?``|`[^`\n]+`")
	mdSetext   = regexp.MustCompile(`(?m)^([^\n#>|\-*+ ][^\n]*)\n(=+|-{3,})[ \t]*$`)
	mdATX      = regexp.MustCompile(`(?m)^ {0,3}(#{1,6})[ \t]*([^#\s][^\n]*?)[ \t]*#*$`)
	mdFence    = regexp.MustCompile("^ {0,3}(```+|~~~+)")
	mdEscape   = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	blankLines = regexp.MustCompile(`\n[ \t]*\n(?:[ \t]*\n)+`)
	rstImage   = regexp.MustCompile(`(?m)^\.\. (?:\|[^|]*\| )?(?:image|figure|raw|contents|toctree|_[^:]+):.*(?:\n[ \t]+\S.*)*$`)
	rstHeading = regexp.MustCompile("(?m)^([^\\s=\\-~^\"'`#*.][^\\n]*)\\n([=~^\"'`#*+\\-])[=~^\"'`#*+\\-]{2,}[ \\t]*$")
	rstLink    = regexp.MustCompile("`([^`<]+?)\\s*<([^>`]+)>`__?")
	rstCode    = regexp.MustCompile("``([^`]+)``")
)

// Markdown makes a README or a card readable: images and badges go, links are
// their text, headings are written with #, HTML in it loses its tags, and its
// comments and hidden elements, code stays as it is. It returns the addresses
// linked to, absolute against base.
func Markdown(src string, base *url.URL) (text string, links []string) {
	src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n")
	seen := map[string]bool{}
	link := func(href string) {
		if len(links) >= maxLinks {
			return
		}
		if abs := absolute(href, base); abs != "" && !seen[abs] {
			seen[abs] = true
			links = append(links, abs)
		}
	}
	var out, open []string
	fence := ""
	flush := func() {
		if len(open) > 0 {
			out = append(out, markdownText(strings.Join(open, "\n"), link))
			open = nil
		}
	}
	for line := range strings.SplitSeq(src, "\n") {
		m := mdFence.FindStringSubmatch(line)
		switch {
		case fence == "" && m != nil:
			flush()
			fence = m[1][:3]
			out = append(out, "\n```")
		case fence != "" && m != nil && strings.HasPrefix(m[1], fence) && strings.TrimSpace(strings.TrimLeft(line, " `~")) == "":
			fence = ""
			out = append(out, "```\n")
		case fence != "":
			out = append(out, strings.Map(dropHidden, line))
		default:
			open = append(open, line)
		}
	}
	flush()
	if fence != "" {
		out = append(out, "```")
	}
	text = blankLines.ReplaceAllString(strings.Join(out, "\n"), "\n\n")
	return strings.TrimSpace(text), links
}

func dropHidden(r rune) rune {
	if r == '\t' {
		return r
	}
	return dropInvisible(r)
}

// markdownText treats a piece without fenced code.
func markdownText(s string, link func(string)) string {
	var spans []string
	s = mdCodeSpan.ReplaceAllStringFunc(s, func(c string) string {
		spans = append(spans, c)
		return "\x00"
	})
	s = mdAutoLink.ReplaceAllStringFunc(s, func(m string) string {
		link(m[1 : len(m)-1])
		return m[1 : len(m)-1]
	})
	s = withoutTags(s, link)
	s = mdSetext.ReplaceAllStringFunc(s, func(m string) string {
		title, line, _ := strings.Cut(m, "\n")
		if line[0] == '=' {
			return "\n# " + strings.TrimSpace(title) + "\n"
		}
		return "\n## " + strings.TrimSpace(title) + "\n"
	})
	s = mdATX.ReplaceAllString(s, "\n$1 $2\n")
	for _, m := range mdRefDef.FindAllStringSubmatch(s, maxLinks) {
		link(m[2])
	}
	s = mdRefDef.ReplaceAllString(s, "")
	s = mdBadge.ReplaceAllString(s, "")
	s = mdImage.ReplaceAllString(s, "")
	s = mdLink.ReplaceAllStringFunc(s, func(m string) string {
		p := mdLink.FindStringSubmatch(m)
		link(p[2])
		return p[1]
	})
	s = mdRefLink.ReplaceAllString(s, "$1")
	s = mdStrong.ReplaceAllString(s, "$2")
	s = mdEscape.ReplaceAllString(s, "$1")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.Map(func(r rune) rune {
			if r == 0 {
				return r // the place of a code span
			}
			return dropHidden(r)
		}, l), " \t")
	}
	s = strings.Join(lines, "\n")
	i := 0
	return replaceEach(s, '\x00', func() string {
		if i++; i <= len(spans) {
			return spans[i-1]
		}
		return ""
	})
}

func replaceEach(s string, mark byte, next func() string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, mark)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteString(next())
		s = s[i+1:]
	}
}

// withoutTags removes HTML from s with what it hides.
func withoutTags(s string, link func(string)) string {
	if !strings.ContainsRune(s, '<') {
		return s
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	hiddenTag, depth := "", 0
	for {
		switch t := z.Next(); t {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if depth == 0 {
				b.WriteString(html.UnescapeString(string(z.Raw())))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw := string(z.Raw())
			tok := z.Token()
			if depth > 0 {
				if tok.Data == hiddenTag && t != html.SelfClosingTagToken {
					depth += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[t]
				}
				continue
			}
			if tok.DataAtom == 0 {
				b.WriteString(raw) // a placeholder such as <name>, not HTML
				continue
			}
			n := &html.Node{Type: html.ElementNode, Data: tok.Data, DataAtom: tok.DataAtom, Attr: tok.Attr}
			switch tok.Data {
			case "script", "style", "template":
				hiddenTag = tok.Data
			case "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "details", "summary":
				b.WriteByte('\n')
			case "td", "th":
				b.WriteByte(' ')
			case "a":
				link(attr(n, "href"))
			}
			if t == html.StartTagToken && !void(tok.Data) && (hiddenTag == tok.Data || hidden(n)) {
				hiddenTag, depth = tok.Data, 1
			}
			if depth == 0 {
				hiddenTag = ""
				if len(tok.Data) == 2 && tok.Data[0] == 'h' && tok.Data[1] >= '1' && tok.Data[1] <= '6' && t == html.StartTagToken {
					b.WriteString(strings.Repeat("#", int(tok.Data[1]-'0')) + " ")
				}
			}
		}
	}
}

func void(name string) bool {
	switch name {
	case "br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr":
		return true
	}
	return false
}

// ReStructured does for reStructuredText what Markdown does for Markdown, as
// far as READMEs need.
func ReStructured(src string, base *url.URL) (text string, links []string) {
	src = strings.ReplaceAll(src, "\r\n", "\n")
	src = rstImage.ReplaceAllString(src, "")
	src = rstHeading.ReplaceAllStringFunc(src, func(m string) string {
		title, line, _ := strings.Cut(m, "\n")
		if line[0] == '=' {
			return "\n# " + title + "\n"
		}
		return "\n## " + title + "\n"
	})
	src = rstLink.ReplaceAllStringFunc(src, func(m string) string {
		p := rstLink.FindStringSubmatch(m)
		if abs := absolute(p[2], base); abs != "" && len(links) < maxLinks {
			links = append(links, abs)
		}
		return p[1]
	})
	src = rstCode.ReplaceAllString(src, "`$1`")
	lines := strings.Split(src, "\n")
	kept := lines[:0]
	for _, l := range lines {
		if strings.HasPrefix(l, ".. ") && !strings.Contains(l, "::") {
			continue // a comment or a link target
		}
		if strings.TrimSpace(l) == "::" {
			continue
		}
		if strings.HasSuffix(l, "::") && !strings.HasPrefix(l, "..") {
			l = strings.TrimSuffix(l, ":")
		}
		kept = append(kept, strings.TrimRight(strings.Map(dropHidden, l), " \t"))
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(strings.Join(kept, "\n"), "\n\n")), links
}

// Headings rewrites the top heading level of text so that it starts at from,
// which makes a document fit below a heading of another.
func Headings(text string, from int) string {
	ps := paras(text)
	top := 7
	for _, p := range ps {
		if p.level > 0 {
			top = min(top, p.level)
		}
	}
	if top >= from || top == 7 {
		return text
	}
	for i, p := range ps {
		if p.level > 0 {
			level := min(6, p.level+from-top)
			ps[i].text = strings.Repeat("#", level) + strings.TrimLeft(p.text, "#")
		}
	}
	return join(ps)
}
