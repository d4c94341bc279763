package pdf

import "math"

// Kinds of page objects, FPDF_PAGEOBJ_… in fpdf_edit.h.
const (
	kindText    = 1
	kindPath    = 2
	kindImage   = 3
	kindShading = 4
	kindForm    = 5
)

// colour is what a text or path is filled with.
type colour struct{ r, g, b, a int }

var white = colour{255, 255, 255, 255}

// distance is how much the nearest two colours differ in the channel in which they differ most,
// 0 to 255.
func (c colour) distance(o colour) int {
	abs := func(n int) int { return max(n, -n) }
	return max(abs(c.r-o.r), abs(c.g-o.g), abs(c.b-o.b))
}

// area is something painted that is no text and may hide text or be its ground.
type area struct {
	box   box // on the frame
	order int // among all that the page paints
	image bool
	fill  colour
	known bool // fill is its colour all over
}

// inks says how text objects are painted.
type ink struct {
	order  int
	mode   int // of rendering, Tr in PDF
	fill   colour
	known  bool // fill is its colour
	form   bool // it is part of a form, which may be switched off as a whole
	layer  bool // it may be on a layer that is switched off
	clip   box  // what is outside of it is cut off
	pieces bool // cut by more than a rectangle
}

// painting is what a page paints, in order.
type painting struct {
	inks    []ink // for each text object of the sheet
	areas   []area
	places  map[int]place // of text objects in forms
	partial bool          // there is more than was looked at
}

// painter walks what a page paints.
type painter struct {
	e      *engine
	s      *sheet
	index  map[uint64]int // of text objects, by handle
	layers bool           // the file has optional content
	out    *painting
	order  int
}

// paint looks at what a page paints.
func (e *engine) paint(page uint64, s *sheet, layers bool) *painting {
	p := &painter{e: e, s: s, index: map[uint64]int{}, layers: layers}
	p.out = &painting{inks: make([]ink, len(s.objects)), places: map[int]place{}}
	for i, o := range s.objects {
		p.index[o.handle] = i
		// A text that the walk does not find is one that nothing is known of.
		p.out.inks[i] = ink{clip: everywhere}
	}
	p.walk(e.count(fnPageObjects, page), func(i int) uint64 { return e.call(fnPageObject, page, uint64(i)) }, identity, 0)
	return p.out
}

var everywhere = box{-1e7, -1e7, 1e7, 1e7}

// walk looks at the n objects of a page or form; m maps their space to the page's.
func (p *painter) walk(n int, object func(int) uint64, m matrix, depth int) {
	for i := range n {
		if p.order++; p.order > maxObjects {
			p.out.partial = true
			return
		}
		h := object(i)
		if p.e.err != nil || h == 0 {
			return
		}
		if k, ok := p.index[h]; ok {
			p.out.inks[k] = p.ink(h, m, depth > 0)
			if depth > 0 && m != identity {
				p.place(k, h, m)
			}
			continue
		}
		switch kind := p.e.count(fnObjectType, h); kind {
		case kindPath, kindImage, kindShading:
			p.area(h, kind, m)
		case kindForm:
			if depth == maxDepth {
				p.out.partial = true
				continue
			}
			inner := m
			if p.e.ok(fnObjectMatrix, h, p.e.out(0)) {
				f := p.e.floats(6)
				inner = matrix{f[0], f[1], f[2], f[3], f[4], f[5]}.over(m)
			}
			p.walk(p.e.count(fnFormObjects, h), func(i int) uint64 { return p.e.call(fnFormObject, h, uint64(i)) }, inner, depth+1)
		}
	}
}

