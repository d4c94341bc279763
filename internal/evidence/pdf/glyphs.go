package pdf

import (
	"math"
	"slices"
	"unicode"
	"unicode/utf16"
)

// Bounds of one page.
const (
	maxGlyphs  = 300_000 // characters read
	maxObjects = 20_000  // things painted that are looked at
	maxDepth   = 6       // forms within forms
)

// box is an axis-parallel rectangle with x0 <= x1 and y0 <= y1. In a page's own space y points
// up, in a frame down.
type box struct{ x0, y0, x1, y1 float64 }

func newBox(xa, ya, xb, yb float64) box {
	return box{min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)}
}

func (b box) width() float64  { return b.x1 - b.x0 }
func (b box) height() float64 { return b.y1 - b.y0 }
func (b box) area() float64   { return b.width() * b.height() }
func (b box) union(o box) box {
	return box{min(b.x0, o.x0), min(b.y0, o.y0), max(b.x1, o.x1), max(b.y1, o.y1)}
}

// overlap is the part of b that lies in o; of no area when they are apart.
func (b box) overlap(o box) box {
	r := box{max(b.x0, o.x0), max(b.y0, o.y0), min(b.x1, o.x1), min(b.y1, o.y1)}
	if r.x1 < r.x0 || r.y1 < r.y0 {
		return box{}
	}
	return r
}

// matrix maps (x, y) to (ax+cy+e, bx+dy+f), as in PDF.
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

// over is the matrix that does m first and then o.
func (m matrix) over(o matrix) matrix {
	return matrix{
		m.a*o.a + m.b*o.c, m.a*o.b + m.b*o.d, m.c*o.a + m.d*o.c, m.c*o.b + m.d*o.d,
		m.e*o.a + m.f*o.c + o.e, m.e*o.b + m.f*o.d + o.f,
	}
}

// box maps b to the rectangle around its image.
func (m matrix) box(b box) box {
	xs := []float64{m.a*b.x0 + m.c*b.y0, m.a*b.x1 + m.c*b.y0, m.a*b.x0 + m.c*b.y1, m.a*b.x1 + m.c*b.y1}
	ys := []float64{m.b*b.x0 + m.d*b.y0, m.b*b.x1 + m.d*b.y0, m.b*b.x0 + m.d*b.y1, m.b*b.x1 + m.d*b.y1}
	return box{slices.Min(xs) + m.e, slices.Min(ys) + m.f, slices.Max(xs) + m.e, slices.Max(ys) + m.f}
}

// frame is a page as it is looked at: its visible box turned clockwise by quarter turns, with
// the origin at the top left and y pointing down.
type frame struct {
	page box
	turn int
}

func (f frame) width() float64 {
	if f.turn%2 == 1 {
		return f.page.height()
	}
	return f.page.width()
}

func (f frame) height() float64 {
	if f.turn%2 == 1 {
		return f.page.width()
	}
	return f.page.height()
}

func (f frame) point(x, y float64) (fx, fy float64) {
	switch f.turn {
	case 1:
		return y - f.page.y0, x - f.page.x0
	case 2:
		return f.page.x1 - x, y - f.page.y0
	case 3:
		return f.page.y1 - y, f.page.x1 - x
	}
	return x - f.page.x0, f.page.y1 - y
}

func (f frame) box(b box) box {
	xa, ya := f.point(b.x0, b.y0)
	xb, yb := f.point(b.x1, b.y1)
	return newBox(xa, ya, xb, yb)
}

// oblique is the direction of text that runs along no side of the page.
const oblique = -1

// textObject is a piece of text as the file paints it, in one font and colour.
type textObject struct {
	handle uint64
	size   float64 // of the font, on the page, in points
	turn   int     // quarter turns clockwise that make its lines level, or oblique
}

// atom is a run of glyphs without space in it that one text object paints on one baseline: a
// word, mostly. Its box goes from the font's descent to its ascent.
type atom struct {
	text  string
	box   box
	base  float64 // y of the baseline
	size  float64
	obj   int     // index of its text object
	pitch float64 // width of each glyph; 0 when they differ
	space bool    // there is space before it, by the characters of the file
}

