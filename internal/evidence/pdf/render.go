package pdf

import "math"

// picture is a painted part of a page, four bytes a pixel, of which the last is unused.
type picture struct {
	view   box // on the frame
	scale  float64
	w, h   int
	stride int
	pixels []byte
}

// render paints the part of a page in view, at scale pixels a point or less when that is too
// much; nil when it cannot.
func (e *engine) render(page uint64, f frame, view box, scale float64) *picture {
	view = view.overlap(box{0, 0, f.width(), f.height()})
	if view.area() <= 0 {
		return nil
	}
	if n := view.area() * scale * scale; n > maxPixels {
		scale *= math.Sqrt(maxPixels / n)
	}
	p := &picture{view: view, scale: scale, w: int(math.Ceil(view.width()*scale)) + 1, h: int(math.Ceil(view.height()*scale)) + 1}
	const bgrx = 3 // FPDFBitmap_BGRx
	bitmap := e.call(fnNewBitmap, uint64(p.w), uint64(p.h), bgrx, 0, 0)
	if bitmap == 0 {
		return nil
	}
	defer e.call(fnDropBitmap, bitmap)
	e.call(fnFillBitmap, bitmap, 0, 0, uint64(p.w), uint64(p.h), 0xffffffff)
	turn := (f.turn - e.count(fnPageRotation, page) + 4) % 4
	at := func(v float64) uint64 { return uint64(uint32(int32(math.Round(v * scale)))) }
	const limited = 0x200 // FPDF_RENDER_LIMITEDIMAGECACHE
	e.call(fnRender, bitmap, page, at(-view.x0), at(-view.y0), at(f.width()), at(f.height()), uint64(turn), limited)
	p.stride = e.count(fnBitmapStride, bitmap)
	buffer := uint32(e.call(fnBitmapBuffer, bitmap))
	if e.err != nil || buffer == 0 || p.stride < 4*p.w {
		return nil
	}
	p.pixels = append([]byte(nil), e.read(buffer, p.stride*p.h)...)
	return p
}

// drawable reports whether PDFium has shapes for a text object, by itself.
func (e *engine) drawable(page, text uint64) bool {
	bitmap := e.call(fnRenderText, e.doc, page, text, uint64(math.Float32bits(1)))
	if bitmap == 0 {
		return false
	}
	defer e.call(fnDropBitmap, bitmap)
	n := e.count(fnBitmapStride, bitmap) * e.count(fnBitmapHeight, bitmap)
	if n > maxPixels*4 {
		return true
	}
	// The fourth byte of each pixel says how much of it is covered.
	for i, b := range e.read(uint32(e.call(fnBitmapBuffer, bitmap)), n) {
		if i%4 == 3 && b != 0 {
			return true
		}
	}
	return false
}

// rows calls f with the pixels of each row of b, until f returns false.
func (p *picture) rows(b box, f func(from, to int) bool) {
	b = b.overlap(p.view)
	px := func(v float64, most int) int { return min(max(int(v*p.scale), 0), most) }
	x0, x1 := px(b.x0-p.view.x0, p.w-1), px(b.x1-p.view.x0+1/p.scale, p.w)
	for y := px(b.y0-p.view.y0, p.h-1); y < max(px(b.y1-p.view.y0+1/p.scale, p.h), 1); y++ {
		if !f(y*p.stride+4*x0, y*p.stride+4*x1) {
			return
		}
	}
}

// differs reports whether the two pictures of one view differ within b so that it is seen.
func (p *picture) differs(o *picture, b box) bool {
	found := false
	p.rows(b, func(from, to int) bool {
		for i := from; i < to && !found; i++ {
			found = i%4 != 3 && max(int(p.pixels[i])-int(o.pixels[i]), int(o.pixels[i])-int(p.pixels[i])) >= contrast
		}
		return !found
	})
	return found
}

// varies reports whether something is drawn within b.
func (p *picture) varies(b box) bool {
	low, high := 255, 0
	p.rows(b, func(from, to int) bool {
		for i := from; i < to; i++ {
			if i%4 == 1 { // green is nearest to how light a pixel is
				low, high = min(low, int(p.pixels[i])), max(high, int(p.pixels[i]))
			}
		}
		return high-low < inkContrast
	})
	return high-low >= inkContrast
}
