package gates

import (
	_ "embed" // for the list of words
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// commonWords are words of everyday English. A translation writes offices, laws
// and plans with capitals, and they are made of such words: Basic Energy Plan.
// The list has the words that occur in lower case in the articles of
// scrapinghub/article-extraction-benchmark (MIT) and in the documentation of Go
// libraries, as far as the spelling list wamerican-small (SCOWL) has them too,
// and what offices and laws are called; names of products are left out.
//
//go:embed words_en.txt
var commonWords string

var commonSet = sync.OnceValue(func() map[string]bool {
	set := make(map[string]bool, 7000)
	for w := range strings.FieldsSeq(commonWords) {
		set[w] = true
	}
	return set
})

// commonWord reports whether a folded word is one of everyday English, in any
// usual form of it.
func commonWord(f string) bool {
	set := commonSet()
	if set[f] {
		return true
	}
	for _, e := range []struct{ end, other string }{{"ies", "y"}, {"es", ""}, {"s", ""}, {"ied", "y"}, {"ed", ""}, {"ed", "e"}, {"ing", ""},
		{"ing", "e"}, {"ly", ""}, {"ally", "al"}, {"er", ""}, {"er", "e"}, {"al", ""},
		{"ness", ""}, {"isation", "ize"}, {"ised", "ize"}, {"our", "or"}} {
		if stem, ok := strings.CutSuffix(f, e.end); ok && len(stem)+len(e.other) >= 3 && set[stem+e.other] {
			return true
		}
	}
	return false
}

// maxCountryText bounds the text in which countries are looked for, in bytes.
const maxCountryText = 1 << 20

// countriesOf are the English words for the countries and languages that a page
// names in its own language, in folded form. Endings are cut off, as they change
// in most languages.
func countriesOf(page, lang string) map[string]bool {
	tag := language.Make(lang)
	regions, languages := display.Regions(tag), display.Languages(tag)
	set := map[string]bool{}
	if regions == nil || languages == nil {
		return set
	}
	page = strings.ToLower(firstBytes(page, maxCountryText))
	always := languages.Name(tag) // of "the Japanese page" nothing need be said
	add := func(own, name string) {
		own = strings.ToLower(own)
		if own == strings.ToLower(always) {
			set[squash(name)] = true
			return
		}
		if r := []rune(own); len(r) > 5 {
			own = string(r[:len(r)-2])
		}
		if own == "" || !strings.Contains(page, own) {
			return
		}
		set[squash(name)] = true
		for _, w := range rawWords(name) {
			if len(w) > 3 {
				set[fold(w)] = true
			}
		}
	}
	for _, r := range display.Values.Regions() {
		add(regions.Name(r), display.English.Regions().Name(r))
	}
	for _, b := range display.Supported.BaseLanguages() {
		l := language.Make(b.String())
		add(languages.Name(l), display.English.Languages().Name(l))
	}
	return set
}

// countryName reports whether a folded word is a country, language or people
// that the page has by another name.
func (in *input) countryName(f string) bool {
	set := in.countries()
	if set[f] {
		return true
	}
	for c := range set {
		if n := commonPrefix(f, c); n >= 4 && demonymEndings[f[n:]] && (c[n:] == "" || demonymEndings[c[n:]]) {
			return true
		}
	}
	for _, group := range sameNames {
		if group[f] {
			for other := range group {
				if set[other] {
					return true
				}
			}
		}
	}
	return false
}

// firstBytes is the beginning of s, at most n bytes of it.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
