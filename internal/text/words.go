package text

import (
	"strings"
	"unicode"
)

// Set returns the words of a list with white space between them, for tables of
// words in code. Words keep their case. Asking for a word that is not there
// gives false.
func Set(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// HasWord reports whether s has a letter or a digit.
func HasWord(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
