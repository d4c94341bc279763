package quantity

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordAt is the run of letters at s[i:]; empty where there is none. Letters of
// scripts without spaces end it.
func wordAt(s string, i int) string {
	for j, r := range s[i:] {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r) || spaceless(r) {
			return s[i : i+j]
		}
	}
	return s[i:]
}

// numberWords is what has been read of a number in words.
type numberWords struct {
	totals    []float64 // what is complete above the group that is open, in each meaning
	part      float64   // the group below the next scale
	last      float64   // the last scale
	scale     float64   // the factor of all scales
	ordinal   bool
	begun     bool
	wholePart bool // the last word was a fraction: half, 1.5
}

// add takes a word that adds. It returns false where the word cannot continue
// the number: "two three". joined says that "and" stood before it.
func (n *numberWords) add(v float64, t *table, joined bool) bool {
	low := math.Mod(n.part, 100)
	var fits bool
	switch {
	case !n.begun || n.part == 0:
		fits = true
	case v < 10:
		fits = low == 0 && n.part >= 100 || low >= 20 && math.Mod(low, 10) == 0
	case v < 20:
		fits = low == 0 || t.code == "fr" && (low == 60 || low == 80)
	case v == 20 && t.code == "fr" && low == 4: // quatre-vingt
		n.part += 76
		return true
	case v < 100:
		fits = low == 0 || joined && low < 10 && (t.code == "de" || t.code == "nl") // fünfundzwanzig
	default:
		fits = math.Mod(n.part, 1000) == 0
	}
	if fits {
		n.part += v
		n.begun = true
	}
	return fits
}

// times takes a word that multiplies.
func (n *numberWords) times(w numeral) bool {
	f := w.values[0]
	if w.kind == hundred {
		switch {
		case n.part == 0:
			n.part = 100
		case n.part < 100:
			n.part *= 100
		default:
			return false
		}
		n.begun = true
		return true
	}
	part := n.part
	if part == 0 && len(n.totals) == 0 {
		part = 1
	}
	if len(n.totals) == 0 {
		n.totals = []float64{0}
	}
	var out []float64
	for _, t := range n.totals {
		for _, f := range w.values {
			switch {
			case n.last == 0 || f < n.last:
				out = append(out, t+part*f)
			default: // mil millones
				out = append(out, (t+part)*f)
			}
		}
	}
	if n.last > 0 && f < n.last && n.part == 0 || len(out) > 8 {
		return false
	}
	n.totals, n.part, n.last, n.begun = out, 0, f, true
	n.scale *= f
	return true
}

// values are the meanings of all that was read.
func (n *numberWords) values() []float64 {
	if len(n.totals) == 0 {
		return []float64{n.part}
	}
	out := make([]float64, len(n.totals))
	for i, t := range n.totals {
		out[i] = t + n.part
	}
	return out
}

// spelled is a number in words.
type spelled struct {
	values  []float64
	scale   float64
	end     int
	ordinal bool
	digits  int
}

// spelledAt reads a number in words that begins with the word at s[i:]. It
// stops at the first word that cannot continue the number. The result's end is
// i where there is none.
func (t *table) spelledAt(s string, i int) spelled {
	n := numberWords{scale: 1}
	out := spelled{end: i}
	at, joined, article := i, false, false
	for range 24 { // no number has more words
		word := wordAt(s, at)
		if word == "" || len(word) > 64 {
			break
		}
		w := fold(word)
		next := at + len(word)
		switch {
		case !n.begun && !article && t.is("article", w) && t.opensNumber(s, next):
			article = true
			n.part = 0
			at = skipGap(s, next)
			continue
		case joined && t.is("article", w): // one and a half
			at = skipGap(s, next)
			continue
		case n.begun && (t.is("join", w) || t.code == "ru" && w == "с") && !joined && next < len(s):
			// "and" counts only when the number goes on behind it.
			joined = true
			at = skipGap(s, next)
			if at == next {
				return out
			}
			continue
		}
		if v, ok := find(t.oneHalf, t.stemOneHalf, w); ok && !n.begun {
			n.part, n.begun, n.wholePart = v, true, true
		} else if joined && t.is("half", w) || n.begun && t.is("half", w) && t.code == "es" {
			n.part += 0.5
			n.wholePart = true
		} else if num, ok := find(t.numerals, t.stemNumerals, w); ok && !num.unsure && (!n.ordinal) {
			if num.kind == hundred || num.kind == scale {
				if !n.begun && !article && num.kind == scale && !t.bareScale(w, num) || !n.times(num) {
					break
				}
			} else if n.wholePart || article || !n.add(num.values[0], t, joined) {
				break
			}
			n.ordinal = num.kind == ordinal
		} else if parts := t.compound(w); parts != nil && !n.begun {
			if !n.takeAll(parts, t) {
				break
			}
		} else {
			break
		}
		out.end, out.values, out.ordinal, out.scale = next, n.values(), n.ordinal, n.scale
		joined = false
		at = skipGap(s, next)
		if at == next {
			break
		}
	}
	if out.end > i {
		out.digits = significant(out.values[0])
		t.decimals(s, &out)
	}
	return out
}

