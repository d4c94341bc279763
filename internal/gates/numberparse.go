package gates

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/technoshare/commentator/internal/text"
)

// quantity is one number of a text. A number has several values where its
// writing leaves more than one meaning; it counts as found when any of them is.
// percent numbers are also looked for as a share of one; decade is a year with
// an attached s, "1990s", which any year of it proves.
type quantity struct {
	text string
	// values are what it may mean: 1.000 is a thousand or one.
	// The first is the likeliest.
	values []float64
	// digits is the number of significant digits, for rounding: 3 of 12.9 and
	// of 12,900. It is at least 1.
	digits int
	// version holds numbers such as 1.41.1, which have no value.
	version string
	// small is a bare count up to twelve, or a century: those are counted by
	// the writer rather than found on the page, and nobody is misled by them.
	small bool
	// approx says that a word such as "about" comes before it.
	approx  bool
	percent bool
	decade  bool
}

// numberPattern finds numbers in digits, the first of these forms that fits: in
// groups by commas (1,234.5 and the Indian 1,23,456), by full stops
// (1.234.567,8), by spaces or apostrophes (1 234 567 and 1'500'000), and any
// other, with marks between its digits (42, 3.14, 1.41.1). What they mean is up
// to [readings].
var numberPattern = regexp.MustCompile(`\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|` +
	`\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*`)

// scales are words and letters that multiply the number before them. Letters
// and words that differ between languages have two meanings: "billion" is 10⁹
// in English and 10¹² in the long scale, "m" is a million or a metre, hence
// also a factor of 1.
var scales = map[string][]float64{
	"hundred": {1e2}, "thousand": {1e3}, "thousands": {1e3}, "k": {1e3},
	"million": {1e6}, "millions": {1e6}, "mn": {1e6}, "mio": {1e6}, "mln": {1e6},
	"mm": {1e6, 1}, "m": {1e6, 1}, "billion": {1e9, 1e12}, "billions": {1e9}, "bn": {1e9}, "b": {1e9, 1}, "mrd": {1e9}, "md": {1e9, 1},
	"trillion": {1e12, 1e18}, "tn": {1e12}, "t": {1e12, 1}, "lakh": {1e5}, "crore": {1e7}, "g": {1e9, 1},
	"tausend": {1e3}, "millionen": {1e6}, "milliarde": {1e9}, "milliarden": {1e9}, "billionen": {1e12}, "mil": {1e3, 1}, "mille": {1e3},
	"millones": {1e6}, "millón": {1e6}, "milhões": {1e6}, "milhão": {1e6}, "milioni": {1e6},
	"miljoen": {1e6}, "miljard": {1e9}, "milliard": {1e9}, "milliards": {1e9},
	"miliardi": {1e9}, "bilhões": {1e9}, "bilhão": {1e9}, "juta": {1e6}, "ribu": {1e3}, "miliar": {1e9},
	"тыс": {1e3}, "тысяч": {1e3}, "млн": {1e6}, "миллионов": {1e6},
	"млрд": {1e9}, "миллиардов": {1e9}, "万": {1e4}, "萬": {1e4}, "千": {1e3}, "百万": {1e6}, "億": {1e8}, "亿": {1e8}, "兆": {1e12}, "dozen": {12},
}

// measured are units that make even a small number a claim.
// "5 ms" is looked for on the page, "5 things" is not.
var measured = text.Set(`x × % percent pct ms ns µs us s sec secs kb mb gb tb pb kib mib gib tib kg km cm mm nm ghz mhz hz fps qps rps
	tps kw kwh mw gw
	tokens parameters points usd eur dollars euros pounds`)

// approximations are the words and signs before a number that say it is
// rounded, in English, German, Spanish, French and Italian.
var approximations = text.Set(`about around roughly nearly almost over approximately approx some circa ca than to least most under
	exceeding ~ ≈ > < ≥ ≤ fast rund etwa
	casi unos environ presque circa quasi cerca más plus up beyond topping exceeds surpassing`)

