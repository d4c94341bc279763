package quantity

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// monthWord is the name of a month in a text.
type monthWord struct {
	start, end, month int
	word              string
}

// The forms of dates in digits.
var (
	yearFirst = lazyregexp.New(`^(\d{4})([-/.])(\d{1,2})[-/.](\d{1,2})(?:\D|$)`)
	dayFirst  = lazyregexp.New(`^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})(?:\D|$)`)
	yearMonth = lazyregexp.New(`^(\d{4})-(\d{2})(?:[^-\d]|$)`)
	compact   = lazyregexp.New(`^((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\D|$)`)
	monthYear = lazyregexp.New(`^(\d{2})[./](\d{4})(?:\D|$)`)
)

// dateInDigits reads a date in digits at i, and returns where it ends, or i.
// Its parts are one number with no reading, so that 11 of 2019-11-18 is no
// count of anything.
func (r *reader) dateInDigits(i int) int {
	if letters, _ := prefix(r.s, i); letters != "" {
		return i
	}
	rest := r.s[i:min(len(r.s), i+12)]
	if m := compact.FindStringSubmatch(rest); m != nil {
		return r.compactDate(i, m)
	}
	mark := strings.IndexFunc(rest, func(x rune) bool { return !digitRune(x) })
	if mark < 1 || mark > 4 || !strings.Contains("-/.", rest[mark:mark+1]) {
		return i
	}
	d := Date{Start: i}
	length, sep := 0, ""
	num := func(s string) int { n, _ := strconv.Atoi(s); return n }
	if m := yearFirst.FindStringSubmatch(rest); m != nil {
		d.Year, d.Month, d.Day, sep = num(m[1]), num(m[3]), num(m[4]), m[2]
		length = len(m[1]) + len(m[3]) + len(m[4]) + 2
	} else if m := dayFirst.FindStringSubmatch(rest); m != nil {
		d.Day, d.Month, d.Year, sep = num(m[1]), num(m[3]), num(m[4]), m[2]
		length = len(m[1]) + len(m[3]) + len(m[4]) + 2
		if len(m[4]) == 2 {
			d.Year += 2000
			if sep == "." && (len(m[1]) != 2 || len(m[3]) != 2) { // 1.24.21 is a version
				return i
			}
		}
		switch {
		case d.Month > 12 && d.Day <= 12 && sep == "/":
			d.Day, d.Month = d.Month, d.Day
		case d.Day <= 12 && d.Month <= 12 && d.Day != d.Month && sep != ".":
			d.OrDay, d.OrMonth = d.Month, d.Day
		}
	} else if m := yearMonth.FindStringSubmatch(rest); m != nil {
		d.Year, d.Month, length = num(m[1]), num(m[2]), 7
	} else if m := monthYear.FindStringSubmatch(rest); m != nil {
		d.Month, d.Year, length = num(m[1]), num(m[2]), 7
	}
	if length == 0 || d.Month < 1 || d.Month > 12 || d.Day > 31 || d.Year < 1000 || d.Year > 2200 {
		return i
	}
	end := i + length
	d.End, d.Text = end, r.s[i:end]
	r.found = append(r.found, d)
	q := Quantity{Start: i, End: end, Digits: 4, Scale: 1, Date: len(r.found) - 1, Raw: []float64{float64(d.Year)}}
	if sep == "." {
		q.Version = r.s[i:end]
	}
	r.emit(q)
	return end
}

// Times of the day.
var (
	hourMinute = lazyregexp.New(`^(\d{1,2}):(\d{2})(:\d{2}(?:[.,]\d+)?)?(?:\D|$)`)
	hourLetter = lazyregexp.New(`^(\d{1,2}) ?[hH] ?(\d{2})(?:\W|$)`)
	onHour     = lazyregexp.New(`^(\d{1,2})(?::(\d{2}))? ?([aApP])\.?[mM](?:\.|\b)`)
)