// sheet is what the file paints as text on one page.
type sheet struct {
	frame   frame
	atoms   []atom // whose lines are level in frame
	turned  []atom // the others
	objects []textObject
	glyphs  int
	cut     bool // there is more
}

// glyphReader gathers the glyphs of a page to atoms, in the space of the page.
type glyphReader struct {
	e       *engine
	text    uint64 // PDFium's text page
	objects []textObject
	index   map[uint64]int
	atoms   []atom
	cur     []rune
	open    atom
	last    box // of the last glyph of cur
}

// readSheet reads the text of a page that is loaded.
func (e *engine) readSheet(page uint64) *sheet {
	s := &sheet{}
	e.call(fnPageBounds, page, e.out(0))
	if f := e.floats(4); f[0] != f[2] && f[1] != f[3] {
		s.frame.page = newBox(f[0], f[3], f[2], f[1]) // FS_RECTF: left, top, right, bottom
	} else {
		s.frame.page = box{0, 0, 612, 792}
	}
	s.frame.turn = e.count(fnPageRotation, page) % 4
	text := e.call(fnLoadText, page)
	if text == 0 {
		return s
	}
	defer e.call(fnCloseText, text)
	n := e.count(fnCountChars, text)
	s.cut = n > maxGlyphs
	n = min(n, maxGlyphs)
	r := &glyphReader{e: e, text: text, index: map[uint64]int{}}
	space := false
	for i, c := range e.characters(text, n) {
		switch {
		case c == 0:
		case c == ' ' || c == '\u00a0' || c == '\t' || c == '\r' || c == '\n':
			space = true
		default:
			r.add(i, c, space)
			space = false
		}
		if e.err != nil {
			break
		}
	}
	r.flush()
	s.glyphs, s.objects = n, r.objects
	s.settle(r.atoms)
	return s
}

// characters are the first n characters of a text page. PDFium gives them all in one call, but
// leaves out those without a meaning and gives those beyond U+FFFF as two, after which numbers
// and characters no longer agree; then each is asked for.
func (e *engine) characters(text uint64, n int) []rune {
	at := e.buffer(2 * (n + 1))
	written := e.count(fnText, text, 0, uint64(n), uint64(at))
	out := make([]rune, n)
	if e.err == nil && written == n+1 {
		units := e.utf16Text(at, n)
		if !slices.ContainsFunc(units, func(u uint16) bool { return u == 0 || utf16.IsSurrogate(rune(u)) }) {
			for i, u := range units {
				out[i] = rune(u)
			}
			return out
		}
	}
	for i := range out {
		out[i] = rune(e.call(fnUnicode, text, uint64(i)))
	}
	return out
}

// add adds the i-th glyph of the page.
func (r *glyphReader) add(i int, c rune, space bool) {
	r.e.call(fnLooseBox, r.text, uint64(i), r.e.out(0))
	f := r.e.read(r.e.scratch, 16)
	b := newBox(float32At(f, 0), float32At(f, 1), float32At(f, 2), float32At(f, 3))
	if len(r.cur) == 0 || space || !r.continues(b) {
		r.flush()
		r.begin(i, b, space)
	}
	if w := b.width(); len(r.cur) == 0 {
		r.open.pitch = w
	} else if math.Abs(w-r.open.pitch) > pitchTolerance*r.open.pitch {
		r.open.pitch = 0
	}
	r.cur = append(r.cur, c)
	r.open.box = r.open.box.union(b)
	r.last = b
}

// pitchTolerance is how much, of itself, the width of glyphs differs in a font of fixed width.
const pitchTolerance = 0.02

// continues reports whether a glyph with box b goes on with the open atom: on its baseline, in
// its size, and next to its last glyph. A glyph that stands for several characters has one box.
func (r *glyphReader) continues(b box) bool {
	tolerance := 0.03 * r.open.size
	across, along := math.Max(math.Abs(b.y0-r.last.y0), math.Abs(b.y1-r.last.y1)), math.Max(b.x0-r.last.x1, r.last.x0-b.x1)
	if turn := r.objects[r.open.obj].turn; turn == 1 || turn == 3 {
		across, along = math.Max(math.Abs(b.x0-r.last.x0), math.Abs(b.x1-r.last.x1)), math.Max(b.y0-r.last.y1, r.last.y0-b.y1)
	} else if turn == oblique {
		across = 0
	}
	return across <= tolerance && along <= 0.25*r.open.size
}

