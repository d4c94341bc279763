package quantity

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The numerals that came to Korean from Chinese.
var (
	sinoDigits = map[rune]float64{'영': 0, '공': 0, '일': 1, '이': 2, '삼': 3, '사': 4, '오': 5, '육': 6, '륙': 6, '칠': 7, '팔': 8, '구': 9}
	sinoPlaces = map[rune]float64{'십': 10, '백': 100, '천': 1000}
	sinoGroups = map[rune]float64{'만': 1e4, '억': 1e8, '조': 1e12}
)

// hangul reads a number in Korean words at i, which begins a run of Hangul:
// 이십오, 삼백만, 스물다섯, 한 시간. Numerals are syllables that other words have
// as well, so that a number must have a place (십, 백…) or be a native numeral
// with a unit behind it. It returns the end of the run of Hangul where there is
// no number, so that nothing is looked for within a word.
func (r *reader) hangul(i int) int {
	run := hangulRun(r.s[i:min(len(r.s), i+maxNumeral)])
	q := Quantity{Start: i, Spelled: true, Scale: 1, Date: -1}
	if head, _, ok := strings.Cut(run, "분의"); ok && head != "" { // 삼분의 이
		d, n := sino(head)
		if n != len(head) {
			d = sinoDigits[firstRune(head)]
		}
		if e := r.partOf(&q, []float64{d}, i+len(head)); e > i+len(head) {
			return e
		}
	}
	if v, n := sinoRuns(r.s[i:], run, math.Inf(1)); n > len(run) {
		q.Digits = significant(v)
		return r.finish(&q, []float64{v}, i+n)
	}
	if v, n := sino(run); n > 0 && r.countable(run[n:]) {
		q.Digits = significant(v)
		return r.finish(&q, []float64{v}, i+n)
	}
	if v, n := r.native(run); n > 0 {
		rest := run[n:]
		units, _ := r.longestUnit(i + n)
		if rest == "" {
			if at := skipGap(r.s, i+n); at > i+n {
				units, _ = r.longestUnit(at)
			}
		}
		if len(units) > 0 || v > 10 && rest == "" {
			q.Digits = significant(v)
			return max(r.finish(&q, []float64{v}, i+n), i+len(run))
		}
	}
	if strings.HasPrefix(run, "절반") {
		return max(r.emitHalf(i, i+len("절반"), 0.5, []Unit{{Share, 1, true}}), i+len(run))
	}
	if rest, ok := strings.CutPrefix(run, "반"); ok { // 반년
		if units, end := r.longestUnit(i + len(run) - len(rest)); len(units) > 0 && units[0].Dim == Time {
			return r.emitHalf(i, end, 0.5, units)
		}
	}
	return i + len(hangulRun(r.s[i:]))
}

// maxNumeral bounds what is read of a run for one number, in bytes: no number has forty syllables.
const maxNumeral = 120

// hangulRun is the Hangul that s begins with.
func hangulRun(s string) string {
	if j := strings.IndexFunc(s, func(x rune) bool { return !unicode.Is(unicode.Hangul, x) }); j >= 0 {
		return s[:j]
	}
	return s
}

// sinoRuns reads a number that spaces part behind each group of four: 만 이천,
// 이십삼만 사천. s begins with the word run. It says how many bytes the number
// takes, no more than run has where it is not parted. Its groups are smaller than below.
func sinoRuns(s, run string, below float64) (float64, int) {
	last, size := utf8.DecodeLastRuneInString(run)
	group := sinoGroups[last]
	v, n := sino(run)
	if run == string(last) {
		v, n = group, size
	}
	if group == 0 || group >= below || n != len(run) || n >= len(s) || s[n] != ' ' {
		return 0, 0
	}
	next := hangulRun(s[n+1 : min(len(s), n+1+maxNumeral)])
	more, m := sinoRuns(s[n+1:], next, group)
	if m == 0 {
		more, m = sino(next)
	}
	if m == 0 || more >= group {
		return 0, 0
	}
	return v + more, n + 1 + m
}

func firstRune(s string) rune {
	x, _ := utf8.DecodeRuneInString(s)
	return x
}

// sino reads numerals at the start of a word, and says how many bytes they
// take. Without a place it is no number.
func sino(run string) (float64, int) {
	total, group, current := 0.0, 0.0, -1.0
	places, end := 0, 0
	for j, x := range run {
		if d, ok := sinoDigits[x]; ok && current < 0 {
			current = d
		} else if p, ok := sinoPlaces[x]; ok {
			if current < 0 {
				current = 1
			}
			group += current * p
			current = -1
			places++
		} else if g, ok := sinoGroups[x]; ok && (group > 0 || current > 0) {
			total = total + (group+max(current, 0))*g
			group, current = 0, -1
			places++
		} else {
			break
		}
		end = j + utf8.RuneLen(x)
	}
	if places == 0 || places == 1 && utf8.RuneCountInString(run[:end]) < 2 {
		return 0, 0
	}
	return total + group + max(current, 0), end
}

// native reads native numerals at the start of a word.
func (r *reader) native(run string) (float64, int) {
	v, end, count := 0.0, 0, 0
	for j, x := range run {
		if count++; count > 4 {
			break
		}
		key := run[:j+utf8.RuneLen(x)]
		if n, ok := r.t.numerals[key]; ok && n.kind == adds {
			v, end = n.values[0], len(key)
		}
	}
	// 스물다섯: a ten and a unit.
	if v >= 20 && end < len(run) {
		if u, n := r.native(run[end:]); n > 0 && u < 10 {
			return v + u, end + n
		}
	}
	return v, end
}

// countable reports whether what follows a numeral in its word is nothing, a
// unit, a counter or a particle.
func (r *reader) countable(rest string) bool {
	if rest == "" {
		return true
	}
	for _, c := range hangulCounters {
		if strings.HasPrefix(rest, c) {
			return true
		}
	}
	units, _ := (&reader{s: rest, t: r.t}).longestUnit(0)
	return len(units) > 0
}

var hangulCounters = strings.Fields(`명 개 건 곳 대 권 번 회 차 위 장 여 은 는 이 가 을 를 에 의 로 으로 과 와 도 만 까지 부터 가지 종 편 살 세 팀 행 줄 층 호`)
