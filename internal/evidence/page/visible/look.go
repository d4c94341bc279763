package visible

import (
	"math"
	"strings"

	"golang.org/x/net/html"
)

// appearance is how a style hides, by itself.
type appearance struct {
	hiding hiding
	motion bool // a transform, transition or animation
	shows  bool // it gives a box, or makes visible
	doubt  bool // it may hide
}

// look judges declarations alone, on a page where nothing else is set.
func (rs *ruleSet) look(body []declaration) appearance {
	var s style
	for i := range body {
		s.declare(&body[i], 1)
	}
	left := maxValueVariables
	missing := s.resolveAll(substitution{vars: &variables{own: s.custom}, own: s.custom, rules: rs}, &left)
	c := page()
	c.groundUnknown = true
	outer := c
	if s.get(propBackground) != "" {
		c.groundUnknown = false
	}
	c.inherit(&s, missing, false)
	c.unread, outer.unread = true, true // others may say more
	how, doubt := c.own(nil, &s, &outer)
	text, _ := c.textHiding()
	a := appearance{hiding: max(how, text), motion: moving(&s), doubt: doubt}
	display := s.get(propDisplay)
	opacity, faint := number(s.get(propOpacity))
	rows := s.get(propRows)
	a.shows = rows != "" && !flat(rows) || display != "" && display != "none" || s.get(propVisibility) == "visible" || faint && opacity >= 0.1
	return a
}

// moving reports whether a style moves, or changes by a transition.
func moving(s *style) bool {
	for _, p := range []property{propTransform, propTranslate, propScale, propRotate, propFilter} {
		if v := s.get(p); v != "" && v != "none" {
			return true
		}
	}
	return s.get(propTransition) != "" || s.get(propAnimation) != "" || s.get(propWillChange) != ""
}

// own is the hiding by what is not inherited, and sets what of it is handed on. doubt is set when
// it may be hidden.
func (c *computed) own(n *html.Node, s *style, outer *computed) (how hiding, doubt bool) {
	hide := func(h hiding) { how = max(how, h) }
	display := s.get(propDisplay)
	c.arrange(s)
	switch {
	case display == "contents":
		return shown, outer.cramped // it has no box that anything is done to
	case strings.HasPrefix(display, "table-column"):
		return gone, false
	}
	box := boxOf(n, s, outer)
	if display == "none" || s.get(propContentVisibility) == "hidden" {
		hide(folded)
	}
	if n, ok := number(s.get(propOpacity)); ok {
		c.opacity *= min(1, max(0, n))
	}
	h, d := c.filters(s)
	doubt = doubt || d
	if hide(h); c.opacity < 0.1 && outer.opacity >= 0.1 {
		hide(faded)
	}
	if n, ok := number(s.get(propZoom)); ok && n >= 0 {
		if c.scale *= n; n == 0 {
			c.scale = 1
			if cuts(s) {
				hide(folded)
			}
		}
	}
	if box == blockBox && c.noSize(s) || box != inlineBox && c.noRoom(s, outer) {
		hide(folded)
	}
	if cuts(s) && (s.get(propWrap) == "nowrap" || s.get(propLineClamp) != "" && s.get(propLineClamp) != "none") {
		c.cramped, doubt = true, true // what does not fit into its lines is cut off
	}
	if box == cellBox && cuts(s) {
		if most, ok := c.units(desktop).length(s.get(propMaxWidth)); ok && most <= 2 {
			doubt = true // the table may give it more
		}
	}
	doubt = doubt || strings.Contains(s.get(propFilter), "url(")
	if n, ok := c.units(c.font).length(s.get(propOutlineOffset)); ok && n <= -8 && s.get(propOutline) != "" {
		doubt = true // it is drawn over the letters
	}
	doubt = doubt || c.cramped || s.get(propCover) != "" || s.get(propOffset) != ""
	if n, ok := c.units(desktop).length(s.get(propPaddingLeft)); ok && n >= 1000 && cuts(s) {
		hide(gone)
	}
	h, d = c.place(s, outer)
	doubt = doubt || d
	hide(h)
	if box != inlineBox {
		h, d = c.transforms(s, outer)
		doubt = doubt || d
		hide(h)
	}
	h, d = clips(s, c.unread)
	doubt = doubt || d
	hide(h)
	if strings.Contains(s.get(propContent), "url(") {
		hide(gone)
	}
	h, d = c.stack(s, outer)
	hide(h)
	return how, doubt || d
}

