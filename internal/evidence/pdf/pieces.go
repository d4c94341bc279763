package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode"
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

// makePieces joins atoms that follow one another in the file to pieces.
func makePieces(atoms []atom) []piece {
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
		if n := len(out); n > 0 && out[n-1].takes(a, gap) {
			out[n-1].add(a)
			continue
		}
		p := piece{box: a.box, base: a.base, size: a.size}
		p.add(a)
		out = append(out, p)
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
	return a.size <= scriptSize*p.size && isScript(p.base, p.size, a) || p.size <= scriptSize*a.size && isScript(a.base, a.size, p.atoms[0])
}

// isScript reports whether a is raised or lowered beside text of a size on a baseline, and not
// on another line.
func isScript(base, size float64, a atom) bool {
	up := base - a.base
	return up >= 0.1*size && up <= 0.95*size || up <= -0.05*size && up >= -0.5*size
}

// add adds a to p, whose baseline and size are those of its largest text.
func (p *piece) add(a atom) {
	p.atoms = append(p.atoms, a)
	p.box = p.box.union(a.box)
	if a.size > p.size/scriptSize && len(p.atoms) > 1 {
		p.size, p.base = a.size, a.base
	}
	p.chars += len([]rune(a.text))
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
