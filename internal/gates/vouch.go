package gates

import (
	"regexp"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/text"
)

// How many other sentences of a comment deal with their readers where one more
// does, too: those that call, pay or offer; and those that turn to readers as well.
const (
	vouchDealing = 2
	vouchTurning = 3
)

// vouched reports whether a call of the comment is one of many: its other sentences
// tell of such things as well, and so does the page beside the place where the call
// stands. A comment on a how-to, a recall or a shop is full of them; what somebody
// planted into an article is the one sentence of its comment that wants something.
// The others say something else than the call, so that an order in several sentences
// does not vouch for itself.
func (in *input) vouched(said []saying, i int) bool {
	st, deals, turns := &said[i].statement, 0, 0
	u, sure := in.topic().closest(st)
	for j := range said {
		o := &said[j]
		if j == i || o.idea || strings.HasPrefix(o.part, "similar") || shared(st.keys, o.keys)*3 >= len(st.keys) {
			continue
		}
		itDeals := len(o.contacts) > 0 || o.about() != 0 || o.found.Matters&dealing != 0
		if !itDeals && !o.found.Addressed {
			continue
		}
		if v, ok := in.topic().closest(&o.statement); sure && ok && v.para == u.para {
			continue // of the same place
		}
		if turns++; itDeals {
			deals++
		}
	}
	return (deals >= vouchDealing || turns >= vouchTurning) && u != nil && in.topic().turnsNear(u)
}

// shared counts the keys that two sentences have in common.
func shared(a, b []string) int {
	n := 0
	for _, k := range a {
		if _, ok := slices.BinarySearch(b, k); ok {
			n++
		}
	}
	return n
}

// closest is the sentence of the page that has most of the words of st, and its
// contacts; it is sure where that is more than a few.
func (t *topic) closest(st *statement) (best *statement, sure bool) {
	most := -1
	for i := range t.statements {
		u := &t.statements[i]
		n := shared(st.keys, u.keys)
		for _, c := range st.contacts {
			if strings.Contains(u.text, c.text) {
				n += 100
			}
		}
		if n > most {
			best, most = u, n
		}
	}
	return best, most >= 3
}

// turnsNear reports whether one of the two paragraphs before or behind that of u
// turns to its readers, headings left aside.
func (t *topic) turnsNear(u *statement) bool {
	for i := range t.statements {
		v := &t.statements[i]
		if d := v.para - u.para; d == 0 || d < -2 || d > 2 || t.headings[v.para] {
			continue
		}
		if v.found.Addressed || v.found.Leads != 0 || len(v.contacts) > 0 {
			return true
		}
	}
	return false
}

// strict are kinds of calls that no other sentence vouches for: what they cost is
// not got back.
const strict = action.Pay | action.Invest | action.Medicate | action.Campaign

// bare are kinds of calls that lead nowhere without a name or an address: "join the
// group", "paste the token". Other than those that name a protection, an account
// or money they harm nobody who reads them.
const bare = action.Follow | action.Share

// warning finds what a sentence tells readers not to do.
var warning = regexp.MustCompile(`(?i)\bwarn(?:s|ed|ing)?\b.{0,30} (?:of|against|about|not to)\b|\bbeware\b|\b(?:nobody|no one) should\b|` +
	`\b(?:never|not) (?:to )?(?:ask|call|share|give|enter|send|pay|install|open|click)|\b(?:advise[sd]? against|do not|don't)\b|` +
	`\b(?:warnt|gewarnt)\b|\bmet(?:tent)? en garde\b|\b(?:advierten?|alertam?|avverton?o?) (?:de|sobre|contra)\b|предупрежда|警告|提醒`)

// pardons reports whether other sentences may vouch for what st says: not for
// claims, mottos and bad things of somebody.
func (in *input) pardons(st *statement) bool {
	return st.found.Claims == 0 && st.found.Matters&(action.Smear|action.Advert) == 0
}

// pardonsName reports the same of what is said with a name: of a package only in a
// sentence that brings it onto a machine.
func (in *input) pardonsName(name string, st *statement) bool {
	return in.pardons(st) && (!strings.ContainsAny(name, "-_") || slices.ContainsFunc(st.words, installs))
}

// pardonsContact reports whether other sentences may vouch for a contact: not for
// one that money, data or a password goes to.
func (in *input) pardonsContact(c contact, st *statement) bool {
	if c.kind == money {
		return in.topic().kinds[action.Pay] >= 2 && in.pardons(st)
	}
	return st.about()&(action.Pay|action.Share|action.Login) == 0 && in.pardons(st)
}

// hasObject reports whether a sentence has something to act on: a contact, or a
// name of somebody whom neither people nor the page know.
func (in *input) hasObject(st *statement, names map[string]*statement) bool {
	if len(st.contacts) > 0 || in.coined(st) {
		return true
	}
	for name := range names {
		if !worldName(name) && !in.ownName(name) {
			return true
		}
	}
	return false
}

// foreignHost is an address that a sentence of the comment sends its readers to and
// that is nobody's whom the page is about: not the page's own, not one that people
// know, and not called like anything that three paragraphs speak of.
func (in *input) foreignHost(st *statement) string {
	if !st.found.Addressed && st.found.Leads == 0 {
		return ""
	}
	page, said := in.topic(), st.text
	if st.found.Verbs == 0 {
		said = text.WithoutAddresses(said) // a source
	}
	for _, c := range st.contacts {
		said = strings.ReplaceAll(said, c.text, ",")
	}
	for _, name := range firstOf(domainPattern.FindAllString(said, maxNames), maxNames) {
		_, host := linkKey(name)
		labels := strings.Split(host, ".")
		label := labels[max(len(labels)-2, 0)]
		if in.ofOwnHost(host) || worldSet()[squash(label)] || page.words[fold(labels[0])] > 0 && page.only(host) == nil {
			continue
		}
		known := func(w string) bool {
			return len(w) >= 4 && !commonWord(w) && (page.words[w] >= announced || page.versioned[w] || page.words[w] >= 3)
		}
		if !slices.ContainsFunc(append(foldedWords(wordMarks.Replace(label)), squash(label)), known) {
			return host
		}
	}
	return ""
}
