package gates

import (
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// shape is how sure a word's letters make it that it is a name, in rising
// order.
type shape int

const (
	plainWord shape = iota // Redis
	acronym                // NASA
	product                // OpenAI, GPT-4
)

// word is a candidate for a name.
type word struct {
	text  string
	shape shape
	// weak says that the capital may be that of the sentence's start, of a
	// quotation or of a headline.
	weak bool
	// next is the word after a weak one, in lower case.
	next string
}

// emphasis takes out Markdown marks, which would otherwise be part of words.
var emphasis = strings.NewReplacer("**", "", "__", "", "`", "", "*", "")

// nameRuns finds words with capitals. Neighbours make a run: "Amazon Web
// Services", "Bank of England", where "of" joins but is not part of it. A run
// ends at a word without a capital and at punctuation; it never crosses a
// sentence.
func nameRuns(prose string) [][]word {
	var runs [][]word
	for _, s := range text.Stretches(emphasis.Replace(prose)) {
		var run []word
		start := true
		tokens := strings.Fields(apart(s.Text))
		title := headline(tokens)
		// start says that the next word stands where grammar forces a capital:
		// at the start of the sentence, behind a colon or a bullet.
		for i, raw := range tokens {
			w := strings.TrimFunc(raw, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '#' })
			opens := start || strings.ContainsAny(raw[:len(raw)-len(strings.TrimLeft(raw, `"“‘«(['`))], `"“‘«(['`)
			if sh, ok := shapeOf(w); ok {
				c := word{text: w, shape: sh, weak: (opens || title) && sh == plainWord}
				if i+1 < len(tokens) {
					c.next = strings.ToLower(strings.Trim(tokens[i+1], ",.;:"))
				}
				run = append(run, c)
			} else if w != "" && !(len(run) > 0 && linking[strings.ToLower(w)]) {
				runs, run = flushRun(runs, run), nil
			}
			start = strings.HasSuffix(raw, ":") || w == "" && raw != "&"
			if strings.ContainsAny(raw[len(raw)-1:], ",.;:!?)") {
				runs, run = flushRun(runs, run), nil
			}
		}
		runs = flushRun(runs, run)
	}
	return runs
}

// apart puts spaces between letters of scripts that have none and others, so
// that a name in Latin letters is a word of its own: "OpenAI在" and "Acme를".
func apart(s string) string {
	if ascii(s) {
		return s
	}
	spaceless := func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
			r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xff0f
	}
	var b strings.Builder
	var last rune
	for _, r := range s {
		if last != 0 && spaceless(r) != spaceless(last) && last != ' ' && r != ' ' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// flushRun adds the run of names that is open, if there is one.
func flushRun(runs [][]word, run []word) [][]word {
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// headline reports whether nearly every long word has a capital: a headline's
// capitals say nothing. It takes at least five long words, nine tenths of them
// with a capital; shorter ones may be a name and nothing else.
func headline(tokens []string) bool {
	long, capitals := 0, 0
	for _, t := range tokens {
		if w := rawWords(t); len(w) > 0 && len(w[0]) > 3 && !linking[strings.ToLower(w[0])] {
			long++
			if unicode.IsUpper([]rune(w[0])[0]) {
				capitals++
			}
		}
	}
	return long >= 5 && capitals*10 >= long*9
}

// linking are the words that stand within names in lower case, in the languages
// in which names have them: University of Tokyo, Ludwig van Beethoven.
var linking = text.Set(`of and the for de la del van von der di da & on in`)

// shapeOf reports whether w may be a name, by its letters, and how sure they
// make it: Redis is a plainWord, NASA an acronym, PyTorch and GPT-4 are
// products. Words without a capital, numbers with a unit, single letters and
// Roman numerals are no names. A possessive 's does not count.
func shapeOf(w string) (shape, bool) {
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
	upper, lower, digits, inner := 0, 0, 0, false
	for i, r := range w {
		switch {
		case unicode.IsUpper(r):
			upper++
			// An inner capital: the P of iPhone, not the A of
			// Retrieval-Augmented.
			inner = inner || i > 0 && lower > 0 && !afterMark(w[:i])
		case unicode.IsLower(r):
			lower++
		case unicode.IsDigit(r):
			digits++
		}
	}
	first := []rune(w + " ")[0]
	switch {
	case upper == 0 || unicode.IsDigit(first) || strings.IndexFunc(w, func(r rune) bool { return unicode.Is(unicode.Sc, r) }) >= 0:
		return 0, false // quantities such as 16GB and HK$5 are numbers
	case upper+lower+digits == 1:
		return 0, false // I, A, an initial
	case inner, digits > 0:
		return product, true
	case lower == 0:
		return acronym, !roman(w)
	}
	return plainWord, true
}

// afterMark reports whether a part of a compound begins behind before, as in
// Retrieval-Augmented: its last character is no letter. before must not be
// empty.
func afterMark(before string) bool {
	r := []rune(before)
	return !unicode.IsLetter(r[len(r)-1])
}

// romanPattern also matches the empty string; roman is only asked about words.
var romanPattern = lazyregexp.New(`^(?:X{0,3}(?:IX|IV|V?I{0,3}))$`)

// roman reports whether an acronym is a number up to 39, as in chapters and
// kings. Higher ones (XL, CD) are more often abbreviations.
func roman(w string) bool { return romanPattern.MatchString(w) }
