package quantity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// currency reports whether a unit is money: its dimension is the code of a
// currency.
func currency(u Unit) bool { return len(u.Dim) == 3 && strings.ToUpper(string(u.Dim)) == string(u.Dim) }

// unitAt reads the unit behind a number at i. One space or hyphen may part them,
// and one word that says nothing of it: 3 full days, millones de dólares.
func (r *reader) unitAt(i int, q *Quantity) ([]Unit, int) {
	at := i
	if at < len(r.s) && r.s[at] == '.' && q.Scale > 1 { // Mrd. Euro
		at++
	}
	for try := range 3 {
		units, end := r.unitHere(at, at == i, q)
		if len(units) > 0 {
			return units, end
		}
		next := skipGap(r.s, at)
		if try > 0 && next == at && at < len(r.s) && r.s[at] == '\'' {
			next = at + 1
		}
		if next == at {
			if at < len(r.s)-1 && r.s[at] == ' ' { // a sign: 5 %, 5 €
				if units, end := r.unitHere(at+1, false, q); len(units) > 0 {
					return units, end
				}
			}
			return nil, i
		}
		if units, end := r.unitHere(next, false, q); len(units) > 0 {
			return units, end
		}
		word := wordAt(r.s, next)
		if w := fold(word); !fillers[w] && !r.t.is("of", w) {
			return nil, i
		}
		at = next + len(word)
	}
	return nil, i
}

// fillers are words that may stand between a number and its unit.
var fillers = map[string]bool{"us": true, "full": true, "whole": true, "additional": true, "more": true, "extra": true,
	"de": true, "d": true,
	"straight": true, "consecutive": true, "other": true, "weitere": true, "volle": true, "ganze": true, "of": true, "working": true,
	"business": true, "calendar": true, "light": true, "square": true, "полных": true, "рабочих": true, "американских": true}

// unitHere reads a unit that begins at i. attached says that nothing stands
// between it and the number.
func (r *reader) unitHere(i int, attached bool, q *Quantity) ([]Unit, int) {
	rest := r.s[i:min(len(r.s), i+64)]
	x, size := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "":
		return nil, i
	case spaceless(x):
		return r.longestUnit(i)
	case x == '%' || x == '‰' || x == '×' || unicode.Is(unicode.Sc, x) || x == '°':
		word := rest[:size]
		if x == '°' && len(rest) > size && (rest[size] == 'C' || rest[size] == 'F') {
			word = rest[:size+1]
		}
		return symbolUnits[word], i + len(word)
	}
	word := wordAt(r.s, i)
	if word == "" || len(word) > 40 {
		return nil, i
	}
	// Letters that a digit follows are no unit: 5x3 is, 2h30 is, 1.26rc1 is not.
	if end := i + len(word); end < len(r.s) && digit(r.s[end]) && word != "x" && word != "h" && word != "m" {
		return nil, i
	}
	if strings.HasPrefix(rest, "km/h") {
		return symbolUnits["km/h"], i + 4
	}
	var units []Unit
	f := fold(word)
	units = append(units, symbolUnits[word]...)
	if len(units) == 0 {
		units = append(units, symbolUnits[f]...)
	}
	if u, ok := byteLetters[word]; ok && attached { // 519M
		units = append(units, u)
	}
	if !attached || len(word) > 1 {
		more, _ := find(r.t.units, r.t.stemUnits, f)
		for _, u := range more {
			units = appendUnit(units, u)
		}
	}
	if len(units) == 0 { // per cent, pour cent, por ciento
		at := skipGap(r.s, i+len(word))
		if second := wordAt(r.s, at); at > i+len(word) {
			if us := r.t.units[f+"_"+fold(second)]; len(us) > 0 {
				return us, at + len(second)
			}
		}
		return nil, i
	}
	if len(word) == 1 && q.Spelled { // "one s": no unit
		return nil, i
	}
	return units, i + len(word)
}

// byteLetters are what engineers write of files: 519M, 1.6G.
var byteLetters = map[string]Unit{"K": {Data, 1e3, false}, "M": {Data, 1e6, false}, "G": {Data, 1e9, false}, "T": {Data, 1e12, false}}

func appendUnit(units []Unit, u Unit) []Unit {
	for _, have := range units {
		if have.Dim == u.Dim && have.Factor == u.Factor {
			return units
		}
	}
	return append(units, u)
}

// longestUnit finds the longest unit that begins at i, in a script without
// spaces, behind a counter such as 个.
func (r *reader) longestUnit(i int) ([]Unit, int) {
	var units []Unit
	end, count := i, 0
	for j, x := range r.s[i:] {
		if !spaceless(x) || count == r.t.longest {
			break
		}
		count++
		key := r.s[i : i+j+utf8.RuneLen(x)]
		if us, ok := r.t.units[key]; ok {
			units, end = us, i+len(key)
		} else if us := symbolUnits[key]; us != nil && units == nil {
			units, end = us, i+len(key)
		}
	}
	if units == nil {
		x, size := utf8.DecodeRuneInString(r.s[i:])
		if r.t.is("counter", string(x)) {
			at := i + size
			if y, _ := utf8.DecodeRuneInString(r.s[at:]); spaceless(y) && !r.t.is("counter", string(y)) {
				return r.longestUnit(at)
			}
		}
	}
	return units, end
}

// currencyBefore is the unit of a sign or code before a number at i: $5, EUR 5.
func (r *reader) currencyBefore(i int) []Unit {
	before := strings.TrimRight(r.s[max(0, i-8):i], " ")
	x, size := utf8.DecodeLastRuneInString(before)
	if unicode.Is(unicode.Sc, x) {
		for _, n := range [2]int{3, 2} { // US$, R$
			if len(before) >= n && symbolUnits[before[len(before)-n:]] != nil && x == '$' {
				return symbolUnits[before[len(before)-n:]]
			}
		}
		return symbolUnits[before[len(before)-size:]]
	}
	word := before[strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
	if us := symbolUnits[word]; len(us) > 0 && currency(us[0]) && len(word) == 3 {
		return us
	}
	return nil
}
