package gates

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/text"
)

// belief is what the page makes of one claim of a comment, from bad to good.
type belief int

const (
	wrong belief = iota // the page cannot mean this
	doubt               // it may be derived, converted or rounded further than usual
	right
)

// checkNumbers looks for each number and date of tldr and summary on the page.
// Counts up to twelve are the writer's own, and a rounded number is as good as
// the exact one. What a reader may have worked out is a doubt, which an answer has
// no room for. Addresses are left out: [checkLinks] compares them whole.
func checkNumbers(in *input) verdict {
	var found, doubts []string
	n := 0
	judge := func(b belief, claim, where string) {
		n++
		switch said := fmt.Sprintf("“%s” in the %s", excerpt(claim), where); b {
		case wrong:
			found = append(found, said)
		case doubt:
			doubts = append(doubts, said)
		}
	}
	lang := in.commentLanguage()
	for _, p := range in.prose() {
		t := quantity.Read(withoutEmphasis(text.WithoutAddresses(p.text)), lang)
		for _, d := range t.Dates {
			judge(in.corpus.numbers.dated(d), d.Text, p.name)
		}
		known := in.corpus.numbers.compoundParts(t)
		for i, q := range t.Numbers {
			if q.Date >= 0 || q.Compound > 0 || known[i] || ofName(q) {
				continue
			}
			b, counts := in.corpus.numbers.judge(q, t)
			if b == wrong && in.orderNumbers() != nil && in.orderNumbers().bestOf(q) == right {
				b = doubt // what a comment reports of an order, or obeys: [checkInjection] tells
			}
			if counts {
				judge(b, q.Text, p.name)
			}
		}
	}
	v := weighed(distinct(found), distinct(doubts), n, "not on the page: ", fmt.Sprintf("%d numbers, all on the page", n))
	v.doubtful = v.doubtful && !in.opts.Answer
	return v
}

// compoundParts are the places of numbers whose sum is on the page: the 1 and
// 30 of "1 hour 30 minutes" for 90 minutes.
func (s *numberSet) compoundParts(t quantity.Text) map[int]bool {
	known := map[int]bool{}
	for i, q := range t.Numbers {
		if b, _ := s.judge(q, t); q.Compound > 0 && b == right {
			for j := i - q.Compound; j < i; j++ {
				known[j] = true
			}
		}
	}
	return known
}

// ofName reports whether a number is part of a name, which [checkNames] asks
// about: GPT-4, H100. Of go1.26 and v4.2 the number is asked about here.
func ofName(q quantity.Quantity) bool {
	if !q.Named {
		return false
	}
	lower := q.Prefix != "" && strings.IndexFunc(q.Prefix, unicode.IsUpper) < 0
	return !lower || q.Version == ""
}

// judge says what the page makes of a number. counts is false for numbers that
// claim nothing: small counts, articles, centuries.
func (s *numberSet) judge(q quantity.Quantity, t quantity.Text) (b belief, counts bool) {
	if b, ok := s.version(q, t); ok {
		return b, true
	}
	best := s.bestOf(q)
	if best == right {
		return right, !small(q)
	}
	if small(q) {
		return right, false
	}
	if best == wrong && s.shortVersion(q, t) {
		return right, true
	}
	if best == wrong && (s.derived(q, t) || s.idiom(q, t)) {
		best = doubt
	}
	if best == wrong && s.foreign && s.unread(q) {
		best = doubt
	}
	// What hardly ever stands on the page in the words of the comment.
	if best == wrong && loosely(q, t) {
		best = doubt
	}
	return best, true
}

// small reports whether a number is a count that writers make themselves, and
// by which nobody is misled.
func small(q quantity.Quantity) bool {
	v := q.Value()
	switch {
	case q.Article:
		return true
	case q.Ordinal && q.Unit().Factor > 3e9: // the 21st century
		return true
	case q.Unit().Dim == quantity.Share && v == 0.5: // half precision
		return true
	case len(q.Readings) == 0 || v > 12 || v != math.Trunc(v) || q.Scale != 1:
		return false
	}
	switch d := q.Unit().Dim; d {
	case quantity.None:
		return true
	case quantity.Times:
		return q.Spelled
	}
	return q.Ordinal
}

// loosely reports whether a number is said in passing, as writers do without
// counting: half, twice, a third, a small number of years.
func loosely(q quantity.Quantity, t quantity.Text) bool {
	v := q.Value()
	before := strings.ToLower(t.Plain[max(0, q.Start-12):q.Start])
	if q.Unit().Dim == quantity.Time && every[before[strings.LastIndexByte(strings.TrimRight(before, " "), ' ')+1:]] {
		return true // twice a year
	}
	switch q.Unit().Dim {
	case quantity.None: // "some twenty programs"
		return q.Spelled && q.Approx == quantity.About && q.Digits == 1 && v < 100 && q.Scale == 1
	case quantity.Share:
		return q.Article || v == 0.5 || v < 0.01 || q.Approx != quantity.Exact
	case quantity.Times:
		return q.Spelled
	case quantity.Time:
		return q.Spelled && (v <= 3 && q.Unit().Factor >= 3600 || v == 0.5)
	}
	return false
}

