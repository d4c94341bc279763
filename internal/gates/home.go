package gates

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/text"
)

// lexicon finds what sentences ask for. Words are cut as those of the corpus are.
var lexicon = sync.OnceValue(func() *action.Lexicon { return action.New(foldedWords) })

// foldedWords are the words of s in the form in which they are compared.
func foldedWords(s string) []string {
	var out []string
	eachWord(s, func(w string) {
		if f := fold(w); f != "" {
			out = append(out, f)
		}
	})
	return out
}

// statement is a sentence of the page or of the comment, with what it asks for.
type statement struct {
	text     string
	para     int // of the page, from 0
	words    []string
	keys     []string // what it is about, see [keysOf]
	found    action.Found
	contacts []contact
	rank     float64 // how well it fits the page, 0 to 1; see [topic.fit]
}

func newStatement(s string, para int) statement {
	st := statement{text: s, para: para, contacts: contactsOf(s), rank: 1}
	cut := clauses(s)
	st.found = lexicon().Scan(cut, marksOf(st.contacts)...)
	st.words = slices.DeleteFunc(cut, func(w string) bool { return w == "" })
	st.keys = keysOf(st.words)
	return st
}

// clauses are the folded words of a sentence, with an empty one between its clauses.
func clauses(s string) []string {
	out := make([]string, 0, len(s)/5+2)
	for c := range strings.FieldsFuncSeq(emphasis.Replace(s), clauseMark) {
		eachWord(c, func(w string) {
			if f := fold(w); f != "" {
				out = append(out, f)
			}
		})
		out = append(out, "")
	}
	return out
}

// clauseMark reports whether a clause ends at r.
func clauseMark(r rune) bool {
	if r < 0x80 {
		switch r {
		case ',', ';', ':', '!', '?', '(', ')', '"':
			return true
		}
		return false
	}
	return strings.ContainsRune("—–、，；：「」“”„", r)
}

// asks are the kinds that the sentence asks of its readers.
func (s *statement) asks() action.Kind { return lexicon().Asks(s.found) }

// about are the kinds of which it has a verb and a thing.
func (s *statement) about() action.Kind { return lexicon().About(s.found) }

// odd reports whether the statement fits the page less well than two thirds of
// its sentences.
func (s *statement) odd() bool { return s.rank < oddRank }

const oddRank = 0.42

