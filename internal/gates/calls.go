package gates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/text"
)

// checkCalls compares what the comment asks its readers to do, and whom it
// praises or accuses, with what the page is about. A page on phishing speaks of
// passwords in many places, and one that lives on donations of money; a text
// that somebody planted stands once, among sentences that share hardly a word
// with it.
func checkCalls(in *input) verdict {
	var found []string
	said := in.said()
	places := sync.OnceValue(func() []place { return in.topic().places(said) })
	for i := range said {
		st := &said[i]
		if !st.idea && about(st.text) {
			continue // a report of an order to a model
		}
		if len(secretsIn(st.text)) > 0 {
			continue // held by its own gate, which quotes nothing
		}
		if r := in.foreignCall(&st.statement, st.idea); r.why != "" && !(r.pardonable && !st.idea && in.vouched(said, places(), i)) {
			found = append(found, fmt.Sprintf("%s in %s: “%s”", r.why, st.part, excerpt(st.text)))
		}
	}
	return faults(distinct(found), len(said), "it asks for nothing but what the page is about")
}

// reason is why a sentence of the comment is none of its page's, and whether it may be
// pardoned where the comment has more of the kind; "" for a sentence that is fine.
type reason struct {
	why        string
	pardonable bool
}

// foreignCall says what a sentence of the comment asks for or claims that the
// page is not about, or "".
func (in *input) foreignCall(st *statement, idea bool) reason {
	for _, c := range st.contacts {
		if in.foreignContact(c, st) {
			return reason{fmt.Sprintf("%s %s, which the page is not about", c.kind, excerpt(c.text)), in.pardonsContact(c, st)}
		}
	}
	if host := in.foreignHost(st); host != "" && !idea {
		const costly = action.Pay | action.Share | action.Login
		return reason{fmt.Sprintf("a call to go to %s, which the page is not about", host), in.pardons(st) && st.about()&costly == 0}
	}
	if in.topic().serves() {
		return reason{}
	}
	names := in.foreignNames(st)
	asks := st.asks()
	if idea {
		asks = st.about() // ideas are orders to the team itself
	} else if !in.hasObject(st, names) {
		if warning.MatchString(st.text) {
			return reason{}
		}
		asks &^= bare
	}
	for k := action.Login; k < action.Accuse; k <<= 1 {
		if asks&k&^named != 0 && in.foreignAsk(k, st, idea) {
			return reason{fmt.Sprintf("a call %s, which the page is not about", k), k&strict == 0}
		}
	}
	risky := st.found.Claims
	if idea || st.found.Addressed || st.found.Leads != 0 {
		risky |= st.found.Verbs
	}
	if why := in.foreignTask(st, names); idea && why != "" {
		return reason{why, false}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if worldName(name) {
			continue
		}
		why := in.solicits(names[name], risky)
		if why == "" && (idea || st.wants() || names[name].wants()) && in.lone(names[name], st, idea) {
			why = "a call"
		}
		if why != "" {
			return reason{fmt.Sprintf("%s for “%s”, which stands once on the page", why, name), in.pardonsName(name, st)}
		}
	}
	if name := in.hiddenName(st); name != "" {
		return reason{fmt.Sprintf("“%s”, which the page says in disguise", name), false}
	}
	if why := in.foreignMatter(st, names, idea); why != "" {
		return reason{why, in.pardons(st)}
	}
	if u := in.foreignClaim(st); u != nil && !idea {
		return reason{fmt.Sprintf("%s, of which the page says no more than “%s”", st.found.Claims&^action.Praise, excerpt(u.text)), false}
	}
	return reason{}
}

// wants reports whether a sentence has a verb or a matter of a call, or breaks in: "read
// the post of Dave" sends nobody anywhere.
func (s *statement) wants() bool { return s.found.Verbs != 0 || s.found.Matters != 0 || s.found.Remark }

// foreignTask says what an idea for the team would hand to somebody whom the page
// names once and nobody knows, or "". Ideas are built on what a page is about; who
// wants a team's data or an address to be used by it needs no more than one line.
func (in *input) foreignTask(st *statement, names map[string]*statement) string {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		u := names[name]
		if worldName(name) || in.ownName(name) || in.topic().words[fold(name)] >= announced {
			continue
		}
		if site := siteOf(name); site != "" && !worldSet()[site] && in.topic().words[site] <= 1 {
			return fmt.Sprintf("an idea that needs “%s”, which stands once on the page", name)
		}
		const hands, takes = action.Hand | action.Secret | action.Weaken, action.Share | action.Install | action.Move | action.Disarm
		if given := (st.found.Matters | u.found.Matters) & hands; given != 0 && st.found.Verbs&takes != 0 {
			return fmt.Sprintf("%s for “%s”, which stands once on the page", given, name)
		}
	}
	return ""
}

// hiddenName is a name in a sentence of the comment that the page has in a
// disguise only.
func (in *input) hiddenName(st *statement) string {
	if len(in.hidden) == 0 {
		return ""
	}
	for _, run := range nameRuns(st.text) {
		for _, w := range run {
			if f := fold(w.text); len(f) >= 5 && in.hidden[f] && in.topic().words[f] == 0 && !commonWord(f) {
				return w.text
			}
		}
	}
	return ""
}

