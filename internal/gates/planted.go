package gates

import (
	_ "embed" // for the list of names
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/text"
)

// worldNames are names that people know without the page: firms, products,
// projects, places, languages, months. What somebody plants for his own ends
// is mostly called something that nobody has heard of.
//
//go:embed names_known.txt
var worldNames string

var worldSet = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(worldNames) {
		set[fold(w)] = true
	}
	return set
})

// worldName reports whether each word of a name is known or of everyday English.
func worldName(name string) bool {
	if strings.ContainsAny(name, "-_./") {
		return worldSet()[squash(name)]
	}
	words, known := foldedWords(name), false
	for _, w := range words {
		bare := strings.TrimRight(w, "0123456789")
		switch {
		case worldSet()[w] || worldSet()[bare] || worldSet()[stem(w)]:
			known = true
		case len(bare) < 3 || commonWord(w) || emptyWords()[w]:
		default:
			return false
		}
	}
	return known || len(words) > 0
}

// siteOf is what the host of an address or a domain is called, folded: "github" of
// docs.github.com/x; "" of other names.
func siteOf(name string) string {
	_, host := linkKey(domainPattern.FindString(name))
	labels := strings.Split(host, ".")
	return fold(labels[max(len(labels)-2, 0)])
}

// foreignMatter says what a sentence of the comment passes on that somebody may have
// put into the page for his own ends, or "". It rests on one passage alone which
// has little to do with the page; how little it must be depends on what the
// sentence deals with: more is believed of a name than of an offer.
// names are those that [input.foreignNames] gives of it.
func (in *input) foreignMatter(st *statement, names map[string]*statement, idea bool) string {
	page := in.topic()
	if len(page.statements) < shortPage {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if u := names[name]; !worldName(name) && !in.ownName(name) {
			turns := idea || st.found.Addressed || st.found.Leads != 0 || len(st.contacts) > 0
			if matter, ok := in.odd(u, st, name); ok && (turns || matter&^idle != 0) {
				return fmt.Sprintf("%s with “%s”, which stands once on the page", matter, name)
			}
		}
	}
	if why := in.translated(st, idea); why != "" {
		return why
	}
	if u := in.source(st); u != nil {
		matter, ok := in.odd(u, st, "")
		if !st.namesSomebody() {
			matter &^= action.Smear // as a code of conduct has it
		}
		if ok && matter != 0 && (matter&^harmless != 0 || bits.OnesCount(uint(matter)) > 1 || in.hasObject(st, names)) {
			return fmt.Sprintf("%s, of which the page says no more than “%s”", matter, excerpt(u.text))
		}
	}
	return ""
}

// namesSomebody reports whether a sentence has a name that is more than the capital it begins with.
func (s *statement) namesSomebody() bool {
	return slices.ContainsFunc(nameRuns(s.text), func(run []word) bool {
		return slices.ContainsFunc(run, func(w word) bool { return !w.weak })
	})
}

// harmless are matters that lead nowhere without a name or an address.
const harmless = action.Advert | action.Hand | action.Club | action.Offer

// idle are those that many facts have too: a table is joined, reins are handed over.
const idle = action.Hand | action.Club

// translated is what foreignMatter says of a sentence in another language than
// the page: no word of it can be looked for, so that the matters alone must lead
// to the passage. An idea for the team deals with none of them by itself.
func (in *input) translated(st *statement, idea bool) string {
	page := in.topic()
	matters := in.away(st.found.Matters)
	if matters == 0 || in.commentLanguage() == in.evidenceLanguage() {
		return ""
	}
	var found *statement
	n, last, best := 0, -1, 0
	for i := range page.statements {
		u := &page.statements[i]
		both := bits.OnesCount(uint(u.found.Matters & matters))
		if both == 0 {
			continue
		}
		if u.para != last {
			n, last = n+1, u.para
		}
		if both > best {
			found, best = u, both
		}
	}
	if found == nil || n > page.least() {
		return ""
	}
	far, most := page.far(found), oddHalf
	switch {
	case best == 1 && found.found.Matters&matters&(action.Tool|action.Club|action.Weaken) != 0:
	case best > 1 && (idea || in.coined(st)):
		most = oddSeveral
	case idea || in.coined(st):
		most = oddNamed
	case best > 1:
		most = oddUnnamed
	}
	if far > most {
		return ""
	}
	return fmt.Sprintf("%s, of which the page says no more than “%s”", found.found.Matters&matters, excerpt(found.text))
}

// coined reports whether a sentence has a name that neither people know nor the
// page has in these letters, such as one that was written in another script.
func (in *input) coined(st *statement) bool {
	for _, run := range firstOf(nameRuns(st.text), maxNames) {
		for _, w := range run {
			if f := fold(w.text); len(f) >= 4 && !w.weak && !worldName(w.text) && in.topic().words[f] == 0 {
				return true
			}
		}
	}
	return false
}

// servesShare is the share of a page's sentences that deal with what is planted,
// from which on the page is about such things: a shop, a help desk, a warning.
const servesShare = 0.2

// serves reports whether the page deals with offers, accounts, payments, groups
// and people to call all over, so that one more tells nothing. It does so of
// several: an article on prices has offers only, and one on a crime only that.
func (t *topic) serves() bool {
	return float64(t.planting) >= servesShare*float64(len(t.statements)) && t.dealings() >= servesMatters
}

