package visible

import "strings"

// computed is what an element hands on to those in it, and how its text looks.
type computed struct {
	invisible    bool // visibility
	color        rgba
	colorUnknown bool
	colorInline  bool // by an attribute of an element
	fill         rgba // -webkit-text-fill-color
	filled       bool
	font         float64 // in CSS pixels
	scale        float64 // of what is around, by zoom and transforms
	root         float64 // the font size of the page's root
	flat         bool    // line-height 0
	indented     bool    // off the screen
	squeezed     bool    // letters on top of each other
	clipped      bool    // the ground shows through the letters
	ink          rgba    // that ground
	inkKnown     bool
	vars         *variables

	ground        rgba
	groundSet     bool // it was declared
	groundUnknown bool // a picture, or what a sheet that is not read may set
	pictures      bool // it stands on a picture beside it
	drawing       bool // it stands on a picture that is in the page, in any colour that a page likes
	opacity       float64
	covered       bool // an opaque ground would be in front of what is behind
	blended       bool
	cramped       bool // in a small box that cuts off

	byRem      bool    // the size of letters follows from that of the root
	unread     bool    // there are sheets that are not read
	letterless bool    // letters without a size, or dots in their place
	shadowed   bool    // letters have a shadow or an outline that is seen
	dark       bool    // of light-dark(), the second colour holds
	turned     bool    // its back is in front
	positioned bool    // what is in it and has a place has it in it, not in the window
	items      bool    // what is in it is laid out as boxes, whatever they are
	flatTracks bool    // these boxes have no room
	far        float64 // perspective, 0 for none
}

// units are what lengths in the style of the element are relative to.
func (c *computed) units(percent float64) units {
	return units{font: c.font, percent: percent, root: c.root}
}

// page is how text looks that no style is set for.
func page() computed {
	return computed{color: black, font: 16, scale: 1, ground: white, opacity: 1}
}

// textHiding is how the text of an element is hidden by what is inherited.
func (c *computed) textHiding() (how hiding, doubt bool) {
	ink := c.color
	if c.filled {
		ink = c.fill
	}
	switch {
	case c.font*c.scale < 2 && c.byRem && c.font*c.scale >= 0.5 && c.unread:
		return shown, true // what sets the size of the root may be in a sheet that is not read
	case c.font*c.scale < 2, c.flat, c.indented, c.squeezed, c.letterless:
		return gone, false
	case c.invisible:
		return faded, false
	case c.clipped && c.inkKnown && !c.groundUnknown && !c.pictures && c.ink.over(c.ground).near(c.ground):
		return gone, false
	case c.shadowed && !c.invisible:
		return shown, true
	case c.clipped:
		return shown, false
	case c.colorUnknown && !c.filled:
		return shown, true
	case ink.a < 0.1:
		return gone, false
	case c.groundUnknown || c.blended:
		return shown, c.drawing || ink.over(white).near(white)
	case !ink.over(c.ground).near(c.ground):
		return shown, false
	case !c.groundSet && !c.colorInline || c.pictures:
		return shown, true
	}
	return gone, false
}

// inherit computes what an element hands on. missing are the properties whose value is not known,
// inlined says that its own attributes have declarations.
func (c *computed) inherit(s *style, missing map[property]bool, inlined bool) {
	switch v := s.get(propVisibility); v {
	case "hidden", "collapse":
		c.invisible = true
	case "visible":
		c.invisible = false
	default:
		if s.values[propVisibility] == "initial" {
			c.invisible = false
		}
	}
	c.fontSize(s)
	if v := s.get(propScheme); v != "" {
		c.dark = strings.Contains(v, "dark") && !strings.Contains(v, "light")
	}
	c.colors(s, missing, inlined)
	if v := s.get(propBoxShadow); strings.Contains(v, "inset") && c.drawn(v) {
		c.groundUnknown = true // it is drawn over the ground
	}
	c.letters(s)
	switch v := s.get(propTextIndent); v {
	case "":
		c.indented = c.indented && s.values[propTextIndent] != "initial"
	default:
		v, _, _ = strings.Cut(v, " ")
		n, ok := c.units(desktop).length(v)
		c.indented = ok && (n <= -1000 || n >= 2000 || n >= 900 && cuts(s))
	}
	if v := s.get(propLetterSpacing); v != "" {
		n, ok := c.units(c.font).length(v)
		c.squeezed = ok && n <= -0.4*c.font && c.font > 0
	} else if s.values[propLetterSpacing] == "initial" {
		c.squeezed = false
	}
	if missing[propBackground] || missing[propBackgroundImage] {
		c.groundUnknown = true
	}
}

