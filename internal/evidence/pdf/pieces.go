package pdf

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a run of atoms on one line with ordinary gaps between them, powers and indices
// included. Columns and cells are never in one piece.
type piece struct {
	atoms []atom
	box   box
	base  float64 // of its main text
	size  float64
	chars int
}

// Measures in units of the font's size.
const (
	// wordGap is the distance of two glyphs from which there is a space between them, where
	// the file has none.
	wordGap = 0.18
	// pieceGap is wider than a space is, also in most justified lines.
	pieceGap = 0.62
	// scriptSize is the greatest size of a power or index.
	scriptSize = 0.86
)

// makePieces joins atoms to pieces: first those that follow one another in the file, which is
// how powers find what they belong to, then what stands side by side on one baseline.
func makePieces(atoms []atom) []piece {
	atoms = untrack(single(atoms))
	gap := pieceGap
	if spaces := spaceWidth(atoms); spaces > 0 {
		// Fonts of fixed width have wide spaces.
		gap = min(max(gap, 1.45*spaces), 1)
	}
	var out []piece
	for _, a := range atoms {
		if strings.TrimFunc(a.text, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufffd' }) == "" {
			continue
		}
		if bullets[a.text] {
			a.text = "•"
		}
		if n := len(out); n > 0 && out[n-1].takes(a, gap) {
			out[n-1].add(a)
			continue
		}
		p := piece{box: a.box, base: a.base, size: a.size}
		p.add(a)
		out = append(out, p)
	}
	return setInitials(merge(out, gap))
}

// bullets are those of the fonts Symbol and Wingdings, which Word uses.
var bullets = map[string]bool{"\uf0a7": true, "\uf0a8": true, "\uf0b7": true, "\uf0d8": true, "\uf0fc": true, "\uf076": true}

// single drops atoms that are painted again a little beside, which makes letters bold or gives
// them a shadow.
func single(atoms []atom) []atom {
	type place struct {
		text string
		x, y int
	}
	at := func(a atom, dx, dy int) place {
		return place{a.text, int(a.box.x0/4) + dx, int(a.base/4) + dy}
	}
	painted := make(map[place]int, len(atoms)) // to where it is in out
	out := atoms[:0]
	for _, a := range atoms {
		again := false
		for dx := -1; dx <= 1 && !again; dx++ {
			for dy := -1; dy <= 1 && !again; dy++ {
				if i, ok := painted[at(a, dx, dy)]; ok {
					o := out[i]
					again = math.Abs(o.box.x0-a.box.x0) < 0.25*a.size && math.Abs(o.base-a.base) < 0.25*a.size && math.Abs(o.size-a.size) < 0.1*a.size
				}
			}
		}
		if !again {
			painted[at(a, 0, 0)] = len(out)
			out = append(out, a)
		}
	}
	return out
}

// merge joins pieces that stand side by side on one baseline, in whatever order they are painted.
func merge(pieces []piece, gap float64) []piece {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.base, b.base) })
	out := pieces[:0]
	for i := 0; i < len(pieces); {
		n := i + 1
		for n < len(pieces) && pieces[n].base-pieces[n-1].base <= 0.04*pieces[n].size {
			n++
		}
		row := pieces[i:n]
		slices.SortStableFunc(row, func(a, b piece) int { return cmp.Compare(a.box.x0, b.box.x0) })
		var joined []piece
		for _, p := range row {
			if k := len(joined) - 1; k >= 0 && joined[k].joins(p, gap) {
				joined[k].append(p)
				continue
			}
			joined = append(joined, p)
		}
		out = append(out, joined...)
		i = n
	}
	return out
}

// joins reports whether o goes on with p to the right of it.
func (p *piece) joins(o piece, gap float64) bool {
	size := max(p.size, o.size)
	distance := o.box.x0 - p.box.x1
	return distance <= gap*size && distance >= -0.3*size && size < 1.5*min(p.size, o.size) &&
		!rightToLeft(o.atoms[0].text) && !rightToLeft(p.atoms[0].text)
}

// append adds the atoms of o to p.
func (p *piece) append(o piece) {
	p.atoms = append(p.atoms, o.atoms...)
	p.box, p.chars = p.box.union(o.box), p.chars+o.chars
}

