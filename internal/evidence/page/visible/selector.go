package visible

import (
	"strings"

	"github.com/andybalholm/cascadia"
)

// complexSelector is a selector from right to left: parts[0] is what it selects, and combinators[i]
// is between parts[i] and parts[i+1].
type complexSelector struct {
	parts       []compound
	combinators []byte
	specificity int // ids<<16 | classes<<8 | elements
	never       bool
	cut         bool // it is longer than is read
}

// compound is a part of a selector without combinators.
type compound struct {
	tag, id   string
	classes   []string
	attribute string // one that it asks for
	tests     []test
}

// test is a part of a compound beside names.
type test struct {
	sel        cascadia.Sel // an attribute, or a place among siblings
	structural bool         // it looks at all siblings
	lists      []complexSelector
	kind       byte // 'i' for :is, 'n' for :not, 'h' for :has, 'd' for :defined, 't' for what always holds, 0 for sel
}

// maxParts bounds the combinators of a selector, maxLists how deep :is and :not are nested.
const (
	maxParts = 256
	maxLists = 24
)

// parseSelector reads one selector. It is not ok when browsers don't take it or it selects
// something else than elements.
func parseSelector(s string, depth int) (c complexSelector, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || depth > maxLists {
		return complexSelector{cut: depth > maxLists}, false
	}
	for s != "" {
		part, rest, spec, never, ok := parseCompound(s, depth)
		if !ok || len(c.parts) == maxParts {
			c.cut = ok
			return c, false
		}
		c.parts = append(c.parts, part)
		c.never = c.never || never
		c.specificity += spec
		s = strings.TrimLeft(rest, " ")
		if s == "" {
			break
		}
		combinator := byte(' ')
		if strings.IndexByte(">+~", s[0]) >= 0 {
			combinator, s = s[0], strings.TrimLeft(s[1:], " ")
			if s == "" {
				return c, false
			}
		} else if len(rest) == len(s) {
			return c, false
		}
		c.combinators = append(c.combinators, combinator)
	}
	for i, j := 0, len(c.parts)-1; i < j; i, j = i+1, j-1 {
		c.parts[i], c.parts[j] = c.parts[j], c.parts[i]
	}
	for i, j := 0, len(c.combinators)-1; i < j; i, j = i+1, j-1 {
		c.combinators[i], c.combinators[j] = c.combinators[j], c.combinators[i]
	}
	return c, len(c.parts) > 0
}

// Parts of a specificity.
const (
	idSpec    = 1 << 16
	classSpec = 1 << 8
	tagSpec   = 1
)

// parseCompound reads the compound that s begins with.
func parseCompound(s string, depth int) (c compound, rest string, spec int, never, ok bool) {
	whole := s
	s = strings.TrimPrefix(s, "*|") // in any namespace
	if s == "" {
		return c, s, 0, false, false
	}
	if s[0] == '*' {
		s = s[1:]
	} else if end := nameEnd(s, 0); end > 0 {
		c.tag, s = lower(unescape(s[:end])), s[end:]
		spec += tagSpec
	}
	if s != "" && s[0] == '|' { // a namespace
		return c, s, 0, false, false
	}
	for s != "" {
		switch s[0] {
		case '.', '#':
			end := nameEnd(s, 1)
			if end == 1 {
				return c, s, 0, false, false
			}
			if name := unescape(s[1:end]); s[0] == '.' {
				c.classes = append(c.classes, name)
				spec += classSpec
			} else {
				if c.id != "" && c.id != name {
					never = true
				}
				c.id = name
				spec += idSpec
			}
			s = s[end:]
		case '[':
			end := attributeEnd(s)
			if end == len(s) || strings.Contains(s[:end], "!=") || strings.Contains(s[:end], "#=") {
				return c, s, 0, false, false
			}
			sel, err := cascadia.Parse(s[:end+1])
			if err != nil {
				return c, s, 0, false, false
			}
			c.tests = append(c.tests, test{sel: sel})
			inner := strings.TrimSpace(s[1:end])
			c.attribute = lower(unescape(inner[:nameEnd(inner, 0)]))
			spec += classSpec
			s = s[end+1:]
		case ':':
			t, more, n, no, good := parsePseudo(s, depth)
			if !good {
				return c, s, 0, false, false
			}
			if t.kind != 't' {
				c.tests = append(c.tests, t)
			}
			spec, never, s = spec+n, never || no, more
		default:
			return c, s, spec, never, len(s) < len(whole) && strings.IndexByte(" >+~", s[0]) >= 0
		}
	}
	return c, s, spec, never, len(s) < len(whole)
}

