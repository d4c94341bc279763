package quantity

import (
	"slices"
	"strings"
)

// between are what may stand between the two numbers of a range.
var between = map[string]bool{"-": true, "–": true, "—": true, "~": true, "to": true, "bis": true, "a": true, "à": true,
	"до": true, "至": true,
	"到": true, "から": true, "and": true, "und": true, "e": true, "et": true, "y": true, "и": true, "or": true, "oder": true, "o": true,
	"ou": true, "или": true, "/": true, ",": true, "、": true, "|": true, "->": true, "→": true, "에서": true, "versus": true,
	"vs": true, "vs.": true, "...": true}

// ranges gives the first number of "10 to 20 million km" the unit and scale of
// the second as further readings, and the second of "$10-15" those of the
// first. The first's own reading stays.
func (r *reader) ranges() {
	for i := len(r.out) - 2; i >= 0; i-- {
		a, b := &r.out[i], &r.out[i+1]
		gap := b.Start - a.End
		if gap < 0 || gap > 12 || !between[strings.Trim(r.s[a.End:b.Start], " $€£¥")] || len(a.Readings) == 0 || len(b.Readings) == 0 {
			continue
		}
		if b.Unit().Dim != None && a.Unit().Dim == None || b.Scale > 1 && a.Scale == 1 {
			scale := 1.0
			if a.Scale == 1 {
				scale = b.Scale
			}
			v := a.Readings[0].Value
			unit := b.Unit()
			if a.Unit().Dim != None {
				unit = a.Unit()
			}
			a.Readings = append(a.Readings, Reading{v * scale, unit})
			if scale != 1 {
				a.Readings = append(a.Readings, Reading{v, unit})
			}
		}
		if a.Unit().Dim != None && b.Unit().Dim == None && currency(a.Unit()) {
			b.Readings = append(b.Readings, Reading{b.Readings[0].Value, a.Unit()})
		}
	}
}

// compounds adds the sum of parts that stand side by side in falling units: 1
// hour 30 minutes, 5 feet 11 inches, 2m 18s. What stands beside it tells what
// "m" is.
func (r *reader) compounds() {
	var out []Quantity
	for i := 0; i < len(r.out); i++ {
		first := i
		var sum float64
		var dim Dim
		for _, a := range timed(&r.out[first]) {
			if sum, i = r.falling(first, a); i > first {
				dim = a.Unit.Dim
				break
			}
		}
		out = append(out, r.out[first:i+1]...)
		if i > first {
			a, end := r.out[first], r.out[i].End
			out = append(out, Quantity{Text: r.s[a.Start:end], Start: a.Start, End: end, Digits: significant(sum), Scale: 1,
				Date: -1, Compound: i - first + 1, Approx: a.Approx, Readings: []Reading{{sum, Unit{dim, 1, true}}}})
		}
	}
	r.out = out
}

// timed are the readings of q, with that in minutes of "2m", which by itself is two million.
func timed(q *Quantity) []Reading {
	n := len(q.Readings)
	if n == 0 || q.Unit().Dim != None || !strings.HasSuffix(q.Text, "m") {
		return q.Readings
	}
	return append(slices.Clone(q.Readings), Reading{q.Readings[n-1].Value, Unit{Time, 60, false}})
}

// falling adds up the numbers behind the one at i, read as a, while their units
// fall. last is the place of the last of them, i when there is none.
func (r *reader) falling(i int, a Reading) (sum float64, last int) {
	dim, factor := a.Unit.Dim, a.Unit.Factor
	if dim != Time && dim != "length" && dim != "mass" {
		return 0, i
	}
	sum = a.Base()
next:
	for ; i+1 < len(r.out); i++ {
		b := &r.out[i+1]
		if gap := b.Start - r.out[i].End; gap < 0 || gap > 5 {
			break
		}
		if g := strings.Trim(r.s[r.out[i].End:b.Start], " ,"); g != "" && !r.t.is("join", fold(g)) {
			break
		}
		for _, v := range timed(b) {
			if v.Unit.Dim == dim && v.Unit.Factor < factor {
				sum += v.Base()
				factor = v.Unit.Factor
				continue next
			}
		}
		break
	}
	return sum, i
}
