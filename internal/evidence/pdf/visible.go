package pdf

import (
	"math"
	"slices"
	"time"
	"unicode"
)

// What of a page's text its readers see. Most text is dark, opaque, on bare paper and below
// nothing: that is seen by looking at what the page paints. All other text is suspect, and the
// page is painted with and without it: text that makes no difference is not seen. So every way
// to hide text is one: its colour, in whatever colour space or pattern, transparency, masks,
// layers that are off, clipping, and what is painted over it.
const (
	// contrast is the difference, of 255, that text must make in a channel of at least one
	// pixel. #dddddd on white makes 34, less the smoothing of its edges.
	contrast = 25
	// inkContrast is the difference within the box of a word that is drawn in a scan.
	inkContrast = 40
	// paleness is the distance from its ground up to which a colour is suspect.
	paleness = 80
	// alike is the distance below which nobody can tell two colours apart.
	alike = 8
	// touch is the part of a word's box up to which an area on or below it is no matter: a rule,
	// or the border of a cell.
	touch = 0.3
	// maxPixels bounds a painted page; 4 bytes each.
	maxPixels = 3 << 20
)

// Modes of rendering, Tr in PDF, that paint nothing.
const (
	modeInvisible = 3
	modeClip      = 7
)

// modeBoth fills and outlines, which makes letters bold.
const modeBoth = 2

// eye decides which text of the pages of one file is seen.
type eye struct {
	e      *engine
	layers bool // the file has optional content
	clock  clock
	spent  time.Duration
	blind  bool // something could not be looked at, and counts as not seen
}

// verdict is what is known of an atom.
type verdict int

const (
	seen verdict = iota
	unseen
	suspect
)

// see takes out of the sheet what is not seen.
func (y *eye) see(page uint64, s *sheet) {
	if len(s.atoms)+len(s.turned) == 0 {
		return
	}
	start := y.clock.used()
	defer func() { y.spent += y.clock.used() - start }()
	looking := y.spent < y.clock.looks
	p := y.e.paint(page, s, y.layers)
	s.replace(p.places)
	all := make([]*atom, 0, len(s.atoms)+len(s.turned))
	for i := range s.atoms {
		all = append(all, &s.atoms[i])
	}
	for i := range s.turned {
		all = append(all, &s.turned[i])
	}
	verdicts, under := judge(s, p, all)
	if y.e.err == nil && !(looking && y.compare(page, s, p, all, verdicts)) {
		for i, v := range verdicts {
			if v == suspect {
				verdicts[i], y.blind = unseen, true
			}
		}
	}
	y.keepScan(page, s, p, all, verdicts, under, looking)
	kept := func(from []atom, offset int) []atom {
		out := from[:0]
		for i := range from {
			if verdicts[offset+i] != unseen {
				out = append(out, from[i])
			} else if len(out) > 0 || i+1 < len(from) {
				// What follows text that is not seen does not touch what is before it.
				if i+1 < len(from) {
					from[i+1].space = true
				}
			}
		}
		return out
	}
	n := len(s.atoms)
	s.atoms, s.turned = kept(s.atoms, 0), kept(s.turned, n)
}

// judge gives a verdict on each atom by what the page paints. under marks those that an image
// painted later lies over.
func judge(s *sheet, p *painting, all []*atom) (verdicts []verdict, under []bool) {
	verdicts, under = make([]verdict, len(all)), make([]bool, len(all))
	sheetBox := box{0, 0, s.frame.width(), s.frame.height()}
	// Type on a poster is large, on a small card small; on a page of usual size, nobody reads
	// text of less than 1.5 points.
	smallest := 1.5 * min(max(s.frame.height()/842, 0.4), 3)
	areas := newGrid(sheetBox, p.areas)
	for i, a := range all {
		k := p.inks[a.obj]
		inner := a.box.overlap(sheetBox)
		switch {
		case inner.area() < 0.3*a.box.area(), a.size < smallest, k.known && k.fill.a == 0 && k.mode == 0,
			inner.overlap(k.clip).area() <= 0:
			verdicts[i] = unseen
			continue
		case k.mode == modeInvisible || k.mode == modeClip:
			verdicts[i] = unseen
		case p.partial, k.mode != 0 && k.mode != modeBoth, !k.known, k.fill.a < 255, k.layer, k.pieces,
			inner.overlap(k.clip).area() < 0.7*inner.area():
			verdicts[i] = suspect
		}
		grounds := []colour{white}
		groundKnown := true
		found, whole := areas.at(a.box)
		for _, n := range found {
			c := p.areas[n]
			part := c.box.overlap(a.box).area() / a.box.area()
			switch {
			case part < touch:
			case c.order > k.order:
				under[i] = under[i] || c.image
				if verdicts[i] == seen {
					verdicts[i] = suspect
				}
			case !c.known:
				groundKnown = false
			case part >= 0.95:
				grounds, groundKnown = append(grounds[:0], c.fill), true
			default:
				grounds = append(grounds, c.fill)
			}
		}
		if verdicts[i] == seen && whole && groundKnown && len(grounds) == 1 && k.mode == 0 && grounds[0].distance(k.fill) < alike {
			verdicts[i] = unseen
			continue
		}
		pale := slices.ContainsFunc(grounds, func(c colour) bool { return c.distance(k.fill) < paleness })
		if verdicts[i] == seen && (!whole || !groundKnown || pale) {
			verdicts[i] = suspect
		}
	}
	return verdicts, under
}

