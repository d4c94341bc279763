package quantity

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxNumbers is how many numbers of a text are read; what comes after them is
// not.
const MaxNumbers = 50_000

// Read finds the numbers and dates of a text under the conventions of a
// language, given as ISO 639-1 code. Of a language that is not known, numbers
// in digits and international units are read as in English.
func Read(text, lang string) Text {
	t := tables[lang]
	if t == nil {
		t = english
	}
	r := &reader{s: plain(text), t: t()}
	r.run()
	r.ranges()
	r.compounds()
	r.dates()
	return Text{Plain: r.s, Numbers: r.out, Dates: r.found, Relative: r.relative}
}

// reader goes over a text once.
type reader struct {
	s        string
	t        *table
	out      []Quantity
	months   []monthWord
	found    []Date
	relative bool
}

// run finds the numbers, and remembers the names of months.
func (r *reader) run() {
	inWord := false // the letter before belongs to a word
	for i := 0; i < len(r.s) && len(r.out) < MaxNumbers; {
		c := r.s[i]
		switch {
		case digit(c):
			i = r.digits(i)
			inWord = false
			continue
		case c < utf8.RuneSelf && !(c|0x20 >= 'a' && c|0x20 <= 'z'):
			inWord = c == '_'
			i++
			continue
		}
		x, size := utf8.DecodeRuneInString(r.s[i:])
		switch {
		case spaceless(x):
			inWord = false
			if next := r.script(i, x); next > i {
				i = next
			} else {
				i += size
			}
		case !unicode.IsLetter(x):
			inWord = inWord && unicode.Is(unicode.Mn, x)
			i += size
		default:
			word := wordAt(r.s, i)
			next := i
			if !inWord && len(word) <= 64 {
				next = r.word(i, word)
			}
			if next == i {
				next = i + max(len(word), size)
			}
			i, inWord = next, false
		}
	}
}

// script reads a number in a script without spaces, and notes what such texts
// say of time.
func (r *reader) script(i int, x rune) int {
	if !r.relative && (r.t.han || r.t.hangul) {
		for _, n := range [3]int{1, 2, 3} {
			r.relative = r.relative || r.t.is("relative", runes(r.s[i:], n))
		}
	}
	switch {
	case r.t.han && hanStart[x]:
		return r.han(i)
	case r.t.hangul && unicode.Is(unicode.Hangul, x):
		return r.hangul(i)
	}
	return i
}

// runes are the first n runes of s.
func runes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// digits reads a number in digits at i, and returns where it ends.
func (r *reader) digits(i int) int {
	if end := r.dateInDigits(i); end > i {
		return end
	}
	if end := r.clock(i); end > i {
		return end
	}
	if end := r.hex(i); end > i {
		return end
	}
	l := r.t.literalAt(r.s, i)
	if m := ratioAt(r.s[i:min(len(r.s), i+12)]); m != nil {
		a, _ := strconv.ParseFloat(m[1], 64)
		b, _ := strconv.ParseFloat(m[2], 64)
		if letters, named := prefix(r.s, i); letters == "" && !named && b > 0 && a < b {
			end := i + len(m[1]) + 1 + len(m[2])
			r.emit(Quantity{Start: i, End: end, Digits: 2, Scale: 1, Date: -1, Raw: []float64{a, b},
				Readings: []Reading{{a / b, Unit{Share, 1, true}}}})
			return end
		}
	}
	if len(l.values) > 0 && (r.t.han || r.t.hangul) {
		if y := r.eraYear(i, l.values[0], l.end); y > 0 {
			r.emit(Quantity{Start: i, End: l.end + len("年"), Digits: 4, Scale: 1, Date: -1, Readings: []Reading{{y, Unit{}}}, Raw: l.values[:1]})
			return l.end + len("年")
		}
	}
	q := Quantity{Start: i, Digits: l.digits, Version: l.version, Scale: 1, Date: -1}
	q.Prefix, q.Named = prefix(r.s, i)
	if l.raw != r.s[i:l.end] && len(l.values) > 1 { // the parts of a power
		q.Raw = append(q.Raw, l.parts...)
	}
	if y := shortYear(r.s, i, l.end); y > 0 {
		q.Readings = []Reading{{y, Unit{}}, {l.values[0], Unit{}}}
		q.End, q.Named = l.end, false
		r.emit(q)
		return l.end
	}
	end, values := r.scales(&q, l.values, l.end)
	if e := r.partOf(&q, values, end); e > end {
		return e
	}
	return r.finish(&q, values, end)
}

