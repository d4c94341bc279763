package quantity

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// kind is what a word does within a number.
type kind int

const (
	adds    kind = iota // three, twenty, quinientos
	hundred             // multiplies what stands before it below a thousand
	scale               // thousand, million: multiplies and closes a group
	ordinal             // third: adds, and ends the number
)

// numeral is a word of a number. values has more than one where a word has
// more than one meaning: a billion.
type numeral struct {
	kind   kind
	values []float64
	unsure bool // "m" for millions: not for comparisons alone
}

// table is what one language knows.
type table struct {
	code                   string // ISO 639-1
	numerals, stemNumerals map[string]numeral
	scales                 map[string]numeral
	units, stemUnits       map[string][]Unit
	fractions, stemFracs   map[string]float64
	times, stemTimes       map[string]float64
	oneHalf, stemOneHalf   map[string]float64
	decades, stemDecades   map[string]float64
	months, stemMonths     map[string]float64
	approx                 map[string]Approx
	lists                  map[string]map[string]bool // join, point, article, half, quarter, relative, version, of, counter
	stemLists              map[string]map[string]bool
	han, hangul            bool
	pointDecimal           bool // 1,000 is a thousand and 1.5 one and a half
	longest                int  // runes of the longest unit or scale, for scripts without spaces
}

// language is a table that is read when a text of the language comes first.
func language(code, spec string) func() *table {
	return sync.OnceValue(func() *table { return parseTable(code, spec) })
}

// parseTable reads a language's table. A line is a key, a colon and words: "add:
// one=1 two=2". Keys are
//
//   - add, ordinal, hundred, scale: numerals, see [kind]
//   - unit: a dimension and a factor, then after "=" the words
//   - fraction (denominators), times (twice=2), onehalf (anderthalb=1.5),
//     decade (nineties=90), month
//   - about, over, under: what stands before or behind a rounded number
//   - join (and), point, article, half, quarter, relative, version, of,
//     counter (of Chinese), decimal (point or comma), han and hangul (say which numerals there are)
//
// A star at the end of a word makes it a stem, for languages that inflect; a
// question mark says that it may mean something else as well. It panics on a
// line it cannot read, which any test of the package would show.
func parseTable(code, spec string) *table {
	t := &table{
		code:     code,
		numerals: map[string]numeral{}, stemNumerals: map[string]numeral{}, scales: map[string]numeral{},
		units: map[string][]Unit{}, stemUnits: map[string][]Unit{},
		fractions: map[string]float64{}, stemFracs: map[string]float64{}, times: map[string]float64{}, stemTimes: map[string]float64{},
		oneHalf: map[string]float64{}, stemOneHalf: map[string]float64{}, decades: map[string]float64{}, stemDecades: map[string]float64{},
		months: map[string]float64{}, stemMonths: map[string]float64{}, approx: map[string]Approx{},
		lists: map[string]map[string]bool{}, stemLists: map[string]map[string]bool{},
	}
	for line := range strings.SplitSeq(strings.TrimSpace(spec), "\n") {
		key, words, ok := strings.Cut(line, ":")
		if !ok {
			panic("quantity: no key in " + line)
		}
		if key == "unit" {
			t.parseUnits(words)
			continue
		}
		for w := range strings.FieldsSeq(words) {
			t.parseWord(key, w)
		}
	}
	for _, u := range symbols {
		t.long(u.word)
	}
	return t
}

// parseUnits reads "time 60 = minute minutes min?".
func (t *table) parseUnits(line string) {
	head, words, _ := strings.Cut(line, "=")
	f := strings.Fields(head)
	factor, err := strconv.ParseFloat(f[1], 64)
	if err != nil {
		panic(fmt.Sprintf("quantity: no factor in %q", line))
	}
	for w := range strings.FieldsSeq(words) {
		u := Unit{Dim: Dim(f[0]), Factor: factor, Sure: !strings.HasSuffix(w, "?")}
		w = strings.TrimSuffix(w, "?")
		if stem, ok := strings.CutSuffix(w, "*"); ok {
			t.stemUnits[fold(stem)] = append(t.stemUnits[fold(stem)], u)
			continue
		}
		t.units[fold(w)] = append(t.units[fold(w)], u)
		t.long(w)
	}
}

