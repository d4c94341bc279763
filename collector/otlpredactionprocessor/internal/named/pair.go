package named

import "strings"

// maxBetween bounds the bytes between the two halves of a pair.
const maxBetween = 256

// pair is a name that a text has as the value of another one, and whose own value is still to come, as
// in {"name":"password","value":"hunter"} of HTTP archives, of environments of containers, and of OTLP.
type pair struct {
	quote string // around the words that stand before the two
	end   int    // of the name; 0: there is none
}

// see looks whether the value behind a separator is a name that is blocked.
func (p *pair) see(text string, at int, n name, blocked func(string) bool) {
	if _, ok := cutWord(n.text, labels()); !ok {
		return
	}
	p.quote, p.end = n.quote, 0
	from := skip(text, at, false)
	quote := quoteAt(text, from)
	from += len(quote)
	to := from
	for to < len(text) && to-from <= maxName && ofName(text[to]) {
		to++
	}
	if to > from && to-from <= maxName && strings.HasPrefix(text[to:], quote) && blocked(text[from:to]) {
		p.end = to
	}
}

// has reports whether what stands behind a separator is the value of the name, in the same object.
func (p *pair) has(text string, at int, n name) bool {
	if p.end == 0 || n.quote != p.quote || at-p.end > maxBetween {
		return false
	}
	_, ok := cutWord(n.text, values())
	return ok && strings.IndexByte(text[p.end:at], '}') < 0
}

// Half is which half of a pair the value of a key is.
type Half int

// The halves.
const (
	Neither Half = iota
	Label        // it may name what the other is
	Value
)

// HalfOf tells the half by the key, and what both keys begin with: name and value with nothing, headers.0.name and headers.0.value
// with headers.0.
func HalfOf(key string) (stem string, half Half) {
	if stem, ok := cutWord(key, values()); ok {
		return stem, Value
	}
	if stem, ok := cutWord(key, labels()); ok {
		return stem, Label
	}
	return "", Neither
}

// labels and values are the words of the two halves, with which longer ones may end: headerName, header_value.
func labels() []string {
	return []string{"name", "key", "header", "field", "param", "parameter", "variable"}
}
func values() []string { return []string{"value", "values"} }

// cutWord cuts one of several words off the end of a name.
func cutWord(name string, words []string) (stem string, ok bool) {
	for _, w := range words {
		if at := len(name) - len(w); at >= 0 && strings.EqualFold(name[at:], w) {
			return name[:at], true
		}
	}
	return "", false
}
