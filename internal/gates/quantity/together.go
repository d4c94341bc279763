package quantity

import "strings"

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
// hour 30 minutes, 5 feet 11 inches.
func (r *reader) compounds() {
	var out []Quantity
	for i := 0; i < len(r.out); i++ {
		out = append(out, r.out[i])
		a := r.out[i]
		sum, dim, last, n := 0.0, a.Unit().Dim, a.Unit().Factor, 1
		if len(a.Readings) == 0 || dim != Time && dim != "length" && dim != "mass" {
			continue
		}
		sum = a.Readings[0].Base()
		for i+1 < len(r.out) {
			b := r.out[i+1]
			gap := b.Start - r.out[i].End
			if gap < 0 || gap > 5 || len(b.Readings) == 0 || b.Unit().Dim != dim || b.Unit().Factor >= last {
				break
			}
			if g := strings.Trim(r.s[r.out[i].End:b.Start], " ,"); g != "" && !r.t.is("join", fold(g)) {
				break
			}
			i++
			n++
			out = append(out, b)
			sum += b.Readings[0].Base()
			last = b.Unit().Factor
		}
		if n > 1 {
			out = append(out, Quantity{Text: r.s[a.Start:r.out[i].End], Start: a.Start, End: r.out[i].End, Digits: significant(sum), Scale: 1,
				Date: -1, Compound: n, Approx: a.Approx, Readings: []Reading{{sum, Unit{dim, 1, true}}}})
		}
	}
	r.out = out
}
