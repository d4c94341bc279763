package comment

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a stretch of text of one kind.
type span struct {
	Text       string
	Bold, Code bool
	Link       string // address, already safe
}

var (
	boldPattern  = regexp.MustCompile(`\*\*([^*\n]+?)\*\*|__([^_\n]+?)__`)
	codePattern  = regexp.MustCompile("`([^`\n]+)`")
	linkPattern  = regexp.MustCompile(`!?\[([^\]\n]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"[^"\n]*")?\s*\)`)
	plainPattern = regexp.MustCompile(`https?://[^\s<>"'|\\^` + "`" + `{}\[\]“”]+`)
)

// inline reads the little Markdown that comments are written in: bold, code,
// links. Everything else is text.
func inline(s string) []span { return spans(line(s), false) }

// plain is text without any markup.
func plain(s string) []span {
	if s = line(s); s == "" {
		return nil
	}
	return []span{{Text: s}}
}

func spans(s string, bold bool) []span {
	var out []span
	for s != "" {
		at, kind := first(s, bold)
		if at == nil {
			break
		}
		out = appendText(out, s[:at[0]], bold)
		match := s[at[0]:at[1]]
		switch kind {
		case codePattern:
			out = append(out, span{Text: strings.TrimSpace(s[at[2]:at[3]]), Bold: bold, Code: true})
		case linkPattern:
			out = append(out, linked(s[at[2]:at[3]], s[at[4]:at[5]], bold)...)
		case plainPattern:
			address := trimURL(match)
			at[1] = at[0] + len(address)
			if safe := safeURL(address); safe != "" {
				out = append(out, span{Text: address, Bold: bold, Link: safe})
			} else {
				out = appendText(out, address, bold)
			}
		case boldPattern:
			i := 2
			if at[2] < 0 {
				i = 4
			}
			out = append(out, spans(strings.TrimSpace(s[at[i]:at[i+1]]), true)...)
		}
		s = s[at[1]:]
	}
	return appendText(out, s, bold)
}

// first finds the markup that begins first.
func first(s string, bold bool) ([]int, *regexp.Regexp) {
	var best []int
	var kind *regexp.Regexp
	for _, p := range []*regexp.Regexp{codePattern, linkPattern, plainPattern, boldPattern} {
		if bold && p == boldPattern {
			continue
		}
		if at := p.FindStringSubmatchIndex(s); at != nil && (best == nil || at[0] < best[0]) {
			best, kind = at, p
		}
	}
	return best, kind
}

func appendText(out []span, s string, bold bool) []span {
	if s == "" {
		return out
	}
	if n := len(out); n > 0 && out[n-1].Bold == bold && !out[n-1].Code && out[n-1].Link == "" {
		out[n-1].Text += s
		return out
	}
	return append(out, span{Text: s, Bold: bold})
}

// linked is a link with a label. Readers must see where it leads: a label that
// doesn't say so gets the host beside it, one that names another host is
// replaced by the address.
func linked(label, address string, bold bool) []span {
	label = strings.TrimSpace(strings.NewReplacer("**", "", "__", "", "`", "", "<", "", ">", "", "|", "").Replace(label))
	safe := safeURL(address)
	if safe == "" {
		return appendText(nil, strings.TrimSpace(label+" "+bracketed(address)), bold)
	}
	u, err := url.Parse(safe)
	if err != nil {
		return appendText(nil, label, bold)
	}
	if label == "" || hostLike.MatchString(label) {
		return []span{{Text: safe, Bold: bold, Link: safe}}
	}
	return append([]span{{Text: label, Bold: bold, Link: safe}}, span{Text: " (" + u.Hostname() + ")", Bold: bold})
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// hostLike labels look like an address of their own.
var hostLike = regexp.MustCompile(`(?i)\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b|://`)

// trimURL leaves out the punctuation after an address.
func trimURL(s string) string {
	s = strings.TrimRight(s, ".,;:!?*_'’")
	for strings.HasSuffix(s, ")") && strings.Count(s, ")") > strings.Count(s, "(") {
		s = strings.TrimRight(s[:len(s)-1], ".,;:!?*_")
	}
	return s
}

// text joins spans without markup.
func text(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

func lastRune(s string) rune { r, _ := utf8.DecodeLastRuneInString(s); return r }

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
