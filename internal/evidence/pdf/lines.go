package pdf

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// line is a line of one column, or a row of a table.
type line struct {
	text   string
	box    box
	base   float64
	size   float64
	cells  []cell // more than one in a row of a table, perhaps
	code   string // with the spaces of a font of fixed width, if it is in one
	pitch  float64
	marked bool // it begins with the mark of a note
	edge   bool // it is one of the outermost of its page, near its end
	turned bool // it runs in another direction than the rest of its page
	block  int  // which of the page's blocks it is in
}

// cell is a part of a line behind a wide gap.
type cell struct {
	text   string
	x0, x1 float64
}

// makeLines puts the pieces of a block together to lines, from top to bottom.
func makeLines(pieces []piece) []line {
	sorted := slices.Clone(pieces)
	slices.SortStableFunc(sorted, func(a, b piece) int { return cmp.Compare(a.base, b.base) })
	var rows [][]piece
	var main piece // the largest of the last row
	for _, p := range sorted {
		// Scripts and fractions stand a little off the baseline of their row.
		if n := len(rows); n > 0 && sameRow(rows[n-1], main, p) {
			rows[n-1] = append(rows[n-1], p)
			if p.size > main.size {
				main = p
			}
			continue
		}
		rows, main = append(rows, []piece{p}), p
	}
	out := make([]line, 0, len(rows))
	for _, row := range rows {
		if l := makeLine(row); l.text != "" {
			out = append(out, l)
		}
	}
	return out
}

// sameRow reports whether p stands in a row whose main text is m: on its baseline, or as a script.
func sameRow(row []piece, m, p piece) bool {
	if math.Abs(p.base-m.base) <= 0.22*min(p.size, m.size) {
		return true
	}
	a, size, base := p, m.size, m.base
	if p.size > m.size {
		a, size, base = m, p.size, p.base
	}
	if a.size > scriptSize*size || !isScript(base, size, atom{base: a.base, size: a.size}) {
		return false
	}
	// A script touches the text that it belongs to.
	for _, o := range row[max(len(row)-maxNeighbours, 0):] {
		if p.box.x0 >= o.box.x0-0.3*size && p.box.x0 <= o.box.x1+0.3*size || o.box.x0 >= p.box.x0-0.3*size && o.box.x0 <= p.box.x1+0.3*size {
			return a.chars <= 12
		}
	}
	return false
}

// maxNeighbours is how many pieces of a row are looked at for the one that a script belongs to.
const maxNeighbours = 100

// makeLine writes the pieces of a row from left to right, or from right to left when most of
// it is written so.
func makeLine(row []piece) line {
	l := line{box: row[0].box}
	bySize := map[float64]int{}
	rtl, total := 0, 0
	for _, p := range row {
		l.box = l.box.union(p.box)
		for _, a := range p.atoms {
			n := utf8.RuneCountInString(a.text)
			bySize[a.size] += n
			total += n
			if rightToLeft(a.text) {
				rtl += n
			}
		}
	}
	most := 0
	for size, n := range bySize {
		if n > most || n == most && size > l.size {
			most, l.size = n, size
		}
	}
	for _, p := range row {
		if p.size >= scriptSize*l.size {
			l.base = p.base
			break
		}
	}
	if rtl*2 > total {
		slices.SortStableFunc(row, func(a, b piece) int { return cmp.Compare(b.box.x1, a.box.x1) })
	} else {
		slices.SortStableFunc(row, func(a, b piece) int { return cmp.Compare(a.box.x0, b.box.x0) })
	}
	w := lineWriter{base: l.base, size: l.size}
	for i, p := range row {
		if i > 0 {
			gap := max(p.box.x0-row[i-1].box.x1, row[i-1].box.x0-p.box.x1)
			if gap >= l.size && !(len(l.cells) == 0 && itemMark.MatchString(cleanLine(w.b.String()))) {
				l.cells = append(l.cells, w.cell())
			} else if gap > wordGap*l.size {
				w.space = true
			}
		}
		for j, a := range p.atoms {
			if j > 0 {
				gap := a.box.x0 - p.atoms[j-1].box.x1
				w.space = w.space || a.space && !falseSpace(p.atoms[j-1], a, gap/l.size, l.size) || gap > wordGap*l.size && !rightToLeft(a.text)
			}
			w.add(a)
		}
	}
	l.marked = w.marked
	l.pitch, l.code = fixedWidth(row)
	if len(l.cells) == 0 {
		l.text = cleanLine(w.b.String())
		return l
	}
	l.cells = append(l.cells, w.cell())
	kept := l.cells[:0]
	for _, c := range l.cells {
		if c.text != "" {
			kept = append(kept, c)
		}
	}
	l.cells = kept
	texts := make([]string, len(kept))
	for i, c := range kept {
		texts[i] = c.text
	}
	l.text = strings.Join(texts, " ")
	if len(kept) > 3 {
		l.text = strings.Join(texts, " | ") // a row of a table, even without one below it
	}
	return l
}

// falseSpace reports whether PDFium saw a space between two atoms where there is none: it does so
// where the size changes, and behind ligatures.
func falseSpace(a, b atom, gap, size float64) bool {
	if min(a.size, b.size) <= scriptSize*size {
		return gap <= 0.12
	}
	return math.Abs(gap) < 0.05 && ligature.MatchString(a.text) && startsLower(b.text)
}

// ligature matches text that ends in one.
var ligature = lazyregexp.New(`(?:ff|ffi|ffl|fi|fl|[ﬀ-ﬆ])$`)

// itemMark matches what stands before an item of a list.
var itemMark = lazyregexp.New(`^(?:[•‣◦▪●○■–*·-]|\(?\d{1,2}(?:\.\d{1,2})*[.)]?|\[\d{1,3}\]|\(?[a-zA-Z][.)])$`)

// fixedWidth is the width of the glyphs of a row in a font of fixed width, and the row with its
// spaces; 0 and "" for other fonts. A row of figures only has glyphs of one width in any font. A
// word may be in another font.
func fixedWidth(row []piece) (pitch float64, code string) {
	fixed, other := 0, 0
	narrow, wide := false, false
	var b strings.Builder
	end := 0.0
	for _, p := range row {
		for _, a := range p.atoms {
			n := utf8.RuneCountInString(a.text)
			if a.pitch == 0 || pitch != 0 && math.Abs(a.pitch-pitch) > 2*pitchTolerance*pitch {
				if other += n; pitch == 0 || other > fixed {
					return 0, ""
				}
			} else {
				if pitch == 0 {
					pitch, end = a.pitch, a.box.x0
				}
				fixed += n
				narrow = narrow || strings.ContainsAny(a.text, "iljtfrI.,:;'()[]{}|!/")
				wide = wide || strings.ContainsFunc(a.text, wideSign)
			}
			spaces := int(math.Round((a.box.x0 - end) / pitch))
			b.WriteString(strings.Repeat(" ", min(max(spaces, 0), 80)))
			b.WriteString(cleanLine(a.text))
			end = a.box.x1
		}
	}
	if !narrow || !wide || other*3 > fixed {
		return pitch, ""
	}
	return pitch, strings.ReplaceAll(b.String(), string(lineHyphen), "-")
}

// wideSign reports whether r is wider than narrow signs in fonts that are not of fixed width.
func wideSign(r rune) bool {
	return unicode.IsLetter(r) && !strings.ContainsRune("iljtfrIJ", r) || strings.ContainsRune("=<>+_#$%&*", r)
}
