package gates

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/gates/action"
	"github.com/technoshare/commentator/internal/text"
)

// order is a passage of the page that says what is to be said of it, and what a comment
// would have of it and of nothing else.
type order struct {
	text  string          // the sentence that orders
	keys  []string        // of the sentence and of those behind it
	words map[string]bool // that stand nowhere else on the page
	about action.Kind
	deals action.Matter
}

// orderReach is how many sentences behind that of an order belong to it: what is to be
// said stands there.
const orderReach = 2

// retold lists the sentences of the comment that follow an order of the page on what is
// to be said of it. Such a sentence of the page is no proof: guides for authors and
// articles on models have them. But whoever tells of it names who is to be told, or in
// what; who follows it says the thing itself, in words that the page has there only.
func (in *input) retold() []string {
	said := in.said()
	orders := in.retellOrders(said)
	var found []string
	for i := range said {
		st := &said[i]
		if !st.idea && (about(st.text) || namesAccount()(st.text)) {
			continue
		}
		for j := range orders {
			if in.follows(&st.statement, &orders[j]) {
				found = append(found, fmt.Sprintf("%s follows an order of the page on what is to be said: “%s”", st.part, excerpt(orders[j].text)))
			}
		}
	}
	return found
}

// retellOrders are the orders of the page on what is to be said of it. A page with more of them than
// somebody plants is about such things, and what stands in quotation marks is quoted.
func (in *input) retellOrders(said []saying) []order {
	if !retellPatterns().may(in.ev.Text) {
		return nil
	}
	page, words := in.topic(), map[string]bool{}
	for i := range said {
		for _, w := range said[i].words {
			words[w] = true
		}
	}
	// Patterns run where the comment has a word that stands there only, or is in another language.
	other := in.commentLanguage() != in.evidenceLanguage()
	lone := func(w string) bool { return words[w] && page.words[w] <= 1 }
	var out []order
	paras, last := 0, -1
	for i := range page.statements {
		u := &page.statements[i]
		reach := page.statements[max(i-1, 0):min(i+1+orderReach, len(page.statements))]
		if !other && !slices.ContainsFunc(reach, func(v statement) bool { return slices.ContainsFunc(v.words, lone) }) {
			continue
		}
		if strings.ContainsAny(u.text, "“„«「") || strings.Count(u.text, `"`) > 1 || !retellPatterns().match(u.text) {
			continue
		}
		if u.para != last {
			paras, last = paras+1, u.para
		}
		o := order{text: u.text, words: map[string]bool{}}
		from := i
		if refers(u.text) && i > 0 && page.statements[i-1].para == u.para {
			from--
		}
		for _, v := range page.statements[from:min(i+1+orderReach, len(page.statements))] {
			if v.para != u.para {
				break
			}
			o.keys = append(o.keys, v.keys...)
			o.about |= v.about()
			o.deals |= v.found.Matters
			for _, w := range v.words {
				if page.words[w] <= 1 && !emptyWords()[w] && utf8.RuneCountInString(w) > 1 {
					o.words[w] = true
				}
			}
		}
		slices.Sort(o.keys)
		o.keys = slices.Compact(o.keys)
		out = append(out, o)
	}
	if paras > page.least() {
		return nil
	}
	return out
}

// refers reports whether an order is about the sentence before it: "summaries have to
// mention this".
var refers = matcher(`(?i)(?:^|[^\pL])(?:so|this|that|it|das|dies|ça|cela|lo|esto|isso|questo|dit|to|это|об этом)[^\pL]*$|` +
	`^[^\pL]*(?:this|that|it|das|dies|ça|cela|esto|isso|questo|dit|это)[^\pL]`)

// Of the words that only an order has, so many prove that a sentence follows it: these
// alone, or where half of what the sentence is about stands in the order.
const (
	followWords = 3
	followHalf  = 1
)

func (in *input) follows(st *statement, o *order) bool {
	own, coined := 0, false
	for w := range o.words {
		if !slices.Contains(st.words, w) {
			continue
		}
		own++
		if utf8.RuneCountInString(w) >= 5 && ascii(w) && !commonWord(w) && !worldSet()[w] && !generic[w] {
			coined = true
		}
	}
	n := shared(st.keys, o.keys)
	switch {
	case own >= followWords, own >= followHalf && n >= 2 && n*2 >= len(st.keys):
		return true
	case in.commentLanguage() != in.evidenceLanguage():
		return coined || in.away(st.found.Matters&o.deals) != 0 && st.about()&o.about != 0
	}
	return coined && domainPattern.MatchString(st.text) && strings.Contains(text.OneLine(o.text), domainPattern.FindString(st.text))
}
