package gates

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

// checkNumbers looks for each number of tldr and summary on the page. Counts up
// to twelve are the writer's own, and a rounded number is as good as the exact
// one. Addresses are left out: [checkLinks] compares them whole.
func checkNumbers(in *input) verdict {
	var found []string
	n := 0
	for _, p := range in.prose() {
		for _, q := range quantities(text.WithoutAddresses(p.text)) {
			if q.small {
				continue
			}
			n++
			if !in.corpus.numbers.has(q) {
				found = append(found, fmt.Sprintf("“%s” in the %s", q.text, p.name))
			}
		}
	}
	if found = distinct(found); len(found) > 0 {
		return fail(1-float64(len(found))/float64(n), "not on the page: %s", list(found))
	}
	return pass("%d numbers, all on the page", n)
}

// numberSet holds the numbers of a text. It is made once for a page and does
// not change.
type numberSet struct {
	values   []float64 // sorted
	versions []string
}

// newNumberSet reads all numbers of a text. Each meaning that one may have is
// in the set: better an invented number that passes by chance than an honest
// one that fails.
func newNumberSet(text string) *numberSet {
	s := &numberSet{}
	all := quantities(text)
	for i, q := range all {
		s.values = append(s.values, q.values...)
		if q.version != "" {
			s.versions = append(s.versions, q.version)
		}
		// In "10 to 20 million" the first number is in millions too.
		if i > 0 && len(q.values) > 0 {
			if before := all[i-1]; len(before.values) > 0 && strings.Contains(q.text, " ") {
				for _, f := range scales[q.text[strings.LastIndexByte(q.text, ' ')+1:]] {
					s.values = append(s.values, before.values[0]*f)
				}
			}
		}
	}
	slices.Sort(s.values)
	s.values = slices.Compact(s.values)
	return s
}

// has reports whether the text has q: exactly, as a share of one (35 % for
// 0.35), within its decade (1994 for the 1990s), or rounded. Any of the values
// that q may mean will do. A version of q is there when the text has it or a
// more precise one.
func (s *numberSet) has(q quantity) bool {
	if q.version != "" {
		for _, v := range s.versions {
			// "3.12" of a comment is proven by 3.12.1 on the page, not the
			// other way.
			if v == q.version || strings.HasPrefix(v, q.version+".") {
				return true
			}
		}
		return false
	}
	for _, v := range q.values {
		// The tolerance is for the binary fractions of 12.9 × 10⁹, not for
		// rounding.
		if s.near(v, 1e-9) || q.percent && s.near(v/100, 1e-9) {
			return true
		}
		if q.decade && s.between(v, v+9) {
			return true
		}
		if s.rounded(v, q) {
			return true
		}
	}
	for _, v := range s.versions { // "Python 3.12" of a page that says 3.12.1
		if strings.HasPrefix(v, q.text+".") {
			return true
		}
	}
	return false
}

// rounded reports whether a number of the text is v when rounded as v is: of
// 12.9 billion, with three digits, 12.85 to 12.95 billion. A word such as
// "about" allows a fifth less and a quarter more; without it, a number of one
// digit must be exact. Years are never rounded.
func (s *numberSet) rounded(v float64, q quantity) bool {
	if v == 0 || year(v) && !q.percent {
		return false
	}
	if q.approx {
		return s.between(v*0.8, v*1.25)
	}
	if q.digits < 2 {
		return false
	}
	// unit is the place of the last significant digit: 0.1 billion for 12.9
	// billion.
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-float64(q.digits-1))
	return s.between(v-unit/2, v+unit/2)
}

// year reports whether v looks like a year, which is never rounded: 2018 for
// 2019 is an error, not an approximation.
func year(v float64) bool { return v == math.Trunc(v) && v >= 1000 && v < 2200 }

// near reports whether the text has v but for a relative tolerance.
func (s *numberSet) near(v, tolerance float64) bool {
	return s.between(v-math.Abs(v)*tolerance, v+math.Abs(v)*tolerance)
}

// between reports whether the text has a number from low to high, both
// included.
func (s *numberSet) between(low, high float64) bool {
	i, _ := slices.BinarySearch(s.values, low)
	return i < len(s.values) && s.values[i] <= high
}
