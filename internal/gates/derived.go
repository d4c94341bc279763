package gates

import (
	"math"
	"strings"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// reckoning are words of a sentence that says what was worked out: a sum, a
// difference, a change, a time that has gone by. They are in lower case, and
// found within words, as languages put endings to them.
var reckoning = strings.Fields(`total together combined altogether difference sav extra ahead behind beat outperform gap lead
	increas decreas rise rose grew growth fell fall drop cut reduc shrank shrink lower slow fast improv better down
	insgesamt zusammen unterschied spar vorsprung anstieg stieg wuchs sank rückgang ensemble somme différence hausse baisse augment diminu
	suma diferencia aument dismin juntos diferença всего вместе сумм разниц вырос снизи
	共计 总共 總共 合计 合計 一共 增加 减少 減少 增长 下降 合計 総計 増加 減少 모두 총 합계 증가 감소`)

// moreThan follows a difference: 64 more than a table.
var moreThan = lazyregexp.New(`^(?: [\p{L}]+)? (?:more|fewer|less|higher|lower|faster|slower|older|younger|` +
	`longer|shorter|larger|smaller|better|worse|` +
	`mehr|weniger|de plus|de moins|más|menos|mais|больше|меньше)\b`)

// inAll are words of a sum of many.
var inAll = lazyregexp.New(`total|together|combined|insgesamt|zusammen|ensemble|juntos|всего|вместе|共计|总共|總共|合计|合計|一共|総計|모두|총`)

// derived reports whether a reader may have worked a number out of two that
// stand near each other on the page, and the sentence says something of the
// kind. A sum of any two numbers of a page proves nothing: among so many,
// nearly every number is one.
func (s *numberSet) derived(q quantity.Quantity, t quantity.Text) bool {
	sentence := strings.ToLower(around(t.Plain, q.Start, q.End))
	cue := false
	for _, w := range reckoning {
		if strings.Contains(sentence, w) {
			cue = true
			break
		}
	}
	sum := cue || q.Approx == quantity.About // "some 200" of 150 and 50
	than := moreThan.MatchString(t.Plain[q.End:min(len(t.Plain), q.End+32)])
	if len(q.Readings) == 0 {
		return false
	}
	if s.reckonedYear(q) {
		return true
	}
	dim := q.Unit().Dim
	if !sum && !than && dim != quantity.Time {
		return false
	}
	v := q.Readings[0].Base()
	if cue && inAll.MatchString(sentence) && near(s.sums, v, 1e-9) {
		return true
	}
	like := func(w float64) bool {
		return math.Abs(math.Abs(w)-v) < 1e-9*v || dim != quantity.None && q.Digits >= 2 && closeness([]float64{math.Abs(w)}, v, q) == right
	}
	for _, p := range s.pairs {
		switch dim {
		case quantity.Percent:
			if !p.next || !cue && q.Digits < 3 && v == math.Trunc(v) {
				continue
			}
			if p.dim != quantity.Percent && p.a > 0 && p.b > 0 &&
				(like((p.b/p.a-1)*100) || like((p.a/p.b-1)*100) || like(p.b/p.a*100) || like(p.a/p.b*100)) ||
				p.dim == quantity.Percent && (like(p.a-p.b) || like(p.a+p.b)) {
				return true
			}
		case quantity.Times, quantity.Share:
			if p.a > 0 && p.b > 0 && (like(p.b/p.a) || like(p.a/p.b)) {
				return true
			}
		case quantity.Time:
			if p.next && p.dim == quantity.Clock && math.Abs(math.Abs(p.a-p.b)*3600-v) < 1 ||
				(sum || p.next) && p.dim == quantity.Time && (math.Abs(p.a+p.b-v) < 1e-6*v || sum && like(p.a-p.b)) ||
				p.dim == quantity.None && year(p.a) && year(p.b) && math.Abs(p.a-p.b) == q.Value() {
				return true
			}
		default:
			if than && p.dim == dim && math.Abs(math.Abs(p.a-p.b)-v) < 1e-6*v {
				return true
			}
			if (p.next || q.Digits >= 3 && v != math.Trunc(v)) && p.dim == dim && !year(p.a) && (like(p.a+p.b) || cue && like(p.a-p.b)) {
				return true
			}
		}
	}
	return false
}

// reckonedYear reports whether a number may be a year that the page names by
// its distance: "last year" of a page of 2024.
func (s *numberSet) reckonedYear(q quantity.Quantity) bool {
	v, last := int(q.Value()), 0
	for y := range s.years {
		if y > last && y < 2200 {
			last = y
		}
	}
	return s.relative && year(q.Value()) && q.Unit().Dim == quantity.None && len(s.years) <= 3 && (v == last-1 || v == last+1)
}

// around is the sentence of a text in which something stands, at most 200 bytes
// to each side.
func around(s string, start, end int) string {
	from, to := max(0, start-200), min(len(s), end+200)
	if i := strings.LastIndexAny(s[from:start], "!?\n。"); i >= 0 {
		from += i
	}
	if i := strings.LastIndex(s[from:start], ". "); i >= 0 {
		from += i
	}
	if i := strings.IndexAny(s[end:to], "!?\n。"); i >= 0 {
		to = end + i
	}
	return s[from:to]
}

// idiom reports whether a number is a way of speaking: 24/7, the 80/20 rule,
// 100 %, 360 degrees.
func (s *numberSet) idiom(q quantity.Quantity, t quantity.Text) bool {
	near := t.Plain[max(0, q.Start-4):min(len(t.Plain), q.End+4)]
	for _, w := range []string{"24/7", "80/20", "50/50", "9/11", "4/20", "20/20"} {
		if strings.Contains(near, w) {
			return true
		}
	}
	return idioms[text.OneLine(q.Text)]
}

var idioms = text.Set(`100% 360 101`)
