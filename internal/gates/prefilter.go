package gates

import (
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// patternSet is a set of patterns with, for each, lists of strings: a text that
// it matches has at least one string of each. Looking for these is ten times as
// fast as the pattern. They are taken from the pattern itself, so that none can
// be missed. Patterns that are made of the same words share their lists.
type patternSet struct {
	lists    [][]need
	patterns []pattern
}

// pattern is one of a set.
type pattern struct {
	needs  []int // places in lists; none when the pattern has to run
	regexp *lazyregexp.Regexp
}

// need is a string in lower case that a text may have, with the pair of bytes
// that it begins with.
type need struct {
	text string
	pair uint16
}

// pairs are the pairs of bytes that stand next to each other in a text, by
// their hash. Most needs of most patterns begin with none of them, which is
// told without a search.
type pairs [1 << pairBits / 64]uint64

const pairBits = 13

func pairOf(a, b byte) uint16 { return (uint16(a)<<5 ^ uint16(b)) & (1<<pairBits - 1) }

func pairsOf(text string) (p pairs) {
	for i := 1; i < len(text); i++ {
		at := pairOf(text[i-1], text[i])
		p[at/64] |= 1 << (at % 64)
	}
	return p
}

func (p *pairs) has(pair uint16) bool { return p[pair/64]&(1<<(pair%64)) != 0 }

// prefiltered makes a set of patterns that ignore case.
func prefiltered(patterns []string) patternSet {
	var set patternSet
	known := map[string]int{}
	for _, p := range patterns {
		// Compiled when a text has all that it needs, which few have.
		one := pattern{regexp: lazyregexp.New(`(?i)` + p)}
		for _, list := range needsOf(p) {
			key := strings.Join(list, "\n")
			at, ok := known[key]
			if !ok {
				var needs []need
				for _, text := range list {
					needs = append(needs, need{text, pairOf(text[0], text[1])})
				}
				at = len(set.lists)
				known[key], set.lists = at, append(set.lists, needs)
			}
			one.needs = append(one.needs, at)
		}
		set.patterns = append(set.patterns, one)
	}
	return set
}

// needsOf are the lists of a pattern, as it is or where case is ignored.
func needsOf(pattern string) [][]string {
	tree, err := syntax.Parse(`(?i)`+pattern, syntax.Perl)
	if err != nil {
		panic(err)
	}
	return requiredAll(tree)
}

// finder makes a function that gives the first place in a text that a pattern
// matches, or "".
func finder(pattern string) func(string) string {
	set := sync.OnceValue(func() patternSet { return prefiltered([]string{pattern}) })
	exact := lazyregexp.New(pattern)
	return func(text string) string {
		if !set().may(text) {
			return ""
		}
		return exact.FindString(text)
	}
}

// matcher makes a function that reports whether a pattern matches a text.
func matcher(pattern string) func(string) bool {
	find := finder(pattern)
	return func(text string) bool { return find(text) != "" }
}

// may reports whether one of the patterns may match; a no is certain.
func (s patternSet) may(text string) bool {
	return s.any(text, func(pattern) bool { return true })
}

// match reports whether one of the patterns matches.
func (s patternSet) match(text string) bool {
	return s.any(text, func(p pattern) bool { return p.regexp.MatchString(text) })
}

// any reports whether one of the patterns has what it needs in text and does.
func (s patternSet) any(text string, does func(pattern) bool) bool {
	lower := lowered(text)
	within, looked := pairsOf(lower), make([]bool, 2*len(s.lists)) // of each list: looked for, and found
	has := func(list int) bool {
		if !looked[2*list] {
			looked[2*list] = true
			looked[2*list+1] = slices.ContainsFunc(s.lists[list], func(n need) bool { return within.has(n.pair) && strings.Contains(lower, n.text) })
		}
		return looked[2*list+1]
	}
	return slices.ContainsFunc(s.patterns, func(p pattern) bool {
		return !slices.ContainsFunc(p.needs, func(list int) bool { return !has(list) }) && does(p)
	})
}

// lowered brings a text to the case of needs, where an s is what a pattern takes
// for one: also the long s.
func lowered(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ſ", "s") }

// requiredAll are the lists of a pattern, one for each of its parts that must
// match, the rarest words first.
func requiredAll(re *syntax.Regexp) [][]string {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	var out [][]string
	for _, part := range parts {
		if r := required(part); r != nil && shortest(r) > 1 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b []string) int { return shortest(b) - shortest(a) })
	return out
}

// required are strings, in lower case, of which every match has at least one;
// nil when there are none such.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpCharClass:
		return classOf(re.Rune)
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if r := required(sub); better(r, best) {
				best = r
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			r := required(sub)
			if r == nil {
				return nil
			}
			all = append(all, r...)
		}
		return all
	}
	return nil
}

// classOf are the characters of a small class, as [sz].
func classOf(ranges []rune) []string {
	var out []string
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] > 8 || len(out) > 16 {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			out = append(out, strings.ToLower(string(r)))
		}
	}
	return out
}

// better prefers strings that are long, and few.
func better(a, b []string) bool {
	if a == nil || b == nil {
		return a != nil
	}
	la, lb := shortest(a), shortest(b)
	return la > lb || la == lb && len(a) < len(b)
}

func shortest(s []string) int {
	n := len(s[0])
	for _, x := range s[1:] {
		n = min(n, len(x))
	}
	return n
}
