package gates

import (
	"strings"
	"unicode"

	"github.com/RadhiFadlillah/whatlanggo"
)

// scripts are those that tell languages apart by themselves.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Hangul, unicode.Greek,
	unicode.Devanagari, unicode.Thai, unicode.Han}

const (
	// maxTongue is how many paragraphs in another language than its page's are
	// taken for planted; of more, the page is in two languages.
	maxTongue = 2
	// tongueParagraphs is the least that a page has beside one.
	tongueParagraphs = 6
	// maxParagraph bounds what is read of a paragraph, in bytes.
	maxParagraph = 2000
)

// splitTongues parts a text of several paragraphs from the one or two that are
// written in another language than all others, as an order is that only a model
// shall understand. English is everywhere and never foreign. Without such
// paragraphs the text comes back unchanged.
func splitTongues(page, lang string) (keep string, foreign []string) {
	paras := strings.Split(page, "\n\n")
	if lang == "" || len(paras) < tongueParagraphs {
		return page, nil
	}
	own := mainScript(firstLetters(page))
	var kept []string
	for _, p := range paras {
		if len(p) <= maxParagraph && otherTongue(p, lang, own) {
			if foreign = append(foreign, p); len(foreign) > maxTongue {
				return page, nil
			}
			continue
		}
		kept = append(kept, p)
	}
	if len(foreign) == 0 {
		return page, nil
	}
	return strings.Join(kept, "\n\n"), foreign
}

// otherTongue reports whether a paragraph of some length is surely in another
// language than lang, whose script is own.
func otherTongue(para, lang string, own int) bool {
	letters := countLetters(para)
	if letters < 18 {
		return false
	}
	if is := mainScript(para); is != own && is > 0 { // Latin letters may be English or code
		return whatlanggo.Detect(para).Lang.Iso6391() != lang // a page may be in one script, and most of it tables in another
	} else if is != 0 || letters < 40 || len(strings.Fields(para)) < 7 {
		return false
	}
	// Stop words first: detection takes ten times as long, and most paragraphs
	// read like the page.
	shares := stopShares(para)
	fits, most := max(shares[lang], shares["en"]), 0.0
	for _, share := range shares {
		most = max(most, share)
	}
	strange := func(share float64) bool { return share >= 0.2 && share >= 2*fits }
	if fits >= 0.05 && !strange(most) {
		return false
	}
	info := whatlanggo.Detect(para)
	got := info.Lang.Iso6391()
	if got == "" || got == "en" || got == lang || related(got, lang) {
		return false
	}
	_, known := stopWords[got]
	return info.IsReliable() && fits < 0.05 && (!known || shares[got] > 0) || known && strange(shares[got])
}

// mainScript is the place in [scripts] of the script that most letters of s have,
// or -1.
func mainScript(s string) int {
	counts := make([]int, len(scripts))
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		if unicode.In(r, unicode.Hiragana, unicode.Katakana) {
			counts[len(scripts)-1]++
			continue
		}
		for i, t := range scripts {
			if unicode.Is(t, r) {
				counts[i]++
				break
			}
		}
	}
	best, n := -1, 0
	for i, c := range counts {
		if c > n {
			best, n = i, c
		}
	}
	return best
}