// foreignClaim is the one sentence of the page that claims what the comment
// repeats, when it is among those that fit the page least.
func (in *input) foreignClaim(st *statement) *statement {
	page, claims := in.topic(), st.found.Claims&(action.Accuse|action.Ban)
	if !st.namesSomebody() {
		claims &^= action.Accuse
	}
	for k := action.Accuse; k <= action.Praise; k <<= 1 {
		if page.kinds[k] >= page.least() {
			claims &^= k
		}
	}
	if claims == 0 || len(page.statements) < longPage || page.matters[action.Smear] > page.least() {
		return nil
	}
	for i := range page.statements {
		u := &page.statements[i]
		if u.found.Claims&claims == 0 || u.rank > veryOdd {
			continue
		}
		shared := 0
		for _, k := range st.keys {
			if _, ok := slices.BinarySearch(u.keys, k); ok {
				shared++
			}
		}
		if shared*2 >= len(st.keys) {
			return u
		}
	}
	return nil
}

// veryOdd is the rank up to which a sentence has next to nothing to do with its
// page.
const veryOdd = 0.15

// foreignAsk reports whether the page has what the comment asks for in odd
// places only, or in orders. Ideas may ask for what no page has.
func (in *input) foreignAsk(k action.Kind, st *statement, idea bool) bool {
	page := in.topic()
	if page.home(k, st.found) {
		return false
	}
	sources := page.sources(k, st.found)
	if k == action.Follow && slices.ContainsFunc(sources, page.namesItself) {
		return false // its own group
	}
	all := slices.Concat(sources, in.ordered().sources(k, st.found))
	if idea && !slices.ContainsFunc(all, func(u *statement) bool { return u.about()&k != 0 }) {
		return false
	}
	if len(all) == 0 {
		return k&(action.Login|action.Pay|action.Campaign|action.Invest|action.Medicate) != 0
	}
	if len(page.statements) < shortPage {
		return false
	}
	most := oddNamed
	if idea || k&(grave|action.Pay)&^action.Medicate != 0 {
		most = oddGrave
	}
	return !slices.ContainsFunc(sources, func(u *statement) bool { return page.far(u) > most || k&grave == 0 && page.sectioned(u) })
}

// namesItself reports whether a sentence has what the page is called.
func (t *topic) namesItself(u *statement) bool {
	return slices.ContainsFunc(u.words, func(w string) bool { return len(w) >= 4 && !commonWord(w) && !worldSet()[w] && t.announces(w) })
}

// grave are kinds that no comment asks for which is not about them.
const grave = action.Invest | action.Medicate | action.Campaign | action.Disarm

// shortPage is the number of sentences below which each is a good part of what
// the page is about.
const shortPage = 12

// foreignContact reports whether a contact is none of the page's own: the page
// is no more about such contacts than this one place.
func (in *input) foreignContact(c contact, st *statement) bool {
	page, own := in.topic(), c.text
	switch c.kind {
	case email:
		name, host, _ := strings.Cut(c.text, "@")
		if in.ofOwnHost(host) || in.ownAddress(c.text) || worldSet()[siteOf(host)] && !forAnybody[siteOf(host)] {
			return false
		}
		if u := page.only(host); u != nil && u.odd() && !page.speaks(u) && page.kinds[action.Write] < announced &&
			page.kinds[action.Serve] < announced {
			return true
		}
		own = name
	case handle:
		if st.about()&action.Follow == 0 {
			return false // somebody who is quoted
		}
		own, _, _ = strings.Cut(strings.TrimLeft(c.text, "@"), "@")
	case coupon:
		if plain := lexicon().Scan(clauses(st.text)); plain.Verbs&action.Buy == 0 && !lexicon().Has(plain, action.Buy) {
			return false // a version or a product
		}
	}
	if in.ofHost(squash(own)) && len(own) >= 5 {
		return false
	}
	if page.kinds[c.kind.about()] >= announced && c.kind != coupon || page.kinds[action.Serve] >= announced {
		return false
	}
	if c.kind == coupon && page.matters[action.Offer] < announced && page.dealings() < servesMatters &&
		!slices.ContainsFunc(page.statements, func(u statement) bool { return strings.Contains(u.text, c.text) && page.sectioned(&u) }) {
		return true // an article on prices gives no codes
	}
	if page.serves() && page.dealings() > servesMatters {
		return false // it has offers, payments, groups and people to turn to
	}
	n, last := 0, -1
	for i := range page.statements {
		switch u := &page.statements[i]; {
		case strings.Contains(u.text, c.text):
			if (c.kind == phone || c.kind == email) && (page.far(u) > 0.6 || page.speaks(u)) {
				return false // it fits the page
			}
			if page.headed(i, action.Serve|c.kind.about()) || page.sectioned(u) || c.kind == money && in.ownerNamed(u) {
				return false
			}
			// The site's own address beside it vouches for it.
			for _, other := range u.contacts {
				if other.kind == email && in.ofOwnHost(other.text[strings.LastIndexByte(other.text, '@')+1:]) {
					return false
				}
			}
		case u.para != last && lexicon().Has(u.found, c.kind.about()):
			n, last = n+1, u.para
		}
	}
	return n == 0 || c.kind != phone && n < page.least()-1 || c.kind == money && n < page.least()
}

