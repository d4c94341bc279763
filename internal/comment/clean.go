package comment

import (
	"net/url"
	"strings"
	"unicode"
)

// clean makes foreign text safe to show anywhere: valid UTF-8, no control
// characters but line breaks, nothing invisible, nothing that turns the
// direction of writing.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n").Replace(s)
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	for _, r := range s {
		switch {
		case r == '\t':
			r = ' '
		case r == '\n':
		case unicode.IsControl(r), hidden(r):
			continue
		case r == '\u200C' || r == '\u200D': // joiners, needed in some scripts and in emoji
			if !joins(last) {
				continue
			}
		case r == '\uFE0F' && (last == 0 || unicode.IsSpace(last)):
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return strings.TrimSpace(b.String())
}

// line is clean text on one line.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// hidden are characters without form: zero-width, direction, tags,
// annotations, private use.
func hidden(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r == 0x3164, r == 0xFEFF, r == 0xFFA0:
	case r == 0x200B, r == 0x200E, r == 0x200F:
	case r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB:
	case r >= 0xE0000 && r <= 0xE0FFF, unicode.Is(unicode.Co, r):
	default:
		return false
	}
	return true
}

// joins tells whether a joiner after r has a meaning.
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Tamil, unicode.Telugu, unicode.Kannada,
		unicode.Malayalam, unicode.Sinhala, unicode.Gujarati, unicode.Gurmukhi, unicode.Oriya, unicode.Khmer, unicode.Mongolian) ||
		unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r == '\uFE0F'
}

// maxURL is the longest address that is made a link; Slack refuses longer
// ones in some places.
const maxURL = 2000

// safeURL returns an address that may be a link, or nothing. Only http and
// https may; whatever could end the link's syntax is percent-encoded.
func safeURL(raw string) string {
	raw = line(raw)
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	var b strings.Builder
	for _, r := range u.String() {
		switch r {
		case '|':
			b.WriteString("%7C")
		case '<':
			b.WriteString("%3C")
		case '>':
			b.WriteString("%3E")
		case '"':
			b.WriteString("%22")
		case '\'':
			b.WriteString("%27")
		case '`':
			b.WriteString("%60")
		case '*':
			b.WriteString("%2A")
		case '(':
			b.WriteString("%28")
		case ')':
			b.WriteString("%29")
		case '\\':
			b.WriteString("%5C")
		case ' ':
			b.WriteString("%20")
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() > maxURL {
		return ""
	}
	return b.String()
}

// shorten marks what it leaves out.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