// ink looks at a text object.
func (p *painter) ink(h uint64, m matrix, form bool) ink {
	k := ink{order: p.order, mode: p.e.count(fnTextMode, h), form: form, clip: everywhere}
	k.fill, k.known = p.colour(h)
	if p.layers {
		k.layer = form || p.onLayer(h)
	}
	clip := p.e.call(fnObjectClip, h)
	if clip == 0 {
		return k
	}
	for i := range min(p.e.count(fnClipPaths, clip), 8) {
		segments := p.e.count(fnClipSegments, clip, uint64(i))
		if segments > 5 {
			k.pieces = true
			continue
		}
		b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
		for j := range segments {
			segment := p.e.call(fnClipSegment, clip, uint64(i), uint64(j))
			if segment == 0 || !p.e.ok(fnSegmentPoint, segment, p.e.out(0), p.e.out(1)) {
				continue
			}
			// Points are 4-byte floats.
			x, y := float32At(p.e.read(p.e.scratch, 4), 0), float32At(p.e.read(p.e.scratch+8, 4), 0)
			b = b.union(box{x, y, x, y})
		}
		if segments > 0 {
			k.clip = k.clip.overlap(p.s.frame.box(m.box(b)))
		}
	}
	return k
}

// onLayer reports whether an object is marked as part of optional content.
func (p *painter) onLayer(h uint64) bool {
	for i := range min(p.e.count(fnObjectMarks, h), maxDepth) {
		mark := p.e.call(fnObjectMark, h, uint64(i))
		const room = 64
		if mark == 0 || !p.e.ok(fnMarkName, mark, p.e.out(1), room, p.e.out(0)) {
			continue
		}
		if name := p.e.utf16Text(p.e.scratch+8, 3); name[0] == 'O' && name[1] == 'C' && name[2] == 0 {
			return true
		}
	}
	return false
}

// place finds where the text object k stands, which is in a form.
func (p *painter) place(k int, h uint64, m matrix) {
	b, ok := p.bounds(h, m)
	if !ok || !p.e.ok(fnObjectMatrix, h, p.e.out(0)) {
		return
	}
	f := p.e.floats(6)
	at := matrix{f[0], f[1], f[2], f[3], f[4], f[5]}.over(m)
	_, base := p.s.frame.point(at.e, at.f)
	p.out.places[k] = place{box: b, base: base, scale: math.Sqrt(math.Abs(m.a*m.d - m.b*m.c))}
}

// bounds is the rectangle around an object, on the frame.
func (p *painter) bounds(h uint64, m matrix) (box, bool) {
	o := p.e.out
	if !p.e.ok(fnObjectBounds, h, o(0), o(1), o(2), o(3)) {
		return box{}, false
	}
	// left, bottom, right, top as 4-byte floats
	at := func(n uint32) float64 { return float32At(p.e.read(p.e.scratch+8*n, 4), 0) }
	return p.s.frame.box(m.box(newBox(at(0), at(1), at(2), at(3)))), true
}

// colour is what an object is filled with; ok is false for patterns.
func (p *painter) colour(h uint64) (c colour, ok bool) {
	if !p.e.ok(fnObjectFill, h, p.e.out(0), p.e.out(1), p.e.out(2), p.e.out(3)) {
		return colour{}, false
	}
	return colour{p.e.word(0), p.e.word(1), p.e.word(2), p.e.word(3)}, true
}

// thin is the thickness, in points, up to which an area is a rule or a border.
const thin = 1.5

// area looks at a path, image or shading. Lines and what shows nothing are left out.
func (p *painter) area(h uint64, kind int, m matrix) {
	b, ok := p.bounds(h, m)
	if !ok {
		return
	}
	if min(b.width(), b.height()) <= thin {
		return
	}
	a := area{box: b, order: p.order, image: kind == kindImage}
	if kind == kindPath {
		if !p.e.ok(fnPathMode, h, p.e.out(0), p.e.out(1)) || p.e.word(0) == 0 {
			return // not filled
		}
		if a.fill, a.known = p.colour(h); a.known && a.fill.a == 0 {
			return
		}
		a.known = a.known && a.fill.a == 255
	}
	p.out.areas = append(p.out.areas, a)
}
