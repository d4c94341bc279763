package visible

import (
	"math"
	"strconv"
	"strings"
)

// units are what lengths are relative to, in CSS pixels.
type units struct {
	font, percent float64
	root          float64 // the font size of the page's root, 0 for that of a browser
}

// maxExpression bounds how deep calculations are read.
const maxExpression = 12

// length is a value such as -9999px, 0 or calc(1em - 2px) in CSS pixels. Of a length without a
// unit, it is the number.
func (u units) length(v string) (px float64, ok bool) {
	v = strings.TrimSpace(v)
	if len(v) > maxValue {
		return 0, false
	}
	e := expression{text: v, units: u}
	px, ok = e.factor(0)
	if math.IsNaN(px) {
		px = 0 // CSS Values and Units Level 4, 10.9.1
	}
	return px, ok && strings.TrimSpace(e.text) == ""
}

// expression reads a calculation from the beginning of its text.
type expression struct {
	text  string
	units units
}

// sum reads terms with + and - between them.
func (e *expression) sum(depth int) (float64, bool) {
	n, ok := e.product(depth)
	for ok {
		e.space()
		if e.text == "" || e.text[0] != '+' && e.text[0] != '-' {
			break
		}
		sign := e.text[0]
		e.text = e.text[1:]
		m, good := e.product(depth)
		if ok = good; sign == '-' {
			m = -m
		}
		n += m
	}
	return n, ok
}

// product reads factors with * and / between them.
func (e *expression) product(depth int) (float64, bool) {
	n, ok := e.factor(depth)
	for ok {
		e.space()
		if e.text == "" || e.text[0] != '*' && e.text[0] != '/' {
			break
		}
		sign := e.text[0]
		e.text = e.text[1:]
		m, good := e.factor(depth)
		if ok = good; sign == '*' {
			n *= m
		} else if m == 0 && n != 0 {
			n = math.Copysign(math.MaxFloat32, n)
		} else {
			n /= m
		}
	}
	return n, ok
}

// factor reads a number with its unit, a function or what is in brackets.
func (e *expression) factor(depth int) (float64, bool) {
	if e.space(); depth > maxExpression || e.text == "" {
		return 0, false
	}
	if n, ok := e.constant(); ok {
		return n, true
	}
	open := strings.IndexByte(e.text, '(')
	if c := e.text[0]; open >= 0 && (c == '(' || c >= 'a' && c <= 'z' || c == '-' && open > 1 && e.text[1] >= 'a') && isIdent(e.text[:open]) {
		name := e.text[:open]
		e.text = e.text[open+1:]
		if name == "round" {
			name += e.strategy()
		}
		var args []float64
		for {
			n, ok := e.sum(depth + 1)
			if !ok {
				return 0, false
			}
			args = append(args, n)
			if e.space(); e.text == "" {
				return 0, false
			}
			c := e.text[0]
			if e.text = e.text[1:]; c == ')' {
				return apply(name, args)
			} else if c != ',' {
				return 0, false
			}
		}
	}
	end := 0
	for end < len(e.text) {
		c := e.text[end]
		exponent := c == 'e' && end > 0 && end+1 < len(e.text) && (isDigit(e.text[end+1]) ||
			(e.text[end+1] == '-' || e.text[end+1] == '+') && end+2 < len(e.text) && isDigit(e.text[end+2]))
		if !isDigit(c) && c != '.' && !exponent && (c != '-' && c != '+' || end > 0 && e.text[end-1] != 'e') {
			break
		}
		end++
	}
	n, err := strconv.ParseFloat(e.text[:end], 64)
	if err != nil {
		return 0, false
	}
	e.text = e.text[end:]
	unit := 0
	for unit < len(e.text) && (e.text[unit] >= 'a' && e.text[unit] <= 'z' || e.text[unit] == '%') {
		unit++
	}
	factor, ok := e.units.of(e.text[:unit])
	e.text = e.text[unit:]
	return n * factor, ok
}

// space drops white space.
func (e *expression) space() { e.text = strings.TrimLeft(e.text, " ") }

// of is how many pixels (turns, for angles: degrees) a unit has.
func (u units) of(unit string) (float64, bool) {
	switch unit {
	case "", "px", "deg", "dppx", "x", "s", "fr":
		return 1, true
	case "em":
		return u.font, true
	case "rem":
		if u.root > 0 {
			return u.root, true
		}
		return 16, true
	case "ex", "ch", "cap", "ic":
		return u.font / 2, true
	case "lh", "rlh":
		return u.font * 1.2, true
	case "%":
		return u.percent / 100, true
	case "vw", "svw", "lvw", "dvw", "vi", "vmax", "cqw", "cqi", "cqmax":
		return desktop / 100., true
	case "vh", "svh", "lvh", "dvh", "vb", "vmin", "cqh", "cqb", "cqmin":
		return desktopHeight / 100., true
	case "pt":
		return 4. / 3, true
	case "pc":
		return 16, true
	case "in":
		return 96, true
	case "cm":
		return 96 / 2.54, true
	case "mm":
		return 96 / 25.4, true
	case "q":
		return 96 / 101.6, true
	case "turn":
		return 360, true
	case "rad":
		return 180 / math.Pi, true
	case "grad":
		return 0.9, true
	case "dpi":
		return 1. / 96, true
	case "dpcm":
		return 2.54 / 96, true
	case "ms":
		return 0.001, true
	}
	return 0, false
}

// number is a number without a unit, or a share of one.
func number(v string) (float64, bool) { return units{font: 16, percent: 1}.length(v) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|32 >= 'a' && c|32 <= 'f' }

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 32 - 'a' + 10
}

// isIdent reports whether s is all of letters and hyphens.
func isIdent(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '-' && !isDigit(c) {
			return false
		}
	}
	return true
}

// closing is the place of the bracket that closes the one at open, or the length of s.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// brackets parts s, which begins with a bracket, into what is within and what is after.
func brackets(s string) (inner, rest string) {
	end := closing(s, 0)
	return s[1:min(end, len(s))], s[min(end+1, len(s)):]
}

// topLevel parts s at a byte that is outside of brackets and quotation marks. A space counts once.
func topLevel(s string, at byte) []string {
	if strings.IndexByte(s, at) < 0 {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '"' || c == '\'':
			if end := strings.IndexByte(s[i+1:], c); end >= 0 {
				i += end + 1
			}
		case c == at && depth == 0:
			if at != ' ' || i > start {
				parts = append(parts, s[start:i])
			}
			start = i + 1
		}
	}
	if at != ' ' || start < len(s) {
		parts = append(parts, s[start:])
	}
	return parts
}

// function is one call in a value, such as translate(1px,2px).
type function struct {
	name string
	args []string
}

// functions are the calls of a value, at most 20.
func functions(v string) []function {
	var out []function
	for _, part := range topLevel(v, ' ') {
		for part != "" && len(out) < 20 {
			open := strings.IndexByte(part, '(')
			if open < 0 {
				break
			}
			end := closing(part, open)
			f := function{name: part[:open]}
			for _, a := range topLevel(part[open+1:min(end, len(part))], ',') {
				f.args = append(f.args, strings.TrimSpace(a))
			}
			out = append(out, f)
			part = part[min(end+1, len(part)):]
		}
	}
	return out
}