// filters is the hiding by filter.
func (c *computed) filters(s *style) (how hiding, doubt bool) {
	for _, f := range functions(s.get(propFilter)) {
		if len(f.args) != 1 {
			continue
		}
		n, ok := c.units(1).length(f.args[0])
		switch {
		case !ok:
		case f.name == "opacity":
			c.opacity *= max(0, min(1, n))
		case f.name == "blur" && n >= 8:
			how = faded
		case f.name == "blur" && n >= 3:
			doubt = true
		case f.name == "brightness":
			c.tint(s, func(v float64) float64 { return v * n })
		case f.name == "invert":
			c.tint(s, func(v float64) float64 { return v*(1-n) + (1-v)*n })
		case f.name == "contrast":
			c.tint(s, func(v float64) float64 { return (v-0.5)*n + 0.5 })
		}
	}
	switch s.get(propBlend) {
	case "screen", "lighten", "color-dodge", "plus-lighter", "multiply", "darken", "color-burn", "overlay", "soft-light":
		doubt = true // what it is blended with is not known without stacking contexts
	}
	return how, doubt
}

// tint changes the colour of letters by a filter, unless their ground is changed with them.
func (c *computed) tint(s *style, f func(float64) float64) {
	ground, image := s.get(propBackground), s.get(propBackgroundImage)
	if ground != "" && ground != "transparent" || image != "" && image != "none" {
		c.groundUnknown = true
		return
	}
	for _, ink := range []*rgba{&c.color, &c.fill} {
		for _, part := range []*float64{&ink.r, &ink.g, &ink.b} {
			*part = max(0, min(1, f(*part)))
		}
	}
	c.colorInline = true // a filter of the page tells what it does
}

// place is the hiding by a place off the screen.
func (c *computed) place(s *style, outer *computed) (how hiding, doubt bool) {
	position := s.get(propPosition)
	still := !c.unread && (position == "" || position == "static") // and stays where it is
	free := position == "absolute" || position == "fixed"
	placed := free || position == "relative"
	width, sized := c.units(desktop).length(s.get(propWidth))
	if !sized {
		width = desktop
	}
	for _, p := range []property{propLeft, propRight, propTop, propBottom, propMarginLeft, propMarginTop, propMarginRight} {
		v := s.get(p)
		if v == "" || v == "auto" || v == "0" || still && p <= propBottom && p >= propLeft {
			continue
		}
		base := float64(desktop)
		if p == propTop || p == propBottom {
			base = desktopHeight
		}
		share := strings.HasSuffix(v, "%")
		n, ok := c.units(base).length(v)
		if !ok {
			doubt = doubt || strings.Contains(v, "(") // a place beside another box
			continue
		}
		margin := p == propMarginLeft || p == propMarginTop || p == propMarginRight
		switch {
		case share:
			// Of what is around, which may be as wide as a word.
			if n <= -10*base || (placed || margin) && n >= 10*base {
				how = gone
			} else if n <= -base || n >= base {
				doubt = true
				if position == "fixed" || free && n <= -base && (p == propLeft || p == propTop) && s.get(propTransform) == "" {
					how = gone
				}
			}
		case n <= -1000:
			if p == propMarginRight && !free || (p == propBottom || p == propRight) && position == "" {
				doubt = true // the box only takes no place
			} else {
				how = gone
			}
		case n >= 2000 && (placed || margin) && (p == propLeft || p == propRight || p == propBottom || p == propMarginLeft),
			n >= 20_000 && (placed || margin), position == "fixed" && n >= base && p != propMarginRight,
			position == "absolute" && !outer.positioned && !c.unread && p == propBottom && n >= base:
			how = gone
		case p == propLeft && placed && n < 0 && n+width <= 0:
			how = gone
		case n >= 1000 || n <= -500 || position == "fixed" && n <= -50:
			doubt = true
		}
	}
	return how, doubt
}

// stack is the hiding behind an opaque ground, and notes where stacking contexts begin.
func (c *computed) stack(s *style, outer *computed) (how hiding, doubt bool) {
	z, ok := number(s.get(propZIndex))
	if position := s.get(propPosition); ok && z < 0 && position != "" && position != "static" {
		if outer.covered {
			return gone, true
		}
		doubt = true
	}
	if o, faint := number(s.get(propOpacity)); ok && s.get(propPosition) != "" || faint && o < 1 || s.get(propIsolation) == "isolate" ||
		s.get(propTransform) != "" && s.get(propTransform) != "none" || s.get(propFilter) != "" || s.get(propPosition) == "fixed" ||
		s.get(propPosition) == "sticky" {
		c.covered = false
	}
	return shown, doubt
}

