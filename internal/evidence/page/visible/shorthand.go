package visible

import "strings"

// shorthands set several properties.
var shorthands = map[string]func(value string) []declaration{
	"inset":        func(v string) []declaration { return four(v, propTop, propRight, propBottom, propLeft) },
	"inset-block":  func(v string) []declaration { return four(v, propTop, -3, propBottom, -3) },
	"inset-inline": func(v string) []declaration { return two(v, propLeft, propRight) },
	"padding":      func(v string) []declaration { return four(v, propPaddingTop, -3, propPaddingBottom, propPaddingLeft) },
	"padding-block": func(v string) []declaration {
		return two(v, propPaddingTop, propPaddingBottom)
	},
	"margin": func(v string) []declaration { return four(v, propMarginTop, propMarginRight, -3, propMarginLeft) },
	"margin-inline": func(v string) []declaration {
		return two(v, propMarginLeft, propMarginRight)
	},
	"margin-block": func(v string) []declaration { return two(v, propMarginTop, -3) },
	"font": func(v string) []declaration {
		if wide(v) || strings.HasPrefix(v, "var(") {
			return []declaration{{property: propFontSize, value: v}, {property: propLineHeight, value: v}}
		}
		for _, part := range topLevel(strings.ReplaceAll(strings.ReplaceAll(v, " /", "/"), "/ ", "/"), ' ') {
			size, height, slash := strings.Cut(part, "/")
			if _, ok := (units{font: 16, percent: 16}).length(size); ok && (slash || !weight(size)) {
				if !slash {
					height = "normal"
				}
				return []declaration{{property: propFontSize, value: size}, {property: propLineHeight, value: height}}
			}
		}
		return nil
	},
	"flex": func(v string) []declaration {
		parts := topLevel(v, ' ')
		grow, basis := parts[0], "0"
		for _, part := range parts[1:] {
			if _, ok := number(part); !ok || strings.HasSuffix(part, "%") || len(parts) == 3 && part == parts[2] {
				basis = part
			}
		}
		switch {
		case wide(v) || substituted(v):
			basis = v
		case v == "auto":
			grow, basis = "1", "auto"
		case v == "none":
			grow, basis = "0", "auto"
		}
		return []declaration{{property: propFlexGrow, value: grow}, {property: propFlexBasis, value: basis}}
	},
	"background": func(v string) []declaration {
		color, image := "transparent", "none"
		clip := "border-box"
		if strings.Contains(v, "var(") {
			return []declaration{{property: propBackground, value: v}, {property: propBackgroundImage, value: v}}
		}
		for _, layer := range topLevel(v, ',') {
			for _, part := range topLevel(layer, ' ') {
				switch {
				case strings.Contains(part, "url(") || strings.Contains(part, "gradient(") || strings.Contains(part, "image"):
					image = part
				case part == "text":
					clip = "text"
				case wide(part):
					color = part
				default:
					if _, ok := parseColor(part, black, 0); ok {
						color = part
					}
				}
			}
		}
		return []declaration{
			{property: propBackground, value: color}, {property: propBackgroundImage, value: image}, {property: propBackgroundClip, value: clip},
		}
	},
}

// weight reports whether a number in font is how bold it is.
func weight(s string) bool {
	n, ok := number(s)
	return ok && n >= 1 && isDigit(s[len(s)-1])
}

// four sets the properties of the sides: top, right, bottom, left; -3 is one that does not matter.
func four(v string, sides ...property) []declaration {
	parts := topLevel(v, ' ')
	var out []declaration
	for i, p := range sides {
		if len(parts) == 0 || len(parts) > 4 {
			return out
		}
		at := i
		if at >= len(parts) {
			at = max(0, i-2)
		}
		if at >= len(parts) {
			at = 0
		}
		if p != -3 {
			out = append(out, declaration{property: p, value: parts[at]})
		}
	}
	return out
}

// two sets the properties of a start and an end.
func two(v string, start, end property) []declaration {
	parts := topLevel(v, ' ')
	if len(parts) == 0 {
		return nil
	}
	out := []declaration{{property: start, value: parts[0]}}
	if end != -3 {
		out = append(out, declaration{property: end, value: parts[len(parts)-1]})
	}
	return out
}