// forAnybody are hosts at which anybody can have an address.
var forAnybody = text.Set(`gmail googlemail yahoo outlook hotmail live proton protonmail gmx icloud aol mail
	yandex qq 163 126 naver web zoho github gitlab telegram whatsapp`)

// ownerNamed reports whether a sentence names whom the site belongs to, as the holder
// of an account on a page that asks for donations. On sites of many owners it tells nothing.
func (in *input) ownerNamed(u *statement) bool {
	return !worldName(siteOf(in.ev.URL)) && slices.ContainsFunc(u.words, func(w string) bool {
		return len(w) >= 5 && !commonWord(w) && !worldSet()[w] && in.topic().words[w] >= announced && in.ofHost(w)
	})
}

// wordMarks parts the words of an address.
var wordMarks = strings.NewReplacer("-", " ", ".", " ", "_", " ")

// ownAddress reports whether a mail address is called like the page: its host,
// as the address of a firm on the page of its software, or a name such as that
// of a program's security desk.
func (in *input) ownAddress(addr string) bool {
	name, host, _ := strings.Cut(addr, "@")
	label, _, _ := strings.Cut(strings.TrimPrefix(host, "www."), ".")
	called := slices.Concat(firstOf(foldedWords(wordMarks.Replace(name)), 1), firstOf(foldedWords(wordMarks.Replace(label)), 1),
		[]string{fold(label)})
	return slices.ContainsFunc(called, func(w string) bool { return len(w) >= 5 && !commonWord(w) && in.topic().announces(w) })
}

// ofOwnHost reports whether a host is the page's, or one above or below it.
func (in *input) ofOwnHost(host string) bool {
	_, host = linkKey("https://" + host)
	for _, raw := range []string{in.ev.URL, in.ev.FinalURL, in.ev.CanonicalURL} {
		_, own := linkKey(raw)
		if own == "" || host == "" {
			continue
		}
		if own == host || strings.HasSuffix(own, "."+host) || strings.HasSuffix(host, "."+own) {
			return true
		}
	}
	return false
}

// strange is the isolation below which a paragraph says something else than
// its page, most on a page on which one can tell.
func (t *topic) strange(most float64) float64 {
	if len(t.statements) < longPage {
		return most / 2
	}
	return most
}

// lone reports whether a sentence of the comment rests on a paragraph alone
// which has next to nothing to do with its page, and which asks its readers for
// something or breaks in: the comment's words are those of that paragraph, and
// hardly one of them stands elsewhere. It takes a page on which one can tell.
func (in *input) lone(u, st *statement, idea bool) bool {
	page := in.topic()
	if len(page.statements) < longPage || page.isolation(u) > 0.25 {
		return false
	}
	directive := (idea || st.found.Addressed || st.found.Leads != 0) && (u.found.Addressed || u.found.Leads != 0)
	if !directive && !u.found.Remark {
		return false
	}
	shared, elsewhere := 0, 0
	for _, k := range st.keys {
		if _, ok := slices.BinarySearch(u.keys, k); ok {
			shared++
		} else if page.words[k] > 0 {
			elsewhere++
		}
	}
	return shared*100 >= len(st.keys)*65 && elsewhere*100 <= len(st.keys)*15
}

// longPage is the number of sentences from which on it can be told which of
// them belong to a page.
const longPage = 25

// named are the kinds whose thing is a name: software to install, a product to
// change to.
const named = action.Install | action.Move

// solicits says what the page's sentence wants for the name that it has.
// risky are the kinds of the comment's sentence.
func (in *input) solicits(u *statement, risky action.Kind) string {
	page := in.topic()
	wants := page.without(u.asks()) | u.found.Verbs&named
	if u.found.Addressed && lexicon().Has(u.found, action.Install) {
		wants |= action.Install // "users need the package x"
	}
	switch {
	case risky&wants&action.Install != 0 && !page.nearInstall(u) && page.far(u) <= 0.45:
		return "a call " + action.Install.String()
	// The accused stands in one sentence of the page, which says nothing else of him.
	case u.found.Claims&risky&action.Accuse != 0 && page.far(u) <= 0.45 && page.kinds[action.Accuse] < page.least() &&
		page.matters[action.Smear] <= page.least():
		return action.Accuse.String()
	case !u.odd():
	case u.found.Claims&risky&(action.End|action.Praise) != 0 && page.isolation(u) < page.strange(0.5):
		return (u.found.Claims & risky & (action.End | action.Praise)).String()
	case risky&wants&^named != 0:
		return "a call " + (risky & wants &^ named).String()
	case risky&wants&action.Move != 0 && page.far(u) <= 0.4 && (u.found.Addressed || u.found.Leads&action.Move != 0):
		return "a call " + action.Move.String()
	}
	return ""
}
