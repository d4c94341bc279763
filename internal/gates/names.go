package gates

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

// checkNames looks for each name of tldr and summary on the page. What counts
// as a name depends on the language: German writes every noun with a capital,
// and a translation spells names anew. The score is the share of known names.
func checkNames(in *input) verdict {
	how := in.naming()
	if how == namingNone {
		return pass("not compared: the page is in another script")
	}
	var found []string
	seen := map[string]bool{}
	for _, p := range in.prose() {
		for _, run := range nameRuns(text.WithoutAddresses(p.text)) {
			for _, w := range run {
				if how.asks(w) {
					seen[fold(w.text)] = true
				}
			}
			for _, w := range in.unknown(run, how) {
				found = append(found, fmt.Sprintf("“%s” in the %s", excerpt(w), p.name))
			}
		}
	}
	if found = distinct(found); len(found) > 0 {
		return fail(1-float64(len(found))/float64(max(len(seen), len(found))), "not on the page: %s", list(found))
	}
	return pass("%d names, all on the page", len(seen))
}

// naming says which words are asked about. The constants go from strict to
// lenient.
type naming int

const (
	namingAll     naming = iota // every capital that isn't forced by grammar
	namingShaped                // only OpenAI, GPT-4, NASA
	namingProduct               // only OpenAI, GPT-4
	namingNone
)

// asks reports whether a word counts as a name under n. A weak word (see
// [word]) never does by itself; [input.unknown] decides about it from its
// neighbours.
func (n naming) asks(w word) bool {
	switch n {
	case namingAll:
		return w.shape != plainWord || !w.weak
	case namingShaped:
		return w.shape >= acronym
	}
	return n == namingProduct && w.shape >= product
}

// naming compares the languages of comment and page, and says how far their
// names can be compared at all.
func (in *input) naming() naming {
	page := in.evidenceLanguage()
	comment := baseLanguage(in.opts.Language)
	if in.opts.Offline || comment == "" {
		comment = page
	}
	switch {
	// Transliterations differ too much: Чайковский is Tchaikovsky,
	// Tschaikowski…
	case latin(in.res.Summary) != latin(in.corpus.text):
		return namingNone
	// A translation has its own names for places and people, not for products.
	case page != "" && comment != page && !related(page, comment):
		return namingProduct
	// German and Luxembourgish nouns have capitals; only the shape tells.
	case comment == "de" || comment == "lb":
		return namingShaped
	}
	return namingAll
}

// latin reports whether at least half of the letters are Latin; a text without
// letters counts as Latin.
func latin(s string) bool {
	yes, all := 0, 0
	for _, r := range firstLetters(s) {
		if unicode.IsLetter(r) {
			all++
			if unicode.Is(unicode.Latin, r) {
				yes++
			}
		}
	}
	return yes*2 >= all
}

// unknown lists the words of a run that the page does not have. Neighbours that
// are unknown come as one name, "Katherine Bouman", so that a person is counted
// once; of "Google Veo" only the unknown half is listed.
func (in *input) unknown(run []word, how naming) []string {
	known := make([]bool, len(run))
	for i, w := range run {
		known[i] = in.knownName(w.text) || w.shape == plainWord && starters[fold(w.text)]
	}
	in.expansions(run, known)
	var out []string
	last := -2 // neighbours are one name: Katherine Bouman
	for i, w := range run {
		// Not asked about, or a capital that may be the sentence's: no name.
		if known[i] || !how.asks(w) && !in.subject(w, how) {
			continue
		}
		name := w.text
		// "Elon Musk": the weak word before belongs to it.
		if i > 0 && last != i-1 && run[i-1].weak && !known[i-1] && how == namingAll && properLooking(run[i-1].text) {
			name = run[i-1].text + " " + name
		}
		// The word before was unknown too: the two are one name.
		if last == i-1 {
			out[len(out)-1] += " " + name
		} else {
			out = append(out, name)
		}
		last = i
	}
	return out
}

// expansions accepts runs whose initials are an acronym of the page: "Amazon
// Web Services" for AWS. It marks their words in known and leaves the others.
// All stretches of two to six words within the run are tried.
func (in *input) expansions(run []word, known []bool) {
	for i := range run {
		// initials grows by one word a round, from word i to word j.
		initials := strings.ToLower(string([]rune(run[i].text)[0]))
		for j := i + 1; j < len(run) && j < i+6; j++ {
			initials += strings.ToLower(string([]rune(run[j].text)[0]))
			if in.corpus.words[initials] {
				for k := i; k <= j; k++ {
					known[k] = true
				}
			}
		}
	}
}

// subject reports whether a weak word is a name after all: without an article it
// is the subject of a verb in the singular, which few other nouns can be.
// "Anthropic released it" makes a name of Anthropic; "Retrieval is hard" makes
// none of Retrieval, which properLooking excludes by its ending.
func (in *input) subject(w word, how naming) bool {
	return how == namingAll && w.weak && singularVerbs[w.next] && properLooking(w.text)
}

// properLooking excludes words that begin a sentence without being a name:
// known ones, short ones, and those with an ending of common nouns, adverbs and
// adjectives, such as "Retrieval" and "Additionally". It errs to the side of
// excluding.
func properLooking(w string) bool {
	f := fold(w)
	if starters[f] || generic[f] || len(f) < 3 {
		return false
	}
	for _, end := range []string{"ing", "ly", "tion", "sion", "ment", "ness", "ity", "ism", "ance", "ence", "ware", "ship", "ics", "ogy",
		"age", "ure", "ers", "ors", "ists", "ies", "tions", "ments", "ed", "al", "ive", "ous", "able", "ible", "ful", "less", "body", "thing",
		"one", "ency", "ancy"} {
		if strings.HasSuffix(f, end) {
			return false
		}
	}
	return true
}