// untrack joins letters that are set apart for looks, as in "A B S T R A C T", to words.
func untrack(atoms []atom) []atom {
	single := func(a atom) bool {
		r, n := utf8.DecodeRuneInString(a.text)
		return n == len(a.text) && unicode.IsLetter(r)
	}
	out := make([]atom, 0, len(atoms))
	for i := 0; i < len(atoms); {
		n := i
		least := math.Inf(1)
		for n < len(atoms) && single(atoms[n]) {
			if n > i {
				a, b := atoms[n-1], atoms[n]
				gap := (b.box.x0 - a.box.x1) / b.size
				if math.Abs(a.base-b.base) > 0.02*b.size || a.size != b.size || gap < 0.08 || gap > 1.4 {
					break
				}
				least = min(least, gap)
			}
			n++
		}
		if n-i < 5 || least > 0.6 {
			n = max(n, i+1)
			out = append(out, atoms[i:n]...)
			i = n
			continue
		}
		for j := i; j < n; j++ {
			if k := len(out) - 1; j > i && (atoms[j].box.x0-out[k].box.x1)/atoms[j].size <= 1.3*least+0.05 {
				out[k].text += atoms[j].text
				out[k].box = out[k].box.union(atoms[j].box)
				continue
			}
			a := atoms[j]
			a.pitch = 0
			out = append(out, a)
		}
		i = n
	}
	return out
}

// setInitials puts large initials, which stand beside several lines, before the first of these.
func setInitials(pieces []piece) []piece {
	out := pieces[:0]
	for i, p := range pieces {
		first, n := utf8.DecodeRuneInString(p.atoms[0].text)
		if len(p.atoms) > 1 || n != len(p.atoms[0].text) || !unicode.IsUpper(first) {
			out = append(out, p)
			continue
		}
		best := -1
		for j := max(i-200, 0); j < min(i+200, len(pieces)); j++ {
			q := pieces[j]
			beside := q.box.x0 >= p.box.x1-0.1*p.size && q.box.x0 <= p.box.x1+0.4*p.size && q.base > p.box.y0 && q.base <= p.base
			if beside && q.size*1.9 <= p.size && (best < 0 || q.base < pieces[best].base) {
				best = j
			}
		}
		if best < 0 {
			out = append(out, p)
			continue
		}
		a := &pieces[best].atoms[0]
		a.text = p.atoms[0].text + a.text
	}
	return out
}

// spaceWidth is the median gap between words that follow one another on a line, in units of the
// font's size; 0 when there are few.
func spaceWidth(atoms []atom) float64 {
	var gaps []float64
	for i := 1; i < len(atoms); i++ {
		a, b := atoms[i-1], atoms[i]
		if gap := (b.box.x0 - a.box.x1) / max(b.size, 1); b.space && math.Abs(a.base-b.base) < 0.1*b.size && gap > 0.1 && gap < 1.2 {
			gaps = append(gaps, gap)
		}
	}
	if len(gaps) < 8 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// takes reports whether a goes on with p.
func (p *piece) takes(a atom, gap float64) bool {
	last := p.atoms[len(p.atoms)-1]
	size := max(p.size, a.size)
	var distance float64
	if rightToLeft(a.text) || rightToLeft(last.text) {
		distance = max(a.box.x0-p.box.x1, p.box.x0-a.box.x1, -0.3*size)
	} else {
		distance = a.box.x0 - last.box.x1
	}
	if distance > gap*size || distance < -0.4*size {
		return false
	}
	if math.Abs(a.base-p.base) <= 0.08*size || math.Abs(a.base-last.base) <= 0.05*size {
		// A large letter beside small text is an initial and no part of its first line.
		return max(a.size, p.size) < 1.9*min(a.size, p.size) || p.chars > 2
	}
	if distance > 0.35*size {
		return false
	}
	if raisedAlike(p.base, last, a) {
		return true
	}
	return a.size <= scriptSize*p.size && isScript(p.base, p.size, a) || p.size <= scriptSize*a.size && isScript(a.base, a.size, p.atoms[0])
}

// raisedAlike reports whether a is a power or index of the size of the text on the baseline base:
// a few signs that touch the last ones.
func raisedAlike(base float64, last, a atom) bool {
	up := math.Abs(base-a.base) / a.size
	return !a.space && a.size <= 1.05*last.size && len(a.text) <= 4 && up >= 0.2 && up <= 0.6 && math.Abs(a.box.x0-last.box.x1) < 0.1*a.size
}

// isScript reports whether a is raised or lowered beside text of a size on a baseline, and not
// on another line.
func isScript(base, size float64, a atom) bool {
	up := base - a.base
	if a.size < 0.42*size {
		return false // an initial beside the lines of its paragraph
	}
	return up >= 0.1*size && up <= 0.95*size || up <= -0.05*size && up >= -0.5*size
}

// add adds a to p, whose baseline and size are those of its largest text.
func (p *piece) add(a atom) {
	p.atoms = append(p.atoms, a)
	p.box = p.box.union(a.box)
	if a.size > p.size/scriptSize && len(p.atoms) > 1 {
		p.size, p.base = a.size, a.base
	}
	p.chars += utf8.RuneCountInString(a.text)
}

// rightToLeft reports whether text begins in a script that is written to the left.
func rightToLeft(text string) bool {
	for _, r := range text {
		if unicode.IsLetter(r) {
			return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefc
		}
	}
	return false
}
