package gates

import (
	"strings"

	"github.com/technoshare/commentator/internal/gates/quantity"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// oneOf is what stands before the second number of "one user in five"; the
// first is no number by itself in languages where it is the article.
var oneOf = lazyregexp.New(`(?i)(?:^|[^\p{L}])(?:one|un|une|eine?|einer|eines|uno|una|um|uma|один|одна|одного)(?: [\p{L}]+)? ` +
	`(?:in|in every|out of|out of every|of|sur|von|unter|de cada|em cada|su|из|op de)(?: \p{Lu}?[\p{L}]+)? ?$`)

// someOf parts the two numbers of "9 out of 10".
var someOf = lazyregexp.New(`^(?: [\p{L}]+)? (?:in|in every|out of|out of every|of|sur|von|unter|de cada|em cada|su|из|op de) ?$|` +
	`^ ?(?:人に|人中|人中有|人のうち|件中|个中|个中有|個中|명 중|명 가운데|개 중) ?$`)

// among are the words between a part and its whole, in oneOf and someOf.
var among = text.Set(`in of every sur von unter cada su из op de 人に 人中 人中有 人のうち 件中 个中 个中有 個中 명 중 가운데 개`)

// saysAmong reports whether one of the last three words of s is between a part and its whole. It
// spares most numbers of a page the search for the whole form.
func saysAmong(s string) bool {
	words := strings.Fields(s)
	for _, w := range words[max(0, len(words)-3):] {
		if among[strings.ToLower(w)] {
			return true
		}
	}
	return false
}

// eachOf stand before an ordinal that says a part: every fifth user.
var eachOf = text.Set(`every jeder jede jedes jedem jeden каждый каждая каждое каждого cada ogni elke`)

// partOfWhole is the share that the number i of a text says with the one before
// it, or with a word: one in five, 9 out of 10, jeder Fünfte. It is 0 where it
// says none.
func partOfWhole(t quantity.Text, i int) float64 {
	b := t.Numbers[i]
	if len(b.Readings) == 0 || b.Value() < 1 || b.Scale != 1 || year(b.Value()) {
		return 0
	}
	before := t.Plain[max(0, b.Start-48):b.Start]
	if b.Ordinal && b.Value() > 1 {
		if w := strings.Fields(before); len(w) > 0 && eachOf[strings.ToLower(w[len(w)-1])] {
			return 1 / b.Value()
		}
		return 0
	}
	if i > 0 {
		a := t.Numbers[i-1]
		if gap := b.Start - a.End; len(a.Readings) > 0 && a.Value() > 0 && gap > 0 && gap < 40 {
			// The counter may have been read as the unit of the first.
			between := t.Plain[a.Start+len(strings.TrimRight(a.Text, "人名명개件个個")) : b.Start]
			switch {
			case !saysAmong(between) || !someOf.MatchString(between):
			case a.Value() < b.Value():
				return a.Value() / b.Value()
			default: // 5人に1人
				return b.Value() / a.Value()
			}
		}
	}
	if b.Value() > 1 && saysAmong(before) && oneOf.MatchString(before) {
		return 1 / b.Value()
	}
	return 0
}