// every are the words of a rhythm, which may be said in other ways.
var every = map[string]bool{"every ": true, "alle ": true, "tous les ": true, "cada ": true, "каждые ": true, "a ": true}

// bestOf compares a number in all its readings.
func (s *numberSet) bestOf(q quantity.Quantity) belief {
	best := wrong
	for _, r := range q.Readings {
		best = max(best, s.reading(q, r))
		if q.Decade && r.Unit.Dim == quantity.None {
			if within(s.all, r.Value, r.Value+9) || within(s.all, math.Mod(r.Value, 100), math.Mod(r.Value, 100)) {
				return right
			}
		}
		if best == right {
			return right
		}
	}
	if len(q.Raw) > 0 && !slices.ContainsFunc(q.Raw, func(v float64) bool { return !near(s.all, v, 1e-9) }) {
		return right
	}
	return best
}

// reading compares a number in one of its readings.
func (s *numberSet) reading(q quantity.Quantity, r quantity.Reading) belief {
	v, base := r.Value, r.Base()
	if r.Unit.Dim == quantity.None {
		return closeness(s.all, v, q)
	}
	best := closeness(s.units[r.Unit.Dim], base, q)
	// "32 terabytes" of the page rules out 32 petabytes, whatever else it has 32
	// of.
	if best != right && r.Unit.Sure && q.Scale == 1 && near(s.counts[r.Unit.Dim], v, 1e-9) {
		return wrong
	}
	best = max(best, closeness(s.bare, v, q))
	also := func(b belief) { best = max(best, b) }
	switch r.Unit.Dim {
	case quantity.Percent:
		part := base / 100
		also(shares(s.units[quantity.Share], part, q))
		also(closeness(s.units[quantity.Times], part, q))
		if part < 1 {
			also(closeness(s.bare, part, q))
		}
	case quantity.Share:
		also(shares(s.units[quantity.Percent], base*100, q))
		also(shares(s.bare, base, q))
	case quantity.Times:
		also(closeness(s.units[quantity.Percent], base*100, q))
		also(min(doubt, closeness(s.units[quantity.Percent], (base-1)*100, q)))
	case quantity.Time:
		// A month has no fixed length.
		if r.Unit.Factor >= 86400 && near(s.units[quantity.Time], base, 0.02) {
			best = right
		}
	case quantity.Data, "power", "energy", "frequency":
		// A table whose head says the unit.
		if q.Digits >= 2 && r.Unit.Factor >= 1e6 {
			also(min(doubt, max(closeness(s.bare, v*1000, q), closeness(s.bare, v*1e6, q))))
		} else if r.Unit.Factor == 1e6 || r.Unit.Factor == 1e9 {
			also(min(doubt, closeness(s.bare, v*1000, q)))
		}
	case "speed", "length", "mass":
		if near(s.units[r.Unit.Dim], base, 0.03) {
			also(doubt)
		}
		// Kilometres per hour are read as kilometres.
		if r.Unit.Dim == "speed" {
			also(closeness(s.units["length"], base*1e3, q))
		} else if r.Unit.Dim == "length" && r.Unit.Factor >= 1e3 {
			also(closeness(s.units["speed"], base/1e3, q))
		}
	case "temperature":
		// Celsius and Fahrenheit, said in either way.
		c, f := (v-32)/1.8, v*1.8+32
		if within(s.units["temperature"], c-0.6, c+0.6) || within(s.units["temperature"], f-1.1, f+1.1) {
			also(doubt)
		}
	}
	return best
}

// shares compares parts of one, which are often rounded to a handy fraction:
// two thirds for 65 or 68 %.
func shares(sorted []float64, v float64, q quantity.Quantity) belief {
	if near(sorted, v, 0.025) {
		return right
	}
	if q.Approx != quantity.Exact && near(sorted, v, 0.1) {
		return right
	}
	return min(doubt, closeness(sorted, v, q))
}

