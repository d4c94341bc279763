package gates

import (
	"fmt"
	"regexp"
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
		tokens := strings.Fields(s.Text)
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

// flushRun adds the run of names that is open, if there is one.
func flushRun(runs [][]word, run []word) [][]word {
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// headline reports whether nearly every long word has a capital: a headline's
// capitals say nothing. It takes at least five long words, four fifths of them
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
	return long >= 5 && capitals*5 >= long*4
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
var romanPattern = regexp.MustCompile(`^(?:X{0,3}(?:IX|IV|V?I{0,3}))$`)

// roman reports whether an acronym is a number up to 39, as in chapters and
// kings. Higher ones (XL, CD) are more often abbreviations.
func roman(w string) bool { return romanPattern.MatchString(w) }

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

// knownName reports whether the page has a name in any spelling, or a comment
// may use it anyway. The checks go from cheap to expensive; related walks all words
// of the page and comes last but for compounds.
func (in *input) knownName(w string) bool {
	w = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"), "'")
	f := squash(w)
	if f == "" || generic[f] || generic[stem(f)] || in.corpus.has(w) || in.corpus.words[f] || in.corpus.words[stem(f)] || in.allowedName(w) {
		return true
	}
	// Another name of the same thing, wherever the groups have one.
	for _, group := range sameNames {
		if group[f] {
			for other := range group {
				if in.corpus.has(other) {
					return true
				}
			}
		}
	}
	if in.ofHost(f) || in.corpus.spells(f, w) || in.corpus.related(f, in.evidenceLanguage()) {
		return true
	}
	return in.compound(w)
}

// ofHost reports whether a name is part of the page's host: Horseman for
// practicalhorsemanmag.com.
// Less than four letters would be found in most hosts.
func (in *input) ofHost(f string) bool {
	_, host := linkKey(in.ev.URL)
	return len(f) >= 4 && strings.Contains(squash(host), f)
}

// compound accepts Python-based, OpenAI/Anthropic, Node.js by their parts.
// Only parts with a capital are asked about; "based" is any word. It returns
// false for words of one part, which knownName has judged already.
func (in *input) compound(w string) bool {
	parts := strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' })
	if len(parts) < 2 {
		return false
	}
	for _, p := range parts {
		// A digit belongs to the name before it: GPT-4o is not GPT-4.
		if strings.ContainsAny(p, "0123456789") && (strings.IndexFunc(p, unicode.IsLetter) < 0 || !in.corpus.words[fold(p)]) {
			return false
		}
		if strings.IndexFunc(p, unicode.IsUpper) >= 0 && !in.knownName(p) {
			return false
		}
	}
	return true
}

// allowedName reports whether the settings name it: as one of the names to
// allow or the team's themes, whole or as a word of one, singular or plural.
func (in *input) allowedName(w string) bool {
	f := squash(w)
	for _, lists := range [][]string{in.opts.Allow, in.opts.ProjectThemes} {
		for _, name := range lists {
			if squash(name) == f {
				return true
			}
			for _, n := range rawWords(name) {
				if fold(n) == f || stem(fold(n)) == stem(f) {
					return true
				}
			}
		}
	}
	return false
}

// spells reports whether an acronym stands for words of the page: consecutive
// words begin with its letters. f is the folded form of the word w. Two to six
// letters are tried; shorter ones would always be found, longer ones hardly
// exist.
func (c *corpus) spells(f, w string) bool {
	if len(f) < 2 || len(f) > 6 {
		return false
	}
	if len(w) > 2 && strings.Contains(c.initials, w) { // BoE
		return true
	}
	if w != strings.ToUpper(w) {
		return false
	}
	if up := strings.ToUpper(f); strings.Contains(c.initials, up) || strings.Contains(c.tight, up) {
		return true
	}
	// Four letters and more are hardly found by chance, so that words in lower
	// case will do: SLAM for "simultaneous localization and mapping".
	return len(f) > 3 && strings.Contains(strings.ToLower(c.initials), f)
}

// related accepts other forms of a word of the page: American for America,
// PostgreSQL for Postgres, and in languages that inflect names any ending.
// f is folded, lang the page's language ("" for unknown). Words of less than
// five letters have no relatives: too many words share four letters.
func (c *corpus) related(f, lang string) bool {
	if len(f) < 5 {
		return false
	}
	// n bytes are common, endF and endW are what differs. Folded words of Latin
	// script are nearly all ASCII, so that bytes are letters.
	for w := range c.words {
		n := commonPrefix(f, w)
		if n < 4 {
			continue
		}
		endF, endW := f[n:], w[n:]
		// Digits are versions: Claude3 is not Claude.
		if strings.ContainsAny(endF+endW, "0123456789") {
			continue
		}
		switch {
		// What is left behind the common stem is an ending: America-n,
		// Ital-ian. French shares too little with France for that; it is in
		// sameNames.
		case demonymEndings[endF] && (endW == "" || demonymEndings[endW]) || demonymEndings[endW] && endF == "":
			return true
		// One continues the other by a few letters: Postgres and PostgreSQL.
		case n >= 6 && (endF == "" || endW == "") && len(endF)+len(endW) <= 3:
			return true
		// Inflected languages change endings at will: most of the word is
		// enough.
		case lang != "en" && lang != "" && n*10 >= 7*max(len(f), len(w)):
			return true
		}
	}
	return false
}

// commonPrefix is the number of bytes that both begin with.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