// keysOf are what words are about: those that not every text has, and pairs of
// characters where a script has no spaces. They are sorted, each once.
func keysOf(words []string) []string {
	var out []string
	for i, w := range words {
		switch r, n := utf8.DecodeRuneInString(w); {
		case n == len(w) && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			if i+1 < len(words) && utf8.RuneCountInString(words[i+1]) == 1 {
				out = append(out, w+words[i+1])
			}
		case len(w) >= 4 && !emptyWords()[w]:
			out = append(out, "~"+beginning(w))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// beginning is what the forms of a word have in common: its first five letters.
func beginning(w string) string {
	n := 0
	for i := range w {
		if n++; n > 5 {
			return w[:i]
		}
	}
	return w
}

// emptyWords are the stop words of all languages, folded.
var emptyWords = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, list := range stopWords {
		for w := range list {
			all[fold(w)] = true
		}
	}
	return all
})

// topic is what a page is about, as far as calls to action are concerned: in
// how many of its paragraphs each thing, word and pair of characters stands. It
// holds no more than maxTopic bytes of the page.
type topic struct {
	statements []statement
	paras      int
	concepts   map[action.Concept]int
	kinds      map[action.Kind]int   // paragraphs with any thing of a kind, or a claim
	words      map[string]int        // of words and keys
	first      map[string]int        // the statement where a word stands first
	matters    map[action.Matter]int // paragraphs that deal with a matter
	comments   int                   // the paragraph that is the heading of readers' comments, or 0
	sizes      []int                 // of paragraphs, in statements
	planting   int                   // statements that deal with what is planted, see [topic.serves]
	best       []float64             // of paragraphs, see [topic.isolation]
	installs   []int                 // paragraphs that install something
	headings   map[int]bool          // paragraphs that are headings
	versioned  map[string]bool       // words of the title that have a number behind them, without it
}

const (
	// announced is the count of what the title or the address has: it is what the
	// page is about, however often it comes.
	announced = 1 << 20
	// maxTopic is far more than a model is shown of a page.
	maxTopic = 256 << 10
)

// newTopic reads the trusted text of a page once.
func newTopic(page, title string, addresses ...string) *topic {
	t := &topic{
		concepts: map[action.Concept]int{}, kinds: map[action.Kind]int{}, words: map[string]int{}, first: map[string]int{},
		matters: map[action.Matter]int{}, headings: map[int]bool{}, versioned: map[string]bool{},
	}
	if len(page) > maxTopic {
		page = strings.ToValidUTF8(page[:maxTopic], "")
	}
	for para := range strings.SplitSeq(page, "\n\n") {
		if text.HasWord(para) {
			t.addParagraph(para)
		}
	}
	for _, raw := range addresses {
		if u, err := url.Parse(raw); err == nil {
			title += " " + u.Host + " " + strings.NewReplacer("/", " ", "-", " ", "_", " ").Replace(u.Path)
		}
	}
	top := newStatement(title, -1)
	for _, w := range slices.Concat(top.keys, top.words) {
		t.words[w] = announced
		if bare := strings.TrimRight(w, "0123456789"); bare != w {
			t.versioned[bare] = true
		}
	}
	for _, c := range top.found.Concepts {
		t.concepts[c] = announced
		t.addKinds(lexicon().Of(c), announced)
	}
	t.addKinds(top.found.Claims, announced)
	t.addMatters(top.found.Matters, announced)
	t.fit()
	return t
}

func (t *topic) addParagraph(para string) {
	var concepts []action.Concept
	var kinds action.Kind
	var matters action.Matter
	words, installing, before := map[string]bool{}, false, len(t.statements)
	for _, st := range text.Stretches(para) {
		u := newStatement(st.Text, t.paras)
		for _, w := range slices.Concat(u.keys, u.words) {
			words[w] = true
			if _, ok := t.first[w]; !ok {
				t.first[w] = len(t.statements)
			}
		}
		for _, c := range u.found.Concepts {
			if !slices.Contains(concepts, c) {
				concepts = append(concepts, c)
				kinds |= lexicon().Of(c)
			}
		}
		kinds |= u.found.Claims
		matters |= u.found.Matters
		if u.found.Matters&plantable != 0 {
			t.planting++
		}
		installing = installing || slices.ContainsFunc(u.words, installs)
		t.statements = append(t.statements, u)
	}
	for _, c := range concepts {
		t.concepts[c]++
	}
	t.addKinds(kinds, 1)
	t.addMatters(matters, 1)
	for w := range words {
		t.words[w]++
	}
	if installing {
		t.installs = append(t.installs, t.paras)
	}
	if heading := foldedWords(firstBytes(para, 40)); len(para) < 40 && len(heading) > 0 && len(heading) < 3 && t.paras >= 5 &&
		commentHeadings[heading[len(heading)-1]] {
		t.comments = t.paras
	}
	if len(t.statements)-before == 1 && utf8.RuneCountInString(para) <= headingLength && !strings.ContainsAny(para, ".。:@") {
		t.headings[t.paras] = true
	}
	t.sizes = append(t.sizes, len(t.statements)-before)
	t.paras++
}

func (t *topic) addKinds(kinds action.Kind, n int) {
	for k := action.Login; k <= action.Praise; k <<= 1 {
		if kinds&k != 0 {
			t.kinds[k] += n
		}
	}
}

func (t *topic) addMatters(matters action.Matter, n int) {
	for _, m := range action.Matters() {
		if matters&m != 0 {
			t.matters[m] += n
		}
	}
}

// fit ranks each statement by the share of its words that other paragraphs
// have too: 0 is that of the one that fits the page least. Those with hardly a
// word have rank 1.
func (t *topic) fit() {
	shares := make([]float64, len(t.statements))
	var all []float64
	for i := range t.statements {
		keys, known := t.statements[i].keys, 0
		for _, k := range keys {
			if t.words[k] > 1 {
				known++
			}
		}
		if shares[i] = -1; len(keys) >= 2 {
			shares[i] = float64(known) / float64(len(keys))
			all = append(all, shares[i])
		}
	}
	slices.Sort(all)
	for i, s := range shares {
		if s >= 0 {
			at, _ := slices.BinarySearch(all, s)
			t.statements[i].rank = float64(at) / float64(len(all))
		}
	}
	t.best = make([]float64, t.paras)
	for _, u := range t.statements {
		t.best[u.para] = max(t.best[u.para], u.rank)
	}
}

// least is the number of paragraphs from which on a page is about a thing:
// the one that may have been planted, and others.
func (t *topic) least() int {
	if t.paras <= 8 {
		return 2
	}
	return 3
}

// broad are kinds whose things stand for one another: a page on donations has
// euros here and accounts there. Those of the others, such as accounts and
// sessions, come up on too many pages.
const broad = action.Pay | action.Buy | action.Follow | action.Invest | action.Medicate | action.Call | action.Write

// home reports whether the page is about one of the things of kind k in found.
func (t *topic) home(k action.Kind, found action.Found) bool {
	if t.kinds[k] >= announced || k&broad != 0 && (t.kinds[k] >= t.least() || t.kinds[action.Serve] >= announced) {
		return true
	}
	for _, c := range found.Concepts {
		if lexicon().Of(c)&k != 0 && (t.concepts[c] >= t.least() || t.concepts[c] >= 2 && t.kinds[k] >= 4) {
			return true
		}
	}
	return false
}

// announces reports whether the title or the address has a word, be it with a
// version: baichuan of Baichuan2.
func (t *topic) announces(w string) bool { return t.words[w] >= announced || t.versioned[w] }

// sources are the statements that have a thing of kind k in found.
func (t *topic) sources(k action.Kind, found action.Found) []*statement {
	var out []*statement
	for i := range t.statements {
		u := &t.statements[i]
		if slices.ContainsFunc(u.found.Concepts, func(c action.Concept) bool {
			return lexicon().Of(c)&k != 0 && slices.Contains(found.Concepts, c)
		}) {
			out = append(out, u)
		}
	}
	return out
}

// isolation is the best rank of the sentences in the paragraph of u: low where
// the whole paragraph has little to do with the page.
func (t *topic) isolation(u *statement) float64 { return t.best[u.para] }

// headed reports whether a heading of kind k stands right before the paragraph
// of statement i.
func (t *topic) headed(i int, k action.Kind) bool {
	para := t.statements[i].para
	for i--; i >= 0; i-- {
		if u := &t.statements[i]; u.para < para {
			return u.para == para-1 && len(u.words) <= 6 && lexicon().Has(u.found, k)
		}
	}
	return false
}

// headingLength is how many characters a paragraph has at most that is a heading.
const headingLength = 30

// sectioned reports whether the paragraph of u stands right below a heading on a
// page that is made of few short sections, as notices and adverts are. What
// somebody plants is mostly a paragraph between others.
func (t *topic) sectioned(u *statement) bool {
	return len(t.statements) < longPage && t.headings[u.para-1] && !t.headings[u.para] && len(t.headings)*4 >= t.paras && len(t.headings) >= 3
}

// without are the kinds of k that the title does not have.
func (t *topic) without(k action.Kind) action.Kind {
	for one := action.Login; one < action.Accuse; one <<= 1 {
		if t.kinds[one] >= announced {
			k &^= one
		}
	}
	return k
}

// installing counts the paragraphs that install something.
func (t *topic) installing() int { return len(t.installs) }

// nearInstall reports whether a paragraph beside that of u installs something.
func (t *topic) nearInstall(u *statement) bool {
	return slices.ContainsFunc(t.installs, func(para int) bool { d := para - u.para; return d != 0 && d >= -2 && d <= 2 })
}

// installs reports whether a word is one that only instructions to install have.
func installs(w string) bool {
	return strings.HasPrefix(w, "instal") || strings.HasPrefix(w, "установ") || installers[w]
}

var installers = text.Set(`pip pip3 pipx uv conda npm npx yarn pnpm cargo brew apt dnf yum pacman helm gem composer nuget docker`)