// compare paints the page with and without the suspects and settles them. It reports whether it could.
func (y *eye) compare(page uint64, s *sheet, p *painting, all []*atom, verdicts []verdict) bool {
	view := box{}
	smallest := math.Inf(1)
	objects := map[int]bool{}
	for i, a := range all {
		if verdicts[i] != suspect {
			continue
		}
		if len(objects) == 0 {
			view = a.box
		}
		view = view.union(a.box)
		smallest = min(smallest, a.size)
		objects[a.obj] = true
	}
	if len(objects) == 0 {
		return true
	}
	scale := min(max(8/smallest, 1), 2.5)
	with := y.e.render(page, s.frame, view, scale)
	for o := range objects {
		y.e.call(fnSetActive, s.objects[o].handle, 0)
	}
	without := y.e.render(page, s.frame, view, scale)
	for o := range objects {
		y.e.call(fnSetActive, s.objects[o].handle, 1)
	}
	if with == nil || without == nil {
		return false
	}
	drawn := map[int]bool{}
	for i, a := range all {
		if verdicts[i] != suspect {
			continue
		}
		verdicts[i] = unseen
		if with.differs(without, a.box) {
			verdicts[i] = seen
			continue
		}
		// Fonts that a file does not bring with it, for Chinese mostly, cannot be painted here.
		able, known := drawn[a.obj]
		if !known {
			able = y.e.drawable(page, s.objects[a.obj].handle)
			drawn[a.obj] = able
		}
		if k := p.inks[a.obj]; !able && k.mode == 0 && k.known && white.distance(k.fill)*k.fill.a/255 >= contrast {
			verdicts[i] = seen
		}
	}
	return true
}

// keepScan keeps the text behind a scanned page: it is not painted, or painted under the picture,
// so that one can search for what the picture shows. On such a page the picture is nearly all
// there is. A word of it is kept when something is drawn where it stands.
func (y *eye) keepScan(page uint64, s *sheet, p *painting, all []*atom, verdicts []verdict, under []bool, looking bool) {
	var picture box
	var pictures float64
	for _, a := range p.areas {
		if a.image {
			part := a.box.overlap(box{0, 0, s.frame.width(), s.frame.height()})
			if pictures == 0 {
				picture = part
			}
			picture, pictures = picture.union(part), pictures+part.area()
		}
	}
	if !looking || pictures < 0.5*s.frame.width()*s.frame.height() {
		return
	}
	letters := func(t string) (n int) {
		for _, r := range t {
			if unicode.IsLetter(r) || unicode.IsNumber(r) {
				n++
			}
		}
		return n
	}
	shown, hidden := 0, 0
	var behind []int
	for i, a := range all {
		switch mode := p.inks[a.obj].mode; {
		case verdicts[i] != unseen:
			shown += letters(a.text)
		case (mode == modeInvisible || mode == modeClip || under[i]) && picture.overlap(a.box).area() > 0.5*a.box.area():
			hidden += letters(a.text)
			behind = append(behind, i)
		}
	}
	if hidden == 0 || shown*4 > hidden {
		return
	}
	view := all[behind[0]].box
	for _, i := range behind {
		view = view.union(all[i].box)
	}
	drawn := y.e.render(page, s.frame, view, 1)
	for _, i := range behind {
		if drawn == nil || drawn.varies(all[i].box) {
			verdicts[i] = seen
		}
	}
}

// grid finds the areas that may touch a box. It is coarse: a cell holds few areas, or its
// listing ends.
type grid struct {
	sheet box
	cells [gridSide * gridSide][]int
	full  [gridSide * gridSide]bool
}

const (
	gridSide = 24
	cellRoom = 64
)

func newGrid(sheet box, areas []area) *grid {
	g := &grid{sheet: sheet}
	for n, a := range areas {
		g.each(a.box, func(c int) {
			if len(g.cells[c]) == cellRoom {
				g.full[c] = true
				return
			}
			g.cells[c] = append(g.cells[c], n)
		})
	}
	return g
}

// each calls f for the cells that b touches.
func (g *grid) each(b box, f func(cell int)) {
	part := b.overlap(g.sheet)
	if g.sheet.area() <= 0 || part == (box{}) {
		return
	}
	cell := func(v, size float64) int { return min(max(int(v/size*gridSide), 0), gridSide-1) }
	for y := cell(part.y0, g.sheet.height()); y <= cell(part.y1, g.sheet.height()); y++ {
		for x := cell(part.x0, g.sheet.width()); x <= cell(part.x1, g.sheet.width()); x++ {
			f(y*gridSide + x)
		}
	}
}

// at lists areas near b in the order of their painting; whole is false when there are more.
func (g *grid) at(b box) (found []int, whole bool) {
	whole = true
	g.each(b, func(c int) {
		found = append(found, g.cells[c]...)
		whole = whole && !g.full[c]
	})
	slices.Sort(found)
	return slices.Compact(found), whole
}
