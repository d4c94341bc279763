package gates

import (
	"math"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// numberSet holds the numbers of a text. It is made once for a page and does
// not change.
type numberSet struct {
	// all are the values of all numbers whatever their unit, bare those of
	// numbers without one that is sure, units those with one by its dimension,
	// in the dimension's base. All are sorted.
	all, bare []float64
	units     map[quantity.Dim][]float64
	counts    map[quantity.Dim][]float64 // of units that are sure, before they are brought to the base
	versions  map[string]bool            // and all beginnings of them: 4, 4.2 and 4.2.0
	longer    map[string]bool            // the beginnings of those with three and more components
	dates     []quantity.Date
	months    [13]bool // those that dates name
	loose     map[int]bool
	years     map[int]bool
	foreign   bool // the page is in a language whose number words are not known
	relative  bool // the page counts from a day that it need not name
	pairs     []pair
	sums      []float64 // of three to six numbers that stand in a row
}

// pair are two numbers that stand near each other and count the same, of which
// a reader may make a third.
type pair struct {
	a, b float64
	dim  quantity.Dim
	next bool // no other number stands between them
}

// newNumberSet reads all numbers of a text under the conventions of languages.
// Each meaning that one may have is in the set: better an invented number that
// passes by chance than an honest one that fails.
func newNumberSet(text string, languages []string) *numberSet {
	s := &numberSet{units: map[quantity.Dim][]float64{}, counts: map[quantity.Dim][]float64{},
		versions: map[string]bool{}, longer: map[string]bool{}, loose: map[int]bool{}, years: map[int]bool{}}
	text = withoutEmphasis(text)
	for _, lang := range languages {
		s.add(quantity.Read(text, lang))
	}
	tidy := func(v []float64) []float64 {
		slices.Sort(v)
		return slices.Compact(v)
	}
	s.all, s.bare, s.sums = tidy(s.all), tidy(s.bare), tidy(s.sums)
	for d := range s.units {
		s.units[d], s.counts[d] = tidy(s.units[d]), tidy(s.counts[d])
	}
	return s
}

// noonOrMidnight are times of the day without a number.
var noonOrMidnight = lazyregexp.New(`(?i)\b(?:midnight|noon|midday|mitternacht|mittags?|minuit|midi|medianoche|mediodía|` +
	`meia-noite|meio-dia)\b|` +
	`полноч|полдень|полудн|午夜|半夜|正午|零点|자정|정오`)

// saysNoon reports whether a text has such a time. It looks for the words as they are first, as
// nearly all pages have none.
func saysNoon(s string) bool {
	s = strings.ToLower(s)
	for _, w := range []string{
		"noon", "night", "midday", "mitt", "minuit", "midi", "medi", "meia", "meio", "полноч", "полд", "午", "半夜", "零点", "자정", "정오",
	} {
		if strings.Contains(s, w) {
			return noonOrMidnight.MatchString(s)
		}
	}
	return false
}

// maxPairs bounds the pairs of a page.
const maxPairs = 20_000

func (s *numberSet) add(t quantity.Text) {
	s.relative = s.relative || t.Relative
	if saysNoon(t.Plain) {
		s.units[quantity.Clock] = append(s.units[quantity.Clock], 0, 12, 24)
	}
	for i, q := range t.Numbers {
		for _, r := range q.Readings {
			s.all = append(s.all, r.Value)
			if r.Unit.Dim == quantity.None {
				s.bare = append(s.bare, r.Value)
				continue
			}
			s.units[r.Unit.Dim] = append(s.units[r.Unit.Dim], r.Base())
			if r.Unit.Sure {
				s.counts[r.Unit.Dim] = append(s.counts[r.Unit.Dim], r.Value)
			}
			// 2048 GB are 2 TB to many.
			if r.Unit.Dim == quantity.Data && r.Value >= 1024 && math.Mod(r.Value, 512) == 0 {
				s.units[quantity.Data] = append(s.units[quantity.Data], r.Value/1024*1000*r.Unit.Factor)
			}
		}
		for _, v := range q.Raw {
			s.all, s.bare = append(s.all, v), append(s.bare, v)
		}
		if q.Version != "" {
			s.addVersion(q.Version)
		} else if q.Value() == math.Trunc(q.Value()) && q.Value() < 1e6 && q.Scale == 1 {
			s.versions[trimFloat(q.Value())] = true
		}
		if v := q.Value(); q.Date < 0 && v >= 1 && v <= 31 {
			s.loose[int(v)] = true
		}
		if v := q.Value(); year(v) {
			s.years[int(v)] = true
		}
		if part := partOfWhole(t, i); part > 0 {
			s.units[quantity.Share] = append(s.units[quantity.Share], part)
		}
		s.addPairs(t, i)
		s.addSums(t, i)
	}
	for _, d := range t.Dates {
		s.dates = append(s.dates, d)
		if d.OrMonth > 0 {
			s.dates = append(s.dates, quantity.Date{Year: d.Year, Month: d.OrMonth, Day: d.OrDay})
		}
		s.months[d.Month], s.months[d.OrMonth] = true, true
		s.years[d.Year] = true
		s.all, s.bare = append(s.all, float64(d.Year)), append(s.bare, float64(d.Year))
	}
}

// addVersion remembers a version and its beginnings: who says 4.2 may mean
// 4.2.0.
func (s *numberSet) addVersion(v string) {
	s.versions[v] = true
	for i, c := range v {
		if c == '.' {
			s.versions[v[:i]] = true
			if strings.Count(v, ".") > 1 {
				s.longer[v[:i]] = true
			}
		}
	}
	for strings.HasSuffix(v, ".0") {
		v = strings.TrimSuffix(v, ".0")
		s.versions[v] = true
	}
}

// addPairs remembers the number i with the three before it, when they are of
// one kind and stand within 300 bytes.
func (s *numberSet) addPairs(t quantity.Text, i int) {
	b := t.Numbers[i]
	if len(b.Readings) == 0 || b.Date >= 0 && !year(b.Value()) {
		return
	}
	next := true
	for j := i - 1; j >= 0 && j >= i-4 && len(s.pairs) < maxPairs; j-- {
		a := t.Numbers[j]
		if a.Spelled && small(a) { // "in one place"
			continue
		}
		if len(a.Readings) == 0 || b.Start-a.End > 300 || a.Date >= 0 && !year(a.Value()) {
			continue
		}
		dim := b.Unit().Dim
		for _, r := range a.Readings { // "from 250 to 210 ms"
			if r.Unit.Dim == dim {
				s.pairs = append(s.pairs, pair{r.Base(), b.Readings[0].Base(), dim, next})
				break
			}
		}
		next = false
	}
}

// addSums remembers what the number i makes with the two to five before it,
// when they count the same and none is further than 60 bytes from the next.
func (s *numberSet) addSums(t quantity.Text, i int) {
	last, sum := t.Numbers[i], 0.0
	for j := i; j >= 0 && j > i-6 && len(s.sums) < maxPairs; j-- {
		a := t.Numbers[j]
		if len(a.Readings) == 0 || a.Date >= 0 || a.Ordinal || a.Unit().Dim != t.Numbers[i].Unit().Dim || year(a.Value()) ||
			j < i && last.Start-a.End > 60 {
			return
		}
		if sum += a.Readings[0].Base(); i-j >= 2 {
			s.sums = append(s.sums, sum)
		}
		last = a
	}
}

// year reports whether v looks like a year, which is never rounded: 2018 for
// 2019 is an error, not an approximation.
func year(v float64) bool { return v == math.Trunc(v) && v >= 1000 && v < 2200 }

// near reports whether sorted values have v but for a relative tolerance.
func near(sorted []float64, v, tolerance float64) bool {
	return within(sorted, v-math.Abs(v)*tolerance, v+math.Abs(v)*tolerance)
}

// within reports whether sorted values have one from low to high, both
// included.
func within(sorted []float64, low, high float64) bool {
	i, _ := slices.BinarySearch(sorted, low)
	return i < len(sorted) && sorted[i] <= high
}
