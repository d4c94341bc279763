package naming

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words returns the lower-case words of a name: at anything that is not a letter
// or digit, where small letters turn to capitals, and before the last capital of
// several that a small letter follows (OpenAIChat: open, ai, chat).
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
		case start >= 0 && unicode.IsUpper(r) && unicode.IsUpper(prev) && beginsWord(name[i+utf8.RuneLen(r):]):
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

// beginsWord reports whether the rest of a name after a capital makes that one the first
// of a word: a small letter follows, and not just the s of a plural (IDs).
func beginsWord(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	if !unicode.IsLower(r) {
		return false
	}
	after, _ := utf8.DecodeRuneInString(rest[size:])
	return r != 's' || unicode.IsLower(after)
}

// Snake spells a name the way params are spelled: maxRetries as max_retries.
func Snake(name string) string { return strings.Join(Words(name), "_") }
