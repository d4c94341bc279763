package visible

// covers reports whether an element has an opaque ground over all of the box around it, before its text.
func (s *style) covers() bool {
	z, _ := number(s.get(propZIndex))
	return z >= 0 && s.spreads()
}

// overlaps reports whether an element with an opaque ground is moved over what is before it.
func (s *style) overlaps() bool {
	ground, ok := parseColor(s.get(propBackground), black, 0)
	if position := s.get(propPosition); position == "" || position == "static" || !ok || ground.a < 0.9 {
		return false
	}
	for _, p := range []property{propMarginTop, propTop} {
		if n, ok := (units{font: 16, percent: desktopHeight}).length(s.get(p)); ok && n <= -20 {
			return true
		}
	}
	return false
}

// spreads reports whether an element has an opaque ground over all of the box around it.
func (s *style) spreads() bool {
	if p := s.get(propPosition); p != "absolute" && p != "fixed" {
		return false
	}
	ground, ok := parseColor(s.get(propBackground), black, 0)
	opacity, faint := number(s.get(propOpacity))
	if ok && ground.a < 0.9 && s.get(propBackgroundImage) == "" || !ok && s.get(propBackgroundImage) == "" || faint && opacity < 0.9 {
		return false
	}
	whole := func(size, from, to property) bool {
		n, ok := units{font: 16, percent: desktop}.length(s.get(size))
		return ok && n >= 200 || s.get(from) != "" && s.get(to) != ""
	}
	return whole(propWidth, propLeft, propRight) && whole(propHeight, propTop, propBottom)
}

// besides is what ::before or ::after with this style does to the element, nil for nothing.
func besides(body []declaration) (out []declaration) {
	var s style
	for i := range body {
		s.declare(&body[i], 1)
	}
	if !s.spreads() {
		return nil
	}
	ground := s.get(propBackground)
	if image := s.get(propBackgroundImage); image != "" && image != "none" {
		ground = image
	}
	out = append(out, declaration{property: propUnder, value: ground})
	if s.covers() {
		out = append(out, declaration{property: propCover, value: "yes"})
	}
	return out
}

// differs reports whether a style has another ground than the one that it stands on.
func (c *computed) differs(s *style) bool {
	if image := s.get(propBackgroundImage); image != "" && image != "none" {
		return c.differsFrom(image)
	}
	return c.differsFrom(s.get(propBackground))
}

// differsFrom reports whether a ground, which is a colour or an image, is another one than c's.
func (c *computed) differsFrom(ground string) bool {
	got, ok := parseColor(ground, c.color, 0)
	if !ok {
		got, ok = evenGradient(ground, c.color)
	}
	return !ok || got.a > 0.1 && !got.over(c.ground).near(c.ground)
}
