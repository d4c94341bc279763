package fakeslack

import (
	"html"
	"html/template"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup builds HTML: text is always escaped, and only constant tags are written as
// they are. names resolves ids of people and channels.
type markup struct {
	b     strings.Builder
	names names
	depth int
	block string // id of the block that is being rendered
	// pressed are the feedback buttons of the message, see entry.
	pressed map[string]string
}

// names are the display names of ids on the page, read once for each page.
type names struct {
	users    map[string]string
	channels map[string]string
}

// tag writes constant HTML, text escapes; nothing that came from outside may go through tag.
func (m *markup) tag(constant string) { m.b.WriteString(constant) }
func (m *markup) text(s string)       { m.b.WriteString(html.EscapeString(s)) }
func (m *markup) html() template.HTML { return template.HTML(m.b.String()) }

// link writes a link to a web or mail address; other schemes become text.
func (m *markup) link(href, label string, inner func()) {
	if !linkable(href) {
		if label != "" && label != href {
			m.text(label + " (" + href + ")")
		} else {
			m.text(href)
		}
		return
	}
	m.tag(`<a href="`)
	m.text(href)
	m.tag(`" title="`)
	m.text(href)
	m.tag(`">`)
	if inner != nil {
		inner()
	} else {
		m.text(orElse(label, href))
	}
	m.tag(`</a>`)
}

// linkable reports whether an address may become a link: not javascript: and the like.
func linkable(href string) bool {
	u, err := url.Parse(href)
	return err == nil && ((u.Scheme == "http" || u.Scheme == "https") && u.Host != "" || u.Scheme == "mailto")
}

// mention writes a name that stands out.
func (m *markup) mention(name string) {
	m.tag(`<span class="mention">`)
	m.text(name)
	m.tag(`</span>`)
}

// emoji writes an emoji, or :name: when the page has none for it.
func (m *markup) emoji(name string) {
	if e := emoji(name); e != "" {
		m.tag(`<span class="emoji" title=":`)
		m.text(name)
		m.tag(`:">`)
		m.text(e)
		m.tag(`</span>`)
		return
	}
	m.text(":" + name + ":")
}

const maxDepth = 20 // of nested formatting; deeper is shown as it was written

// mrkdwn renders Slack's own markup (docs.slack.dev/messaging/formatting-message-text).
func (m *markup) mrkdwn(text string) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			m.tag("<pre>")
			m.text(plainTokens(strings.Trim(part, "\n")))
			m.tag("</pre>")
			continue
		}
		if i > 0 {
			part = strings.TrimPrefix(part, "\n")
		}
		m.lines(part)
	}
}

// lines renders text outside code; lines that begin with > make a quote.
func (m *markup) lines(text string) {
	quoting := false
	for i, line := range strings.Split(text, "\n") {
		rest, quoted := strings.CutPrefix(line, "&gt;")
		if !quoted {
			rest, quoted = strings.CutPrefix(line, ">")
		}
		switch {
		case quoted && !quoting:
			m.tag("<blockquote>")
		case !quoted && quoting:
			m.tag("</blockquote>")
		case i > 0:
			m.tag("<br>")
		}
		quoting = quoted
		if quoted {
			line = strings.TrimPrefix(rest, " ")
		}
		m.inline(line)
	}
	if quoting {
		m.tag("</blockquote>")
	}
}

// inline renders a piece of a line. Plain characters are collected and written before each
// special one.
func (m *markup) inline(s string) {
	m.depth++
	defer func() { m.depth-- }()
	var plain strings.Builder
	flush := func() {
		m.text(unescape(plain.String()))
		plain.Reset()
	}
	alone := map[byte]bool{}
	for i := 0; i < len(s); {
		rest := s[i:]
		if m.depth < maxDepth {
			if n := m.special(s, i, alone, flush); n > 0 {
				i += n
				continue
			}
		}
		_, size := utf8.DecodeRuneInString(rest)
		plain.WriteString(rest[:size])
		i += size
	}
	flush()
}

