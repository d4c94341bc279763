package gates

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

// tldrItems is how many items the prompt and the answer's schema ask for.
const tldrItems = 3

// checkTLDR demands three full sentences, a line each; offline a short page may
// give fewer, but not none. The score is the share of items without a fault.
func checkTLDR(in *input) verdict {
	items := in.res.TLDR
	var found []string
	switch n := len(items); {
	case n == tldrItems:
	case in.short() && n > 0 && n < tldrItems:
	default:
		found = append(found, fmt.Sprintf("%s, exactly %d are needed", text.Count(n, "item", "items"), tldrItems))
	}
	for i, s := range items {
		if problem := oneSentence(s); problem != "" {
			found = append(found, fmt.Sprintf("item %d %s", i+1, problem))
		}
	}
	return faults(found, max(tldrItems, len(items)), fmt.Sprintf("%d sentences", len(items)))
}

// oneSentence says what keeps s from being one full sentence on one line, as
// the end of "item 2 …"; "" if nothing does. It names the first fault only.
func oneSentence(s string) string {
	least, _ := text.CountSentences(emphasis.Replace(s))
	switch {
	case !text.HasWord(s):
		return "is empty"
	case strings.ContainsAny(strings.TrimSpace(s), "\n\r\u2028\u2029"):
		return "has a line break"
	case bulleted(s):
		return fmt.Sprintf("starts with a bullet: “%s”", excerpt(s))
	case least > 1:
		return fmt.Sprintf("has %d sentences: “%s”", least, excerpt(s))
	case fragment(s):
		return fmt.Sprintf("is no full sentence: “%s”", excerpt(s))
	}
	return ""
}

// fragment reports whether s has too few words for a sentence: less than three,
// or five letters in scripts that write no spaces between words.
func fragment(s string) bool {
	letters, wide := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
				wide++
			}
		}
	}
	// Mostly ideographs, or letters of a script without spaces.
	if wide*2 > letters {
		return letters < 5
	}
	return len(strings.Fields(s)) < 3
}

// bulleted reports whether a line starts as a list item: with a mark and a
// space, or with a number of one or two digits, "1. " or "12) ". A year at the
// start is none.
func bulleted(line string) bool {
	line = strings.TrimSpace(line)
	for _, mark := range []string{"- ", "* ", "+ ", "• ", "‣ ", "◦ ", "· ", "– ", "— ", "•"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	digits := strings.TrimLeft(line, "0123456789")
	return len(digits) < len(line) && len(line)-len(digits) <= 2 && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") "))
}
