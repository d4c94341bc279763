package pdf

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	for _, p := range sorted {
		// Scripts and fractions stand a little off the baseline of their row.
		if n := len(rows); n > 0 && sameRow(rows[n-1], p) {
			rows[n-1] = append(rows[n-1], p)
			continue
		}
		rows = append(rows, []piece{p})
	}
	out := make([]line, 0, len(rows))
	for _, row := range rows {
		if l := makeLine(row); l.text != "" {
			out = append(out, l)
		}
	}
	return out
}

// sameRow reports whether p stands in a row: on its baseline, or as a script of its main text.
func sameRow(row []piece, p piece) bool {
	m := row[0]
	for _, o := range row {
		if o.size > m.size {
			m = o
		}
	}
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
	for _, o := range row {
		if p.box.x0 >= o.box.x0-0.3*size && p.box.x0 <= o.box.x1+0.3*size || o.box.x0 >= p.box.x0-0.3*size && o.box.x0 <= p.box.x1+0.3*size {
			return a.chars <= 12
		}
	}
	return false
}

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
				small := min(a.size, p.atoms[j-1].size) <= scriptSize*l.size
				// PDFium sees a space wherever the size changes.
				w.space = w.space || a.space && (!small || gap > 0.12*l.size) || gap > wordGap*l.size && !rightToLeft(a.text)
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

// itemMark matches what stands before an item of a list.
var itemMark = regexp.MustCompile(`^(?:[•‣◦▪●○■–*·-]|\(?\d{1,2}(?:\.\d{1,2})*[.)]?|\[\d{1,3}\]|\(?[a-zA-Z][.)])$`)

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

// lineWriter writes the atoms of a line, with its powers and indices.
type lineWriter struct {
	base, size float64
	b          strings.Builder
	space      bool // there is space before what comes next
	x0, x1     float64
	marked     bool
	written    bool
	script     byte // of the last atom: '^', '_' or 0
	scriptAt   int  // where its text begins
}

// cell ends a cell of a table and gives it.
func (w *lineWriter) cell() cell {
	c := cell{cleanLine(w.b.String()), w.x0, w.x1}
	w.b.Reset()
	w.space, w.script, w.x0 = false, 0, w.x1
	return c
}

// add writes one atom.
func (w *lineWriter) add(a atom) {
	if w.b.Len() == 0 {
		w.x0 = a.box.x0
	}
	w.x1 = a.box.x1
	first := !w.written
	w.written = true
	before := w.b.String()
	kind := w.kind(a)
	if kind == 0 || before == "" || w.space && kind == '_' {
		if kind == '^' && before == "" && first && noteMark(a.text) {
			w.marked = true
			w.b.WriteString("[" + a.text + "] ")
			w.space, w.script = false, 0
			return
		}
		if w.space && before != "" && !spaceless(before, a.text) {
			w.b.WriteByte(' ')
		}
		w.b.WriteString(a.text)
		w.space, w.script = false, 0
		return
	}
	if w.script == kind && !w.space {
		// "10^-" and "3" are one power.
		joined := strings.TrimSuffix(strings.TrimPrefix(before[w.scriptAt:], "{"), "}") + a.text
		w.b.Reset()
		w.b.WriteString(before[:w.scriptAt] + group(joined))
		return
	}
	w.space = false
	switch how := script(before, a.text, kind); how {
	case asPower:
		w.b.WriteByte(kind)
		w.script, w.scriptAt = kind, w.b.Len()
		w.b.WriteString(group(a.text))
	case asNote:
		w.b.WriteString("[" + a.text + "]")
		w.script = 0
	default:
		w.b.WriteString(a.text)
		w.script = 0
	}
}

// kind is '^' for what is raised beside the line's text, '_' for what is lowered, else 0.
func (w *lineWriter) kind(a atom) byte {
	if a.size > scriptSize*w.size {
		return 0
	}
	switch up := w.base - a.base; {
	case up >= 0.15*w.size:
		return '^'
	case up <= -0.07*w.size:
		return '_'
	}
	return 0
}

// group puts braces around a power of several signs, as TeX has them.
func group(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '−' || r == '‐' || r == '–' {
			return '-'
		}
		return r
	}, text)
	rest := strings.TrimLeft(text, "-+")
	if len(text)-len(rest) <= 1 && !strings.ContainsFunc(rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '*' && r != '†' && r != '.'
	}) {
		return text
	}
	return "{" + text + "}"
}

// Ways to write what is raised or lowered.
const (
	asPower = iota
	asNote
	asText
)

// script says how a raised or lowered text is written behind what stands before it. A number
// behind a word, a year or the end of a sentence is the mark of a note, and so is a sign like *.
func script(before, text string, kind byte) int {
	last, _ := utf8.DecodeLastRuneInString(before)
	if kind == '_' {
		if unicode.IsLetter(last) || unicode.IsNumber(last) || strings.ContainsRune(")]}|", last) {
			return asPower
		}
		return asText
	}
	if noteSign(text) || ordinal(text) && unicode.IsNumber(last) {
		return asText
	}
	mark := noteMark(text)
	switch {
	case unicode.IsNumber(last):
		if tail := trailing(before, unicode.IsNumber); mark && len(tail) == 4 && (strings.HasPrefix(tail, "19") || strings.HasPrefix(tail, "20")) {
			return asNote
		}
		return asPower
	case unicode.IsLetter(last):
		if n := utf8.RuneCountInString(trailing(before, unicode.IsLetter)); n > 3 && mark {
			return asNote
		} else if n > 3 && utf8.RuneCountInString(text) > 3 {
			return asText
		}
		return asPower
	case strings.ContainsRune(")]}", last):
		if open := strings.LastIndexAny(before, "([{"); mark && open >= 0 && word(before[open:]) {
			return asNote
		}
		return asPower
	case strings.ContainsRune("|∥′°µμ", last):
		return asPower
	case mark:
		return asNote
	}
	return asText
}

// noteMark recognises "3", "1,2", "4–6" and "a".
func noteMark(text string) bool {
	if len(text) == 1 && text[0] >= 'a' && text[0] <= 'h' {
		return true
	}
	for _, r := range text {
		if !(r >= '0' && r <= '9') && !strings.ContainsRune(",–-; ", r) {
			return false
		}
	}
	return text != "" && text[0] >= '0' && text[0] <= '9' && len(text) <= 12
}

// noteSign recognises the signs that mark notes and names.
func noteSign(text string) bool {
	return strings.Trim(text, "*∗†‡§¶‖#®™©℠,ª° ") == ""
}

// ordinal recognises what is raised behind a number in "1st", "2e" and "3º".
func ordinal(text string) bool {
	switch strings.ToLower(text) {
	case "st", "nd", "rd", "th", "er", "re", "e", "ère", "ème", "º", "ª", "o", "a", "d":
		return true
	}
	return false
}

// trailing is the end of s of which every character is ok.
func trailing(s string, ok func(rune) bool) string {
	return s[len(strings.TrimRightFunc(s, ok)):]
}

// word reports whether s has a word of four letters.
func word(s string) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.IsLetter(r) {
			n = 0
		} else if n == 4 {
			return true
		}
	}
	return false
}