// parseWord adds one word of a line that is no unit.
func (t *table) parseWord(key, w string) {
	word, value, _ := strings.Cut(w, "=")
	unsure := strings.HasSuffix(value, "?")
	var values []float64
	if value != "" {
		for v := range strings.SplitSeq(strings.TrimSuffix(value, "?"), ",") {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				panic(fmt.Sprintf("quantity: no value in %q", w))
			}
			values = append(values, n)
		}
	}
	stem, isStem := strings.CutSuffix(word, "*")
	word = fold(stem)
	one := func(whole, stems map[string]float64) {
		if isStem {
			stems[word] = values[0]
		} else {
			whole[word] = values[0]
		}
	}
	switch key {
	case "add", "ordinal", "hundred", "scale":
		n := numeral{map[string]kind{"add": adds, "ordinal": ordinal, "hundred": hundred, "scale": scale}[key], values, unsure}
		switch {
		case isStem:
			t.stemNumerals[word] = n
		case t.numerals[word].values == nil || key != "ordinal":
			t.numerals[word] = n
		}
		if n.kind == scale || n.kind == hundred && utf8.RuneCountInString(word) == 1 {
			t.scales[word] = n
			t.long(word)
		}
	case "fraction":
		one(t.fractions, t.stemFracs)
	case "times":
		one(t.times, t.stemTimes)
	case "onehalf":
		one(t.oneHalf, t.stemOneHalf)
	case "decade":
		one(t.decades, t.stemDecades)
	case "month":
		one(t.months, t.stemMonths)
	case "about":
		t.approx[word] = About
	case "over":
		t.approx[word] = Over
	case "under":
		t.approx[word] = Under
	case "decimal":
		t.pointDecimal = word == "point"
	case "han":
		t.han = true
	case "hangul":
		t.hangul = true
	default:
		lists := t.lists
		if isStem {
			lists = t.stemLists
		}
		if lists[key] == nil {
			lists[key] = map[string]bool{}
		}
		lists[key][word] = true
	}
}

// long remembers the length of the longest word.
func (t *table) long(w string) { t.longest = max(t.longest, utf8.RuneCountInString(w)) }

// is reports whether a folded word is in a list of the table.
func (t *table) is(list, word string) bool {
	if t.lists[list][word] {
		return true
	}
	_, ok := byStem(t.stemLists[list], word)
	return ok
}

// byStem looks for the longest beginning of word that is a key of stems. Words
// of more than 40 bytes have none.
func byStem[V any](stems map[string]V, word string) (V, bool) {
	var none V
	if len(stems) == 0 || len(word) > 40 {
		return none, false
	}
	for end := len(word); end >= 2; end-- {
		if v, ok := stems[word[:end]]; ok {
			return v, true
		}
	}
	return none, false
}

// find looks for a word, then for its stem.
func find[V any](whole, stems map[string]V, word string) (V, bool) {
	if v, ok := whole[word]; ok {
		return v, true
	}
	return byStem(stems, word)
}

// fold gives the form in which words are compared: lower case, without accents
// on Latin and Cyrillic letters. Scripts whose marks make another letter are
// left as they are.
func fold(w string) string {
	plain := true
	for i := range len(w) {
		if w[i] >= 0x80 || w[i] >= 'A' && w[i] <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return w
	}
	w = strings.ToLower(w)
	r, _ := utf8.DecodeRuneInString(w)
	if !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek) {
		return w
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ß':
			return 's' // strasse and straße need not agree: numerals have it in dreißig only
		}
		return r
	}, norm.NFD.String(w))
}

// tables are the languages that are known, by ISO 639-1 code.
var tables = map[string]func() *table{
	"en": english, "de": german, "fr": french, "es": spanish, "pt": portuguese, "ru": russian, "zh": chinese, "ja": japanese, "ko": korean,
	"it": italian, "nl": dutch, "pl": polish, "id": indonesian, "ms": indonesian,
	"hi": hindi, "mr": hindi, "ca": spanish, "gl": portuguese, "uk": russian,
	"be": russian,
}

// Knows reports whether numbers in words of a language are read.
func Knows(lang string) bool { return tables[lang] != nil }
