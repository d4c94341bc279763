package visible

import "strings"

// style are the declared values of one element that win in the cascade.
type style struct {
	values     [properties]string
	priorities [properties]uint64
	custom     map[string]customValue
	set        bool // anything was declared
	doubt      bool // what hides may have been declared
}

// customValue is a custom property of one element.
type customValue struct {
	value    string
	priority uint64
}

// declare takes in a declaration.
func (s *style) declare(d *declaration, priority uint64) {
	s.set = true
	if d.value == "revert-layer" {
		return // to what lower layers say
	}
	switch d.property {
	case propCustom:
		if s.custom == nil {
			s.custom = map[string]customValue{}
		}
		if old, ok := s.custom[d.name]; (!ok || priority >= old.priority) && len(s.custom) < maxDeclarations {
			s.custom[d.name] = customValue{d.value, priority}
		}
	case propAll:
		for p := range s.values {
			if priority >= s.priorities[p] {
				s.values[p], s.priorities[p] = d.value, priority
			}
		}
	default:
		if priority >= s.priorities[d.property] {
			s.values[d.property], s.priorities[d.property] = d.value, priority
		}
	}
}

// register takes in what @property says of a custom property. A browser takes it with all of its descriptors only (CSS
// Properties and Values Level 1, 2).
func (rs *ruleSet) register(name string, body []declaration) {
	said := map[string]string{}
	for _, d := range body {
		said[d.name] = d.value
	}
	if rs.initial == nil || len(rs.initial) >= maxRules || said[syntax] == "" || said[inherits] != "true" && said[inherits] != "false" {
		return
	}
	if v := said[initialValue]; v == "" {
		delete(rs.initial, name)
	} else {
		rs.initial[name] = customValue{value: v}
	}
	rs.alone[name] = said[inherits] == "false"
}

// variables are the custom properties of an element, with those it inherits.
type variables struct {
	own   map[string]customValue
	outer *variables
}

// maxScopes bounds how many elements around one are searched for a custom property: all that a page may have. Each
// scopesPerReference count as a reference.
const (
	maxScopes          = 512
	scopesPerReference = 32
)

// get is the value of a custom property.
func (v *variables) get(name string, left *int) (string, bool) {
	for n := 1; v != nil && n < maxScopes; v, n = v.outer, n+1 {
		if n%scopesPerReference == 0 {
			*left--
		}
		if c, ok := v.own[name]; ok {
			switch c.value {
			case "initial":
				return "", false
			case "inherit", "unset", "revert", "revert-layer":
				continue
			}
			return c.value, true
		}
	}
	return "", false
}

// Bounds on custom properties that refer to others: how deep, how often for one value, and how
// often on a page.
const (
	maxReferences     = 64
	maxValueVariables = 100
	maxPageVariables  = 500_000
)

// resolveAll puts values in the place of var() in a style. missing are the properties whose value
// is not known for it: a sheet that is not read may set it, or a script.
func (s *style) resolveAll(from substitution, page *int) (missing map[property]bool) {
	for p := range s.values {
		v := s.values[p]
		if v == "" || !substituted(v) {
			continue
		}
		own := min(maxValueVariables, max(0, *page))
		left := own
		got, ok := from.resolve(v, 0, &left)
		*page -= own - max(0, left)
		got = strings.TrimSpace(got)
		if !ok {
			if missing == nil {
				missing = map[property]bool{}
			}
			missing[property(p)] = true
		}
		switch p := property(p); p {
		case propFontSize, propLineHeight, propBackground, propBackgroundImage:
			if ok {
				s.expand(p, got)
				continue
			}
		}
		if s.values[p] = got; ok && got != "" && !valid(property(p), got) {
			if missing == nil {
				missing = map[property]bool{}
			}
			missing[property(p)] = true // with a syntax, it has its initial value
		}
	}
	return missing
}

// longValue is the length of a value that takes time to read, in bytes, and maxLongValues bounds those of all elements
// of a page together, each as often as it is read: no page has so many, but for one that is made to take time.
const (
	longValue     = 250
	maxLongValues = 16 << 20
)

// shorten leaves out long values when no more may be read. These are not known then, as those that are missing.
func (s *style) shorten(left *int, missing map[property]bool) map[property]bool {
	for p, v := range s.values {
		if affordable(v, left) {
			continue
		}
		if missing == nil {
			missing = map[property]bool{}
		}
		s.values[p], missing[property(p)] = "", true
	}
	return missing
}

// affordable takes the time to read a long value once from what is left. It reports whether that was enough.
func affordable(v string, left *int) bool {
	if len(v) <= longValue {
		return true
	}
	*left -= len(v)
	return *left >= 0
}

// expand takes the part of a shorthand that a property has; a value that is none stays.
func (s *style) expand(p property, v string) {
	s.values[p] = v
	name := "background"
	if p == propFontSize || p == propLineHeight {
		name = "font"
	}
	if name == "font" && !strings.Contains(v, " ") {
		return
	}
	for _, d := range shorthands[name](v) {
		if d.property == p {
			s.values[p] = d.value
		}
	}
}

// get is the value of a property, "" for its initial one.
func (s *style) get(p property) string {
	switch v := s.values[p]; v {
	case "initial", "unset", "revert", "revert-layer", "inherit":
		return ""
	default:
		return v
	}
}
