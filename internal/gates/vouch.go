package gates

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/gates/action"
)

// How many other sentences of a comment deal with their readers where one more
// does, too: those that call, pay or offer; and those that turn to readers as well.
const (
	vouchDealing = 2
	vouchTurning = 3
	placeWords   = 3 // that a sentence shares with its place at least
)

// vouched reports whether a call of the comment is one of many: its other sentences
// tell of such things as well, and so does the page beside the place where the call
// stands. A comment on a how-to, a recall or a shop is full of them; what somebody
// planted into an article is the one sentence of its comment that wants something.
// The others say something else than the call, so that an order in several sentences
// does not vouch for itself.
func (in *input) vouched(said []saying, places []place, i int) bool {
	st, own, deals, turns := &said[i].statement, places[i], 0, 0
	for j := range said {
		o := &said[j]
		if j == i || o.idea || strings.HasPrefix(o.part, "similar") || shared(st.keys, o.keys)*3 >= len(st.keys) {
			continue
		}
		itDeals := len(o.contacts) > 0 || o.about() != 0 || o.found.Matters&dealing != 0
		if !itDeals && !o.found.Addressed {
			continue
		}
		if other := places[j]; own.sure && other.sure && other.u.para == own.u.para {
			continue
		}
		if turns++; itDeals {
			deals++
		}
	}
	return (deals >= vouchDealing || turns >= vouchTurning && !st.leadsAway()) && own.u != nil && in.topic().turnsNear(own.u)
}

// leadsAway reports whether a sentence has an address, an account, a handle or a code:
// for these it is not enough that others turn to readers. Telephone numbers stand on
// too many pages.
func (s *statement) leadsAway() bool {
	return slices.ContainsFunc(s.contacts, func(c contact) bool { return c.kind != phone }) || domainPattern.MatchString(s.text)
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

// place is where the page says what a sentence of the comment says: the sentence
// that has most of its words and its contacts. It is sure where these are some.
type place struct {
	u    *statement // nil of a page without words
	sure bool
}

// places are those of all sentences of the comment.
func (t *topic) places(said []saying) []place {
	out := make([]place, len(said))
	for i := range said {
		out[i] = t.closest(&said[i].statement)
	}
	return out
}

func (t *topic) closest(st *statement) place {
	var best *statement
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
	return place{best, most >= placeWords}
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
// one that data or a password goes to, and for an account only where the page speaks
// of money in other places.
func (in *input) pardonsContact(c contact, st *statement) bool {
	if c.kind == money {
		return in.topic().kinds[action.Pay] >= 2 && in.pardons(st)
	}
	return st.about()&(action.Pay|action.Share|action.Login) == 0 && in.pardons(st)
}
