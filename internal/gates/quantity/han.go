package quantity

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// hanDigits are the numerals of Chinese and Japanese below ten, formal ones
// too.
var hanDigits = map[rune]float64{
	'〇': 0, '零': 0, '一': 1, '壹': 1, '壱': 1, '二': 2, '贰': 2, '貳': 2, '两': 2, '兩': 2, '三': 3, '叁': 3, '參': 3, '四': 4, '肆': 4,
	'五': 5, '伍': 5, '六': 6, '陆': 6, '七': 7, '柒': 7, '八': 8, '捌': 8, '九': 9, '玖': 9,
}

// hanPlaces multiply a digit within a group of four, hanGroups the group.
var (
	hanPlaces = map[rune]float64{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000, '廿': 20}
	hanGroups = map[rune]float64{'万': 1e4, '萬': 1e4, '亿': 1e8, '億': 1e8, '兆': 1e12}
)

// hanStart are the characters that a number in words may begin with.
var hanStart = func() map[rune]bool {
	m := map[rune]bool{'半': true, '百': true, '千': true, '十': true}
	for r := range hanDigits {
		m[r] = true
	}
	return m
}()

// notNumbers are words that begin with a numeral and count nothing.
var notNumbers = []string{
	"十分", "一些", "一般", "一样", "一樣", "一直", "一定", "一旦", "一起", "一切", "一致", "一方", "一部", "一番", "一種", "一种",
	"千万不", "千萬不", "三星", "三明治", "三角", "四川", "五角", "六本木", "九州", "九龙", "百度", "百科", "百姓", "千葉", "十字", "万一", "万能", "一下", "统一",
	"二次元", "三菱", "三井", "八幡", "七夕", "一覧", "一人ひとり", "百货", "百合", "半导体", "半導体", "半導體", "半岛", "半島", "半径", "半徑", "半期", "半分", "半額",
	"三方", "两者", "兩者", "二者", "第三方", "四半期", "五輪", "一体", "一體", "一律", "一度", "一时", "一時",
}

// han reads a number in Chinese numerals at i: 四百一十二, 一点八, 三分之二,
// 百分之五, 二〇二六, 半年. It returns i where there is none.
func (r *reader) han(i int) int {
	s := r.s[i:]
	for _, w := range []string{"一半", "半数", "半數", "半分"} {
		if strings.HasPrefix(s, w) {
			return r.emitHalf(i, i+len(w), 0.5, []Unit{{Share, 1, true}})
		}
	}
	for _, w := range notNumbers {
		if rest, ok := strings.CutPrefix(s, w); ok {
			if next, _ := utf8.DecodeRuneInString(rest); !strings.ContainsRune("钟鐘间間之半月", next) { // 十分钟, 一時間
				return i + len(w)
			}
		}
	}
	q := Quantity{Start: i, Spelled: true, Scale: 1, Date: -1}
	for _, p := range []struct {
		word string
		unit Unit
	}{{"百分之", Unit{Percent, 1, true}}, {"千分之", Unit{Percent, 0.1, true}}} {
		if rest, ok := strings.CutPrefix(s, p.word); ok {
			v, end := r.hanOrDigits(i + len(s) - len(rest))
			if end == 0 {
				return i
			}
			q.End, q.Digits, q.Readings = end, significant(v), []Reading{{v, p.unit}}
			r.emit(q)
			return end
		}
	}
	if strings.HasPrefix(s, "半") {
		end := i + len("半")
		units, after := r.longestUnit(end)
		if len(units) > 0 && units[0].Dim == Time {
			return r.emitHalf(i, after, 0.5, units)
		}
		return i
	}
	v, end := hanNumber(r.s, i)
	if end == i {
		return i
	}
	rest, ok := strings.CutPrefix(r.s[end:], "分之") // 三分之二
	if !ok {
		rest, ok = strings.CutPrefix(r.s[end:], "分の")
	}
	if ok {
		if n, e := r.hanOrDigits(end + len(r.s[end:]) - len(rest)); e > 0 && v > 0 {
			q.End, q.Digits, q.Readings = e, 2, []Reading{{n / v, Unit{Share, 1, true}}}
			r.emit(q)
			return e
		}
	}
	if y := r.eraYear(i, v, end); y > 0 {
		q.End, q.Digits, q.Readings = end, 4, []Reading{{y, Unit{}}}
		if strings.HasPrefix(r.s[end:], "年") {
			q.End += len("年")
			q.Readings[0].Unit = Unit{}
		}
		r.emit(q)
		return q.End
	}
	if strings.HasSuffix(r.s[:i], "第") {
		q.Ordinal = true
		for _, w := range []string{"季度", "四半期", "季"} {
			if strings.HasPrefix(r.s[end:], w) {
				q.End, q.Digits, q.Readings = end+len(w), 1, []Reading{{v, Unit{Quarter, 1, true}}}
				r.emit(q)
				return q.End
			}
		}
	}
	q.Digits = significant(v)
	if v >= 1e4 {
		q.Scale = math.Pow(10, 4*math.Trunc(math.Log10(v)/4))
	}
	return r.finish(&q, []float64{v}, end)
}