// transforms is the hiding by a change of place or size.
func (c *computed) transforms(s *style, outer *computed) (how hiding, doubt bool) {
	calls := functions(s.get(propTransform))
	for _, p := range []struct {
		property property
		name     string
	}{{propTranslate, "translate"}, {propScale, "scale"}, {propRotate, "rotate"}} {
		if v := s.get(p.property); v != "" && v != "none" {
			calls = append(calls, individual(p.name, topLevel(v, ' ')))
		}
	}
	pinned := s.get(propLeft) == "0" || s.get(propLeft) == "0px"
	for _, f := range calls {
		n := make([]float64, len(f.args))
		good := len(n) > 0
		for i, arg := range f.args {
			base := float64(desktop)
			if strings.HasPrefix(f.name, "scale") {
				base = 1
			} else if f.name == "translatey" || f.name == "translate" && i == 1 {
				base = desktopHeight
			}
			var ok bool
			n[i], ok = c.units(base).length(arg)
			good = good && ok
		}
		if !good {
			continue
		}
		switch f.name {
		case "scale", "scalex", "scaley", "scale3d":
			x, y := math.Abs(n[0]), math.Abs(n[0])
			if f.name == "scalex" {
				y = 1
			} else if f.name == "scaley" {
				x = 1
			} else if len(n) > 1 {
				y = math.Abs(n[1])
			}
			how = max(how, c.shrink(min(x, y)))
		case "translate", "translatex", "translatey", "translate3d":
			for i, v := range n[:min(2, len(n))] {
				share := strings.HasSuffix(f.args[i], "%")
				switch {
				case !share && v <= -1000 || !share && v >= 2000 || share && math.Abs(v) >= 5*desktop:
					how = max(how, gone)
				case share && pinned && v <= -desktopHeight:
					how = max(how, folded)
				case math.Abs(v) >= desktopHeight:
					doubt = true
				}
			}
		case "translatez":
			if n[0] <= -5000 || outer.far > 0 && n[0] >= outer.far {
				how = max(how, gone)
			}
		case "matrix":
			if len(n) == 6 {
				if math.Abs(n[0]*n[3]-n[1]*n[2]) < 0.001 {
					how = max(how, faded)
				} else if n[4] <= -1000 || n[5] <= -1000 || n[4] >= 2000 || n[5] >= 20_000 {
					how = max(how, gone)
				}
			}
		case "matrix3d":
			if len(n) == 16 && (math.Abs(n[0]*n[5]-n[1]*n[4]) < 0.001 || n[15] > 100) {
				how = max(how, faded)
			} else if len(n) == 16 && (n[12] <= -1000 || n[13] <= -1000 || n[12] >= 2000) {
				how = max(how, gone)
			}
		case "rotatex", "rotatey":
			c.turned = c.turned != (math.Cos(n[0]*math.Pi/180) < -0.03)
			if math.Abs(math.Cos(n[0]*math.Pi/180)) < 0.03 {
				how = max(how, faded)
			}
		case "rotate3d":
			if len(n) == 4 && n[2] == 0 && math.Abs(math.Cos(n[3]*math.Pi/180)) < 0.03 {
				how = max(how, faded)
			}
		case "skew", "skewx", "skewy":
			if math.Abs(math.Cos(n[0]*math.Pi/180)) < 0.03 {
				how = max(how, faded)
			}
		}
	}
	for _, part := range topLevel(s.get(propOrigin), ' ') {
		if n, ok := c.units(desktop).length(part); ok && math.Abs(n) >= 1000 && len(calls) > 0 {
			doubt = true // a turn around a place far away leads there
		}
	}
	if c.turned && s.get(propBackface) == "hidden" {
		how = max(how, faded)
	}
	// The track of a carousel is wider than the screen, and moves for its slides.
	if how == gone && strings.HasSuffix(s.get(propDisplay), "flex") {
		return shown, true
	}
	return how, doubt
}

// shrink makes what is in an element smaller.
func (c *computed) shrink(by float64) hiding {
	if by < 0.1 {
		return faded
	}
	c.scale *= by
	return shown
}

// individual is the call that the value of translate, scale or rotate stands for.
func individual(name string, parts []string) function {
	f := function{name: name, args: parts}
	if name == "rotate" && len(parts) == 2 {
		f.name, f.args = "rotate"+parts[0], parts[1:]
	} else if name == "rotate" && len(parts) == 4 {
		f.name = "rotate3d"
	}
	return f
}

// lower is strings.ToLower for what mostly is in lower case, and of any length.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
