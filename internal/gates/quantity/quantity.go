package quantity

import "math"

// Dim is what a unit measures: time, length, money of one currency. Two
// quantities can be compared by value when they have the same one.
type Dim string

// The dimensions that callers ask about. Others, such as length and the codes
// of currencies, stand in the tables only.
const (
	None    Dim = ""        // no unit is known
	Percent Dim = "percent" // hundredths
	Share   Dim = "share"   // a part of one: two thirds
	Times   Dim = "times"   // a factor: 3x, twice
	Time    Dim = "time"    // seconds
	Clock   Dim = "clock"   // a time of the day, in hours
	Quarter Dim = "quarter" // of a year
	Data    Dim = "data"    // bytes
)

// Unit is what follows a number, or stands before it. Factor brings a value to
// the base of its dimension.
type Unit struct {
	Dim    Dim
	Factor float64
	// Sure says that the word or sign hardly means anything else. "m" is not
	// sure: it is metre, minute or million.
	Sure bool
}

// Reading is one meaning of a number. Value has the scale in it, not the unit:
// of "1.8 million km" it is 1,800,000.
type Reading struct {
	Value float64
	Unit  Unit
}

// Base is the value in the base of the unit's dimension.
func (r Reading) Base() float64 {
	if r.Unit.Dim == None {
		return r.Value
	}
	return r.Value * r.Unit.Factor
}

// Approx says how a number is meant.
type Approx int

// What words such as "about", "more than" and "nearly" make of a number.
const (
	Exact Approx = iota
	About
	Over
	Under
)

// Quantity is one number of a text with its unit.
type Quantity struct {
	Text       string // as it stands in the text, brought to plain digits
	Start, End int    // in bytes of [Text.Plain]
	// Readings are what it may mean, the likeliest first. There is at least
	// one, unless it is a version.
	Readings []Reading
	// Raw are values of its digits that a comparison may fall back on: the
	// parts of 3:2 or of a date in digits.
	Raw []float64
	// Scale is the factor of its words for scale, 1 without any.
	Scale float64
	// Digits is the number of significant digits, 3 of 12.9 and of 12,900; 1 at
	// least. Of numbers in words it is that of the value.
	Digits int
	// Version is the number as written where its full stops may part the
	// components of a version: 1.26, 4.2.0. Version numbers of three and more
	// components have no readings.
	Version string
	// Prefix are the letters that it is attached to, as go of go1.26. Named says
	// that they make it a part of a name: GPT-4, ID.3.
	Prefix string
	Named  bool
	// Suffix are letters attached behind it that are no unit: rc of 1.26rc1.
	Suffix  string
	Approx  Approx
	Spelled bool // in words
	Ordinal bool
	Decade  bool // 1990s, the nineties: ten years from the value
	Article bool // "an hour": the number is an article
	// Compound is the number of quantities before this one that it sums up: two
	// for "1 hour 30 minutes".
	Compound int
	// Date is the place in [Text.Dates] of the date it belongs to, or -1.
	Date int

	bytes bool // its scale is a letter that may stand for bytes as well
}

// Unit is the unit of the likeliest reading.
func (q Quantity) Unit() Unit {
	if len(q.Readings) == 0 {
		return Unit{}
	}
	return q.Readings[0].Unit
}

// Value is the value of the likeliest reading, NaN for versions.
func (q Quantity) Value() float64 {
	if len(q.Readings) == 0 {
		return math.NaN()
	}
	return q.Readings[0].Value
}

// Date is a day, month or year of a text. Fields that are not said are 0.
type Date struct {
	Year, Month, Day int
	Text             string
	Start, End       int
	// Or is the other reading of 4/5/2026 with day and month swapped, as (day,
	// month); 0 where there is none.
	OrMonth, OrDay int
}

// Text is what was read of a text.
type Text struct {
	Plain   string // the text with plain digits and spaces, which offsets refer to
	Numbers []Quantity
	Dates   []Date
	// Relative says that the text counts from a day that it need not name:
	// "last year", "three weeks ago".
	Relative bool
}

// significant counts the digits of a whole number without the zeros at its end,
// and those of a fraction up to six.
func significant(v float64) int {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	v = math.Abs(v)
	for range 6 {
		if v == math.Trunc(v) {
			break
		}
		v *= 10
	}
	v = math.Round(v)
	for v >= 10 && math.Mod(v, 10) == 0 {
		v /= 10
	}
	n := 1
	for v >= 10 {
		v, n = math.Trunc(v/10), n+1
	}
	return n
}
