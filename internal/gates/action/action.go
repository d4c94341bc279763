// Package action finds what a sentence asks its readers to do, and what it
// claims that would harm somebody: to confirm a password, to pay, to buy, to
// install, to hand over data, to switch off a protection, to join a group, to
// vote, to invest, to take a medicine; that somebody is a criminal, that
// something has ended or is forbidden, that something is the best.
//
// In: the words of a sentence, folded. Out: a [Found], which is the same for
// the same meaning in each of twelve languages, so that a page in one can be
// compared with a comment in another. It knows no grammar: a kind is found where
// one of its verbs and one of its things stand in the same sentence. Whether
// that is right of a page is not for it to say.
//
// A [Lexicon] is made once and may be used by several goroutines. Its time is
// linear in the number of words.
package action

import (
	"strings"
)

// Kind is a set of kinds of actions and claims.
type Kind uint32

// The kinds. The last four are claims; they have no verb.
const (
	Login    Kind = 1 << iota // to give or change what opens an account
	Pay                       // to send money
	Buy                       // to order something
	Install                   // to bring software onto a machine; its thing is a name, which callers look for
	Move                      // to use one thing for another; its thing is a name too
	Share                     // to hand over data or access
	Disarm                    // to switch off or delete a protection
	Follow                    // to join a group or channel
	Campaign                  // to sign, vote, boycott or rate
	Invest                    // to put money into something
	Medicate                  // to take or stop a medicine
	Call                      // to telephone; without verbs
	Write                     // to send a message; without verbs
	Serve                     // that a page is for its visitors: contact, donations, tickets; without verbs
	Accuse                    // that somebody broke the law
	End                       // that something has ended, or is false
	Ban                       // that something is forbidden, or punished
	Praise                    // that something is the best
)

// Claims are the kinds without a verb.
const Claims = Accuse | End | Ban | Praise

var names = []struct {
	kind Kind
	name string
}{
	{Login, "to log in or change a password"}, {Pay, "to pay"}, {Buy, "to buy"}, {Install, "to install"}, {Move, "to move to something"},
	{Share, "to hand over data"},
	{Disarm, "to switch off a protection"}, {Follow, "to join a group"}, {Campaign, "to vote, sign or rate"}, {Invest, "to invest"},
	{Medicate, "to take a medicine"}, {Call, "to call"}, {Write, "to write"}, {Serve, "to come"}, {Accuse, "an accusation"},
	{End, "that something has ended"},
	{Ban, "that something is forbidden"}, {Praise, "praise"},
}

// String names the first kind of the set for people.
func (k Kind) String() string {
	for _, n := range names {
		if k&n.kind != 0 {
			return n.name
		}
	}
	return "nothing"
}

// Concept is a thing that actions are about, such as passwords or petitions.
type Concept int

// Found is what a sentence has.
type Found struct {
	Verbs     Kind      // kinds of which a verb is there
	Leads     Kind      // kinds of which a verb opens a clause, as in an order
	Concepts  []Concept // each once, in the order of the sentence
	Claims    Kind      // of [Claims]
	Matters   Matter    // what it deals with
	Addressed bool      // the sentence turns to its readers
	Remark    bool      // it breaks in: "Correction", "By the way"
}

// About are the kinds of which a verb and a thing are there.
func (l *Lexicon) About(f Found) Kind {
	var k Kind
	for _, c := range f.Concepts {
		k |= l.kinds[c] & f.Verbs
	}
	return k
}

// Of are the kinds that a concept belongs to.
func (l *Lexicon) Of(c Concept) Kind { return l.kinds[c] }

// Has reports whether one of the things of kind k is there.
func (l *Lexicon) Has(f Found, k Kind) bool {
	for _, c := range f.Concepts {
		if l.kinds[c]&k != 0 {
			return true
		}
	}
	return false
}

// Asks are the kinds of About that the sentence asks of its readers.
func (l *Lexicon) Asks(f Found) Kind {
	if f.Addressed {
		return l.About(f)
	}
	return l.About(f) & f.Leads
}

// entry is one phrase of the lexicon: the words behind its first one, and what
// it stands for.
type entry struct {
	rest      []string
	prefix    bool // the last word is a beginning
	verbs     Kind
	claims    Kind
	matters   Matter
	concept   Concept // -1 for none
	addressed bool
	remark    bool
}

// Lexicon holds the words of all kinds.
type Lexicon struct {
	exact    map[string][]entry // by the first word
	prefixes map[string][]entry // single words that are a beginning
	longest  int                // bytes of the longest of prefixes
	suffixes []string           // of words that turn to readers
	kinds    []Kind             // by concept
	marks    map[string][]Concept
	contacts map[string]Matter // by mark
}

