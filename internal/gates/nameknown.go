package gates

import (
	"slices"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// elided is the article or preposition that French and Italian write before a name without a space: d'Ivan.
var elided = lazyregexp.New(`^(?:[dlnsmtcj]|qu|all|dell|dall|nell|sull|un)['’]`)

// knownName reports whether the page has a name in any spelling, or a comment
// may use it anyway. The checks go from cheap to expensive.
func (in *input) knownName(w string) bool {
	w = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"), "'")
	if at := elided.FindStringIndex(w); at != nil && in.knownName(w[at[1]:]) {
		return true
	}
	f := squash(w)
	if len(w) > 2 && strings.HasSuffix(w, "s") && generic[f[:max(len(f)-1, 0)]] { // CDs
		return true
	}
	if f == "" || generic[f] || generic[stem(f)] || in.corpus.has(w) || in.corpus.words[f] || in.corpus.words[stem(f)] || in.allowedName(w) {
		return true
	}
	if kanji := japaneseReadings[f]; kanji != "" && in.corpus.has(kanji) {
		return true
	}
	// Another name of the same thing, wherever the groups have one.
	for _, group := range sameNames {
		if group[f] {
			for other := range group {
				// Endings stand behind names in other scripts without a space.
				if in.corpus.has(other) || !ascii(other) && !latin(other) && strings.Contains(in.corpus.text, other) {
					return true
				}
			}
		}
	}
	for product := range strings.FieldsSeq(makers[f]) {
		if in.corpus.words[product] {
			return true
		}
	}
	// FreeBSD of kFreeBSD, Metrica of AppMetrica: inside of a word, when it is
	// long enough not to be there by chance.
	if len(f) >= 7 && strings.Contains(in.corpus.joined, f) && !strings.ContainsAny(f, "0123456789") {
		return true
	}
	if quarterName.MatchString(w) || in.ofHost(f) || in.corpus.spells(f, w) ||
		!innerCapital(w) && in.corpus.related(f, in.evidenceLanguage()) {
		return true
	}
	return in.compound(w)
}

// innerCapital reports whether a word is written as products are: a capital
// behind a small letter. SpeicherMax is no form of Speicher; PostgreSQL is one of
// Postgres.
func innerCapital(w string) bool {
	last := rune(0)
	for i, r := range w {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(last) && unicode.IsLower([]rune(w[i:] + "A")[1]) {
			return true
		}
		last = r
	}
	return false
}

// quarterName is a quarter or half of a year, which [checkNumbers] asks about.
var quarterName = lazyregexp.New(`^(?:Q[1-4]|H[12]|FY\d{2,4}|[1-4]Q\d{0,2})$`)

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
	return len(f) > 3 && strings.Contains(c.lowInitials(), f)
}

// related accepts other forms of a word of the page: American for America,
// PostgreSQL for Postgres, and in languages that inflect names any ending.
// f is folded, lang the page's language ("" for unknown). Words of less than
// five letters have no relatives: too many words share four letters.
func (c *corpus) related(f, lang string) bool {
	return len(f) >= 5 && (c.demonym(f) || c.continued(f, lang))
}

// leastStem is how many bytes two forms of a word have in common at least.
// Folded words of Latin script are nearly all ASCII, so that bytes are letters.
const leastStem = 4

// demonym reports whether the page has a word that differs from f by endings
// alone: America-n, Ital-ian. French shares too little with France for that; it
// is in sameNames. All words that there can be are asked for, which are few.
func (c *corpus) demonym(f string) bool {
	for n := leastStem; n <= len(f); n++ {
		endF := f[n:]
		if endF != "" && !demonymEndings[endF] {
			continue
		}
		if endF != "" && c.words[f[:n]] {
			return true
		}
		for endW := range demonymEndings {
			if w := f[:n] + endW; c.words[w] && commonPrefix(f, w) == n {
				return true
			}
		}
	}
	return false
}

// maxNeighbours is how many words to each side of a name's place in the order
// of all are compared with it. The more of it they share, the nearer they are.
const maxNeighbours = 256

// continued reports whether one of f and a word of the page continues the other
// by a few letters, as Postgres and PostgreSQL, or, in a language that changes
// endings at will, whether the two have most of their letters in common.
func (c *corpus) continued(f, lang string) bool {
	words := c.sorted()
	at, _ := slices.BinarySearch(words, f)
	fits := func(w string) (yes, more bool) {
		n := commonPrefix(f, w)
		endF, endW := f[n:], w[n:]
		switch {
		case n < leastStem:
			return false, false
		case strings.ContainsAny(endF+endW, "0123456789"): // versions: Claude3 is not Claude
			return false, true
		case n >= 6 && (endF == "" || endW == "") && len(endF)+len(endW) <= 3:
			return true, false
		}
		return lang != "en" && lang != "" && n*10 >= 7*max(len(f), len(w)), true
	}
	for _, w := range words[at:min(len(words), at+maxNeighbours)] {
		if yes, more := fits(w); yes || !more {
			if yes {
				return true
			}
			break
		}
	}
	for i := at - 1; i >= max(0, at-maxNeighbours); i-- {
		if yes, more := fits(words[i]); yes || !more {
			return yes
		}
	}
	// What f continues by up to three letters may be further away.
	for n := len(f) - 1; n >= max(6, len(f)-3); n-- {
		if c.words[f[:n]] && !strings.ContainsAny(f[n:], "0123456789") {
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