// fontSize computes the size of letters and lines.
func (c *computed) fontSize(s *style) {
	switch v := s.get(propFontSize); v {
	case "":
		if s.values[propFontSize] == "initial" {
			c.font = 16
		}
	case "smaller":
		c.font /= 1.2
	case "larger":
		c.font *= 1.2
	case "xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large", "math":
		c.font = 16
	default:
		if n, ok := c.units(c.font).length(v); ok {
			c.font = max(0, n)
			c.byRem = strings.Contains(v, "rem") || c.byRem && !strings.Contains(v, "px")
		}
	}
	switch v := s.get(propLineHeight); v {
	case "":
		c.flat = c.flat && s.values[propLineHeight] != "initial"
	case "normal":
		c.flat = false
	default:
		n, ok := c.units(c.font).length(v)
		c.flat = ok && n >= 0 && n < 0.1
	}
}

// colors computes the colours of letters and ground.
func (c *computed) colors(s *style, missing map[property]bool, inlined bool) {
	if v := s.values[propColor]; v != "" && v != "inherit" && v != "unset" {
		if c.dark && strings.Contains(v, "light-dark(") {
			c.colorUnknown = true
		} else if got, ok := parseColor(v, c.color, 0); ok {
			c.color, c.colorUnknown, c.colorInline = got, false, inlined || got != c.color && c.colorInline
		} else if v == "initial" || v == "revert" {
			c.color, c.colorUnknown = black, false
		} else {
			c.colorUnknown = true
		}
	} else if missing[propColor] {
		c.colorUnknown = true
	}
	if v := s.values[propTextFill]; v != "" && v != "inherit" && v != "unset" {
		if got, ok := parseColor(v, c.color, 0); ok {
			c.fill, c.filled, c.colorInline = got, true, c.colorInline || inlined
		} else {
			c.filled = false
		}
	}
	clip := s.get(propBackgroundClip) == "text"
	if clip {
		c.clipped, c.ink, c.inkKnown = true, rgba{}, !c.unread && !missing[propBackground] && !missing[propBackgroundImage] &&
			s.get(propBackground)+s.get(propBackgroundImage) != ""
		if got, ok := parseColor(s.get(propBackground), c.color, 0); ok {
			c.ink = got
		}
		if v := s.get(propBackgroundImage); v != "" && v != "none" {
			got, ok := evenGradient(v, c.color)
			c.ink, c.inkKnown = got.over(c.ink), c.inkKnown && ok && got.a > 0.98
		}
	}
	if v := s.get(propBackground); v != "" && !clip {
		got, ok := parseColor(v, c.color, 0)
		switch {
		case !ok:
			c.groundUnknown = true
		case got.a >= 0.98:
			c.ground, c.groundSet, c.groundUnknown, c.pictures, c.covered, c.blended = got, true, false, false, true, false
			c.drawing = false
		case got.a > 0.02:
			c.ground, c.groundSet = got.over(c.ground), true
		}
		if ok && got.a >= 0.98 {
			c.clipped = false
		}
	}
	if v := s.get(propBackgroundImage); v != "" && v != "none" && s.get(propBackgroundClip) != "text" {
		if got, ok := evenGradient(v, c.color); ok {
			if got.a > 0.98 {
				c.ground, c.groundSet, c.groundUnknown = got, true, false
			}
		} else {
			c.groundUnknown = true
			c.drawing = c.drawing || strings.Contains(v, "url(data)")
		}
	}
	switch s.get(propBlend) {
	case "difference", "exclusion":
		c.blended = true
	}
}

// evenGradient is the colour of an image that is a gradient between colours that nobody tells apart.
func evenGradient(v string, current rgba) (rgba, bool) {
	var colors []rgba
	for _, f := range functions(v) {
		if !strings.HasSuffix(f.name, "gradient") {
			return rgba{}, false
		}
		for _, arg := range f.args {
			for _, part := range topLevel(arg, ' ') {
				if c, ok := parseColor(part, current, 0); ok {
					colors = append(colors, c)
				}
			}
		}
	}
	for _, c := range colors {
		if c.a != colors[0].a && (c.a > 0.1 || colors[0].a > 0.1) || c.a > 0.1 && !c.near(colors[0]) {
			return rgba{}, false
		}
	}
	if len(colors) == 0 {
		return rgba{}, false
	}
	return colors[0], true
}

// cuts reports whether what does not fit into the box of an element is cut off.
func cuts(s *style) bool {
	for _, part := range topLevel(s.get(propOverflow), ' ') {
		switch part {
		case "hidden", "clip", "auto", "scroll":
			return true
		}
	}
	for _, part := range topLevel(s.get(propContain), ' ') {
		switch part {
		case "paint", "strict", "content":
			return true
		}
	}
	return false
}