// clock reads 15:00, 3 pm, 3:30 p.m. at i; of 3:2 and longer ratios the parts
// are separate numbers. It returns i where there is none.
func (r *reader) clock(i int) int {
	rest := r.s[i:min(len(r.s), i+20)]
	emit := func(length int, readings []Reading, raw ...float64) int {
		r.emit(Quantity{Start: i, End: i + length, Digits: 2, Scale: 1, Date: -1, Readings: readings, Raw: raw})
		return i + length
	}
	mark := strings.IndexFunc(rest, func(x rune) bool { return !digitRune(x) })
	if mark < 1 || mark > 2 || !strings.Contains(": aApPhH", rest[mark:mark+1]) {
		return i
	}
	if m := onHour.FindStringSubmatch(rest); m != nil {
		h, _ := strconv.ParseFloat(m[1], 64)
		minutes, _ := strconv.ParseFloat("0"+m[2], 64)
		if h >= 1 && h <= 12 && minutes < 60 {
			v := h + minutes/60
			if h == 12 {
				v -= 12
			}
			if m[3] == "p" || m[3] == "P" {
				v += 12
			}
			return emit(len(m[0]), []Reading{{v, Unit{Clock, 1, true}}}, h)
		}
	}
	m := hourMinute.FindStringSubmatch(rest)
	if m == nil {
		if m = hourLetter.FindStringSubmatch(rest); m == nil {
			return i
		}
		m = append(m, "")
	}
	a, _ := strconv.ParseFloat(m[1], 64)
	b, _ := strconv.ParseFloat(m[2], 64)
	length := len(m[1]) + 3 + len(m[3])
	if m[3] == "" && rest[len(m[1])] != ':' { // 1 h 30
		length = strings.Index(rest[len(m[1]):], m[2]) + len(m[1]) + 2
	}
	if b >= 60 {
		return i
	}
	if m[3] != "" { // 1:02:33: a duration, or a time with seconds
		c, _ := strconv.ParseFloat(strings.ReplaceAll(m[3][1:], ",", "."), 64)
		return emit(length, []Reading{{a + b/60, Unit{Clock, 1, false}}, {a*3600 + b*60 + c, Unit{Time, 1, false}}}, a, b, c)
	}
	readings := []Reading{{a + b/60, Unit{Clock, 1, false}}, {a*60 + b, Unit{Time, 1, false}}, {a*60 + b, Unit{Time, 60, false}}}
	if a < 12 {
		readings = append(readings, Reading{a + 12 + b/60, Unit{Clock, 1, false}})
	}
	return emit(length, readings, a, b)
}

// dates joins the names of months with the numbers around them, and numbers
// with 年, 月 and 日 behind them.
func (r *reader) dates() {
	next := 0
	for _, m := range r.months {
		for next < len(r.out) && r.out[next].End <= m.start {
			next++
		}
		d := Date{Month: m.month, Start: m.start, End: m.end}
		before, after := next-1, next
		for after < len(r.out) && r.out[after].Start < m.end { // the month's word is a number too: sept
			after++
		}
		if before >= 0 && r.out[before].Date < 0 && r.dayGap(r.out[before].End, m.start) {
			r.take(&d, before)
		}
		var second int
		if after < len(r.out) && r.out[after].Date < 0 && r.dayGap(m.end, r.out[after].Start) && r.take(&d, after) {
			if second = after + 1; second < len(r.out) && r.out[second].Date < 0 && r.dayGap(r.out[after].End, r.out[second].Start) {
				r.take(&d, second)
			}
		}
		if d.Day == 0 && d.Year == 0 && (!monthAlone(m.word) || len([]rune(m.word)) < 3) {
			continue
		}
		d.Text = r.s[d.Start:d.End]
		r.found = append(r.found, d)
	}
	if r.t.han || r.t.hangul {
		r.markedDates()
	}
	r.quarters()
}

// monthAlone reports whether a name without day and year is surely one of a
// month. "may" and "march" are verbs; languages that write months in lower
// case have their own words.
func monthAlone(word string) bool {
	switch word {
	case "may", "march", "mar", "set", "out", "sept", "jan", "dec", "oct", "ago", "sep", "mai", "mars", "mart":
		return false
	}
	return true
}

