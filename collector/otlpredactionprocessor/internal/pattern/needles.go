package pattern

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// maxTexts bounds the texts that are looked for before an expression is tried.
const maxTexts = 32

// contained is texts of which one is in each match.
type contained struct {
	texts []string
	fold  bool // their case does not matter
}

// shortest gives the bytes of the shortest text; 0 where none are known.
func (c contained) shortest() int {
	if len(c.texts) == 0 {
		return 0
	}
	n := len(c.texts[0])
	for _, t := range c.texts {
		n = min(n, len(t))
	}
	return n
}

// rarer gives the one whose texts are found less often: longer ones, unless they are many more.
func rarer(a, b contained) contained {
	const long, enough, many = 4, 3, 4
	la, lb := min(a.shortest(), long), min(b.shortest(), long)
	switch {
	case lb == la && len(b.texts) < len(a.texts), lb > la && (la < enough || len(b.texts) <= many*len(a.texts)):
		return b
	}
	return a
}

// folded gives the texts in the spelling of [appendFolded].
func (c contained) folded() contained {
	if c.fold {
		return c
	}
	out := contained{fold: true}
	for _, t := range c.texts {
		out.texts = append(out.texts, string(appendFolded(nil, t)))
	}
	slices.Sort(out.texts)
	out.texts = slices.Compact(out.texts)
	return out
}

// alike gives both in the same spelling.
func alike(a, b contained) (contained, contained) {
	if a.fold != b.fold {
		return a.folded(), b.folded()
	}
	return a, b
}

// needles gives texts of which each match contains one, the rarest that are known.
func needles(re *syntax.Regexp) contained {
	best, _ := beginnings(re)
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		best = rarer(best, needles(re.Sub[0]))
	case syntax.OpRepeat:
		if re.Min > 0 {
			best = rarer(best, needles(re.Sub[0]))
		}
	case syntax.OpConcat:
		for i, sub := range re.Sub {
			c, _ := concat(re.Sub[i:])
			best = rarer(rarer(best, c), needles(sub))
		}
	case syntax.OpAlternate:
		var all contained
		for i, sub := range re.Sub {
			c := needles(sub)
			if c.shortest() == 0 {
				return best
			}
			if i == 0 {
				all = c
				continue
			}
			if all, c = alike(all, c); len(all.texts)+len(c.texts) > maxTexts {
				return best
			}
			all.texts = append(slices.Clip(all.texts), c.texts...)
		}
		best = rarer(best, all)
	}
	return best
}

// beginnings gives the texts one of which each match begins with; none when they are not
// few, or not known. whole: the match is that text and nothing more.
func beginnings(re *syntax.Regexp) (c contained, whole bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if r == utf8.RuneError || len(c.texts) == maxTexts {
					return contained{}, false
				}
				c.texts = append(c.texts, string(r))
			}
		}
		return c, true
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return contained{texts: []string{""}}, true
	case syntax.OpCapture:
		return beginnings(re.Sub[0])
	case syntax.OpQuest:
		if c, whole = beginnings(re.Sub[0]); c.texts == nil || len(c.texts) == maxTexts {
			return contained{}, false
		}
		c.texts = append(slices.Clip(c.texts), "")
		return c, whole
	case syntax.OpPlus:
		c, _ = beginnings(re.Sub[0])
		return c, false
	case syntax.OpRepeat:
		if re.Min == 0 {
			return contained{}, false
		}
		c, _ = beginnings(re.Sub[0])
		return c, false
	case syntax.OpAlternate:
		whole = true
		for _, sub := range re.Sub {
			l, w := beginnings(sub)
			if c, l = alike(c, l); l.texts == nil || len(c.texts)+len(l.texts) > maxTexts {
				return contained{}, false
			}
			c.texts, whole = append(slices.Clip(c.texts), l.texts...), whole && w
		}
		return c, whole
	case syntax.OpConcat:
		return concat(re.Sub)
	}
	return contained{}, false
}

// literal gives a plain text.
func literal(re *syntax.Regexp) (c contained, whole bool) {
	fold := re.Flags&syntax.FoldCase != 0
	for _, r := range re.Rune {
		// A regular expression takes a byte that is no UTF-8 for this one.
		if r == utf8.RuneError || fold && r >= utf8.RuneSelf {
			return contained{}, false
		}
	}
	c = contained{texts: []string{string(re.Rune)}}
	if fold {
		c = c.folded()
	}
	return c, true
}

// concat joins the beginnings of parts that stand one after the other, as far as they are
// known.
func concat(parts []*syntax.Regexp) (c contained, whole bool) {
	c = contained{texts: []string{""}}
	for _, sub := range parts {
		l, w := beginnings(sub)
		if l.texts == nil || len(c.texts)*len(l.texts) > maxTexts || len(l.texts) > 4 && c.shortest() >= 3 {
			return c, false
		}
		c, l = alike(c, l)
		var next []string
		for _, a := range c.texts {
			for _, b := range l.texts {
				next = append(next, a+b)
			}
		}
		if c.texts = next; !w {
			return c, false
		}
	}
	return c, true
}
