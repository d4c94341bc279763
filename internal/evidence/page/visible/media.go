package visible

import (
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

// desktop and desktopHeight are the size of the window that a page is read in, in CSS pixels.
const (
	desktop       = 1280
	desktopHeight = 720
)

// maxCondition bounds how deep the brackets of a media query or a @supports are read.
const maxCondition = 16

// holds reports whether one of several media queries holds on a desktop; none at all does. One that is nested deeper
// than is read may.
func holds(queries string) (is, doubt bool) {
	if strings.TrimSpace(queries) == "" {
		return true, false
	}
	if strings.Contains(queries, `\`) || strings.Contains(queries, "/*") {
		queries = unescape(words(tokens(queries)))
	}
	for _, query := range topLevel(lower(queries), ',') {
		if query = strings.TrimSpace(query); query == "" || matchesDesktop(query) {
			return true, false
		}
	}
	doubt = nested(queries)
	return doubt, doubt
}

// nested reports whether a condition has brackets so deep that not all in them may be read.
func nested(query string) bool {
	depth := 0
	for i := range len(query) {
		switch query[i] {
		case '(':
			if depth++; depth > maxCondition/3 { // a pair may have "not", "and" and "or" in it
				return true
			}
		case ')':
			depth--
		}
	}
	return false
}

// matchesDesktop reports whether a media query holds for a window of 1280 by 720 pixels, in light
// colours, with a mouse.
func matchesDesktop(query string) bool { return condition(strings.TrimSpace(query), feature, 0) == yes }

// supported reports whether Chromium supports what a @supports asks for, as far as its words tell.
func supported(query string) answer { return condition(strings.TrimSpace(lower(query)), support, 0) }

// answer is the value of a condition; what is unknown stays so when it is negated (Media Queries
// Level 4, 3.1).
type answer int

const (
	unknown answer = iota
	no
	yes
)

// condition reads "not a", "a and b", "a or b" and brackets around them. leaf says whether one
// part holds.
func condition(q string, leaf func(string) answer, depth int) answer {
	q = strings.TrimSpace(q)
	if depth > maxCondition {
		return unknown
	}
	// Words outside of brackets part it; "or" binds as "and" does, since both together are an error.
	if parts := wordSplit(q, "or"); len(parts) > 1 {
		several := no
		for _, p := range parts {
			switch condition(p, leaf, depth+1) {
			case yes:
				return yes
			case unknown:
				several = unknown
			}
		}
		return several
	}
	rest, negated := strings.CutPrefix(q, "not ")
	if !negated {
		if r, ok := strings.CutPrefix(q, "not("); ok {
			rest, negated = "("+r, true
		}
	}
	rest = strings.TrimPrefix(strings.TrimSpace(rest), "only ")
	var got answer
	if parts := wordSplit(rest, "and"); len(parts) > 1 {
		got = yes
		for _, p := range parts {
			if a := condition(p, leaf, depth+1); a != yes {
				if got == yes || a == no {
					got = a
				}
			}
		}
	} else if inner, ok := enclosed(rest); ok {
		if strings.HasPrefix(inner, "(") || strings.HasPrefix(inner, "not ") || strings.HasPrefix(inner, "not(") {
			got = condition(inner, leaf, depth+1)
		} else {
			got = leaf(inner)
		}
	} else if got = leaf(rest); got == unknown && isIdent(rest) {
		got = no // a medium that there is not
	}
	if negated && got != unknown {
		return yes + no - got
	}
	return got
}

// enclosed takes the brackets off a text that is all within one pair.
func enclosed(s string) (inner string, ok bool) {
	if !strings.HasPrefix(s, "(") || closing(s, 0) != len(s)-1 {
		return s, false
	}
	return strings.TrimSpace(s[1 : len(s)-1]), true
}

// wordSplit parts a text at a word between white space that is outside of brackets.
func wordSplit(s, word string) []string {
	if !strings.Contains(s, word) {
		return []string{s}
	}
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], word) && i > 0 && (s[i-1] == ' ' || s[i-1] == ')') &&
			i+len(word) < len(s) && (s[i+len(word)] == ' ' || s[i+len(word)] == '('):
			parts = append(parts, s[start:i])
			i += len(word) - 1
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// feature answers for one part of a media query.
func feature(part string) answer {
	part = strings.ReplaceAll(part, " ", "")
	switch part {
	case "all", "screen", "prefers-reduced-motion:no-preference", "prefers-color-scheme:light", "hover:hover", "any-hover:hover", "hover",
		"any-hover", "pointer:fine", "any-pointer:fine", "pointer", "any-pointer", "orientation:landscape", "scripting:enabled", "scripting",
		"color", "display-mode:browser", "forced-colors:none", "prefers-contrast:no-preference", "inverted-colors:none", "update:fast", "update",
		"overflow-block:scroll", "overflow-inline:scroll", "dynamic-range:standard", "width", "height", "grid:0", "color-gamut:srgb",
		"monochrome:0", "max-monochrome:0", "min-monochrome:0", "color-index:0", "min-color-index:0", "max-color-index:0",
		"prefers-reduced-transparency:no-preference", "prefers-reduced-data:no-preference", "resolution:1dppx", "resolution:96dpi",
		"orientation", "prefers-color-scheme", "dynamic-range", "video-dynamic-range", "video-dynamic-range:standard", "overflow-block",
		"overflow-inline", "color-gamut", "display-mode", "aspect-ratio", "device-aspect-ratio", "device-width", "device-height",
		"resolution", "-webkit-device-pixel-ratio", "-webkit-transform-3d", "-webkit-transform-3d:1", "device-posture",
		"device-posture:continuous", "horizontal-viewport-segments", "horizontal-viewport-segments:1", "vertical-viewport-segments",
		"vertical-viewport-segments:1":
		return yes
	case "":
		return unknown
	}
	for _, dimension := range []struct {
		name  string
		value float64
	}{
		{"device-width", desktop}, {"device-height", desktopHeight}, {"width", desktop}, {"height", desktopHeight},
		{"-webkit-device-pixel-ratio", 1}, {"resolution", 1}, {"device-pixel-ratio", 1}, {"aspect-ratio", desktop / float64(desktopHeight)},
		{"device-aspect-ratio", desktop / float64(desktopHeight)},
		{"color", 8},
	} {
		if a := compare(part, dimension.name, dimension.value); a != unknown {
			return a
		}
	}
	if name, _, _ := strings.Cut(part, ":"); otherFeatures[name] {
		return no
	}
	return unknown
}

// otherFeatures are the media types, and the features that have another value on a desktop. Of what is neither, a
// browser says that it does not know it (Media Queries Level 5, 3.1).
var otherFeatures = text.Set(`print speech tty tv projection handheld braille embossed aural prefers-reduced-motion prefers-color-scheme
	hover any-hover pointer any-pointer orientation scripting display-mode forced-colors prefers-contrast inverted-colors update overflow-block
	overflow-inline dynamic-range video-dynamic-range grid color-gamut prefers-reduced-transparency prefers-reduced-data scan monochrome
	color-index horizontal-viewport-segments vertical-viewport-segments device-posture min-resolution max-resolution resolution
	-webkit-transform-3d`)

// compare answers for a feature that is a number: min-name:1px, name>=1px, 1px<name<=2px.
func compare(part, name string, value float64) answer {
	short, vendor := strings.CutPrefix(name, "-webkit-")
	for _, prefix := range []struct{ name, sign string }{{"min-", ">="}, {"max-", "<="}, {"", "="}} {
		full := prefix.name + name
		if vendor {
			full = "-webkit-" + prefix.name + short
		}
		if v, ok := strings.CutPrefix(part, full+":"); ok {
			return bound(value, prefix.sign, v)
		}
	}
	at := strings.Index(part, name)
	if at < 0 || vendor {
		return unknown
	}
	before, after := part[:at], part[at+len(name):]
	if before != "" && strings.IndexByte("<>=", before[len(before)-1]) < 0 || after != "" && strings.IndexByte("<>=", after[0]) < 0 {
		return unknown
	}
	got := yes
	if before != "" {
		v := strings.TrimRight(before, "<>=")
		// 400px<=width is width>=400px.
		got = min(got, bound(value, strings.NewReplacer("<", ">", ">", "<").Replace(before[len(v):]), v))
	}
	if after != "" {
		v := strings.TrimLeft(after, "<>=")
		got = min(got, bound(value, after[:len(after)-len(v)], v))
	}
	return got
}

// bound answers whether a value of the window is as asked.
func bound(value float64, sign, asked string) answer {
	var n float64
	var ok bool
	if over, under, ratio := strings.Cut(asked, "/"); ratio {
		a, ok1 := number(over)
		b, ok2 := number(under)
		n, ok = a/max(b, 1e-9), ok1 && ok2
	} else {
		n, ok = units{font: 16, percent: value}.length(asked)
	}
	if !ok {
		return no
	}
	var is bool
	switch sign {
	case ">=":
		is = value >= n
	case "<=":
		is = value <= n
	case ">":
		is = value > n
	case "<":
		is = value < n
	case "=":
		is = value == n
	}
	if is {
		return yes
	}
	return no
}