// begin opens an atom at the i-th glyph.
func (r *glyphReader) begin(i int, b box, space bool) {
	e := r.e
	handle := e.call(fnTextObject, r.text, uint64(i))
	k, known := r.index[handle]
	if !known {
		k = len(r.objects)
		r.index[handle] = k
		r.objects = append(r.objects, r.object(handle, i, b))
	}
	e.call(fnOrigin, r.text, uint64(i), e.out(0), e.out(1))
	x, y := e.double(0), e.double(1)
	// Only one of the two is across the line; settle takes the right one.
	r.open = atom{box: b, base: y, size: r.objects[k].size, obj: k, space: space}
	if t := r.objects[k].turn; t == 1 || t == 3 {
		r.open.base = x
	}
}

// object reads a text object by its i-th glyph.
func (r *glyphReader) object(handle uint64, i int, b box) textObject {
	o := textObject{handle: handle, turn: 0}
	size := math.Float64frombits(r.e.call(fnFontSize, r.text, uint64(i)))
	m := matrix{a: 1, d: 1}
	if r.e.ok(fnCharMatrix, r.text, uint64(i), r.e.out(0)) {
		f := r.e.floats(6)
		m = matrix{f[0], f[1], f[2], f[3], f[4], f[5]}
	}
	o.size = finite(size) * math.Hypot(m.c, m.d)
	switch {
	case math.Abs(m.b) <= 0.05*math.Abs(m.a) && m.a > 0:
	case math.Abs(m.a) <= 0.05*math.Abs(m.b) && m.b > 0:
		o.turn = 1
	case math.Abs(m.b) <= 0.05*math.Abs(m.a):
		o.turn = 2
	case math.Abs(m.a) <= 0.05*math.Abs(m.b):
		o.turn = 3
	default:
		o.turn = oblique
	}
	if o.size <= 0 {
		o.size = min(b.height(), b.width())
	}
	return o
}

// flush closes the open atom.
func (r *glyphReader) flush() {
	if len(r.cur) == 0 {
		return
	}
	r.open.text = string(r.cur)
	r.atoms = append(r.atoms, r.open)
	r.cur = r.cur[:0]
}

// settle turns the frame so that most of the text is level, and maps atoms to it. A page whose
// text is at right angles to it is a table that was laid on its side.
func (s *sheet) settle(atoms []atom) {
	var by [4]int
	for _, a := range atoms {
		if t := s.objects[a.obj].turn; t != oblique {
			by[t] += len(a.text)
		}
	}
	for t, n := range by {
		if n > 2*by[s.frame.turn] {
			s.frame.turn = t
		}
	}
	for _, a := range atoms {
		t := s.objects[a.obj].turn
		_, base := s.frame.point(a.base, a.base)
		a.box = s.frame.box(a.box)
		if t != s.frame.turn {
			a.base = a.box.y1
			s.turned = append(s.turned, a)
			continue
		}
		// The baseline is a coordinate of the page that runs down the frame.
		a.base = base
		// Some fonts say their ascent and descent wrong, or not at all.
		if h := a.box.height(); h < 0.5*a.size || h > 2.5*a.size || a.box.y0 > base || a.box.y1 < base-0.3*a.size {
			a.box.y0, a.box.y1 = base-0.8*a.size, base+0.22*a.size
		}
		s.atoms = append(s.atoms, a)
	}
}

// buffer is n bytes of the module's memory, used again by the next call.
func (e *engine) buffer(n int) uint32 {
	if n > e.bufferSize {
		e.bufferSize = max(n, 2*e.bufferSize)
		e.bufferAt = e.alloc(e.bufferSize)
	}
	return e.bufferAt
}

// printable reports whether text has something to read.
func printable(text string) bool {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return true
		}
	}
	return false
}