// parsePseudo reads the pseudo-class that s begins with.
func parsePseudo(s string, depth int) (t test, rest string, spec int, never, ok bool) {
	end := nameEnd(s, 1)
	if end == 1 {
		return t, s, 0, false, false // a pseudo-element, or nothing
	}
	name, args := lower(unescape(s[1:end])), ""
	rest = s[end:]
	if called := strings.HasPrefix(rest, "("); called {
		stop := closing(rest, 0)
		if stop == len(rest) {
			return t, s, 0, false, false
		}
		args, rest = rest[1:stop], rest[stop+1:]
	}
	switch name {
	case "is", "where", "not", "has", "matches", "-webkit-any", "-moz-any":
		t.kind = map[string]byte{"not": 'n', "has": 'h'}[name]
		if t.kind == 0 {
			t.kind = 'i'
		}
		for _, arg := range topLevel(args, ',') {
			arg = strings.TrimSpace(arg)
			if t.kind == 'h' && arg != "" && strings.IndexByte(">+~", arg[0]) >= 0 {
				arg = ":scope" + arg
			} else if t.kind == 'h' {
				arg = ":scope " + arg
			}
			sel, good := parseSelector(arg, depth+1)
			if !good {
				if t.kind == 'i' {
					continue // a forgiving list
				}
				return t, s, 0, false, false
			}
			if name != "where" {
				spec = max(spec, sel.specificity)
			}
			if len(t.lists) < maxAlternatives {
				t.lists = append(t.lists, sel)
			}
		}
		return t, rest, spec, t.kind == 'i' && len(t.lists) == 0, true
	case "root", "empty", "first-child", "last-child", "only-child", "first-of-type", "last-of-type", "only-of-type", "nth-child",
		"nth-last-child", "nth-of-type", "nth-last-of-type", "lang", "checked", "enabled", "disabled", "link":
		sel, err := cascadia.Parse(":" + name + strings.TrimSuffix("("+args+")", "()"))
		if err != nil {
			return t, s, 0, false, false
		}
		return test{sel: sel, structural: strings.Contains(name, "child") || strings.Contains(name, "type")}, rest, classSpec, false, true
	case "open":
		sel, err := cascadia.Parse("[open]")
		return test{sel: sel}, rest, classSpec, false, err == nil
	case "scope":
		return test{kind: 's'}, rest, classSpec, false, true
	case "defined":
		return test{kind: 'd'}, rest, classSpec, false, true
	case "dir", "read-only":
		return test{kind: 't'}, rest, classSpec, false, true
	case "before", "after", "first-line", "first-letter":
		return t, s, 0, false, false
	}
	if means, ok := statesAtFirst[name]; ok {
		sel, ok := parseSelector(means, depth+1)
		return test{kind: 'i', lists: []complexSelector{sel}}, rest, classSpec, false, ok
	}
	// Another state, such as :hover: the page begins without.
	return test{kind: 'i'}, rest, classSpec, true, true
}

// statesAtFirst are the states that a page may begin with, and what they are for a form that nobody filled in.
var statesAtFirst = map[string]string{
	"any-link": ":is(a,area)[href]", "optional": ":is(input,select,textarea):not([required])",
	"required": ":is(input,select,textarea)[required]", "valid": ":is(form,fieldset,input,select,textarea):not([required])",
	"invalid": ":is(input,select,textarea)[required]:not([value])", "read-write": ":is(input,textarea):not([readonly])",
	"placeholder-shown": ":is(input,textarea)[placeholder]:not([value])", "in-range": "input[min]",
}

// nameEnd is where the name that begins at start ends.
func nameEnd(s string, start int) int {
	i := start
	for i < len(s) {
		switch {
		case isName(s[i]):
			i++
		case s[i] == '\\' && i+1 < len(s):
			i += 2
			if isHex(s[i-1]) { // up to six digits, and a space that ends them
				for n := 1; n < 6 && i < len(s) && isHex(s[i]); n++ {
					i++
				}
				if i < len(s) && s[i] == ' ' {
					i++
				}
			} else {
				for i < len(s) && s[i] >= 0x80 && s[i] < 0xC0 {
					i++
				}
			}
		default:
			return i
		}
	}
	return i
}

// attributeEnd is the place of the bracket that closes an attribute selector.
func attributeEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"', '\'':
			end := strings.IndexByte(s[i+1:], s[i])
			if end < 0 {
				return len(s)
			}
			i += end + 1
		case ']':
			return i
		case '\\':
			i++
		}
	}
	return len(s)
}
