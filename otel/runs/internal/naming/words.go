package naming

import (
	"strings"
	"unicode"
)

// Words returns the lower-case words of a name: at anything that is not a letter
// or digit, and where small letters turn to capitals.
func Words(name string) []string {
	var words []string
	start, prev := -1, rune(0)
	flush := func(end int) {
		if start >= 0 {
			words = append(words, strings.ToLower(name[start:end]))
			start = -1
		}
	}
	for i, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
		case start >= 0 && unicode.IsUpper(r) && unicode.IsLower(prev):
			flush(i)
			start = i
		case start < 0:
			start = i
		}
		prev = r
	}
	flush(len(name))
	return words
}

// Snake spells a name the way params are spelled: maxRetries as max_retries.
func Snake(name string) string { return strings.Join(Words(name), "_") }
