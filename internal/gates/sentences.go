package gates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentence is a stretch of text up to its end mark. doubtful says that the
// mark may as well belong to an abbreviation.
type sentence struct {
	text     string
	doubtful bool
}

// abbreviations end in a period that rarely ends a sentence.
var abbreviations = wordSet(`mr mrs ms dr prof st no nos vs etc inc ltd co corp jr sr al approx dept est fig figs eq eqs
	sec vol ch pp ed eds rev gen col lt sgt capt gov sen rep jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri
	e.g i.e eg ie cf viz resp incl max min avg a.m p.m u.s u.k u.n e.u d.c ph.d m.sc b.sc bzw z.b d.h usw ca nr str abb
	ill calif ariz colo conn fla ga mass mich minn pa tex va wash wis ore tenn ky md nev kan okla ala ark miss n.y n.j n.c s.c
	p.ej sra srta ud uds av avda`)

// sentences splits text at its end marks. It knows abbreviations, initials,
// decimals and names such as Node.js, and the marks of CJK and Arabic.
func sentences(text string) []sentence {
	var out []sentence
	start := 0
	add := func(end int, doubtful bool) {
		if s := strings.TrimSpace(text[start:end]); hasWord(s) {
			out = append(out, sentence{s, doubtful})
		}
		start = end
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		end := i + n
		switch {
		case r == '。' || r == '！' || r == '？' || r == '؟' || r == '।':
			end = skipClosing(text, end)
			add(end, false)
		case r == '.' || r == '!' || r == '?' || r == '…':
			for end < len(text) && strings.ContainsRune(".!?…", rune(text[end])) {
				end++
			}
			end = skipClosing(text, end)
			if end == len(text) {
				add(end, false)
			} else if next, ok := nextWord(text[end:]); ok {
				if ends, doubtful := boundary(text[start:i], r, next); ends {
					add(end, doubtful)
				}
			}
		case r == '\n' && end < len(text) && text[end] == '\n':
			add(end, false)
		}
		i = end
	}
	add(len(text), false)
	return out
}

// skipClosing moves past quotes, brackets and Markdown marks after an end mark.
func skipClosing(text string, i int) int {
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
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
func boundary(before string, mark, next rune) (ends, doubtful bool) {
	if mark == '…' {
		return !unicode.IsLower(next), false
	}
	word := before[strings.LastIndexFunc(before, unicode.IsSpace)+1:]
	word = strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	if mark == '.' {
		switch {
		case abbreviations[word], utf8.RuneCountInString(word) == 1 && !unicode.IsDigit([]rune(word)[0]):
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

// countSentences gives the least and the most sentences that text may have.
func countSentences(text string) (least, most int) {
	all := sentences(text)
	for i, s := range all {
		// The mark in question ends a sentence; the last one has no successor.
		if !s.doubtful || i == len(all)-1 {
			least++
		}
	}
	return least, len(all)
}

func maxSentences(text string) int {
	_, most := countSentences(text)
	return most
}

func hasWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