// quantities finds the numbers in text, in digits and in English words.
// The order is that of the text for numbers in digits; numbers in words follow.
func quantities(text string) []quantity {
	text = plainDigits(text)
	var out []quantity
	for _, at := range numberPattern.FindAllStringIndex(text, -1) {
		if q, ok := quantityAt(text, at[0], at[1]); ok {
			out = append(out, q)
		}
	}
	return append(out, spelled(text)...)
}

// fractions finds vulgar fractions with the whole number before them: ½, 2½.
var fractions = regexp.MustCompile(`\d*[½¼¾]`)

// plainDigits brings digits, spaces and fractions of all kinds to ASCII.
// "2½" becomes "2.5", "٢٥٠" and "２５０" become "250". Exponents are dropped,
// since NFKC would make 102 of 10². ASCII text comes back as it is.
func plainDigits(s string) string {
	if ascii(s) {
		return s
	}
	s = fractions.ReplaceAllStringFunc(s, func(m string) string {
		part := map[string]string{"½": ".5", "¼": ".25", "¾": ".75"}[strings.TrimLeft(m, "0123456789")]
		if whole := strings.TrimRight(m, "½¼¾"); whole != "" {
			return whole + part
		}
		return "0" + part
	})
	s = norm.NFKC.String(strings.NewReplacer("²", "", "³", "").Replace(s))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x80 && unicode.Is(unicode.Nd, r):
			return digitOf(r)
		case r >= 0x80 && unicode.Is(unicode.Zs, r):
			return ' '
		case r == '٫':
			return '.'
		case r == '٬':
			return ','
		}
		return r
	}, s)
}

// digitOf maps a decimal digit of any script to ASCII. Unicode gives each
// script ten digits in a row that start with its zero, so that counting back to
// the start of the row gives the value. r must be of category Nd.
func digitOf(r rune) rune {
	zero := r
	for n := 0; n < 9 && unicode.Is(unicode.Nd, zero-1); n++ {
		zero--
	}
	return '0' + (r-zero)%10
}

// quantityAt reads the number at text[start:end] with what stands around it:
// unit, scale, currency, "about". It returns false for digits that are part of
// a name.
func quantityAt(text string, start, end int) (quantity, bool) {
	if identifier(text[:start]) {
		return quantity{}, false
	}
	raw := text[start:end]
	q := quantity{text: raw}
	q.values, q.version = readings(raw)
	q.digits = significant(raw)
	unit, attached := following(text[end:])
	q.decade = unit == "s" && attached && len(raw) == 4
	factors := []float64{1}
	// A single letter multiplies only where it touches the number: "5m" may be
	// five million, "5 m" is a length.
	if f, ok := scales[unit]; ok && (attached || len([]rune(unit)) > 1 || unit == "k") {
		factors = f
		q.text += " " + unit
	}
	// "per" is the first half of "per cent". A rate such as "5 per day" is
	// taken for a share as well, which only makes it looked for though it is
	// small.
	q.percent = unit == "%" || unit == "percent" || unit == "pct" || unit == "per"
	currency, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text[:start], " "))
	ordinal := attached && (unit == "st" || unit == "nd" || unit == "rd" || unit == "th")
	bare := !q.percent && !unicode.Is(unicode.Sc, currency) && !measured[unit] && scales[unit] == nil
	// values[0] is still the number without its scale here.
	q.small = bare && q.version == "" && len(q.values) > 0 && q.values[0] <= 12 && q.values[0] == math.Trunc(q.values[0]) || ordinal &&
		nextWordIs(text[end:], "century")
	q.approx = approximations[lastWord(text[:start])]
	if q.percent {
		q.text += "%"
	}
	q.values = multiply(q.values, factors)
	return q, true
}

// identifier reports whether what comes before a number makes it part of a name:
// GPT-4, H100, v1.2, ID.3.
// Behind a letter, _ or # that is always so (ideographs excepted); behind a
// hyphen, full stop or slash if the word before has a capital: "ID.3" is a car,
// the 7 of "24/7" a number.
func identifier(before string) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	if unicode.IsLetter(r) || r == '_' || r == '#' {
		return unicode.IsLetter(r) && !cjk(r) || r == '_' || r == '#'
	}
	if r != '-' && r != '.' && r != '/' {
		return false
	}
	rest := before[:len(before)-n]
	word := rest[strings.LastIndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
	return strings.IndexFunc(word, unicode.IsUpper) >= 0
}