// word reads what begins with a word: a number in words, a factor such as
// "twice", a decade. It returns i where the word is nothing of that.
func (r *reader) word(i int, word string) int {
	w, t := fold(word), r.t
	if !r.relative && t.is("relative", w) {
		r.relative = true
	}
	if m, ok := find(t.months, t.stemMonths, w); ok {
		r.months = append(r.months, monthWord{i, i + len(word), int(m), word})
	}
	if n, ok := find(t.times, t.stemTimes, w); ok {
		r.emit(Quantity{Start: i, End: i + len(word), Digits: 1, Spelled: true, Scale: 1, Date: -1,
			Readings: []Reading{{n, Unit{Times, 1, true}}}})
		return i + len(word)
	}
	if n, ok := find(t.decades, t.stemDecades, w); ok {
		r.emit(Quantity{Start: i, End: i + len(word), Digits: 1, Spelled: true, Scale: 1, Date: -1, Decade: true,
			Readings: []Reading{{1900 + n, Unit{}}, {2000 + n, Unit{}}, {1800 + n, Unit{}}}})
		return i + len(word)
	}
	if end := r.halfOf(i, word, w); end > i {
		return end
	}
	if f, ok := find(t.fractions, t.stemFracs, w); ok && f == 2 && !t.is("half", w) { // la moitié
		r.emit(Quantity{Start: i, End: i + len(word), Digits: 1, Spelled: true, Scale: 1, Date: -1,
			Readings: []Reading{{1 / f, Unit{Share, 1, true}}}})
		return i + len(word)
	}
	if end := r.partOfHour(i, word, w); end > i {
		return end
	}
	n := t.spelledAt(r.s, i)
	if n.end > i {
		return r.spelled(i, n)
	}
	if t.is("article", w) {
		return r.article(i, word)
	}
	if us := t.units[w]; len(us) > 0 && us[0].Dim == Time && us[0].Factor > 3e8 { // over the next decade
		r.emit(Quantity{Start: i, End: i + len(word), Digits: 1, Spelled: true, Article: true, Scale: 1, Date: -1,
			Readings: []Reading{{1, us[0]}}})
		return i + len(word)
	}
	return i
}

// spelled takes a number in words with what follows it.
func (r *reader) spelled(i int, n spelled) int {
	q := Quantity{Start: i, Digits: n.digits, Spelled: true, Ordinal: n.ordinal, Scale: n.scale, Date: -1}
	if math.Mod(n.scale, 12) == 0 { // dozens
		q.Approx, q.Digits = About, 1
	}
	if !n.ordinal {
		if end := r.fraction(&q, n.values[0], n.end); end > 0 {
			return end
		}
	} else {
		at := skipGap(r.s, n.end)
		if w := wordAt(r.s, at); r.t.is("quarter", fold(w)) {
			q.End = at + len(w)
			q.Readings = []Reading{{n.values[0], Unit{Quarter, 1, true}}}
			r.emit(q)
			return q.End
		}
	}
	end, values := r.scales(&q, n.values, n.end)
	return r.finish(&q, values, end)
}

// fraction reads "two thirds", where the number has been read. It returns 0
// where there is none.
func (r *reader) fraction(q *Quantity, n float64, end int) int {
	at := skipGap(r.s, end)
	word := wordAt(r.s, at)
	d, ok := find(r.t.fractions, r.t.stemFracs, fold(word))
	if at == end || !ok || n >= d || n < 1 || n != math.Trunc(n) {
		return 0
	}
	if n >= 10 && d >= 1000 && math.Mod(n, 10) == 0 { // a hundred-millionth
		n, d = 1, n*d
	}
	q.End = at + len(word)
	q.Readings = []Reading{{n / d, Unit{Share, 1, true}}}
	q.Digits = 2
	if us, e := r.ofUnit(q.End); e > q.End { // three quarters of an hour
		q.End, q.Readings = e, []Reading{{n / d, us[0]}}
		r.emit(*q)
		return e
	}
	r.emit(*q)
	if us := r.t.units[fold(word)]; len(us) > 0 { // three quarters of a year, or nine months
		last := &r.out[len(r.out)-1]
		last.Readings = append(last.Readings, Reading{n, us[0]})
	}
	return q.End
}

// halfOf reads "half a million", "half an hour", "halbe Stunde", полчаса.
// Half alone is a share.
func (r *reader) halfOf(i int, word, w string) int {
	t := r.t
	if !t.is("half", w) {
		if rest, ok := strings.CutPrefix(w, "пол"); ok && t.code == "ru" && len(rest) >= 4 {
			if us, ok := find(t.units, t.stemUnits, strings.TrimPrefix(rest, "у")); ok {
				return r.emitHalf(i, i+len(word), 0.5, us)
			}
		}
		return i
	}
	end := i + len(word)
	at := skipGap(r.s, end)
	if a := wordAt(r.s, at); at > end && t.is("article", fold(a)) {
		at = skipGap(r.s, at+len(a))
	}
	next := fold(wordAt(r.s, at))
	if num, ok := find(t.numerals, t.stemNumerals, next); ok && at > end && num.kind == scale {
		q := Quantity{Start: i, Digits: 1, Spelled: true, Scale: num.values[0], Date: -1}
		return r.finish(&q, scaled(num.values, []float64{0.5}), at+len(wordAt(r.s, at)))
	}
	if us, ok := find(t.units, t.stemUnits, next); ok && at > end {
		return r.emitHalf(i, at+len(wordAt(r.s, at)), 0.5, us)
	}
	return r.emitHalf(i, end, 0.5, []Unit{{Share, 1, true}})
}