// eras are those by which Japan and Taiwan count years: the year before their
// first.
var eras = map[string]float64{"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民国": 1911, "民國": 1911}

// eraYear is the year that a number behind the name of an era means: 2004 of
// 平成十六年. It is 0 for other numbers.
func (r *reader) eraYear(i int, v float64, end int) float64 {
	if i < 6 || v < 1 || v > 120 || !strings.HasPrefix(r.s[end:], "年") {
		return 0
	}
	if before := eras[r.s[i-6:i]]; before > 0 {
		return before + v
	}
	return 0
}

// hanOrDigits reads a number in either writing at i; the end is 0 where there
// is none.
func (r *reader) hanOrDigits(i int) (float64, int) {
	if i < len(r.s) && digit(r.s[i]) {
		if l := r.t.literalAt(r.s, i); len(l.values) > 0 {
			return l.values[0], l.end
		}
		return 0, 0
	}
	if v, end := hanNumber(r.s, i); end > i {
		return v, end
	}
	return 0, 0
}

// hanNumber reads numerals at i. A row of digits without places is read digit
// by digit: 二〇二六 is a year.
func hanNumber(s string, i int) (float64, int) {
	total, group, current := 0.0, 0.0, -1.0
	var row strings.Builder // digits, as long as there are no places
	end, places := i, false
	for j, x := range s[i:] {
		size := utf8.RuneLen(x)
		if d, ok := hanDigits[x]; ok {
			row.WriteString(strconv.Itoa(int(d)))
			current = d
		} else if p, ok := hanPlaces[x]; ok {
			if current < 0 || row.Len() == 0 && !places {
				current = 1
			}
			group += max(current, 1) * p
			current, places = -1, true
		} else if g, ok := hanGroups[x]; ok && (group > 0 || current > 0) {
			total = (total + group + max(current, 0)) * g
			if total > 0 && g < 1e8 && places && total/g > 1e8 {
				break
			}
			group, current, places = 0, -1, true
		} else if x == '点' || x == '點' || x == '・' {
			if v, e := hanDecimals(s, i+j+size); e > 0 && (end > i) {
				whole := total + group + max(current, 0)
				if !places && row.Len() > 1 {
					whole, _ = strconv.ParseFloat(row.String(), 64)
				}
				return hanScaled(s, whole+v, e)
			}
			break
		} else {
			break
		}
		end = i + j + size
		if row.Len() > 20 {
			break
		}
	}
	if !places && row.Len() > 1 {
		v, _ := strconv.ParseFloat(row.String(), 64)
		return v, end
	}
	return total + group + max(current, 0), end
}

// hanDecimals reads the digits behind a decimal point at i.
func hanDecimals(s string, i int) (float64, int) {
	v, place, end := 0.0, 0.1, 0
	for j, x := range s[i:] {
		d, ok := hanDigits[x]
		if !ok || place < 1e-8 {
			break
		}
		v += d * place
		place /= 10
		end = i + j + utf8.RuneLen(x)
	}
	return math.Round(v*1e8) / 1e8, end
}

// hanScaled reads a group behind a decimal: 一点二亿.
func hanScaled(s string, v float64, i int) (float64, int) {
	for i < len(s) {
		x, size := utf8.DecodeRuneInString(s[i:])
		g, ok := hanGroups[x]
		if p, place := hanPlaces[x]; place && x != '十' {
			g, ok = p, true
		}
		if !ok {
			break
		}
		v, i = math.Round(v*g*1e6)/1e6, i+size
	}
	return v, i
}
