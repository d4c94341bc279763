// Package pattern finds secrets by regular expressions, at the price of a search for plain
// texts where there are none. In goes an expression, out comes one that knows the texts
// with which its matches begin.
package pattern

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBeginnings bounds the texts that are looked for before an expression is tried.
const maxBeginnings = 32

// Pattern is safe for concurrent use.
type Pattern struct {
	re *regexp.Regexp
	// Every match begins with one of these, but for conditions without width (\b); nil: any.
	beginnings []string
}

// New reads an expression.
func New(expression string) (*Pattern, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("read pattern: %w", err)
	}
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("read pattern: %w", err)
	}
	p := &Pattern{re: re}
	list, _ := beginnings(tree.Simplify())
	for _, s := range list {
		if len(s) < 2 { // found everywhere
			return p, nil
		}
	}
	p.beginnings = list
	return p, nil
}

// Mask puts mask in place of all matches; ok is false when there are none.
func (p *Pattern) Mask(s, mask string) (out string, ok bool) {
	if !p.mayMatch(s) || !p.re.MatchString(s) {
		return s, false
	}
	return p.re.ReplaceAllLiteralString(s, mask), true
}

// MaskBytes is Mask for bytes, which it leaves alone.
func (p *Pattern) MaskBytes(b []byte, mask string) (out []byte, ok bool) {
	found := p.beginnings == nil
	for _, t := range p.beginnings {
		found = found || bytes.Contains(b, []byte(t))
	}
	if !found || !p.re.Match(b) {
		return b, false
	}
	return p.re.ReplaceAllLiteral(b, []byte(mask)), true
}

// Match reports whether there is a match.
func (p *Pattern) Match(s string) bool { return p.mayMatch(s) && p.re.MatchString(s) }

func (p *Pattern) mayMatch(s string) bool {
	if p.beginnings == nil {
		return true
	}
	for _, t := range p.beginnings {
		if strings.Contains(s, t) {
			return true
		}
	}
	return false
}

// beginnings gives the texts one of which each match begins with; nil when they are not
// few, or not known. whole: the match is that text and nothing more.
func beginnings(re *syntax.Regexp) (list []string, whole bool) {
	switch re.Op {
	case syntax.OpLiteral:
		// A regular expression takes a byte that is no UTF-8 for this one.
		if slices.Contains(re.Rune, utf8.RuneError) {
			return nil, false
		}
		if re.Flags&syntax.FoldCase != 0 {
			return folded(re.Rune)
		}
		return []string{string(re.Rune)}, true
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if r == utf8.RuneError {
					return nil, false
				}
				if list = append(list, string(r)); len(list) > maxBeginnings {
					return nil, false
				}
			}
		}
		return list, true
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpCapture:
		return beginnings(re.Sub[0])
	case syntax.OpPlus:
		list, _ = beginnings(re.Sub[0])
		return list, false
	case syntax.OpRepeat:
		if re.Min == 0 {
			return nil, false
		}
		list, _ = beginnings(re.Sub[0])
		return list, false
	case syntax.OpAlternate:
		whole = true
		for _, sub := range re.Sub {
			l, w := beginnings(sub)
			if l == nil || len(list)+len(l) > maxBeginnings {
				return nil, false
			}
			list, whole = append(list, l...), whole && w
		}
		return list, whole
	case syntax.OpConcat:
		return concat(re.Sub)
	}
	return nil, false
}

// folded gives the spellings of a text in letters of either case, or of its beginning when
// there are too many.
func folded(text []rune) (list []string, whole bool) {
	list = []string{""}
	for _, r := range text {
		spellings := []rune{r}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			spellings = append(spellings, f)
		}
		if len(list)*len(spellings) > maxBeginnings/2 {
			return list, false
		}
		var next []string
		for _, a := range list {
			for _, b := range spellings {
				next = append(next, a+string(b))
			}
		}
		list = next
	}
	return list, true
}

// concat joins the beginnings of parts that stand one after the other, as far as they are
// known.
func concat(parts []*syntax.Regexp) (list []string, whole bool) {
	list = []string{""}
	for _, sub := range parts {
		if enough(list) {
			return list, false
		}
		l, w := beginnings(sub)
		if l == nil || len(list)*len(l) > maxBeginnings {
			return list, false
		}
		var next []string
		for _, a := range list {
			for _, b := range l {
				next = append(next, a+b)
			}
		}
		if list = next; !w {
			return list, false
		}
	}
	return list, true
}

// enough reports whether texts are so long that longer ones would not be rarer.
func enough(list []string) bool {
	for _, s := range list {
		if len(s) < 4 {
			return false
		}
	}
	return true
}
