package pdf

import "math"

// place is where a text object of a form really stands.
type place struct {
	box   box // on the frame
	base  float64
	scale float64 // of the form
}

// replace puts text where its glyphs stand. Where a file says what some glyphs mean (ActualText:
// browsers write it for ligatures and for signs that a font lacks), PDFium gives that text at the
// place of the glyphs within their form, without the form's own place and scale (seen in
// CPDF_TextPage::ProcessMarkedContent of the build in go-pdfium 1.21.4).
func (s *sheet) replace(places map[int]place) {
	out := s.atoms[:0]
	moved := false // the last one of out
	for _, a := range s.atoms {
		p, inForm := places[a.obj]
		x, y := (a.box.x0+a.box.x1)/2, (a.box.y0+a.box.y1)/2
		reach := 0.5 * a.size
		if !inForm || x >= p.box.x0-reach && x <= p.box.x1+reach && y >= p.box.y0-reach && y <= p.box.y1+reach {
			if moved {
				// A space here is one that PDFium saw because of the wrong place.
				a.space = a.box.x0-out[len(out)-1].box.x1 > wordGap*a.size || math.Abs(a.base-out[len(out)-1].base) > 0.5*a.size
			}
			moved = false
			out = append(out, a)
			continue
		}
		if k := len(out) - 1; moved && out[k].obj == a.obj {
			if a.space {
				out[k].text += " "
			}
			out[k].text += a.text
			continue
		}
		a.size *= p.scale
		a.base, a.pitch = p.base, 0
		a.box = box{p.box.x0, p.base - 0.8*a.size, p.box.x1, p.base + 0.22*a.size}
		if k := len(out) - 1; k >= 0 {
			a.space = a.box.x0-out[k].box.x1 > wordGap*a.size || math.Abs(a.base-out[k].base) > 0.5*a.size
		}
		moved = true
		out = append(out, a)
	}
	s.atoms = out
}
