package pdf

import (
	"cmp"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"
)

// blocks puts pieces into the order in which they are read: a page, or part of one, is cut by
// the gutter that parts most lines. What lies across the gutter (titles, wide figures) cuts the
// page into bands, and in each band the left column is read before the right one. Each column
// is cut again. The result is blocks of pieces in one column each.
func blocks(pieces []piece) [][]piece {
	var out [][]piece
	cut(pieces, 0, &out)
	return out
}

// maxCuts bounds the columns within columns.
const maxCuts = 8

func cut(pieces []piece, depth int, out *[][]piece) {
	if len(pieces) == 0 {
		return
	}
	x, ok := 0.0, false
	if depth < maxCuts {
		x, ok = gutter(pieces)
	}
	if !ok {
		*out = append(*out, pieces)
		return
	}
	// Bands from top to bottom: pieces across the gutter end one.
	sorted := slices.Clone(pieces)
	slices.SortStableFunc(sorted, func(a, b piece) int { return cmp.Compare(a.base, b.base) })
	var left, right, rest []piece
	// What is in no columns here is read together: a table with the lines around it.
	flushRest := func() {
		if len(rest) == len(pieces) {
			*out = append(*out, rest)
		} else {
			cut(rest, depth+1, out)
		}
		rest = nil
	}
	flush := func() {
		if len(left) == 0 || len(right) == 0 || rowByRow(left, right) {
			rest = append(append(rest, left...), right...)
		} else {
			flushRest()
			cut(left, depth+1, out)
			cut(right, depth+1, out)
		}
		left, right = nil, nil
	}
	for _, p := range sorted {
		switch {
		// A line that is a little too long is no title across the columns.
		case p.box.x1 <= x+0.8*p.size && p.box.x0 < x-2*p.size || p.box.x1 <= x:
			left = append(left, p)
		case p.box.x0 >= x-0.3*p.size:
			right = append(right, p)
		default:
			flush()
			rest = append(rest, p)
		}
	}
	flush()
	flushRest()
}

const (
	minColumnLines = 2  // lines of a column, at least
	maxGutters     = 24 // places at which a gutter is looked for
)

// gutter finds the x that parts most lines of pieces into columns. Lines of a column begin at
// the same x, so it is looked for before the places at which many pieces begin.
func gutter(pieces []piece) (x float64, ok bool) {
	starts := map[int]int{} // by 2 points
	first := math.Inf(1)
	for _, p := range pieces {
		starts[int(math.Round(p.box.x0/2))]++
		first = min(first, p.box.x0)
	}
	type place struct{ at, n int }
	var places []place
	for at, n := range starts {
		if n += starts[at+1]; n >= minColumnLines && float64(2*at) > first+10 {
			places = append(places, place{at, n})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.at, b.at)) })
	best := 0
	sorted := slices.Clone(pieces)
	slices.SortStableFunc(sorted, func(a, b piece) int { return cmp.Compare(a.base, b.base) })
	for _, c := range places[:min(len(places), maxGutters)] {
		at := float64(2*c.at) - 1
		if n := parted(sorted, at); n > best {
			best, x, ok = n, at, true
		}
	}
	return x, ok
}

// parted counts the characters of pieces that x parts into columns, less what lies across it.
func parted(sorted []piece, x float64) int {
	total, across := 0, 0
	var left, right []piece
	flush := func() {
		if len(left) >= minColumnLines && len(right) >= minColumnLines && columns(left, right) {
			l, r := chars(left), chars(right)
			total += 2 * min(l, r)
		}
		left, right = nil, nil
	}
	for _, p := range sorted {
		switch {
		case p.box.x1 <= x-0.4*p.size:
			left = append(left, p)
		case p.box.x0 >= x-0.1*p.size:
			right = append(right, p)
		default:
			across++
			flush()
		}
	}
	flush()
	return total
}

