package visible

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// substitution is what functions of a style refer to that stand for a part of a value: custom properties, attributes
// of the element, the window (CSS Values and Units Level 5, 3).
type substitution struct {
	vars  *variables
	own   map[string]customValue // of vars, those of the element itself
	rules *ruleSet
	node  *html.Node // nil for none
}

// substitutes are those functions. A function of the page's own has a name with two hyphens.
var substitutes = text.Set("var( env( attr( if( inherit( random( sibling-index( sibling-count(")

// substituted reports whether a value has a function that stands for a part of it.
func substituted(v string) bool {
	at, _ := nextSubstitute(v)
	return at >= 0
}

// nextSubstitute is where the first such function begins, and its name with the bracket.
func nextSubstitute(v string) (at int, name string) {
	for from := 0; ; {
		open := strings.IndexByte(v[from:], '(')
		if open < 0 {
			return -1, ""
		}
		open += from
		at = open
		for at > from && isName(v[at-1]) {
			at--
		}
		if name = v[at : open+1]; substitutes[name] || strings.HasPrefix(name, "--") {
			return at, name
		}
		from = open + 1
	}
}

// resolve puts what they stand for in the place of such functions (CSS Custom Properties for Cascading Variables
// Level 1, 3). It is not ok when one is missing, or not known without a browser.
func (f substitution) resolve(value string, depth int, left *int) (string, bool) {
	for {
		at, name := nextSubstitute(value)
		if at < 0 {
			return value, true
		}
		if *left--; *left < 0 {
			return "", false
		}
		open := at + len(name) - 1
		end := closing(value, open)
		if depth > maxReferences || len(value) > maxValue || !affordable(value, &f.rules.long) {
			return "", false
		}
		arguments := value[open+1 : min(end, len(value))]
		var got string
		var ok bool
		if name == "if(" {
			got, ok = branch(arguments)
			if ok {
				got, ok = f.resolve(got, depth+1, left)
			}
		} else {
			first, fallback, hasFallback := strings.Cut(arguments, ",")
			if got, ok = f.get(name, strings.TrimSpace(first), left); ok {
				got, ok = f.resolve(got, depth+1, left)
			}
			if !ok {
				if !hasFallback {
					return "", false
				}
				if got, ok = f.resolve(fallback, depth+1, left); !ok {
					return "", false
				}
			}
		}
		if !ok {
			return "", false
		}
		value = value[:at] + got + value[min(end+1, len(value)):]
	}
}

// get is what a function with one argument stands for.
func (f substitution) get(name, argument string, left *int) (string, bool) {
	switch name {
	case "var(":
		if f.rules.alone[argument] {
			alone := &variables{own: f.own, outer: &variables{own: f.rules.initial}}
			return alone.get(argument, left)
		}
		return f.vars.get(argument, left)
	case "env(":
		// A desktop has neither a notch nor a keyboard on its screen.
		return "0px", strings.HasPrefix(argument, "safe-area-") || strings.HasPrefix(argument, "titlebar-area-") ||
			strings.HasPrefix(argument, "keyboard-inset-")
	case "attr(":
		attribute, kind, _ := strings.Cut(argument, " ")
		if f.node == nil || !tree.HasAttr(f.node, attribute) {
			return "", false
		}
		v := lower(strings.TrimSpace(tree.Attr(f.node, attribute)))
		if kind = strings.TrimSpace(kind); kind != "" && !strings.Contains(kind, "(") && kind != "raw-string" && kind != "number" {
			v += kind // a unit
		}
		if kind == "" || kind == "raw-string" {
			v = `"x"` // a string
		}
		return v, len(v) <= maxValue && !strings.Contains(v, "attr(")
	}
	return "", false
}

// branch is the value that if() has on a desktop; what depends on the style of the page is not known.
func branch(arguments string) (value string, ok bool) {
	for _, part := range topLevel(arguments, ';') {
		test, value, found := cutTopLevel(part, ':')
		if test = strings.TrimSpace(test); !found {
			continue
		}
		is := condition(test, ifTest, 0)
		if test == "else" {
			is = yes
		}
		switch is {
		case yes:
			return value, true
		case unknown:
			return "", false
		}
	}
	return "", false
}

// cutTopLevel cuts s at the first byte of a kind that is outside of brackets.
func cutTopLevel(s string, at byte) (before, after string, found bool) {
	before = s
	if parts := topLevel(s, at); len(parts) > 1 {
		before = parts[0]
		return before, s[len(before)+1:], true
	}
	return before, "", false
}

// ifTest answers for one part of the condition of if().
func ifTest(part string) answer {
	name, argument, _ := strings.Cut(part, "(")
	argument = strings.TrimSuffix(argument, ")")
	switch name {
	case "media":
		if _, declared, _ := strings.Cut(argument, ":"); declared != "" {
			argument = "(" + argument + ")"
		}
		return condition(argument, feature, 0)
	case "supports":
		return condition(argument, support, 0)
	}
	return unknown
}
