package quantity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// approxAround says how the number from start to end is meant, by the words and
// signs before and behind it.
func (t *table) approxAround(s string, start, end int) Approx {
	before := strings.TrimRight(s[max(0, start-48):start], " $€£¥₹₽₩*_“\"(.")
	if x, _ := utf8.DecodeLastRuneInString(before); x != utf8.RuneError {
		switch {
		case strings.ContainsRune("~≈∼", x):
			return About
		case x == '>' || x == '≥':
			return Over
		case x == '<' || x == '≤':
			return Under
		}
		if spaceless(x) {
			for n := 4; n >= 1; n-- {
				if a, ok := t.approx[lastRunes(before, n)]; ok && lastRunes(before, n) != "" {
					return a
				}
			}
			return t.approxBehind(s, end)
		}
	}
	word, rest := lastWord(before)
	w := fold(word)
	// "less than", "up to", "más de", "près de", "не более"
	if second, _ := lastWord(rest); w != "" {
		f := fold(second)
		if a, ok := t.approx[f]; ok && linkers[w] && (a != Over || w != "than") {
			return a
		}
	}
	if a, ok := t.approx[w]; ok {
		return a
	}
	return t.approxBehind(s, end)
}

// linkers stand between a word such as "less" and the number.
var linkers = map[string]bool{"than": true, "de": true, "als": true, "que": true, "of": true, "d": true, "do": true, "da": true, "to": true,
	"zu": true, "чем": true, "a": true, "à": true, "di": true, "dan": true}

// approxBehind looks behind the number: 以上, 多, 이상, "or more", 100+.
func (t *table) approxBehind(s string, end int) Approx {
	rest := s[end:min(len(s), end+24)]
	if strings.HasPrefix(rest, "+") {
		return Over
	}
	rest = strings.TrimPrefix(rest, " ")
	if x, _ := utf8.DecodeRuneInString(rest); spaceless(x) {
		for n := 4; n >= 1; n-- {
			if a, ok := t.approx[runes(rest, n)]; ok {
				return a
			}
		}
		return Exact
	}
	switch {
	case strings.HasPrefix(rest, "or more"), strings.HasPrefix(rest, "plus"),
		strings.HasPrefix(rest, "oder mehr"), strings.HasPrefix(rest, "o más"):
		return Over
	case strings.HasPrefix(rest, "or so"), strings.HasPrefix(rest, "-ish"), strings.HasPrefix(rest, "or less"):
		return About
	}
	return Exact
}

// lastWord is the word at the end of s, and what stands before it.
func lastWord(s string) (word, rest string) {
	s = strings.TrimRight(s, " '.")
	i := strings.LastIndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) })
	_, n := utf8.DecodeRuneInString(s[max(i, 0):])
	if i < 0 {
		return s, ""
	}
	return s[i+n:], s[:i]
}

// lastRunes are the last n runes of s, "" when there are fewer.
func lastRunes(s string, n int) string {
	at := len(s)
	for range n {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		if size == 0 {
			return ""
		}
		at -= size
	}
	return s[at:]
}
