package quantity

import (
	"math"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// digitsPattern finds a number in digits at the start of a text, the first of
// these forms that fits: in groups by commas (1,234.5 and the Indian
// 1,23,456), by full stops (1.234.567,8), by spaces or apostrophes (1 234 567
// and 1'500'000), by underscores, and any other, with marks between its digits
// (42, 3.14, 1.41.1).
var digitsPattern = lazyregexp.New(`^(?:\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|` +
	`\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|\d{1,3}(?:_\d{3})+|\d+(?:[.,]\d+)*)`)

// power is what makes a number of a power: 10^9, 1.5 × 10^6, 1e9, 2**10.
var (
	power   = lazyregexp.New(`^(?:\^|\*\*)\{?(-?\d{1,3})\}?`)
	timesTo = lazyregexp.New(`^ ?(?:×|x|X|\*|·|\\times|\\cdot) ?10(?:\^|\*\*)\{?(-?\d{1,3})\}?`)
	expo    = lazyregexp.New(`^[eE]([+-]?\d{1,3})\b`)
)

// ratio is a fraction in digits: 2/3.
var ratio = lazyregexp.New(`^(\d{1,3})/(\d{1,4})(?:[^\d/.-]|$)`)

// ratioAt is the match of ratio, which few numbers are worth a search for.
func ratioAt(s string) []string {
	if !strings.Contains(s[:min(len(s), 4)], "/") {
		return nil
	}
	return ratio.FindStringSubmatch(s)
}

// literalWindow is how far a number in digits is read, in bytes. What is
// longer is no number that anybody compares.
const literalWindow = 48

// literal is a number in digits.
type literal struct {
	raw     string
	end     int
	values  []float64 // the likeliest first
	version string    // see [Quantity.Version]
	digits  int
	parts   []float64 // base and exponent of a power
}

// literalAt reads the number in digits at s[i:], which begins with a digit. A
// power behind it belongs to it.
func (t *table) literalAt(s string, i int) literal {
	window := s[i:min(len(s), i+literalWindow)]
	raw := window[:len(window)-len(strings.TrimLeft(window, "0123456789"))]
	if separated(window[len(raw):]) {
		raw = digitsPattern.FindString(window)
	}
	// A group of a longer number is none: 1,234567.
	if end := i + len(raw); end < len(s) && digit(s[end]) && len(raw) < len(window) && strings.ContainsAny(raw, ",.' _") {
		raw = window[:len(window)-len(strings.TrimLeft(window, "0123456789"))]
	}
	l := literal{raw: raw, end: i + len(raw), digits: significantDigits(raw)}
	for l.end < len(s) && digit(s[l.end]) && len(raw) == len(window) { // a digest or the like
		l.end++
	}
	l.values, l.version = readings(raw)
	if t.pointDecimal && len(raw) > 4 && strings.Trim(raw[1:len(raw)-3], "0123456789") == "," && len(l.values) == 2 {
		l.values = l.values[:1] // 1,000 is a thousand and nothing else
	}
	rest := s[l.end:min(len(s), l.end+24)]
	switch {
	case rest == "" || !strings.Contains("^*eE x×X\\·", rest[:1]) && rest[0] < 0x80:
	case power.MatchString(rest):
		m := power.FindStringSubmatch(rest)
		e, _ := strconv.ParseFloat(m[1], 64)
		l.end += len(m[0])
		l.parts = append(append(l.parts, l.values...), e)
		for _, v := range l.values {
			l.values = append(l.values, math.Pow(v, e))
		}
		if len(l.values) > 1 && (l.values[0] == 10 || l.values[0] == 2) { // else it may be a footnote
			l.values[0], l.values[len(l.values)-1] = l.values[len(l.values)-1], l.values[0]
			l.digits = 1
		}
	case timesTo.MatchString(rest):
		m := timesTo.FindStringSubmatch(rest)
		e, _ := strconv.ParseFloat(m[1], 64)
		l.end += len(m[0])
		l.values = scaled(l.values, []float64{math.Pow(10, e)})
	case expo.MatchString(rest):
		m := expo.FindStringSubmatch(rest)
		e, _ := strconv.ParseFloat(m[1], 64)
		l.end += len(m[0])
		l.values = scaled(l.values, []float64{math.Pow(10, e)})
	}
	return l
}

// separated reports whether the digits before s may go on behind a separator.
// It spares most numbers the search for all forms.
func separated(s string) bool {
	return len(s) > 1 && digit(s[1]) && (s[0] == ',' || s[0] == '.' || s[0] == '_' ||
		(s[0] == ' ' || s[0] == '\'') && len(s) > 3 && digit(s[2]) && digit(s[3]))
}

// readings are the values that digits with separators may have.
// version is the number as written where full stops part its digits.
// Leading is the likelier meaning: of 1,000 a thousand comes before one.
func readings(raw string) (values []float64, version string) {
	marks := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, raw)
	add := func(s string) {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			values = append(values, v)
		}
	}
	strip := func(s, seps string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(seps, r) {
				return -1
			}
			return r
		}, s)
	}
	last := strings.LastIndexAny(raw, ".,")
	if marks != "" && strings.Trim(marks, ".") == "" {
		version = raw
	}
	switch {
	case marks == "":
		add(raw)
	case strings.Contains(marks, "_"):
		add(strip(raw, "_"))
	case strings.ContainsAny(marks, " '"):
		// One number in groups, or several that stand side by side: "in 19 300
		// people" has both readings.
		add(strings.ReplaceAll(strip(raw, " '"), ",", "."))
		for p := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == ' ' }) {
			add(strings.ReplaceAll(strip(p, "'"), ",", "."))
		}
	case len(marks) == 1:
		if groups(raw) { // 1,000 and 1.000: most likely a thousand
			add(strip(raw, ".,"))
		}
		add(strings.ReplaceAll(raw, ",", "."))
	case strings.Count(marks, marks[:1]) == len(marks): // one separator, repeated
		if marks[0] == '.' && !groups(raw) {
			return nil, raw
		}
		add(strip(raw, ".,"))
		if marks[0] == ',' && !groups(raw) { // a list such as 3,5,7
			for p := range strings.SplitSeq(raw, ",") {
				add(p)
			}
		}
	default: // 1,234.56 or 1.234,56
		add(strip(raw[:last], ".,") + "." + raw[last+1:])
	}
	return values, version
}

// groups reports whether all digits after the first separator come in threes,
// as in 1,000 and 12.345.678. A leading zero, as in 0.125, is a fraction's. raw
// must have a digit.
func groups(raw string) bool {
	parts := strings.FieldsFunc(raw, func(r rune) bool { return r == '.' || r == ',' })
	if len(parts[0]) > 3 || parts[0] == "0" {
		return false
	}
	for _, p := range parts[1:] {
		if len(p) != 3 {
			return false
		}
	}
	return true
}

// significantDigits counts the digits that a rounded number stands for: zeros
// at the end of a whole number say nothing, those behind a decimal point do.
// 5,000 has 1, 5.0 has 2. The least is 1, also for zero.
func significantDigits(raw string) int {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, raw)
	trimmed := strings.TrimLeft(digits, "0")
	if !strings.ContainsAny(raw, ".,") || groups(raw) {
		trimmed = strings.TrimRight(trimmed, "0")
	}
	return max(len(trimmed), 1)
}

// scaled gives every value under every factor, for numbers and units of more
// than one meaning.
func scaled(values, factors []float64) []float64 {
	out := make([]float64, 0, len(values)*len(factors))
	for _, v := range values {
		for _, f := range factors {
			out = append(out, v*f)
		}
	}
	return out
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
