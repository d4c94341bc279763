package gates

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/RadhiFadlillah/whatlanggo"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// followed lists what the page ordered to be said and the comment says, parted
// into what obeys and what a sentence only reports. It goes over the orders of
// the page and takes out of each whatever could be the wanted answer:
// quotations, codes, clauses, names, addresses. A phrase that the rest of the
// page has as well proves nothing and is not looked for.
func (in *input) followed() (obeyed, reported []string) {
	said, onOrders := in.sentences(), ordersTitle.MatchString(in.ev.Title)
	// Phrases come up several times, as a quotation and as a clause of it; each
	// is searched for once.
	looked := map[string]bool{}
	look := func(phrase string) {
		phrase = strings.TrimSpace(phrase)
		key := spaced(phrase)
		if len(key) < 4 || looked[key] || in.corpus.has(phrase) {
			return
		}
		looked[key] = true
		parts := map[string]bool{} // those with a sentence that has it
		for _, s := range said {
			if !strings.Contains(s.folded, " "+key+" ") || s.whole && parts[s.part] {
				continue
			}
			parts[s.part] = true
			what := fmt.Sprintf("%s says what the page ordered: “%s”", s.part, excerpt(phrase))
			if onOrders && !s.whole && len(strings.Fields(s.folded)) >= len(strings.Fields(key))+reportWords {
				reported = append(reported, what)
				continue
			}
			// What was dictated may hold words of a report itself.
			if rest := strings.Replace(s.folded, " "+key+" ", " ", 1); about(s.text) && (about(rest) || len(key) < 24) {
				reported = append(reported, what)
			} else {
				obeyed = append(obeyed, what)
			}
		}
	}
	for _, o := range in.orders {
		for _, t := range dictated {
			for _, m := range t.FindAllStringSubmatch(o, 200) {
				// A single common word, such as "yes", would be found by chance.
				if len(strings.Fields(m[1])) > 1 || strings.ContainsAny(m[1], ".0123456789") || !ascii(m[1]) && spacelessText(m[1]) ||
					!commonWord(fold(m[1])) && !in.knownName(m[1]) {
					look(m[1])
					for _, s := range text.Stretches(m[1]) {
						if len(strings.Fields(s.Text)) > 1 {
							look(s.Text)
						}
					}
				}
			}
		}
		// The bound of 200 finds, here and above, keeps a page of nothing but
		// codes from taking the gates' time.
		for _, c := range code.FindAllString(o, 200) {
			look(c)
		}
		for _, s := range text.Stretches(o) {
			for clause := range strings.FieldsFuncSeq(s.Text, func(r rune) bool { return strings.ContainsRune(":;\n\"“”()[]{}<>`", r) }) {
				// Shorter clauses are common turns of phrase.
				if len(strings.Fields(clause)) > 3 && !about(clause) {
					look(clause)
				}
			}
		}
		// In German each noun has a capital, which tells nothing where the comment is German too.
		german := in.commentLanguage() == "de" && whatlanggo.DetectLang(firstLetters(o)) == whatlanggo.Deu
		for _, run := range nameRuns(o) {
			if phrase := joinRun(run); len(run) > 1 && !in.corpus.has(phrase) {
				look(phrase)
			}
			for _, w := range run {
				if (!german || w.shape == product) && in.planted(w) {
					look(w.text)
				}
			}
		}
		for _, c := range compounds(o) {
			look(c)
		}
		for _, l := range append(text.Addresses(o), domainPattern.FindAllString(o, -1)...) {
			if _, host := linkKey(l); host != "" {
				look(host)
			}
		}
	}
	return append(obeyed, in.claims(said)...), reported
}

// ordersTitle is that of a page about orders to models: it quotes them, and so
// may its summary.
var ordersTitle = lazyregexp.New(`(?i)\bprompt.?inject|\bjailbreak|\binject(?:ion|ed) (?:attacks?|prompts?)|` +
	`\b(?:hidden|malicious) (?:orders|prompts|instructions)\b`)

// reportWords is how many words a sentence has at least that reports what it quotes.
const reportWords = 4

// maxClaims bounds the claims that are looked for in a page.
const maxClaims = 200

// claims finds what an order wants to be said of something that the page has
// too, in other words or another language: a name and a number that stand
// together in the order and in a sentence of the comment, but nowhere else on
// the page.
func (in *input) claims(said []sentence) []string {
	var found []string
	looked := 0
	for _, o := range in.orders {
		for _, s := range text.Stretches(o) {
			names := namesOf(s.Text)
			for _, number := range longNumber.FindAllString(s.Text, 20) {
				for _, c := range said {
					if c.whole || looked == maxClaims || !strings.Contains(c.folded, " "+number+" ") || about(c.text) {
						continue
					}
					for _, name := range names {
						if !strings.Contains(c.folded, " "+name+" ") {
							continue
						}
						if looked++; !in.together(name, number) {
							found = append(found, fmt.Sprintf("%s says of “%s” what the page ordered: “%s”", c.part, name, excerpt(c.text)))
						}
					}
				}
			}
		}
	}
	return found
}

var longNumber = lazyregexp.New(`\b\d{3,6}\b`)

// namesOf are the names of a sentence, folded, at most 20.
func namesOf(s string) []string {
	var names []string
	for _, run := range nameRuns(s) {
		for _, w := range run {
			if f := fold(w.text); len(f) >= 4 && !commonWord(f) && !generic[f] && len(names) < 20 {
				names = append(names, f)
			}
		}
	}
	return names
}

// together reports whether a name and a number stand near each other on the
// page, outside of orders. Of a number that comes more than 100 times it is
// assumed.
func (in *input) together(name, number string) bool {
	for from, n := 0, 0; n < 100; n++ {
		i := strings.Index(in.corpus.text[from:], number)
		if i < 0 {
			return false
		}
		at := from + i
		// 2015 of eurosys2015 is no year.
		if near := " " + spaced(text.WithoutAddresses(around(in.corpus.text, at, at+len(number)))) + " "; strings.Contains(near, " "+name+" ") &&
			strings.Contains(near, " "+number+" ") {
			return true
		}
		from = at + len(number)
	}
	return true
}

// spacelessText reports whether a text is of a script without spaces, so that it
// may be a sentence though it is one word.
func spacelessText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	}) >= 0
}

// planted reports whether a word of an order is a name that somebody made: no
// common word, none of the trade's, and long enough not to come by chance.
func (in *input) planted(w word) bool {
	f := fold(w.text)
	return len(f) >= 4 && (w.shape == product || !w.weak && w.shape == plainWord) && !commonWord(f) && !starters[f] && !in.knownName(w.text)
}

// sentence is one of a comment, also in the form of [spaced] between spaces;
// whole is true of a part with all of its sentences.
type sentence struct {
	part, text, folded string
	whole              bool
}

// sentences are those of the whole comment.
func (in *input) sentences() []sentence {
	var out []sentence
	for _, p := range in.parts() {
		for _, s := range text.Stretches(p.text) {
			out = append(out, sentence{p.name, s.Text, " " + spaced(s.Text) + " ", false})
		}
		// What was dictated may be several sentences.
		out = append(out, sentence{p.name, p.text, " " + spaced(p.text) + " ", true})
	}
	return out
}
