package analysis

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// sentence is one sentence of a text, white space collapsed.
type sentence struct {
	text  string
	index int  // in the text
	para  int  // its paragraph
	opens bool // it is the first of its paragraph
}

// maxSentences bounds what is looked at of one text.
const maxSentences = 5000

// sentences cuts a text by the Unicode sentence rules (UAX #29), which know
// the marks of all scripts, and mends what they cut wrongly: after
// abbreviations, initials and ordinals. Every line is a paragraph of its own,
// because extracted text has one line per block.
func sentences(text string) []sentence {
	var out []sentence
	para := 0
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		opens := true
		var held string
		state := -1
		for line != "" && len(out) < maxSentences {
			var s string
			s, line, state = uniseg.FirstSentenceInString(line, state)
			if head, tail, found := cutAfterEllipsis(s); found {
				s, line, state = head, tail+line, -1
			}
			held += s
			for _, closing := range []string{"»", "”", "」"} {
				// French writes a space before it, where the rules cut.
				if rest, ok := strings.CutPrefix(line, closing); ok {
					held, line, state = held+closing, strings.TrimLeft(rest, " "), -1
				}
			}
			if line != "" && (endsInAbbreviation(held) || startsMidSentence(line)) {
				continue
			}
			out = append(out, sentence{text: strings.TrimSpace(held), index: len(out), para: para, opens: opens})
			held, opens = "", false
		}
		para++
	}
	return out
}

// cutAfterEllipsis cuts behind an ellipsis that a capital letter follows, where
// the Unicode rules see one sentence.
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

// abbreviations end in a full stop that does not end the sentence, when a
// capital letter or a number follows. English, German, French, Spanish,
// Italian, Dutch and Portuguese; lower case, without the last stop.
var abbreviations = newSet(`mr mrs ms dr prof st sr jr rev gen col capt lt sgt hon gov pres sen rep
	vs etc al e.g i.e cf viz approx fig figs eq eqs sec ch no nos vol vols pp p ed eds inc ltd co corp llc dept est
	jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m u.s u.k u.n
	bzw z.b d.h u.a usw ca nr str abs art bd hrsg jh jhd kap s o.ä vgl evtl ggf inkl max min mio mrd tel
	m mm mme mlle av env ex
	sra srta ud uds pág págs núm ee.uu
	sig sigg dott ing avv dhr mw drs bijv enz`)

func newSet(words string) map[string]struct{} {
	m := make(map[string]struct{})
	for _, w := range strings.Fields(words) {
		m[w] = struct{}{}
	}
	return m
}

// endsInAbbreviation tells whether the stop at the end of s belongs to its
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
	_, known := abbreviations[strings.ToLower(word)]
	return known
}

// startsMidSentence tells whether what follows cannot begin a sentence.
func startsMidSentence(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r) || strings.ContainsRune(",;:)]%", r)
}

// terms are the words of s in lower case, without those that carry no letter or
// digit. Text in scripts that write no spaces gives pairs of letters instead.
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

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