// emitHalf adds a number with units that are known already.
func (r *reader) emitHalf(i, end int, v float64, us []Unit) int {
	q := Quantity{Start: i, End: end, Digits: 1, Spelled: true, Scale: 1, Date: -1}
	for _, u := range us {
		q.Readings = append(q.Readings, Reading{v, u})
	}
	r.emit(q)
	return end
}

// article reads "an hour", "an hour and a half" and "a third".
func (r *reader) article(i int, word string) int {
	end := i + len(word)
	at := skipGap(r.s, end)
	if at == end {
		return i
	}
	next := wordAt(r.s, at)
	if n := r.t.spelledAt(r.s, at); n.end > at && n.values[0] >= 10 { // a hundred-millionth
		q := Quantity{Start: i, Spelled: true, Scale: 1, Date: -1}
		if e := r.fraction(&q, n.values[0], n.end); e > 0 {
			return e
		}
	}
	unit := r.t.units[fold(next)]
	if d, ok := find(r.t.fractions, r.t.stemFracs, fold(next)); ok && (len(unit) == 0 || !unit[0].Sure) { // not eine Viertelstunde
		end := at + len(next)
		us := []Unit{{Share, 1, true}}
		v := 1 / d
		// "a quarter of an hour"
		if u, e := r.ofUnit(end); e > end {
			us, end = u, e
		}
		q := Quantity{Start: i, End: end, Digits: 2, Spelled: true, Article: true, Scale: 1, Date: -1}
		for _, u := range us {
			q.Readings = append(q.Readings, Reading{v, u})
		}
		r.emit(q)
		return end
	}
	if us, ok := find(r.t.units, r.t.stemUnits, fold(next)); ok {
		q := Quantity{Start: i, Digits: 1, Spelled: true, Article: true, Scale: 1, Date: -1}
		values := []float64{1}
		q.End = at + len(next)
		if e := r.andHalf(q.End); e > q.End {
			values[0], q.End, q.Article, q.Digits = 1.5, e, false, 2
		}
		for _, u := range us {
			q.Readings = append(q.Readings, Reading{values[0], u})
		}
		r.emit(q)
		return q.End
	}
	return i
}

// ofUnit reads "of an hour" at i.
func (r *reader) ofUnit(i int) ([]Unit, int) {
	at := i
	for range 3 {
		next := skipGap(r.s, at)
		if next == at {
			return nil, i
		}
		word := wordAt(r.s, next)
		if us, ok := find(r.t.units, r.t.stemUnits, fold(word)); ok && us[0].Dim == Time {
			return us, next + len(word)
		}
		if at = next + len(word); strings.HasPrefix(r.s[at:], "'") { // d'heure
			if elided := wordAt(r.s, at+1); len(r.t.units[fold(elided)]) > 0 && r.t.units[fold(elided)][0].Dim == Time {
				return r.t.units[fold(elided)], at + 1 + len(elided)
			}
		}
	}
	return nil, i
}

// emit adds a number to the result.
func (r *reader) emit(q Quantity) {
	q.Text = r.s[q.Start:q.End]
	if q.Approx == Exact {
		q.Approx = r.t.approxAround(r.s, q.Start, q.End)
	}
	r.out = append(r.out, q)
}

// prefix are the letters that a number at i is attached to, and whether they
// make it part of a name: GPT-4, H100, v1.2, ID.3. Behind a letter, _ or # that
// is always so (scripts without spaces excepted); behind a hyphen, full stop or
// slash if the word before has a capital: "ID.3" is a car, the 7 of "24/7" a
// number.
func prefix(s string, i int) (letters string, named bool) {
	before := s[max(0, i-32):i]
	r, n := utf8.DecodeLastRuneInString(before)
	letter := func(r rune) bool { return unicode.IsLetter(r) && !spaceless(r) }
	tail := func(s string) string {
		return s[strings.LastIndexFunc(s, func(r rune) bool { return !letter(r) })+1:]
	}
	switch {
	case letter(r):
		return tail(before), true
	case r == '_' || r == '#':
		return "", true
	case r != '-' && r != '.' && r != '/':
		return "", false
	}
	word := tail(before[:len(before)-n])
	return "", strings.IndexFunc(word, unicode.IsUpper) >= 0
}