// closeness reports whether one of sorted values is v when rounded as v is: of
// 12.9 billion, with three digits, 12.85 to 12.95 billion, or cut to 12.9.
// Words such as "about" allow more. A number of one digit, and one rounded
// further than its words say, is in doubt. Years are never rounded.
func closeness(sorted []float64, v float64, q quantity.Quantity) belief {
	switch {
	case len(sorted) == 0:
		return wrong
	case near(sorted, v, 1e-9): // the binary fractions of 12.9 × 10⁹
		return right
	case v == 0 || year(v) && q.Unit().Dim == quantity.None && q.Approx == quantity.Exact && q.Digits > 1:
		return wrong
	}
	// unit is the place of the last significant digit: 0.1 billion for 12.9
	// billion.
	a := math.Abs(v)
	unit := math.Pow(10, math.Floor(math.Log10(a))-float64(q.Digits-1))
	switch q.Approx {
	case quantity.About:
		if within(sorted, v-min(unit/2, a*0.1), v+min(unit/2, a*0.1)) {
			return right
		}
		if within(sorted, v-min(unit, a*0.12), v+min(unit, a*0.12)) {
			return doubt
		}
	case quantity.Over:
		if within(sorted, v, v+min(unit*0.999, a*0.2)) {
			return right
		}
		if within(sorted, v, v+unit*0.999) { // more than a million, of 1.8 million
			return doubt
		}
	case quantity.Under:
		if within(sorted, v-min(unit, a*0.1), v) {
			return right
		}
	}
	nines := q.Unit().Dim == quantity.Percent && v > 99 && v < 100 // 99.9 % is ten times as bad as 99.99 %
	if q.Digits >= 2 && (within(sorted, v-unit/2, v+unit/2) || !nines && cut(sorted, v, unit)) {
		return right
	}
	slack := 0.06
	if q.Spelled && q.Digits == 1 && v >= 20 {
		slack = 0.12
	}
	if slack = min(unit/2, a*slack); within(sorted, v-slack, v+slack) && (v < 1000 || v > 2200 || q.Unit().Dim != quantity.None) {
		return doubt // a round 2,000 is not 1996
	}
	return wrong
}

// cut reports whether one of sorted values is v when its further digits are cut
// off.
func cut(sorted []float64, v, unit float64) bool {
	i, _ := slices.BinarySearch(sorted, v)
	for ; i < len(sorted) && sorted[i] < v+unit; i++ {
		if rest := math.Mod(sorted[i], unit); rest > unit*1e-6 && rest < unit*(1-1e-6) {
			return true
		}
	}
	return false
}

// version judges what is a version by its form or by the word before it. ok is
// false for other numbers.
func (s *numberSet) version(q quantity.Quantity, t quantity.Text) (b belief, ok bool) {
	v := q.Version
	if v != "" && s.longer[v] { // "2.30" of a page that says 2.30.0
		return right, true
	}
	named := q.Named && q.Prefix != "" || behindVersion(t.Plain[max(0, q.Start-24):q.Start])
	switch {
	case v == "" && !(named && len(q.Readings) > 0 && q.Value() == math.Trunc(q.Value()) && q.Unit().Dim == quantity.None):
		return wrong, false
	case v == "":
		v = trimFloat(q.Value())
	case !named && (strings.Count(v, ".") < 2 || len(q.Readings) > 0): // 1.234.567 of a German
		return wrong, false
	}
	if s.versions[v] || s.versions[strings.TrimSuffix(v, ".0")] {
		return right, true
	}
	if len(q.Readings) > 0 && s.bestOf(q) == right && strings.Count(v, ".") < 2 && q.Unit().Dim != quantity.None {
		return right, true
	}
	// "4.2.0" of a page that speaks of 4.2: more than is there.
	if i := strings.LastIndexByte(v, '.'); i > 0 && s.versions[v[:i]] && strings.HasSuffix(v, ".0") {
		return doubt, true
	}
	return wrong, true
}

// unread reports whether a number may stand on a page in words that are not
// known: a scale such as miljarder, or a number below a hundred.
func (s *numberSet) unread(q quantity.Quantity) bool {
	if len(q.Readings) == 0 {
		return false
	}
	v := q.Value()
	return q.Scale > 1 && near(s.all, v/q.Scale, 1e-9) || v == math.Trunc(v) && v < 100
}

// shortVersion reports whether a number behind a name is the beginning of a
// version of the page: Node 24 of v24.1.0.
func (s *numberSet) shortVersion(q quantity.Quantity, t quantity.Text) bool {
	if len(q.Readings) == 0 || q.Unit().Dim != quantity.None || q.Scale != 1 || q.Spelled || !s.versions[trimFloat(q.Value())] {
		return false
	}
	before := strings.TrimRight(t.Plain[max(0, q.Start-32):q.Start], " -")
	word := before[strings.LastIndexAny(before, " (\n")+1:]
	return strings.IndexFunc(word, unicode.IsUpper) >= 0
}

// behindVersion reports whether a word for versions stands before a number, or a
// name: version 4.2, v4.2, Python 3.14.
func behindVersion(before string) bool {
	before = strings.TrimRight(before, " -")
	i := strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) })
	word := strings.ToLower(before[i+1:])
	return versionWords[word]
}

var versionWords = text.Set(`version versions v ver release releases versión versiones versão versões
	versionen версия версии версию версий`)

func trimFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