// special renders the token or the formatted span that begins at s[i], and returns
// its length, or 0 when none begins there. alone holds the marks that have no match any more.
func (m *markup) special(s string, i int, alone map[byte]bool, flush func()) int {
	rest := s[i:]
	switch rest[0] {
	case '<':
		end := strings.IndexByte(rest, '>')
		if end < 2 {
			return 0
		}
		flush()
		m.token(rest[1:end])
		return end + 1
	case '`':
		end := strings.IndexByte(rest[1:], '`')
		if end < 1 {
			return 0
		}
		flush()
		m.tag("<code>")
		m.text(plainTokens(rest[1 : end+1]))
		m.tag("</code>")
		return end + 2
	case ':':
		end := strings.IndexByte(rest[1:], ':')
		if end < 1 || emoji(rest[1:end+1]) == "" {
			return 0
		}
		flush()
		m.emoji(rest[1 : end+1])
		return end + 2
	case '*', '_', '~':
		if alone[rest[0]] {
			return 0
		}
		inner, none := span(s, i)
		alone[rest[0]] = none
		if inner == "" {
			return 0
		}
		flush()
		tag := map[byte]string{'*': "b", '_': "i", '~': "s"}[rest[0]]
		m.tag("<" + tag + ">")
		m.inline(inner)
		m.tag("</" + tag + ">")
		return len(inner) + 2
	}
	return 0
}

// span is the text between the mark at s[i] and its match; empty when the mark is
// just a character, as in 2*3 or snake_case. alone is set where no mark like it behind
// s[i] can be a match: none is looked for again, which would take the square of a text.
func span(s string, i int) (inner string, alone bool) {
	mark := s[i]
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	first, _ := utf8.DecodeRuneInString(s[i+1:])
	if i > 0 && isWord(before) || unicode.IsSpace(first) {
		return "", false
	}
	for j := i + 2; j < len(s); j++ {
		if s[j] != mark {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(s[:j])
		after, _ := utf8.DecodeRuneInString(s[j+1:])
		if !unicode.IsSpace(last) && (j+1 == len(s) || !isWord(after)) {
			return s[i+1 : j], false
		}
	}
	return "", true
}

// isWord reports whether a mark beside r is a part of a word.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// token renders what stood between < and >.
func (m *markup) token(t string) {
	target, label, labelled := strings.Cut(t, "|")
	target, label = unescape(target), unescape(label)
	switch {
	case strings.HasPrefix(target, "@"):
		m.mention("@" + orElse(m.names.users[target[1:]], orElse(label, target[1:])))
	case strings.HasPrefix(target, "#"):
		m.mention("#" + orElse(m.names.channels[target[1:]], orElse(label, target[1:])))
	case strings.HasPrefix(target, "!date^"):
		m.text(orElse(label, target))
	case strings.HasPrefix(target, "!subteam^"):
		m.mention(orElse(label, "@group"))
	case strings.HasPrefix(target, "!"):
		m.mention("@" + target[1:])
	case labelled && label != "":
		m.link(target, label, nil)
	default:
		m.link(target, "", nil)
	}
}

// plainTokens shows <links> inside code as their addresses.
func plainTokens(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		end := strings.IndexByte(s[max(open, 0):], '>')
		if open < 0 || end < 0 {
			b.WriteString(s)
			return unescape(b.String())
		}
		target, _, _ := strings.Cut(s[open+1:open+end], "|")
		b.WriteString(s[:open] + target)
		s = s[open+end+1:]
	}
}

// plain renders a plain_text object: only emoji are special.
func (m *markup) plain(text string) {
	for i := 0; i < len(text); {
		if text[i] == ':' {
			if end := strings.IndexByte(text[i+1:], ':'); end > 0 && emoji(text[i+1:i+1+end]) != "" {
				m.emoji(text[i+1 : i+1+end])
				i += end + 2
				continue
			}
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		m.text(text[i : i+size])
		i += size
	}
}
