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
// paragraph of its own, because extracted text has one line per block. Its time
// is in proportion to the text, whatever the text.
//
// To judge how many sentences a text has, use [CountSentences].
func Sentences(s string, most int) []Sentence {
	var out []Sentence
	for line := range strings.Lines(s) {
		if len(out) >= most {
			break
		}
		out = appendSentences(out, strings.Join(strings.Fields(line), " "), most)
	}
	return out
}

// appendSentences cuts one line. start is where the open sentence begins, pos
// the end of what the rules have cut so far; between them are pieces that are no
// whole sentence.
func appendSentences(out []Sentence, line string, most int) []Sentence {
	opens := true
	start, state := 0, -1 // of uniseg: no state
	view := view{line: line}
	for pos := 0; pos < len(line) && len(out) < most; {
		end, whole := view.from(pos)
		piece, _, next := uniseg.FirstSentenceInString(line[pos:end], state)
		pos, state = pos+len(piece), next
		if pos == end {
			state = -1
		}
		for _, closing := range []string{"»", "”", "」"} {
			// French writes a space before it, where the rules cut.
			if rest, ok := strings.CutPrefix(line[pos:], closing); ok {
				pos, state = len(line)-len(strings.TrimLeft(rest, " ")), -1
			}
		}
		// The piece is no whole sentence: the next one belongs to it.
		if pos < len(line) && (pos == end && !whole || endsInAbbreviation(line[start:pos]) || startsMidSentence(line[pos:])) {
			continue
		}
		out = append(out, Sentence{Text: strings.TrimSpace(line[start:pos]), Opens: opens})
		start, opens = pos, false
	}
	return out
}

// maxMarks is how many marks in a row the Unicode rules are shown, in
// characters. For each bracket and quotation mark behind a full stop they look
// ahead for the next letter (SB8), which takes the square of such a row.
const maxMarks = 64

// view says how much of a line the Unicode rules may see at once.
type view struct {
	line  string
	end   int  // the last answer, good for all places before it
	whole bool // a sentence ends there
}

// from returns where the view from pos ends: behind an ellipsis that a capital
// letter follows, where the Unicode rules see one sentence ("He left… Nobody
// knew why."), within a long row of marks, or with the line. whole says that a
// sentence ends there. pos may only grow.
func (v *view) from(pos int) (end int, whole bool) {
	if pos < v.end {
		return v.end, v.whole
	}
	marks, ellipsis := 0, false // ellipsis: one and a space are right before
	last := rune(0)
	for i, r := range v.line[pos:] {
		switch {
		case ellipsis && unicode.IsUpper(r):
			v.end, v.whole = pos+i, true
			return v.end, v.whole
		case marks >= maxMarks:
			v.end, v.whole = pos+i, false
			return v.end, v.whole
		case unicode.IsPunct(r), unicode.IsSymbol(r):
			marks++
		case unicode.IsLetter(r), unicode.IsNumber(r), r == ' ':
			marks = 0
		}
		ellipsis = last == '…' && r == ' '
		last = r
	}
	v.end, v.whole = len(v.line), true
	return v.end, v.whole
}

// endsInAbbreviation reports whether the stop at the end of s belongs to its
// last word rather than to the sentence.
func endsInAbbreviation(s string) bool {
	word, ok := strings.CutSuffix(strings.TrimRight(s, " "), ".")
	if !ok {
		return false
	}
	// No abbreviation is longer, and a text may be all one word.
	if len(word) > maxAbbreviation {
		word = word[len(word)-maxAbbreviation-1:]
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
