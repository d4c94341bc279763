package quantity

import (
	"strconv"
	"strings"
)

// hex reads a number as programs write it, 0x1F, at i. It returns i where there
// is none.
func (r *reader) hex(i int) int {
	if rest := r.s[i:]; len(rest) < 3 || rest[0] != '0' || rest[1]|0x20 != 'x' {
		return i
	}
	if letters, _ := prefix(r.s, i); letters != "" {
		return i
	}
	v, end := 0.0, i+2
	for ; end < len(r.s) && end < i+66; end++ {
		d := strings.IndexByte("0123456789abcdef", r.s[end]|0x20)
		if d < 0 {
			break
		}
		v = v*16 + float64(d)
	}
	if end == i+2 || wordAt(r.s, end) != "" { // 0xor
		return i
	}
	r.emit(Quantity{Start: i, End: end, Digits: max(significant(v), 2), Scale: 1, Date: -1, Readings: []Reading{{v, Unit{}}}})
	return end
}

// shortYear is the year that two digits from start to end mean behind an
// apostrophe or the letters of a quarter or fiscal year: Q4 '26, 4Q26, FY26. It
// is 0 for other numbers. Years from 60 on are of the last century.
func shortYear(s string, start, end int) float64 {
	if end-start != 2 || start < 2 || end < len(s) && wordAt(s, end) != "" {
		return 0
	}
	switch before := s[max(0, start-3):start]; {
	case before[len(before)-1] == '\'' && strings.ContainsAny(before[len(before)-2:len(before)-1], " ("):
	case strings.HasSuffix(before, "FY"):
	case len(before) == 3 && before[2] == 'Q' && before[1] >= '1' && before[1] <= '4' && !digit(before[0]):
	case before == "1Q" || before == "2Q" || before == "3Q" || before == "4Q":
	default:
		return 0
	}
	y := float64(s[start]-'0')*10 + float64(s[start+1]-'0')
	if y < 60 {
		return 2000 + y
	}
	return 1900 + y
}

// compactDate takes 20260505 as a date, which may be a plain number as well.
func (r *reader) compactDate(i int, m []string) int {
	var part [3]int
	for k := range part {
		part[k], _ = strconv.Atoi(m[k+1])
	}
	end := i + 8
	r.found = append(r.found, Date{Year: part[0], Month: part[1], Day: part[2], Start: i, End: end, Text: r.s[i:end]})
	raw := float64(part[0]*1e4 + part[1]*100 + part[2])
	r.emit(Quantity{Start: i, End: end, Digits: 8, Scale: 1, Date: len(r.found) - 1, Raw: []float64{raw}})
	return end
}

// hundredths reads what stands behind tenths at i: the 五 of 三成五 and of 3割5分.
func (r *reader) hundredths(units []Unit, i int) (float64, int) {
	if !r.t.han || len(units) == 0 || units[0].Dim != Percent || units[0].Factor != 10 || i >= len(r.s) {
		return 0, i
	}
	var v float64
	size := 1
	if digit(r.s[i]) {
		v = float64(r.s[i] - '0')
	} else {
		x := firstRune(r.s[i:])
		d, ok := hanDigits[x]
		if !ok {
			return 0, i
		}
		v, size = d, len(string(x))
	}
	end := i + size
	rest, marked := strings.CutPrefix(r.s[end:], "分")
	if !marked && rest != "" && (digit(rest[0]) || hanStart[firstRune(rest)]) {
		return 0, i
	}
	return v / 10, len(r.s) - len(rest)
}

// partOfHour reads a part of a unit of time without a number or an article
// before it: четверть часа. It returns i where there is none.
func (r *reader) partOfHour(i int, word, w string) int {
	f, ok := find(r.t.fractions, r.t.stemFracs, w)
	if !ok || f <= 2 {
		return i
	}
	at := skipGap(r.s, i+len(word))
	us, ok := find(r.t.units, r.t.stemUnits, fold(wordAt(r.s, at)))
	if !ok || at == i+len(word) || us[0].Dim != Time || !us[0].Sure || us[0].Factor < 60 {
		return i
	}
	return r.emitHalf(i, at+len(wordAt(r.s, at)), 1/f, us)
}

// partOf reads what follows the denominator in Chinese, Japanese and Korean:
// 3分の2, 100万分の1.
func (r *reader) partOf(q *Quantity, values []float64, end int) int {
	if !r.t.han && !r.t.hangul || len(values) == 0 || values[0] <= 0 {
		return end
	}
	for _, w := range []string{"分之", "分の", "분의 ", "분의"} {
		if !strings.HasPrefix(r.s[end:], w) {
			continue
		}
		n, e := r.hanOrDigits(end + len(w))
		if e == 0 && r.t.hangul {
			if d, ok := sinoDigits[firstRune(r.s[end+len(w):])]; ok {
				n, e = d, end+len(w)+3
			}
		}
		if e > 0 {
			q.End, q.Digits, q.Readings = e, 2, []Reading{{n / values[0], Unit{Share, 1, true}}}
			r.emit(*q)
			return e
		}
	}
	return end
}
