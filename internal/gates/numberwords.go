package gates

import (
	"math"
	"strings"
	"unicode"
)

// units are the English cardinals and ordinals below twenty.
var units = map[string]float64{
	"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
	"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
	"seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
	"thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
}

// tens are those of the multiples of ten below a hundred, which units may
// follow.
var tens = map[string]float64{
	"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
	"twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
}

// powers multiply what stands before them.
var powers = map[string]float64{"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

// spelled finds numbers in English words: "three hundred and twenty-five".
// Other languages spell numbers in ways that need a grammar each; those numbers
// are not found, neither on the page nor in a comment.
func spelled(text string) []quantity {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '%'
	})
	var out []quantity
	for i := 0; i < len(words); {
		value, n := spelledAt(words[i:])
		if n == 0 {
			i++
			continue
		}
		// What follows says whether it is a share or a century, as with digits.
		q := quantity{text: strings.Join(words[i:i+n], " "), values: []float64{value}, digits: 1}
		next := ""
		if i+n < len(words) {
			next = words[i+n]
		}
		q.percent = next == "percent" || next == "per" || next == "%"
		q.small = !q.percent && (value <= 12 || strings.HasPrefix(next, "centur"))
		q.approx = i > 0 && approximations[words[i-1]]
		// "Fifteen" may stand for 14.9, but "twelve" and less for themselves
		// only.
		if value >= 13 {
			q.digits = 2
		}
		out = append(out, q)
		i += n
	}
	return out
}

// spelledAt reads a number in words at the start of words, and says how many
// words it takes; none, if n is 0. It stops at the first word that cannot
// continue the number: "two thousand three" takes three words, "two three" one.
//
// part is the number below the next thousand, total what is complete above it:
// after "two hundred thousand", total is 200,000 and part is 0. used counts the
// words up to the last that belongs to the number, so that an "and" at its end
// is left.
func spelledAt(words []string) (value float64, n int) {
	total, part := 0.0, 0.0
	used, begun := 0, false
	for i, w := range words {
		switch {
		// British "and", as in "three hundred and five". In "ten and five" it
		// parts two numbers.
		case w == "and" && begun && used == i && part >= 100 && i+1 < len(words) && isNumberWord(words[i+1]):
			used = i + 1
			continue
		// "a million", but not the article of "a dog".
		case (w == "a" || w == "an") && i == 0 && len(words) > 1 && powers[words[1]] > 0:
			part, begun = 1, true
		case has(tens, w) && math.Mod(part, 100) == 0:
			part += tens[w]
			begun = true
		// Behind a ten only one to nine may follow: "twenty five", not "twenty
		// fifteen".
		case has(units, w) && (math.Mod(part, 100) == 0 || units[w] < 10 && math.Mod(part, 10) == 0 && math.Mod(part, 100) >= 20):
			part += units[w]
			begun = true
		case w == "hundred" && begun && part < 100:
			part *= 100
		case powers[w] >= 1000 && begun && part > 0:
			total += part * powers[w]
			part = 0
		default:
			return total + part, used
		}
		used = i + 1
	}
	return total + part, used
}

// isNumberWord reports whether w is a number below a hundred.
func isNumberWord(w string) bool { return has(units, w) || has(tens, w) }

func has(m map[string]float64, w string) bool {
	_, ok := m[w]
	return ok
}
