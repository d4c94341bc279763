package visible

import (
	"strconv"
	"strings"
)

// look is what the declarations of a style say about whether text is seen.
type look struct {
	display        string // its value, "" when it is not set
	faded, visible bool   // opacity or visibility take the text away, or set it back
	gone           bool   // no size, off the screen, transparent
	small, cut     bool   // a box of no size; what does not fit into a box is cut off
	motion         bool   // a transform, transition or animation
	clip           bool   // the ground shows through the letters
	color, ground  string // in lower case, without white space
}

// how is the hiding that follows. A colour alone hides only if it is transparent or that of a
// ground in the same style. A box of no size shows its content unless that is cut off.
func (l look) how() hiding {
	switch {
	case l.gone, l.color != "" && !l.clip && transparent(l.color), l.color != "" && l.ground != "" && sameColor(l.color, l.ground):
		return gone
	case l.display == "none", l.small && l.cut:
		return folded
	case l.faded:
		return faded
	}
	return shown
}

// lookOf reads the declarations of a style.
func lookOf(style string) look {
	var l look
	for style != "" {
		var d string
		d, style = declaration(style)
		name, value, ok := strings.Cut(d, ":")
		if !ok {
			continue
		}
		// Most declarations are of other properties: they cost a look at the name.
		name = strings.TrimSpace(name)
		if len(name) < 3 || len(name) > 24 {
			continue
		}
		l.declare(lower(name), value)
	}
	return l
}

// declaration cuts the first declaration off a style; a semicolon in brackets, as in an address
// of data, ends none.
func declaration(style string) (first, rest string) {
	end := strings.IndexByte(style, ';')
	if end < 0 {
		return style, ""
	}
	if open := strings.IndexByte(style[:end], '('); open >= 0 && !strings.Contains(style[open:end], ")") {
		if stop := strings.IndexByte(style[end:], ')'); stop >= 0 {
			if next := strings.IndexByte(style[end+stop:], ';'); next >= 0 {
				end += stop + next
			} else {
				return style, ""
			}
		}
	}
	return style[:end], style[end+1:]
}

// declare adds one declaration. The last of a name counts.
func (l *look) declare(name, value string) {
	switch name {
	case "display":
		l.display = compact(value)
	case "visibility":
		v := compact(value)
		l.faded, l.visible = v == "hidden" || v == "collapse", v == "visible"
	case "content-visibility":
		if compact(value) == "hidden" {
			l.display = "none"
		}
	case "opacity":
		if v, unit, ok := size(compact(value)); ok && unit != "bad" {
			if unit == "%" {
				v /= 100
			}
			l.faded = l.faded || v < 0.1
			l.visible = v >= 0.1
		}
	case "filter":
		l.motion = true
		l.faded = l.faded || strings.Contains(compact(value), "opacity(0)")
	case "font-size":
		v, unit, ok := size(compact(value))
		l.gone = l.gone || ok && v >= 0 && ((unit == "" || unit == "px" || unit == "pt") && v < 2 || unit == "%" && v < 5 ||
			(unit == "em" || unit == "rem" || unit == "vw") && v < 0.3)
	case "line-height":
		v, _, ok := size(compact(value))
		l.gone = l.gone || ok && v == 0
	case "zoom":
		v, _, ok := size(compact(value))
		l.small = l.small || ok && v == 0
	case "height", "width", "max-height", "max-width":
		v, _, ok := size(compact(value))
		l.small = l.small || ok && v >= 0 && v <= 1
	case "overflow", "overflow-x", "overflow-y":
		v := compact(value)
		l.cut = l.cut || strings.HasPrefix(v, "hidden") || strings.HasPrefix(v, "clip")
	case "text-indent", "left", "right", "top", "bottom", "margin-left", "margin-top", "margin-right", "inset-inline-start":
		v, unit, ok := size(compact(value))
		l.gone = l.gone || ok && (unit != "%" && v <= -1000 || unit == "%" && v <= -1000)
	case "transform", "translate", "scale", "-webkit-transform":
		l.transform(name, compact(value))
	case "transition", "transition-property", "transition-duration", "animation", "animation-name", "-webkit-animation", "will-change":
		l.motion = true
	case "clip":
		v := compact(value)
		l.gone = l.gone || strings.HasPrefix(v, "rect(0") || strings.HasPrefix(v, "rect(1px")
	case "clip-path":
		v := compact(value)
		l.gone = l.gone || strings.HasPrefix(v, "inset(50%") || strings.HasPrefix(v, "inset(100%")
	case "background-clip", "-webkit-background-clip":
		l.clip = compact(value) == "text"
	case "color", "-webkit-text-fill-color":
		l.color = compact(value)
	case "background", "background-color":
		l.ground = compact(value)
	}
}

// transform reads a change of place or size.
func (l *look) transform(name, v string) {
	if v == "none" {
		return
	}
	l.motion = true
	args := v
	if name == "scale" {
		args = "scale(" + v + ")"
	}
	if _, rest, ok := strings.Cut(args, "scale("); ok {
		rest, _, _ = strings.Cut(rest, ")")
		first, _, _ := strings.Cut(rest, ",")
		if f, _, ok := size(first); ok && f >= 0 && f < 0.1 {
			l.faded = true
		}
	}
	if _, rest, ok := strings.Cut(args, "translate"); ok {
		rest = strings.TrimLeft(rest, "3dxyz(")
		for part := range strings.SplitSeq(rest, ",") {
			if f, unit, ok := size(strings.TrimRight(part, ")")); ok && unit != "%" && f <= -1000 {
				l.gone = true
			}
		}
	}
}

// size reads a number with its unit, such as -9999px.
func size(v string) (number float64, unit string, ok bool) {
	end := 0
	for end < len(v) && (v[end] >= '0' && v[end] <= '9' || v[end] == '.' || end == 0 && (v[end] == '-' || v[end] == '+')) {
		end++
	}
	f, err := strconv.ParseFloat(v[:end], 64)
	return f, v[end:], err == nil
}

// compact is a value in lower case without white space and !important.
func compact(v string) string {
	v = strings.TrimSpace(v)
	if strings.ContainsAny(v, " \t\n\r") {
		v = strings.Map(func(r rune) rune {
			if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, v)
	}
	return strings.TrimSuffix(lower(v), "!important")
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

// transparent reports whether a colour is transparent.
func transparent(c string) bool {
	return c == "transparent" || (strings.HasPrefix(c, "rgba(") || strings.HasPrefix(c, "hsla(")) &&
		(strings.HasSuffix(c, ",0)") || strings.HasSuffix(c, ",0.0)"))
}

// isWhite reports whether a CSS colour is white or next to it.
func isWhite(c string) bool {
	switch strings.TrimSpace(c) {
	case "white", "#fff", "#ffffff", "#fefefe", "rgb(255,255,255)", "rgba(255,255,255,1)", "hsl(0,0%,100%)":
		return true
	}
	return false
}

// sameColor reports whether two CSS colours are surely the same; it knows few
// spellings, and hides nothing in doubt.
func sameColor(a, b string) bool {
	norm := func(c string) string {
		c = strings.TrimSpace(c)
		if isWhite(c) {
			return "#ffffff"
		}
		if c == "black" || c == "#000" || c == "rgb(0,0,0)" {
			return "#000000"
		}
		return c
	}
	return norm(a) == norm(b)
}
