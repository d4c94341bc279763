package quantity

import (
	"math"
	"strings"
	"unicode/utf8"
)

// scales reads the words and letters behind a number at end that multiply it,
// and what follows them as part of it: 1억 2천만, "3 million 200 thousand", "3
// and a half million".
func (r *reader) scales(q *Quantity, values []float64, end int) (int, []float64) {
	if len(values) == 0 {
		return end, values
	}
	if e := r.andHalf(end); e > end && !q.Spelled && !r.t.han {
		for i := range values {
			values[i] += 0.5
		}
		end = e
	}
	if r.t.han || r.t.hangul {
		if v, e := r.groups(end, values[0]); e > end {
			q.Scale, q.Digits = max(math.Pow(10, 4*math.Trunc(math.Log10(max(v, 1))/4)), 10), significant(v)
			return e, []float64{v}
		}
	}
	last := 0.0
	for range 4 {
		n, e := r.scaleAt(end, q)
		if e == end || last > 0 && (last != 1e3 || n.values[0] <= last) { // mil milhões
			break
		}
		factors := n.values
		if n.unsure { // five million, or five metres
			factors = append([]float64{}, factors...)
			factors = append(factors, 1)
		}
		if factors[0] == 12 {
			q.Approx, q.Digits = About, 1
		}
		q.bytes = q.bytes || end == q.Start+len(strings.TrimRight(r.s[q.Start:end], " ")) && e == end+1 && strings.ContainsAny(r.s[end:e], "KMGT")
		if q.Scale *= factors[0]; last == 0 || n.values[0] > last {
			values = scaled(values, factors)
		}
		last, end = n.values[0], e
		// "3万5000", "1억 2천만": the number goes on.
		more, e := r.continued(end, last)
		if e == end {
			continue
		}
		for i := range values {
			values[i] += more
		}
		if q.Digits = significant(values[0]); q.Digits == 0 {
			q.Digits = 1
		}
		end = e
	}
	return end, values
}

// groups reads places and groups behind a number in digits, with more digits
// between them: 2천 1백만, 1억 2천만, 3万5000. The end is i where there is none.
func (r *reader) groups(i int, first float64) (float64, int) {
	total, group, current := 0.0, 0.0, first
	at, end := i, i
	for range 12 {
		x, size := utf8.DecodeRuneInString(r.s[at:])
		n, ok := r.t.scales[string(x)]
		e := at + size
		if !ok || n.values[0] < 10 || n.values[0] == 12 {
			break
		}
		switch f := n.values[0]; {
		case f < 1e4:
			group += max(current, 0) * f
		case f == math.Trunc(f/1e4)*1e4 && group+max(current, 0) > 0:
			total += (group + max(current, 0)) * f
			group = 0
		}
		current = -1
		at, end = e, e
		next := at
		if next < len(r.s) && r.s[next] == ' ' && r.t.hangul {
			next++
		}
		if next >= len(r.s) || !digit(r.s[next]) {
			continue
		}
		l := r.t.literalAt(r.s, next)
		_, more := r.scaleAt(l.end, &Quantity{})
		if len(l.values) == 0 || more == l.end && next > at || l.values[0] >= n.values[0] {
			break
		}
		current, at, end = l.values[0], l.end, l.end
	}
	if end == i {
		return 0, i
	}
	return total + group + max(current, 0), end
}

// continued reads a further part of a number below the scale last at i.
func (r *reader) continued(i int, last float64) (float64, int) {
	at := i
	if at < len(r.s) && r.s[at] == ' ' {
		at++
	}
	if at >= len(r.s) || !digit(r.s[at]) {
		return 0, i
	}
	l := r.t.literalAt(r.s, at)
	if len(l.values) == 0 {
		return 0, i
	}
	v := l.values[0]
	n, e := r.scaleAt(l.end, &Quantity{})
	switch {
	case e > l.end && n.values[0] < last && !n.unsure:
		more, e2 := r.continued(e, n.values[0])
		if e2 > e {
			return v*n.values[0] + more, e2
		}
		return v * n.values[0], e
	case (r.t.han || r.t.hangul) && v < last && v == float64(int64(v)):
		return v, l.end
	}
	return 0, i
}

// scaleAt reads one word or letter for scale at i.
func (r *reader) scaleAt(i int, q *Quantity) (numeral, int) {
	rest := r.s[i:]
	if x, size := utf8.DecodeRuneInString(rest); spaceless(x) {
		if r.t.is("counter", string(x)) { // 1个亿
			if n, end := r.t.longestScale(r.s, i+size); end > i+size {
				return n, end
			}
		}
		return r.t.longestScale(r.s, i)
	}
	if w := wordAt(r.s, i); w != "" && len(w) <= 2 && !q.Spelled {
		if n, ok := letters[w]; ok {
			return n, i + len(w)
		}
	}
	at := skipGap(r.s, i)
	if at == i && wordAt(r.s, i) == "" {
		return numeral{}, i
	}
	if x, _ := utf8.DecodeRuneInString(r.s[at:]); spaceless(x) {
		if n, end := r.t.longestScale(r.s, at); end > at {
			return n, end
		}
		return numeral{}, i
	}
	word := wordAt(r.s, at)
	if at > i && len(word) == 1 && strings.Contains("kKMB", word) && !q.Spelled { // 244 M in a table
		n := letters[word]
		n.unsure = word != "k"
		return n, at + 1
	}
	n, ok := find(r.t.numerals, r.t.stemNumerals, fold(word))
	if !ok || n.kind != scale && n.kind != hundred || n.unsure && at > i && len(word) < 2 {
		return numeral{}, i
	}
	end := at + len(word)
	if end < len(r.s) && r.s[end] == '.' && len(word) <= 4 { // Mrd.
		end++
	}
	return n, end
}