// New makes a lexicon. words cuts a text into folded words, in the way in which
// those given to Scan are cut.
func New(words func(string) []string) *Lexicon {
	l := &Lexicon{exact: map[string][]entry{}, prefixes: map[string][]entry{}, marks: map[string][]Concept{},
		contacts: map[string]Matter{}}
	add := func(list string, e entry) {
		for phrase := range strings.FieldsSeq(list) {
			if mark, ok := strings.CutPrefix(phrase, "@"); ok {
				if l.contacts[mark] |= e.matters; e.concept >= 0 {
					l.marks[mark] = append(l.marks[mark], e.concept)
				}
				continue
			}
			ending, isEnding := strings.CutPrefix(phrase, "*")
			beginning, isBeginning := strings.CutSuffix(ending, "*")
			parts := words(strings.ReplaceAll(beginning, "_", " "))
			if len(parts) == 0 {
				continue
			}
			e.rest, e.prefix = parts[1:], isBeginning
			switch {
			case isEnding:
				l.suffixes = append(l.suffixes, strings.Join(parts, ""))
			case isBeginning && len(parts) == 1:
				l.prefixes[parts[0]] = append(l.prefixes[parts[0]], e)
				l.longest = max(l.longest, len(parts[0]))
			default:
				l.exact[parts[0]] = append(l.exact[parts[0]], e)
			}
		}
	}
	for k, list := range verbs {
		add(list, entry{verbs: k, concept: -1})
	}
	for i, c := range concepts {
		l.kinds = append(l.kinds, c.kinds)
		add(c.words, entry{concept: Concept(i)})
	}
	for k, list := range claims {
		add(list, entry{claims: k, concept: -1})
	}
	for m, list := range matters {
		add(list, entry{matters: m, concept: -1})
	}
	add(addressed, entry{concept: -1, addressed: true})
	add(remarks, entry{concept: -1, remark: true})
	return l
}

// Scan reads a sentence. words are its words in folded form, with an empty one
// where a clause ends; marks name what
// the caller has found in it that no word shows: "money" for an address of
// money, "coupon" for a code, "handle" for a name of a messenger, "phone" and
// "email".
func (l *Lexicon) Scan(words []string, marks ...string) Found {
	var f Found
	for _, m := range marks {
		f.Matters |= l.contacts[m]
		for _, c := range l.marks[m] {
			f.add(c)
		}
	}
	clause := 0 // where it begins
	for i, w := range words {
		if w == "" || joins[w] {
			clause = i + 1
		}
		if w == "" {
			continue
		}
		for _, e := range l.exact[w] {
			if e.follows(words[i+1:]) {
				f.take(e, w, i-clause)
			}
		}
		for n := min(len(w), l.longest); n > 1; n-- {
			for _, e := range l.prefixes[w[:n]] {
				f.take(e, w, i-clause)
			}
		}
		if !f.Addressed && w[0] >= 0x80 {
			for _, s := range l.suffixes {
				f.Addressed = f.Addressed || strings.HasSuffix(w, s)
			}
		}
	}
	return f
}

// joins are words behind which an order may begin.
var joins = map[string]bool{"and": true, "so": true, "then": true, "or": true, "und": true, "et": true, "y": true, "e": true, "и": true}

// follows reports whether the rest of an entry stands at the beginning of
// words.
func (e entry) follows(words []string) bool {
	if len(words) < len(e.rest) {
		return false
	}
	for i, r := range e.rest {
		if last := i == len(e.rest)-1; words[i] != r && !(last && e.prefix && strings.HasPrefix(words[i], r)) {
			return false
		}
	}
	return true
}

// leading is the number of words within which a verb opens a clause: "Please
// install", "Now pay".
const leading = 2

func (f *Found) take(e entry, w string, at int) {
	f.Verbs |= e.verbs
	if at < leading && !(strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss")) {
		f.Leads |= e.verbs // "deletes" is no order
	}
	f.Claims |= e.claims
	f.Matters |= e.matters
	f.Addressed = f.Addressed || e.addressed
	f.Remark = f.Remark || e.remark && at < leading+1
	if e.concept >= 0 {
		f.add(e.concept)
	}
}

func (f *Found) add(c Concept) {
	for _, have := range f.Concepts {
		if have == c {
			return
		}
	}
	f.Concepts = append(f.Concepts, c)
}