// take makes a number the day or the year of a date, if it may be one and the
// date lacks it.
func (r *reader) take(d *Date, i int) bool {
	q := &r.out[i]
	v := q.Value()
	if len(q.Readings) == 0 || v != float64(int(v)) || q.Scale != 1 || q.Compound > 0 {
		return false
	}
	switch u := q.Unit(); {
	case u.Dim != None && !(u.Dim == Time && !u.Sure) && u.Dim != "RUB":
		return false
	case v >= 1 && v <= 31 && d.Day == 0 && d.Year == 0 || v >= 1 && v <= 31 && d.Day == 0 && q.Start < d.Start:
		d.Day = int(v)
	case v >= 1000 && v <= 2200 && d.Year == 0:
		d.Year = int(v)
	default:
		return false
	}
	q.Date = len(r.found)
	d.Start, d.End = min(d.Start, q.Start), max(d.End, q.End)
	return true
}

// dayGap reports whether what stands from start to end may part a day, month
// and year: spaces, marks and "of".
func (r *reader) dayGap(start, end int) bool {
	if start > end || end-start > 8 {
		return false
	}
	gap := strings.TrimFunc(r.s[start:end], func(x rune) bool { return unicode.IsSpace(x) || strings.ContainsRune(",.'-/", x) })
	switch fold(gap) {
	case "", "of", "de", "del", "do", "di", "st", "nd", "rd", "th", "er", "th of", "st of", "nd of", "rd of", "º", "º de", "о", "го", "года":
		return true
	}
	return false
}

// markedDates joins 2026年5月5日 and 5월 5일.
func (r *reader) markedDates() {
	d, taken := Date{}, []int{}
	flush := func() {
		if d.Month > 0 {
			for _, i := range taken {
				r.out[i].Date = len(r.found)
			}
			d.Text = r.s[d.Start:d.End]
			r.found = append(r.found, d)
		}
		d, taken = Date{}, taken[:0]
	}
	for i := range r.out {
		q := r.out[i]
		v := q.Value()
		if len(q.Readings) == 0 || v != float64(int(v)) || q.End > len(r.s) {
			flush()
			continue
		}
		// The mark is the last character of the number's unit, or stands behind it.
		x, _ := utf8.DecodeLastRuneInString(q.Text)
		mark := string(x)
		if y, _ := utf8.DecodeRuneInString(r.s[q.End:]); digitRune(x) || strings.ContainsRune("号號月월", y) && !spaceless(x) {
			mark = string(y)
		}
		if len(taken) > 0 && q.Start-d.End > 4 {
			flush()
		}
		switch {
		case (mark == "年" || mark == "년") && v >= 1000 && v <= 2200:
			flush()
			d = Date{Year: int(v), Start: q.Start}
		case (mark == "月" || mark == "월") && v >= 1 && v <= 12 && !strings.ContainsAny(q.Text, "个個ヶヵかケカ개"):
			if d.Month > 0 {
				flush()
			}
			if d.Year == 0 {
				d.Start = q.Start
			}
			d.Month = int(v)
		case (mark == "日" || mark == "일" || mark == "号" || mark == "號") && v >= 1 && v <= 31 && d.Month > 0 && d.Day == 0:
			d.Day = int(v)
		default:
			flush()
			continue
		}
		d.End = q.End
		taken = append(taken, i)
	}
	flush()
}

// quarters makes Q4, 4Q and "4. Quartal" quarters of a year.
func (r *reader) quarters() {
	for i := range r.out {
		q := &r.out[i]
		v := q.Value()
		if len(q.Readings) == 0 || v < 1 || v > 4 || v != float64(int(v)) {
			continue
		}
		rest := r.s[q.End:min(len(r.s), q.End+32)]
		at := strings.TrimLeft(rest, ". -")
		word := wordAt(at, 0)
		marked := false
		for _, w := range []string{"季度", "四半期", "분기"} {
			marked = marked || strings.HasPrefix(at, w)
		}
		if q.Prefix == "Q" || q.Prefix == "T" && r.t.code != "en" || strings.HasPrefix(q.Suffix, "Q") || marked ||
			!q.Spelled && len(rest)-len(at) <= 2 && r.t.is("quarter", fold(word)) && r.t.code != "en" {
			q.Readings = []Reading{{v, Unit{Quarter, 1, true}}}
		}
	}
}
