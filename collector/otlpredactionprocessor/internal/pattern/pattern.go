// Package pattern finds secrets by regular expressions, at the price of a search for plain
// texts where there are none. In goes an expression, out comes one that knows texts that its
// matches contain.
package pattern

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// secretGroup names the part of a match that is the secret; all of a match is where it has no such part.
const secretGroup = "secret"

// maxFound bounds the matches that are known at once: each takes some hundred bytes, and a text may be full of them.
const maxFound = 1 << 16

// Pattern is safe for concurrent use.
type Pattern struct {
	re    *regexp.Regexp
	group int // that is masked
	// Every match contains one of the texts; none are known where there are none.
	contained contained
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
	p := &Pattern{re: re, group: max(0, re.SubexpIndex(secretGroup))}
	if c := needles(tree.Simplify()); c.shortest() >= 2 { // shorter ones are found everywhere
		p.contained = c
	}
	return p, nil
}

// Set is patterns that are looked for one after the other. It is safe for concurrent use.
type Set struct {
	patterns []*Pattern
	buffers  sync.Pool // of *[]byte
}

// NewSet reads expressions.
func NewSet(expressions []string) (*Set, error) {
	s := &Set{}
	for _, expression := range expressions {
		p, err := New(expression)
		if err != nil {
			return nil, err
		}
		s.patterns = append(s.patterns, p)
	}
	return s, nil
}

// Mask puts mask in place of all secrets; ok is false when there are none.
func (s *Set) Mask(text, mask string) (out string, ok bool) {
	f := folder{pool: &s.buffers}
	defer f.done()
	for _, p := range s.patterns {
		if !p.mayMatch(text, &f) {
			continue
		}
		if masked, changed := p.mask(text, mask); changed {
			text, ok = masked, true
			f.forget()
		}
	}
	return text, ok
}

// Match reports whether one of the patterns has a match.
func (s *Set) Match(text string) bool {
	f := folder{pool: &s.buffers}
	defer f.done()
	for _, p := range s.patterns {
		if p.mayMatch(text, &f) && p.re.MatchString(text) {
			return true
		}
	}
	return false
}

// mask gives a text with its matches masked. It finds them piece by piece, of at most [maxFound] matches.
func (p *Pattern) mask(text, mask string) (masked string, ok bool) {
	if p.group == 0 {
		if !p.re.MatchString(text) {
			return text, false
		}
		return p.re.ReplaceAllLiteralString(text, mask), true
	}
	var out strings.Builder
	written := 0
	for at := 0; at < len(text); {
		// An expression asks for no more than the character before what it matches.
		_, before := utf8.DecodeLastRuneInString(text[:at])
		base := at - before
		found := p.re.FindAllStringSubmatchIndex(text[base:], maxFound)
		if len(found) > 0 && base+found[0][0] < at { // that character belongs to the last match
			base, found = at, p.re.FindAllStringSubmatchIndex(text[at:], maxFound)
		}
		for _, m := range found {
			from, to := m[2*p.group], m[2*p.group+1]
			if from < 0 { // the group is not part of this match
				from, to = m[0], m[1]
			}
			out.WriteString(text[written : base+from])
			out.WriteString(mask)
			written, ok = base+to, true
		}
		if len(found) < maxFound {
			break
		}
		at = max(at+1, base+found[len(found)-1][1])
	}
	if !ok {
		return text, false
	}
	out.WriteString(text[written:])
	return out.String(), true
}

func (p *Pattern) mayMatch(text string, f *folder) bool {
	if len(p.contained.texts) == 0 {
		return true
	}
	if p.contained.fold {
		folded := f.fold(text)
		for _, t := range p.contained.texts {
			if bytes.Contains(folded, []byte(t)) {
				return true
			}
		}
		return false
	}
	for _, t := range p.contained.texts {
		if strings.Contains(text, t) {
			return true
		}
	}
	return false
}