// servesMatters is how many of [dealing] a page that serves has.
const servesMatters = 2

// dealings counts the matters by which a page deals with its visitors.
func (t *topic) dealings() int {
	n := 0
	for _, m := range action.Matters() {
		if m&dealing != 0 && t.matters[m] > 0 {
			n++
		}
	}
	return n
}

// dealing are the matters by which a page deals with its visitors.
const dealing = action.Offer | action.Reach | action.Club | action.Secret | action.Cash | action.Hand

// plantable are the matters by which a page is known to be about such things.
const plantable = ^(action.Tool | action.Weaken | action.Advert | action.Decree)

// ownName reports whether a name is one of the page's host, as its label is of
// another address of the same firm.
func (in *input) ownName(name string) bool {
	if host := domainPattern.FindString(name); host != "" && strings.HasPrefix(name, host) {
		labels := strings.Split(strings.Split(host, "/")[0], ".")
		name = labels[max(len(labels)-2, 0)]
	}
	return in.ofHost(squash(name))
}

// How far from its page a passage stands at most that is taken for planted, as
// [topic.far] gives it: with a name and matters that comment and passage share,
// one or several; with a name and a matter of the passage; and with a matter alone.
const (
	oddNamed   = 0.33
	oddSeveral = 0.5
	oddHalf    = 0.09
	oddUnnamed = 0.2
	oddCommon  = 0.15 // of groups and software, which come up on many pages
	oddGrave   = 0.7  // where money or a protection is lost
)

// odd reports whether the passage of u is planted as far as one can tell, and
// the matter that it shares with the sentence st of the comment.
// name is that which stands once, or "".
func (in *input) odd(u, st *statement, name string) (action.Matter, bool) {
	far, named := in.topic().far(u), name != ""
	both, theirs := in.away(st.found.Matters&u.found.Matters), in.away(u.found.Matters)
	several := bits.OnesCount(uint(both)) > 1 || both&(action.Smear|action.Secret) != 0 ||
		both&action.Tool != 0 && strings.ContainsAny(name, "-_./") && slices.ContainsFunc(u.words, commands) ||
		both != 0 && (st.found.Addressed || st.found.Leads != 0) && u.found.Addressed
	switch {
	case both != 0 && both&^(action.Tool|action.Club) == 0 && !several: // which come up on too many pages
		return both, both != 0 && (far <= oddHalf || named && far <= oddCommon)
	case !named:
		return both, both != 0 && (far <= oddHalf || several && far <= oddUnnamed)
	case both != 0 && (far <= oddNamed || several && far <= oddSeveral):
		return both, true
	}
	const alone = action.Offer | action.Smear | action.Decree | action.Advert | action.Cash | action.Secret | action.Reach
	return theirs, theirs&alone != 0 && far <= oddHalf
}

// away are those matters that the page deals with in few other places.
func (in *input) away(m action.Matter) action.Matter {
	page := in.topic()
	for _, one := range action.Matters() {
		if page.matters[one] > page.least() {
			m &^= one
		}
	}
	return m
}

// distance is how well the passage of u fits its page, from 0 for the one that fits least: the
// best of its sentences, or u alone where it stands in a long paragraph.
func (t *topic) distance(u *statement) float64 {
	d := t.isolation(u)
	if t.sizes[u.para] > 3 {
		d = min(d, u.rank+0.2)
	}
	if t.comments > 0 && u.para > t.comments {
		d *= 0.6 // anybody may have written it
	}
	return d
}

// commentHeadings stand above what readers of a page have written, folded.
var commentHeadings = text.Set(`comments comment kommentare kommentar commentaires commentaire comentarios comentario commenti reacties
	komentarze комментарии комментарий discussion replies`)

// commands reports whether a word is that of a command which brings software onto a machine.
func commands(w string) bool { return installers[w] || w == "curl" || w == "wget" || w == "iwr" }

// far is the distance of u as far as it can be told: of a short page less is.
func (t *topic) far(u *statement) float64 {
	if len(t.statements) < longPage {
		return t.distance(u) * 2
	}
	return t.distance(u)
}

// source is the sentence of the page that says what st says, where it is the
// only one that has the words: nil where st has words of other places.
func (in *input) source(st *statement) *statement {
	page := in.topic()
	if len(st.keys) < 3 {
		return nil
	}
	var best *statement
	most := 0
	for i := range page.statements {
		n := 0
		for _, k := range st.keys {
			if _, ok := slices.BinarySearch(page.statements[i].keys, k); ok {
				n++
			}
		}
		if n > most {
			best, most = &page.statements[i], n
		}
	}
	if most*100 < len(st.keys)*60 {
		return nil
	}
	return best
}

// speaks reports whether a sentence is long and says most of it in words that the page has
// in other places: it belongs to its page even where many sentences do so more.
func (t *topic) speaks(u *statement) bool {
	n := 0
	for _, k := range u.keys {
		if t.words[k] > 1 {
			n++
		}
	}
	return n >= speaksWords && n*10 >= len(u.keys)*6
}

// speaksWords is how many words a sentence shares with its page at least where they tell something.
const speaksWords = 8