func chars(pieces []piece) (n int) {
	for _, p := range pieces {
		n += p.chars
	}
	return n
}

// columns reports whether two sides of a gutter are columns of prose: beside one another, of
// lines that are long or go on in the next one.
func columns(left, right []piece) bool {
	l, r := look(left), look(right)
	if l.lines < minColumnLines || r.lines < minColumnLines || l.bottom < r.top || r.bottom < l.top {
		return false
	}
	if l.listed() && r.listed() {
		return true
	}
	shared := common(left, right)
	if inMargin(l, r, shared, false) || inMargin(r, l, shared, true) {
		return true
	}
	if isTable(l, r, shared) || l.length < 8 || r.length < 8 {
		return false
	}
	long := l.length >= 20 && r.length >= 20
	return l.flows() && r.flows() || long && (l.flowing+r.flowing > 0 || min(l.lines, r.lines) >= 4)
}

// inMargin reports whether the side s is notes or a list in the margin of prose. What shares its
// baselines with the prose may be cells beside it, unless it is rare and on the right; on the left
// it may be terms that the prose explains.
func inMargin(s, prose side, shared int, right bool) bool {
	if prose.lines < 4 || prose.length < 30 || !prose.flows() || s.listed() {
		return false
	}
	rare, apart := s.lines*4 <= prose.lines, shared*2 < s.lines
	return rare && (right || apart) || apart && s.lines >= 3 && s.length >= 3
}

// rowByRow reports whether the two sides of a gutter are read row by row.
func rowByRow(left, right []piece) bool {
	l, r := look(left), look(right)
	shared := common(left, right)
	return !(l.listed() && r.listed()) && !inMargin(l, r, shared, false) && !inMargin(r, l, shared, true) && isTable(l, r, shared)
}

// isTable recognises cells: they stand on common baselines and are short, while lines of prose
// are long and go on in the next line with a small letter.
func isTable(l, r side, common int) bool {
	if common*10 < min(l.lines, r.lines)*7 {
		return false
	}
	prose := l.length >= 20 && r.length >= 20 && (l.flows() && r.flows() || l.length >= 32 && r.length >= 32)
	return !prose
}

// side is how the pieces on one side of a gutter look.
type side struct {
	lines       int
	length      int // characters a line, on average
	flowing     int // lines that begin with a small letter or follow one cut by a hyphen
	items       int // lines that begin with a bullet
	top, bottom float64
}

// listed reports whether the lines are items of a list, mostly.
func (s side) listed() bool { return s.items*2 >= s.lines }

// flows reports whether lines go on in the next one.
func (s side) flows() bool { return s.flowing*4 >= s.lines }

func look(pieces []piece) side {
	s := side{top: math.Inf(1), bottom: math.Inf(-1)}
	total := 0
	base := math.Inf(-1)
	for _, p := range pieces { // from top to bottom
		total += p.chars
		s.top, s.bottom = min(s.top, p.box.y0), max(s.bottom, p.box.y1)
		if p.base-base < 0.3*p.size {
			continue
		}
		base = p.base
		s.lines++
		text := p.atoms[0].text
		switch first, _ := utf8.DecodeRuneInString(text); {
		case unicode.IsLower(first) || wide(first):
			s.flowing++
		case listItem.MatchString(text + " "):
			s.items++
		}
	}
	s.length = total / max(s.lines, 1)
	return s
}

// common counts the lines of the shorter side that have one on the same baseline beside them.
// Both are sorted from top to bottom.
func common(left, right []piece) (n int) {
	i, j := 0, 0
	last := math.Inf(-1)
	for i < len(left) && j < len(right) {
		d := left[i].base - right[j].base
		switch {
		case math.Abs(d) <= 0.15*max(left[i].size, right[j].size):
			if left[i].base-last > 0.3*left[i].size {
				n++
				last = left[i].base
			}
			i, j = i+1, j+1
		case d < 0:
			i++
		default:
			j++
		}
	}
	return n
}
