package quantity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain brings digits, spaces, signs and fractions of all kinds to ASCII: "2½"
// becomes "2.5", ٢٥٠ and ２５０ become "250", "10⁹" becomes "10^9". An exponent
// on a letter, as of km², is dropped. ASCII text comes back as it is.
func plain(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	var last rune // the last rune written
	raised := false
	write := func(r rune) {
		b.WriteRune(r)
		last = r
	}
	for _, r := range s {
		up, isUp := superscripts[r]
		switch {
		case isUp && raised:
			write(up)
			continue
		case isUp && last >= '0' && last <= '9':
			b.WriteByte('^')
			write(up)
			raised = true
			continue
		case isUp:
			continue
		}
		raised = false
		switch {
		case r < utf8.RuneSelf:
			write(r)
		case unicode.Is(unicode.Cf, r): // soft hyphens and the like
		case vulgar[r] != "":
			f := vulgar[r]
			if last < '0' || last > '9' {
				f = "0" + f
			}
			b.WriteString(f)
			last = '5'
		case unicode.Is(unicode.Nd, r):
			write(digitOf(r))
		case unicode.Is(unicode.Zs, r):
			write(' ')
		case signs[r] != 0:
			write(signs[r])
		case r >= 0xff01 && r <= 0xff5e: // full-width ASCII
			write(r - 0xff01 + '!')
		case r >= 0x2460 && r <= 0x2473: // circled numbers
			write(' ')
		default:
			write(r)
		}
	}
	out := b.String()
	if norm.NFC.IsNormalString(out) {
		return out
	}
	return norm.NFC.String(out)
}

var superscripts = map[rune]rune{
	'⁰': '0', '¹': '1', '²': '2', '³': '3', '⁴': '4', '⁵': '5', '⁶': '6', '⁷': '7', '⁸': '8', '⁹': '9', '⁻': '-',
}

var vulgar = map[rune]string{
	'½': ".5", '¼': ".25", '¾': ".75", '⅓': ".333", '⅔': ".667", '⅛': ".125", '⅜': ".375", '⅝': ".625", '⅞': ".875", '⅕': ".2", '⅖': ".4",
	'⅗': ".6", '⅘': ".8",
}

// signs are other forms of signs that numbers are written with.
var signs = map[rune]rune{
	'٫': '.', '٬': ',', '、': '、', '，': ',', '．': '.', '’': '\'', '−': '-', '‐': '-', '‑': '-', '〜': '~', '～': '~', '％': '%',
	'﹪': '%', '٪': '%',
	'⁄': '/', '∕': '/', '：': ':', '·': '·', '⋅': '·', '✕': '×', '∼': '~', '≃': '≈', '＄': '$', '￥': '¥', '￡': '£', '￦': '₩',
}

// digitOf maps a decimal digit of any script to ASCII. Unicode gives each
// script ten digits in a row that start with its zero, so that counting back to
// the start of the row gives the value. r must be of category Nd.
func digitOf(r rune) rune {
	zero := r
	for n := 0; n < 9 && unicode.Is(unicode.Nd, zero-1); n++ {
		zero--
	}
	return '0' + (r-zero)%10
}

// spaceless reports whether r is of a script in which words stand next to
// numbers without a space.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
