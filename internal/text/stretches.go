package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Stretch is a piece of text up to its end mark, trimmed and with at least one
// letter or digit. Doubtful says that the mark may as well belong to an
// abbreviation.
type Stretch struct {
	Text     string
	Doubtful bool
}

// CountSentences returns the least and the most sentences that s may have, for
// a judge that must not blame a writer for an abbreviation: "It is by Smith et
// al. Nobody knew." has one or two. Text without a letter or digit has none.
func CountSentences(s string) (least, most int) {
	all := Stretches(s)
	for i, st := range all {
		// The mark in question ends a sentence; the last one has no successor.
		if !st.Doubtful || i == len(all)-1 {
			least++
		}
	}
	return least, len(all)
}

// Stretches cuts s wherever a sentence may end, with white space as it is, and
// marks the cuts that may be wrong. It knows abbreviations, initials, decimals
// and names such as Node.js, Markdown behind an end mark, and the marks of CJK
// and Arabic. A single line break is no cut, an empty line is.
//
// [Sentences] decides each doubt instead, for readers that need whole sentences.
func Stretches(s string) []Stretch {
	var out []Stretch
	start := 0
	add := func(end int, doubtful bool) {
		if st := strings.TrimSpace(s[start:end]); HasWord(st) {
			out = append(out, Stretch{st, doubtful})
		}
		start = end
	}
	// start is where the open stretch begins, i the place that is looked at.
	// Markdown and quotes behind an end mark belong to what they close.
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		end := i + n
		switch {
		case r == '。' || r == '！' || r == '？' || r == '؟' || r == '।':
			end = skipClosing(s, end)
			add(end, false)
		case r == '.' || r == '!' || r == '?' || r == '…':
			// "?!" and "..." are one mark. An … behind them has more than one
			// byte and is looked at in the next round.
			for end < len(s) && strings.ContainsRune(".!?…", rune(s[end])) {
				end++
			}
			end = skipClosing(s, end)
			if end == len(s) {
				add(end, false)
			} else if next, ok := nextWord(s[end:]); ok {
				if ends, doubtful := boundary(s[start:i], r, next); ends {
					add(end, doubtful)
				}
			}
		case r == '\n' && end < len(s) && s[end] == '\n':
			add(end, false)
		}
		i = end
	}
	add(len(s), false)
	return out
}

// skipClosing moves past quotes, brackets and Markdown marks after an end mark.
func skipClosing(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !strings.ContainsRune(`"'”’»)]*_`+"`", r) {
			break
		}
		i += n
	}
	return i
}

// nextWord returns the first rune of the word after white space, and whether
// there is white space at all: without, the mark is inside a word.
func nextWord(s string) (rune, bool) {
	trimmed := strings.TrimLeftFunc(s, unicode.IsSpace)
	if len(trimmed) == len(s) {
		return 0, false
	}
	word := strings.TrimLeft(trimmed, `"'“‘«([*_`+"`")
	r, _ := utf8.DecodeRuneInString(word)
	return r, true
}

// boundary decides whether an end mark after before, with next starting the
// following word, ends a sentence.
// doubtful says that the opposite is possible. A lower-case letter behind the
// mark speaks against an end, a known abbreviation before it makes one
// doubtful.
func boundary(before string, mark, next rune) (ends, doubtful bool) {
	if mark == '…' {
		return !unicode.IsLower(next), false
	}
	word := before[strings.LastIndexFunc(before, unicode.IsSpace)+1:]
	word = strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	if mark == '.' {
		switch {
		case abbreviations[word], wordlike[word], utf8.RuneCountInString(word) == 1 && !unicode.IsDigit([]rune(word)[0]):
			return !unicode.IsLower(next), true
		case len(word) <= 2 && strings.Trim(word, "0123456789") == "" && word != "": // am 3. April, das 19. Jahrhundert
			return !unicode.IsLower(next), true
		case strings.Contains(word, ".") && strings.IndexFunc(word, unicode.IsLetter) >= 0: // U.S., v1.2, Node.js
			return !unicode.IsLower(next), true
		}
	}
	if next == '—' || next == '–' || next == '-' || unicode.IsDigit(next) {
		return true, true // Dekalb, Ill. — …; vers. 26
	}
	if unicode.IsLower(next) {
		// "npm" and "iOS" may begin a sentence, the rest of a quotation doesn't.
		return mark == '.' && utf8.RuneCountInString(word) > 3, true
	}
	return true, false
}
