package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxSentences bounds what is looked at of one text. Work and memory grow with
// it; a book of 300 pages has about as many.
const maxSentences = 5000

// newSet returns the words of a list with white space between them, each once.
func newSet(words string) map[string]struct{} {
	m := make(map[string]struct{})
	for w := range strings.FieldsSeq(words) {
		m[w] = struct{}{}
	}
	return m
}

// terms are the words of s in lower case, without those that carry no letter or
// digit and those of one or two letters, which are nearly all grammar. Text in
// scripts that write no spaces gives pairs of letters instead. A word that
// comes twice is there twice.
func terms(s string) []string {
	var out []string
	state := -1
	for s != "" {
		var w string
		w, s, state = uniseg.FirstWordInString(s, state)
		r, size := utf8.DecodeRuneInString(w)
		switch {
		case unspaced(r):
			// Break rules give single ideographs; a pair with the next one
			// says far more.
			if next, _ := utf8.DecodeRuneInString(s); unspaced(next) && size == len(w) {
				out = append(out, w+string(next))
			} else if size < len(w) {
				out = append(out, w)
			}
		case unicode.IsLetter(r) && utf8.RuneCountInString(w) > 2, unicode.IsDigit(r):
			out = append(out, strings.ToLower(w))
		}
	}
	return out
}

// unspaced reports whether r is of a script that writes no spaces between
// words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
