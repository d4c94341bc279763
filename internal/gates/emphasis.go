package gates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// withoutEmphasis takes out Markdown marks, but for those of a power and a
// product: 10**9, 2*3. Where one parts a digit from another or from a letter, a
// space does so in its place. Comment and page go through it alike, so that what
// is quoted is read as it was.
func withoutEmphasis(s string) string {
	const marks = "*_`"
	next := strings.IndexAny(s, marks)
	if next < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; next >= 0; next = strings.IndexAny(s[i:], marks) {
		at := i + next
		b.WriteString(s[i:at])
		i = len(s) - len(strings.TrimLeft(s[at:], marks))
		before, _ := utf8.DecodeLastRuneInString(s[:at])
		after, _ := utf8.DecodeRuneInString(s[i:])
		digits := asciiDigit(before) && asciiDigit(after)
		switch rest := emphasis.Replace(s[at:i]); {
		case digits && s[at:i] == "*":
			b.WriteString(" × ")
		case digits && s[at:i] == "**":
			b.WriteByte('^')
		case rest == "" && wordRune(before) && wordRune(after) && (unicode.IsNumber(before) || unicode.IsNumber(after)):
			b.WriteByte(' ')
		default:
			b.WriteString(rest)
		}
		s, i = s[i:], 0
	}
	b.WriteString(s)
	return b.String()
}

func asciiDigit(r rune) bool { return r >= '0' && r <= '9' }

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
