package visible

import "strings"

// letters computes what letters look like beside their size and colour.
func (c *computed) letters(s *style) {
	if v := s.values[propAdjust]; v != "" && v != "inherit" && v != "unset" {
		n, ok := number(v)
		c.letterless = ok && n < 0.05
	}
	switch s.get(propSecurity) {
	case "disc", "circle", "square":
		c.letterless = true
	case "none":
		c.letterless = false
	}
	shadow, stroke := s.values[propTextShadow], s.values[propStroke]
	if shadow == "" && stroke == "" {
		return
	}
	c.shadowed = c.drawn(shadow) || c.drawn(stroke)
}

// drawn reports whether a shadow of letters, or the line around them, has another colour than their ground, and is
// sharp enough to read.
func (c *computed) drawn(v string) bool {
	for _, layer := range topLevel(v, ',') {
		ink, lengths, blurred, far := c.color, 0, false, false
		for _, part := range topLevel(layer, ' ') {
			if got, ok := parseColor(part, c.color, 0); ok {
				ink = got
			} else if n, ok := c.units(c.font).length(part); ok {
				lengths++
				blurred = blurred || lengths == 3 && n > c.font/2
				far = far || lengths < 3 && (n > 200 || n < -200)
			}
		}
		if lengths > 0 && !blurred && !far && ink.a >= 0.3 && !c.groundUnknown && !ink.over(c.ground).near(c.ground) {
			return true
		}
	}
	return false
}

// scheme computes the colours that a page has by itself: those of a dark window when it is made for no other.
func (c *computed) scheme(s string) {
	words := strings.Fields(lower(s))
	dark, light := false, false
	for _, word := range words {
		dark, light = dark || word == "dark", light || word == "light"
	}
	if dark && !light {
		c.ground, c.color = rgba{18. / 255, 18. / 255, 18. / 255, 1}, white
	}
}