// cjk reports whether r is of a script in which words stand next to numbers
// without a space.
func cjk(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }

// readings are the values that digits with separators may have.
// version is the number as written where it has no value, as 1.41.1; values are
// then empty. Leading is the likelier meaning: of 1,000 a thousand comes before
// one.
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
	switch {
	case marks == "":
		add(raw)
	case strings.ContainsAny(marks, " '’"):
		// One number in groups, or several that stand side by side: "in 19 300
		// people" has both readings.
		add(strings.ReplaceAll(strip(raw, " '’"), ",", "."))
		for _, p := range strings.FieldsFunc(raw, func(r rune) bool { return r == ' ' }) {
			add(strings.ReplaceAll(strip(p, "'’"), ",", "."))
		}
	case len(marks) == 1:
		if groups(raw) { // 1,000 and 1.000: most likely a thousand
			add(strip(raw, ".,"))
		}
		add(strings.ReplaceAll(raw, ",", "."))
	case strings.Count(marks, marks[:1]) == len(marks): // one separator, repeated
		add(strip(raw, ".,"))
		if marks[0] == '.' && !groups(raw) {
			return nil, raw
		}
		if marks[0] == ',' && !groups(raw) { // a list such as 3,5,7
			for p := range strings.SplitSeq(raw, ",") {
				add(p)
			}
		}
	default: // 1,234.56 or 1.234,56
		add(strip(raw[:last], ".,") + "." + raw[last+1:])
	}
	return values, ""
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

// significant counts the digits that a rounded number stands for: zeros at the
// end of a whole number say nothing, those behind a decimal point do. 5,000 has
// 1, 5.0 has 2. The least is 1, also for zero.
func significant(raw string) int {
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

// following is the unit after a number, in lower case, and whether it is
// attached to it. One space or hyphen may part them, "5 million" and
// "5-million"; with more, or with another sign, there is no unit and the result
// is "". The unit is any word: whether it is one of scales or measured is for
// the caller to see.
func following(rest string) (unit string, attached bool) {
	attached = true
	trimmed := strings.TrimLeft(rest, " -")
	if len(trimmed) != len(rest) {
		attached = false
		if len(rest)-len(trimmed) > 1 {
			return "", false
		}
	}
	if strings.HasPrefix(trimmed, "%") {
		return "%", attached
	}
	r, n := utf8.DecodeRuneInString(trimmed)
	if cjk(r) || r == '×' {
		// 百万 is a million, 百 alone is no scale: the longer one is tried first.
		if two := []rune(trimmed); len(two) > 1 && scales[string(two[:2])] != nil {
			return string(two[:2]), attached
		}
		return trimmed[:n], attached
	}
	end := strings.IndexFunc(trimmed, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(trimmed)
	}
	return strings.ToLower(trimmed[:end]), attached
}

// lastWord is the word or sign before a number, in lower case, past currency
// and quotation marks: "about" for "about $5". It is empty where there is none.
func lastWord(before string) string {
	before = strings.TrimRight(before, " $€£¥₹*_“\"(")
	if r, n := utf8.DecodeLastRuneInString(before); strings.ContainsRune("~≈><≥≤", r) {
		return before[len(before)-n:]
	}
	return strings.ToLower(before[strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) })+1:])
}

// nextWordIs reports whether one of the next two words begins with word, which
// is in lower case. It is the second in "21st century", where rest begins with
// "st".
func nextWordIs(rest, word string) bool {
	f := strings.Fields(strings.ToLower(rest))
	return len(f) > 0 && (strings.HasPrefix(f[0], word) || len(f) > 1 && strings.HasPrefix(f[1], word))
}

// multiply gives every value under every factor, for numbers and units of more
// than one meaning.
func multiply(values, factors []float64) []float64 {
	out := make([]float64, 0, len(values)*len(factors))
	for _, v := range values {
		for _, f := range factors {
			out = append(out, v*f)
		}
	}
	return out
}
