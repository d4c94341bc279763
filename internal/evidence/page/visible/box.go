package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// box is the kind of box that an element has: what is said of its size holds for some kinds only.
type box int

const (
	blockBox  box = iota
	inlineBox     // part of a line: it has no size of its own, and is not transformed
	cellBox       // part of a table: its size is the least that it has
)

// boxOf is the box of n, which is nil for any element. Where sheets are not read, it may be another one.
func boxOf(n *html.Node, s *style, outer *computed) box {
	if n == nil || outer.unread {
		return blockBox
	}
	position, float := s.get(propPosition), s.get(propFloat)
	free := position == "absolute" || position == "fixed" || float == "left" || float == "right" || outer.items
	switch display := s.get(propDisplay); {
	case free:
	case strings.HasPrefix(display, "table") && display != "table-caption":
		return cellBox
	case display == "inline":
		return inlineBox
	case display == "" && inlineElements[n.DataAtom]:
		return inlineBox
	case display == "":
		switch n.DataAtom {
		case atom.Td, atom.Th, atom.Tr, atom.Table, atom.Tbody, atom.Thead, atom.Tfoot:
			return cellBox
		}
	}
	return blockBox
}

// inlineElements are those that browsers make part of a line.
var inlineElements = map[atom.Atom]bool{
	atom.Span: true, atom.A: true, atom.B: true, atom.I: true, atom.Em: true, atom.Strong: true, atom.Small: true, atom.Code: true,
	atom.U: true, atom.Font: true, atom.Mark: true, atom.Sub: true, atom.Sup: true, atom.Abbr: true, atom.Cite: true, atom.Q: true,
	atom.Label: true, atom.Time: true, atom.Kbd: true, atom.Samp: true, atom.Var: true, atom.Tt: true, atom.Big: true, atom.Bdi: true,
	atom.Dfn: true, atom.Data: true, atom.Ins: true, atom.S: true,
}

// arrange notes how the boxes in an element are laid out.
func (c *computed) arrange(s *style) {
	display := s.get(propDisplay)
	c.flatTracks = false
	c.items = strings.HasSuffix(display, "flex") || strings.HasSuffix(display, "grid") || strings.HasSuffix(display, "-box")
	if grid := strings.HasSuffix(display, "grid"); grid {
		for _, tracks := range []string{s.get(propRows), s.get(propColumns)} {
			c.flatTracks = c.flatTracks || flat(tracks) && !strings.Contains(tracks, " ")
			c.cramped = c.cramped || flat(tracks)
		}
	}
	c.far = 0
	if n, ok := c.units(desktop).length(s.get(propPerspective)); ok {
		c.far = n
	}
	if style := s.get(propTransformStyle); style != "preserve-3d" && s.get(propTransform) == "" {
		c.turned = c.turned && style == ""
	}
	if p := s.get(propPosition); p != "" && p != "static" || s.get(propTransform) != "" || s.get(propFilter) != "" ||
		s.get(propContain) != "" {
		c.positioned = true
	}
}

// flat reports whether the first row or column of a grid has no room.
func flat(tracks string) bool {
	first, _, _ := strings.Cut(tracks, " ")
	n, ok := number(first)
	return ok && n < 0.02
}

// noSize reports whether a box has no size and cuts off what is in it.
func (c *computed) noSize(s *style) bool {
	if !cuts(s) {
		return false
	}
	padded := func(p property) bool {
		v, _, _ := strings.Cut(s.get(p), " ")
		n, ok := c.units(desktop).length(v)
		return v != "" && (!ok || n >= 10)
	}
	if padded(propPaddingBottom) {
		return false // what is in it stands on its padding
	}
	if padded(propPaddingTop) {
		c.cramped = true // what has a place of its own may stand there, other text is below
		return false
	}
	flexible, ok := number(s.get(propFlexGrow))
	grows := ok && flexible > 0
	if v, _, _ := strings.Cut(s.get(propGrow), " "); v != "" && v != "none" {
		n, ok := c.units(desktop).length(v)
		grows = grows || !ok || n > 0
	}
	for p, most := range map[property]float64{propWidth: 100, propHeight: 200, propMaxHeight: 200} {
		if n, ok := c.units(desktop).length(s.get(p)); ok && n <= most {
			c.cramped = true
		}
	}
	for _, p := range []property{propWidth, propHeight, propMaxWidth, propMaxHeight} {
		if v := s.get(p); v == "0%" && (p == propHeight || p == propMaxHeight) {
			c.cramped = true // of what may have no height of its own: then it is none
			continue
		}
		if n, ok := c.units(desktop).length(s.get(p)); ok && n >= 0 && n <= 2 && (!grows || p == propMaxWidth || p == propMaxHeight) {
			return true
		}
	}
	return false
}

// noRoom reports whether a box that cuts off what does not fit gets no room from what is around it, or gives none
// to what is in it.
func (c *computed) noRoom(s *style, outer *computed) bool {
	container := s.get(propContainer)
	contain := " " + s.get(propContain) + " "
	sized := strings.Contains(contain, " strict ") || strings.Contains(contain, " size ") || container == "size"
	if !cuts(s) {
		return false
	}
	unset := func(properties ...property) bool {
		for _, p := range properties {
			if v := s.get(p); v != "" && v != "auto" {
				return false
			}
		}
		return true
	}
	position := s.get(propPosition)
	free := position == "absolute" || position == "fixed"
	if outer.flatTracks || c.flatTracks {
		return unset(propHeight, propWidth) && !free
	}
	if c.unread {
		return false
	}
	if sized && unset(propHeight, propGrow, propRatio) && !outer.items && !free {
		return true
	}
	if wide, high, ok := strings.Cut(strings.TrimPrefix(s.get(propRatio), "auto "), "/"); unset(propHeight, propGrow) && !free {
		a, ok1 := number(wide)
		b := 1.
		if ok {
			b, _ = number(high)
		}
		if ok1 && (b > 0 && a/b > 500) {
			return true
		}
	}
	basis, ok := c.units(desktop).length(s.get(propFlexBasis))
	grow, _ := number(s.get(propFlexGrow))
	return outer.items && ok && basis <= 2 && grow == 0 && unset(propWidth, propHeight)
}
