package gates

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/technoshare/commentator/internal/gates/sound"
)

// maxCorpus bounds the text that comments are compared with, in bytes. The
// model is shown far less of a page; the bound only keeps memory in check,
// since the corpus takes several times the size of its text.
const maxCorpus = 4 << 20

// corpus answers whether words occur in a text, whatever their spelling.
type corpus struct {
	text string // as it is
	// words holds each word in folded form, and its stem: "Engines" gives
	// "engines" and "engine".
	words map[string]bool
	// joined is all words run together; starts marks where each begins, and the
	// end of the last. A name occurs when its letters stand in joined from one
	// start to another, so that "PyTorch", "Py Torch" and "py-torch" are one,
	// but "Java" is not in "JavaScript".
	joined string
	starts []int // in rising order
	// initials has the first letter of each word, upper case as in the text;
	// tight leaves out words such as "of". Acronyms are looked for in them:
	// "BoE" for Bank of England, "AWS" for Amazon Web Services.
	initials, tight string
	numbers         *numberSet
	heard           func() *sound.Index // made when a name of another script is looked for
	sorted          func() []string     // the words in order, made when a word of the same stem is looked for
	lowInitials     func() string       // initials in lower case
}

// newCorpus reads a text once for all look-ups; its numbers are read under the
// conventions of languages. Of a text beyond maxCorpus the
// beginning counts. The result does not change afterwards.
func newCorpus(text string, languages []string) *corpus {
	if len(text) > maxCorpus {
		text = strings.ToValidUTF8(text[:maxCorpus], "")
	}
	c := &corpus{text: text, words: map[string]bool{}, numbers: newNumberSet(text, languages),
		heard: sync.OnceValue(func() *sound.Index { return sound.NewIndex(text) })}
	c.sorted = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(c.words)) })
	c.lowInitials = sync.OnceValue(func() string { return strings.ToLower(c.initials) })
	var joined, initials, tight strings.Builder
	for _, w := range rawWords(text) {
		f := fold(w)
		if f == "" {
			continue
		}
		c.words[f] = true
		c.words[stem(f)] = true
		if i := strings.IndexAny(f, "0123456789"); i >= 3 { // python3, RFC9110
			c.words[f[:i]] = true
		}
		c.starts = append(c.starts, joined.Len())
		joined.WriteString(f)
		// The folded form gives the letter (É is E), the word as written its
		// case. f[0] is a whole letter in all scripts that acronyms are made
		// in.
		first := rune(f[0])
		for _, r := range w {
			if unicode.IsUpper(r) {
				first = unicode.ToUpper(first)
			}
			break
		}
		initials.WriteRune(first)
		if !linking[f] {
			tight.WriteRune(first)
		}
	}
	c.starts = append(c.starts, joined.Len())
	c.joined, c.initials, c.tight = joined.String(), initials.String(), tight.String()
	return c
}

// has reports whether the words of s occur in this order, next to each other,
// however they are joined. A string without letters and digits never occurs.
func (c *corpus) has(s string) bool {
	key := squash(s)
	if key == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(c.joined[from:], key)
		if i < 0 {
			return false
		}
		at := from + i
		// Both ends must be borders of words. A hit that begins inside of one is
		// passed over with the rest of the word, so that a page of one letter is
		// not searched anew at each.
		n, starts := slices.BinarySearch(c.starts, at)
		if starts {
			if _, ends := slices.BinarySearch(c.starts[n:], at+len(key)); ends {
				return true
			}
			n++
		}
		if n == len(c.starts) {
			return false
		}
		from = c.starts[n]
	}
}

// rawWords splits text into runs of letters and digits; an apostrophe between
// letters belongs to the word, and each letter of a script without spaces is a
// word. "Anna's C-3 東京" gives "Anna's", "C", "3", "東", "京". Case and accents
// stay, for callers that ask about capitals; compare with [fold].
func rawWords(text string) []string {
	var out []string
	eachWord(text, func(w string) { out = append(out, w) })
	return out
}

// eachWord calls word with each of [rawWords].
func eachWord(text string, word func(string)) {
	start, last := -1, rune(0)
	flush := func(end int) {
		if start >= 0 {
			word(text[start:end])
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case asciiWord(r):
			if start >= 0 && last >= 0x80 && unicode.Is(unicode.Hangul, last) {
				flush(i)
			}
			if start < 0 {
				start = i
			}
			last = r
		case r < 0x80:
			if r != '\'' || start < 0 {
				flush(i)
			}
		case r == '’' && start >= 0:
			// stays inside, as an apostrophe does; fold drops it together with a possessive s
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			flush(i)
			word(text[i : i+utf8.RuneLen(r)])
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			// Particles stand behind foreign words without a space: SPDY를.
			if hangul := unicode.Is(unicode.Hangul, r); start >= 0 && hangul != unicode.Is(unicode.Hangul, last) {
				flush(i)
			}
			if start < 0 {
				start = i
			}
			last = r
		default:
			flush(i)
		}
	}
	flush(len(text))
}

// asciiWord reports whether r is a letter or digit of ASCII.
func asciiWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// foldSpecial spells letters that Unicode does not decompose as people type
// them on a keyboard without them. The words of page and comment go through it
// alike.
var foldSpecial = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// fold gives the form in which words are compared: lower case, no accents, no
// possessive, letters and digits only.
// "Weizsäcker’s" becomes "weizsacker". What has no letters or digits becomes
// empty.
func fold(word string) string {
	if folded(word) {
		return word
	}
	word = strings.ReplaceAll(word, "’", "'")
	word = strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "'S")
	// NFKD parts a letter from its accents, which are no letters and are
	// dropped below. It also undoes ligatures and full-width forms.
	if ascii(word) {
		word = strings.ToLower(word)
	} else {
		word = foldSpecial.Replace(strings.ToLower(norm.NFKD.String(word)))
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, word)
}

// folded reports whether a word is surely in the form that fold gives.
func folded(word string) bool {
	for i := range len(word) {
		if c := word[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// squash folds a phrase to one word: "Py-Torch 2" and "pytorch2" are the same.
func squash(s string) string {
	var b strings.Builder
	for _, w := range rawWords(s) {
		b.WriteString(fold(w))
	}
	return b.String()
}

// stem removes an English plural; other endings stay. It may give what is no
// word ("news" gives "new"), which does no harm as both sides go through it.
// Short words and those in -ss stay as they are.
func stem(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && (strings.HasSuffix(w, "ses") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w,
		"shes")):
		return w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss"):
		return w[:len(w)-1]
	}
	return w
}

// ascii reports whether s needs no folding beyond letter case, which is most of
// the cost on English pages.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
