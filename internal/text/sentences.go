package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Sentence is one sentence of a text, white space collapsed. Its text is never
// empty and holds its end mark, if there is one.
type Sentence struct {
	Text  string
	Opens bool // it is the first of its paragraph
}

// Sentences returns the first sentences of a text, at most so many, for a reader
// that picks some of them: better one too long than one torn. It cuts by the
// Unicode rules (UAX #29), which know the marks of all scripts, and joins what
// they cut wrongly: after abbreviations, initials and ordinals. Every line is a
// paragraph of its own, because extracted text has one line per block.
//
// To judge how many sentences a text has, use [CountSentences].
func Sentences(s string, most int) []Sentence {
	var out []Sentence
	for line := range strings.Lines(s) {
		line = strings.Join(strings.Fields(line), " ")
		opens := true
		var held string // pieces of a sentence that the rules cut
		state := -1     // of uniseg: no state
		for line != "" && len(out) < most {
			var piece string
			piece, line, state = uniseg.FirstSentenceInString(line, state)
			if head, tail, found := cutAfterEllipsis(piece); found {
				piece, line, state = head, tail+line, -1
			}
			held += piece
			for _, closing := range []string{"»", "”", "」"} {
				// French writes a space before it, where the rules cut.
				if rest, ok := strings.CutPrefix(line, closing); ok {
					held, line, state = held+closing, strings.TrimLeft(rest, " "), -1
				}
			}
			// The piece is no whole sentence: keep it, and put the next one
			// behind it.
			if line != "" && (endsInAbbreviation(held) || startsMidSentence(line)) {
				continue
			}
			out = append(out, Sentence{Text: strings.TrimSpace(held), Opens: opens})
			held, opens = "", false
		}
	}
	return out
}

// cutAfterEllipsis cuts behind the first ellipsis that a capital letter
// follows, where the Unicode rules see one sentence: "He left… Nobody knew
// why." found is false, and head all of s, if there is none.
func cutAfterEllipsis(s string) (head, tail string, found bool) {
	const mark = "… "
	for from := 0; ; {
		i := strings.Index(s[from:], mark)
		if i < 0 {
			return s, "", false
		}
		from += i + len(mark)
		if r, _ := utf8.DecodeRuneInString(s[from:]); unicode.IsUpper(r) {
			return s[:from], s[from:], true
		}
	}
}

// endsInAbbreviation reports whether the stop at the end of s belongs to its
// last word rather than to the sentence.
func endsInAbbreviation(s string) bool {
	s = strings.TrimRight(s, " ")
	word, ok := strings.CutSuffix(s, ".")
	if !ok {
		return false
	}
	if i := strings.LastIndexAny(word, " (["); i >= 0 {
		word = word[i+1:]
	}
	if word == "" {
		return false
	}
	first, size := utf8.DecodeRuneInString(word)
	if size == len(word) && unicode.IsUpper(first) && word != "I" {
		return true // an initial, as in J. Smith
	}
	if len(word) <= 2 && strings.Trim(word, "0123456789") == "" {
		return true // an ordinal, as in 3. Oktober; a year or a figure is longer
	}
	return abbreviations[strings.ToLower(word)]
}

// startsMidSentence reports whether what follows cannot begin a sentence.
// A name such as iPhone may begin one all the same; the two are then joined,
// which is the lesser evil here.
func startsMidSentence(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r) || strings.ContainsRune(",;:)]%", r)
}