// opensNumber reports whether behind an article at s[i:] a scale follows, so
// that "a million" is a number and "a dog" is none.
func (t *table) opensNumber(s string, i int) bool {
	at := skipGap(s, i)
	if at == i {
		return false
	}
	num, ok := find(t.numerals, t.stemNumerals, fold(wordAt(s, at)))
	return ok && (num.kind == hundred || num.kind == scale) && !num.unsure
}

// bareScale reports whether a scale may begin a number: mil in Spanish, tausend
// in German. "Millions" and "dozens" are no numbers.
func (t *table) bareScale(w string, n numeral) bool {
	return n.values[0] == 1e3 && t.code != "en" && !strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "e") || w == "mille"
}

// decimals reads what follows "point": one point eight.
func (t *table) decimals(s string, n *spelled) {
	at := skipGap(s, n.end)
	word := wordAt(s, at)
	if at == n.end || !t.is("point", fold(word)) || n.scale != 1 {
		return
	}
	at += len(word)
	v, place := n.values[0], 0.1
	for range 8 {
		next := skipGap(s, at)
		word := wordAt(s, next)
		num, ok := t.numerals[fold(word)]
		if next == at || !ok || num.kind != adds || num.values[0] > 9 && place != 0.1 {
			break
		}
		if num.values[0] > 9 { // uno coma veinticinco
			v += num.values[0] / 100
			n.values, n.end, n.digits = []float64{v}, next+len(word), significant(v)
			return
		}
		v += num.values[0] * place
		place /= 10
		at = next + len(word)
		n.end = at
	}
	v = math.Round(v*1e8) / 1e8
	n.values, n.digits = []float64{v}, significant(v)
}

// compound cuts a German or Dutch word into its numerals:
// zweihundertfünfundzwanzig. It returns nil for any other word.
func (t *table) compound(w string) []string {
	if t.code != "de" && t.code != "nl" && t.code != "it" || len(w) < 7 {
		return nil
	}
	var parts []string
	for rest := w; rest != ""; {
		found := 0
		for end := min(len(rest), 12); end >= 2; end-- {
			if num, ok := t.numerals[rest[:end]]; ok && num.kind != ordinal || t.is("join", rest[:end]) {
				found = end
				break
			}
		}
		if found == 0 {
			// An ordinal's ending: zweiundzwanzigste.
			if len(parts) > 1 && ordinalEndings[rest] {
				return parts
			}
			return nil
		}
		parts = append(parts, rest[:found])
		rest = rest[found:]
	}
	return parts
}

var ordinalEndings = map[string]bool{"ste": true, "sten": true, "ster": true, "stes": true, "te": true, "ten": true, "ter": true,
	"s": true, "n": true}

// takeAll reads the parts of a compound.
func (n *numberWords) takeAll(parts []string, t *table) bool {
	joined := false
	for _, p := range parts {
		if t.is("join", p) {
			joined = true
			continue
		}
		num := t.numerals[p]
		var ok bool
		if num.kind == hundred || num.kind == scale {
			ok = n.times(num)
		} else {
			ok = n.add(num.values[0], t, joined)
		}
		if !ok {
			return false
		}
		joined = false
	}
	return n.begun
}

// skipGap is the place behind one space or hyphen at s[i:], or i where there is
// none, or more than one.
func skipGap(s string, i int) int {
	if i < len(s) && (s[i] == ' ' || s[i] == '-') {
		if r, _ := utf8.DecodeRuneInString(s[i+1:]); unicode.IsLetter(r) || digitRune(r) {
			return i + 1
		}
	}
	return i
}

func digitRune(r rune) bool { return r >= '0' && r <= '9' }
