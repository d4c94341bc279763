package gates

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// patternSet is a set of patterns with, for each, lists of words: a text that it
// matches has at least one word of each. Looking for these is ten times as fast
// as the pattern. They are taken from the pattern itself, so that none can be
// missed.
type patternSet []struct {
	needs   [][]need // none when the pattern has to run
	pattern func() *regexp.Regexp
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
	set := make(patternSet, len(patterns))
	for i, p := range patterns {
		// Compiled when a text has all that it needs, which few have.
		set[i].pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)` + p) })
		tree, err := syntax.Parse(`(?i)`+p, syntax.Perl)
		if err != nil {
			panic(err)
		}
		for _, list := range requiredAll(tree) {
			var needs []need
			for _, text := range list {
				needs = append(needs, need{text, pairOf(text[0], text[1])})
			}
			set[i].needs = append(set[i].needs, needs)
		}
	}
	return set
}

// may reports whether one of the patterns may match; a no is certain.
func (s patternSet) may(text string) bool {
	lower := lowered(text)
	within := pairsOf(lower)
	for _, p := range s {
		if contains(lower, &within, p.needs) {
			return true
		}
	}
	return false
}

// match reports whether one of the patterns matches.
func (s patternSet) match(text string) bool {
	lower := lowered(text)
	within := pairsOf(lower)
	for _, p := range s {
		if contains(lower, &within, p.needs) && p.pattern().MatchString(text) {
			return true
		}
	}
	return false
}

// lowered brings a text to the case of needs, where an s is what a pattern takes
// for one: also the long s.
func lowered(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ſ", "s") }

// contains reports whether a text has a string of each list; within are its pairs.
func contains(lower string, within *pairs, needs [][]need) bool {
	for _, list := range needs {
		if !slices.ContainsFunc(list, func(n need) bool { return within.has(n.pair) && strings.Contains(lower, n.text) }) {
			return false
		}
	}
	return true
}

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