// longestScale finds the longest word for scale that begins at i, in a script
// without spaces: 百万 before 百.
func (t *table) longestScale(s string, i int) (numeral, int) {
	end, n, count := i, numeral{}, 0
	for j, x := range s[i:] {
		if !spaceless(x) || count == 4 {
			break
		}
		count++
		key := s[i : i+j+utf8.RuneLen(x)]
		if m, ok := t.scales[key]; ok {
			n, end = m, i+len(key)
		}
	}
	return n, end
}

// andHalf is the place behind "and a half" at i, or i.
func (r *reader) andHalf(i int) int {
	if i < len(r.s) && (r.t.han || r.t.hangul) {
		at := i
		if r.s[at] == ' ' {
			at++
		}
		x, size := utf8.DecodeRuneInString(r.s[at:])
		if next, _ := utf8.DecodeRuneInString(r.s[at+size:]); r.t.is("half", string(x)) && !strings.ContainsRune("导導岛島径徑夜期分額额減减도", next) {
			return at + size
		}
		return i
	}
	at := skipGap(r.s, i)
	word := wordAt(r.s, at)
	switch w := fold(word); {
	case at == i || word == "":
		return i
	case r.t.code == "ru" && w == "с": // два с половиной
	case !r.t.is("join", w):
		return i
	}
	at += len(word)
	for range 2 {
		next := skipGap(r.s, at)
		if next == at {
			return i
		}
		word := wordAt(r.s, next)
		if r.t.is("half", fold(word)) {
			return next + len(word)
		}
		if !r.t.is("article", fold(word)) {
			return i
		}
		at = next + len(word)
	}
	return i
}

// counterHalf is the place behind 个半 at i, or i.
func (r *reader) counterHalf(i int) int {
	x, n := utf8.DecodeRuneInString(r.s[i:])
	y, m := utf8.DecodeRuneInString(r.s[i+n:])
	if r.t.han && r.t.is("counter", string(x)) && r.t.is("half", string(y)) {
		return i + n + m
	}
	return i
}

// finish reads the unit of a number, behind it or before, and adds it to the
// result.
func (r *reader) finish(q *Quantity, values []float64, end int) int {
	if e := r.counterHalf(end); e > end { // 一个半小时
		for i := range values {
			values[i] += 0.5
		}
		q.Digits, end = max(q.Digits, 2), e
	}
	if r.decade(q, end) {
		for _, v := range values {
			q.Readings = append(q.Readings, Reading{v, Unit{}})
		}
		q.End, q.Decade = end+1, true
		r.emit(*q)
		return q.End
	}
	units, after := r.unitAt(end, q)
	if len(units) == 0 {
		r.suffixes(q, end)
		if q.Ordinal && !q.Spelled { // 21st century
			units, after = r.unitAt(end+len(wordAt(r.s, end)), q)
		}
		if len(units) == 0 {
			units, after = r.currencyBefore(q.Start), end
		}
	} else if money := r.currencyBefore(q.Start); money != nil && !currency(units[0]) { // $5m
		units = append(money, units...)
	}
	if len(units) > 0 && after > end && units[0].Dim == Time || len(units) > 0 && r.t.han {
		if e := r.andHalf(after); e > after {
			for i := range values {
				values[i] += 0.5
			}
			after = e
			q.Digits = max(q.Digits, 2)
		}
	}
	if v, e := r.hundredths(units, after); e > after {
		for i := range values {
			values[i] += v
		}
		after, q.Digits = e, 2
	}
	q.End = max(after, end)
	sure := false
	for _, u := range units {
		sure = sure || u.Sure
	}
	for _, v := range values {
		for _, u := range units {
			q.Readings = append(q.Readings, Reading{v, u})
		}
		if !sure {
			q.Readings = append(q.Readings, Reading{v, Unit{}})
		}
		if q.bytes && len(units) == 0 { // 519M of a file
			q.Readings = append(q.Readings, Reading{v, Unit{Data, 1, false}})
		}
	}
	r.emit(*q)
	return q.End
}

// decade reports whether an s makes a decade of the number: 1990s, 80s.
func (r *reader) decade(q *Quantity, end int) bool {
	raw := r.s[q.Start:end]
	return wordAt(r.s, end) == "s" && !q.Spelled && q.Prefix == "" && (len(raw) == 4 && (raw[0] == '1' || raw[0] == '2') && raw[3] == '0' ||
		len(raw) == 2 && raw[1] == '0')
}

// suffixes looks at letters that are attached to a number: 21st, 1990s, rc1.
func (r *reader) suffixes(q *Quantity, end int) {
	w := wordAt(r.s, end)
	switch f := fold(w); {
	case f == "st" || f == "nd" || f == "rd" || f == "th" || f == "º" || f == "ª":
		q.Ordinal = true
	case f == "s" || f == "er" || f == "ern":
		q.Decade = true
	default:
		q.Suffix = w
	}
}
