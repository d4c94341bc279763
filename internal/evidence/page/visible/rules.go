package visible

import (
	"sort"
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// ruleSet is what the page's own style sheets say.
type ruleSet struct {
	rules      []styleRule
	byID       map[string][]int32 // indexes into rules by what the last part of their selector asks for
	byClass    map[string][]int32
	byAttr     map[string][]int32
	byTag      map[string][]int32
	others     []int32
	animations map[string]animation
	present    map[string]bool        // classes, ids and elements of the page with their marks, in lower case; nil for any
	initial    map[string]customValue // of custom properties
	alone      map[string]bool        // custom properties that are not inherited
	some       map[string]bool        // classes and ids that a rule for another state or place hides
	reveals    map[string]bool        // a rule for another state shows it
	moves      map[string]bool        // it moves, or changes by a transition
	linked     bool                   // the page has sheets that are not read
	trees      *shadows               // nil for none
	cut        bool                   // there are rules that were not read, for one of the bounds
	long       int                    // bytes of long values that may be read yet
	layers     []string               // in the order of their first mention
	ranks      map[string]int         // by name; what is in no layer has the highest

	// frame takes what is said for times of an animation; nil for what is said of elements.
	frame func(times []string, body []declaration)
}

// styleRule is one selector with its declarations.
type styleRule struct {
	selector complexSelector
	body     []declaration
	layer    string
	order    int
	tree     int
	reach    reach
	doubt    bool // it hides, and may not apply
}

// newRuleSet is a set without rules.
func newRuleSet() *ruleSet {
	return &ruleSet{
		byID: map[string][]int32{}, byClass: map[string][]int32{}, byAttr: map[string][]int32{}, byTag: map[string][]int32{},
		animations: map[string]animation{}, initial: map[string]customValue{}, alone: map[string]bool{},
		some: map[string]bool{}, reveals: map[string]bool{}, moves: map[string]bool{},
		ranks: map[string]int{}, long: maxLongValues,
	}
}

// add takes in a rule.
func (rs *ruleSet) add(selectors []string, body []declaration, ctx context) {
	if rs.frame != nil {
		if len(selectors) > 0 {
			rs.frame(selectors, body)
		}
		return
	}
	if len(body) == 0 {
		return
	}
	l := rs.look(body)
	how := l.hiding
	shows := how == shown && l.shows
	for _, sel := range selectors {
		if strings.Contains(sel, "cloak") {
			continue
		}
		plain := simple(sel)
		if ctx.states || !plain || ctx.doubt {
			if shows {
				lastNames(sel, rs.reveals)
			} else if how != shown && !ctx.states {
				lastNames(sel, rs.some)
			}
		}
		if l.motion && plain {
			lastNames(sel, rs.moves)
		}
		if ctx.states || ctx.doubt && (how == shown || l.doubt) || len(rs.rules) >= maxRules {
			continue
		}
		reach := ownTree
		if ctx.tree > 0 {
			sel, reach = reachOf(sel)
		}
		of, beside := pseudoElement(sel)
		declared := body
		if beside && ctx.doubt {
			continue
		} else if beside {
			if declared = besides(body); declared == nil {
				continue
			}
		}
		c, ok := parseSelector(of, 0)
		rs.cut = rs.cut || c.cut
		if !ok || c.never || rs.present != nil && !rs.has(&c) {
			continue
		}
		at := int32(len(rs.rules))
		rs.rules = append(rs.rules, styleRule{c, declared, ctx.layer, len(rs.rules), ctx.tree, reach, ctx.doubt})
		rs.index(&c.parts[0], at)
	}
}

// mayMatch reports whether the page has what the last part of one of the selectors asks for. Most rules
// of most pages are for other pages.
func (rs *ruleSet) mayMatch(selectors []string) bool {
	if rs.present == nil {
		return true
	}
	for _, sel := range selectors {
		if rs.mayHave(sel) {
			return true
		}
	}
	return false
}

// mayHave reports whether the page has a class or id that the last part of a selector asks for, or
// the element if it asks for none; the others may be of a state, set by a script.
func (rs *ruleSet) mayHave(sel string) bool {
	if rs.present == nil || strings.IndexByte(sel, '\\') >= 0 {
		return true
	}
	sel = sel[strings.LastIndexAny(sel, " >~+)]")+1:]
	named := false
	for i := 0; i < len(sel); {
		if c := sel[i]; c != '.' && c != '#' && !isName(c) {
			return !named // what follows narrows it
		}
		end := i + 1
		for end < len(sel) && isName(sel[end]) {
			end++
		}
		if rs.present[lower(sel[i:end])] {
			return true
		}
		named = named || end > i+1 || i == 0
		i = end
	}
	return !named
}

// has reports whether the page has all classes and ids that a selector asks for.
func (rs *ruleSet) has(c *complexSelector) bool {
	for i := range c.parts {
		part := &c.parts[i]
		if part.id != "" && !rs.present["#"+lower(part.id)] {
			return false
		}
		for _, class := range part.classes {
			if !rs.present["."+lower(class)] {
				return false
			}
		}
	}
	return true
}

// note takes in the names of an element of the page.
func (rs *ruleSet) note(n *html.Node) {
	rs.present[n.Data] = true
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "class":
			for c := range strings.FieldsSeq(a.Val) {
				rs.present["."+lower(c)] = true
			}
		case "id":
			rs.present["#"+lower(a.Val)] = true
		}
	}
}

// pseudoElement takes ::before or ::after off a selector.
func pseudoElement(sel string) (of string, beside bool) {
	for _, end := range []string{"::before", "::after", ":before", ":after"} {
		if of, beside = strings.CutSuffix(sel, end); beside {
			return of + strings.Repeat("*", 1-min(1, len(of))), true
		}
	}
	return sel, false
}

// index notes a rule under the rarest name in the last part of its selector.
func (rs *ruleSet) index(c *compound, at int32) {
	switch {
	case c.id != "":
		rs.byID[lower(c.id)] = append(rs.byID[lower(c.id)], at)
	case len(c.classes) > 0:
		rs.byClass[lower(c.classes[0])] = append(rs.byClass[lower(c.classes[0])], at)
	case c.attribute != "":
		rs.byAttr[c.attribute] = append(rs.byAttr[c.attribute], at)
	case c.tag != "":
		rs.byTag[c.tag] = append(rs.byTag[c.tag], at)
	default:
		// A nested rule or a list: by the names of its alternatives, if each has one.
		for _, t := range c.tests {
			if t.kind != 'i' || len(t.lists) == 0 {
				continue
			}
			for i := range t.lists {
				if part := &t.lists[i].parts[0]; part.id == "" && len(part.classes) == 0 && part.attribute == "" && part.tag == "" {
					rs.others = append(rs.others, at)
					return
				}
			}
			for i := range t.lists {
				rs.index(&t.lists[i].parts[0], at)
			}
			return
		}
		rs.others = append(rs.others, at)
	}
}

// match calls f with each rule that may be one for n, once at least.
func (rs *ruleSet) match(m *matcher, n *html.Node, f func(*styleRule)) {
	each := func(indexes []int32) {
		for _, i := range indexes {
			if m.steps < 0 {
				return
			}
			if r := &rs.rules[i]; !rs.trees.holds(r, n) {
				m.steps--
			} else if m.matches(&r.selector, n) {
				f(r)
			}
		}
	}
	if len(rs.byTag) > 0 {
		each(rs.byTag[n.Data])
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "class":
			for c := range strings.FieldsSeq(a.Val) {
				each(rs.byClass[lower(c)])
			}
		case "id":
			each(rs.byID[lower(a.Val)])
		}
		if len(rs.byAttr) > 0 {
			each(rs.byAttr[n.Attr[i].Key])
		}
	}
	each(rs.others)
}

// layer notes a cascade layer at its first mention.
func (rs *ruleSet) layer(name string) {
	if rs.ranks == nil {
		return
	}
	for at := range len(name) {
		if at > 0 && name[at] == '.' {
			rs.layer(name[:at])
			break
		}
	}
	if _, ok := rs.ranks[name]; !ok && len(rs.layers) < maxLayers {
		rs.ranks[name] = len(rs.layers)
		rs.layers = append(rs.layers, name)
	}
}

// maxLayers bounds the cascade layers of a page.
const maxLayers = 1000

// rank orders the layers: the last mentioned is the highest, and a layer is above those within it.
func (rs *ruleSet) rank() {
	first := map[string]int{}
	for i, name := range rs.layers {
		first[name] = i
	}
	sorted := append([]string(nil), rs.layers...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := strings.Split(sorted[i], "."), strings.Split(sorted[j], ".")
		for k := 0; k < len(a) && k < len(b); k++ {
			if a[k] != b[k] {
				return first[strings.Join(a[:k+1], ".")] < first[strings.Join(b[:k+1], ".")]
			}
		}
		return len(a) > len(b)
	})
	for i, name := range sorted {
		rs.ranks[name] = i
	}
}

// Parts of a priority, beside the order in the lowest bits.
const (
	noLayer       = 4000
	inlineLayer   = 4050
	animatedLayer = 4060
	layerShift    = 48
	specShift     = 24
	importantBit  = 1 << 62
)

// priority is a number that is higher for what wins in the cascade (CSS Cascading Level 5, 6.1).
func (rs *ruleSet) priority(r *styleRule, important bool) uint64 {
	layer := noLayer
	if r.layer != "" {
		layer = min(rs.ranks[r.layer]+1, noLayer-1)
	}
	p := uint64(r.selector.specificity)<<specShift | uint64(min(r.order, 1<<specShift-1))
	if important {
		return importantBit | uint64(noLayer-layer)<<layerShift | p
	}
	return uint64(layer)<<layerShift | p
}

// simple reports whether a selector has one name only, as .name, #name, div.name and [name].
func simple(sel string) bool {
	if strings.HasPrefix(sel, "[") {
		return attributeEnd(sel) == len(sel)-1
	}
	return !strings.ContainsAny(sel, " >~+:[&,") && strings.Count(sel, ".")+strings.Count(sel, "#") == 1
}

// lastNames adds the classes and ids in the last part of a selector to names.
func lastNames(sel string, names map[string]bool) {
	sel = sel[strings.LastIndexAny(sel, " >~+")+1:]
	for i := 0; i < len(sel); i++ {
		if sel[i] != '.' && sel[i] != '#' {
			continue
		}
		end := nameEnd(sel, i+1)
		if end > i+1 && len(names) < maxRules {
			names[unescape(sel[i:end])] = true
		}
		i = end - 1
	}
}

// isName reports whether c is part of a name in CSS or of a class in a script.
func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// names reports whether f takes the id of n (#name) or one of its classes (.name).
func names(n *html.Node, f func(name string) bool) bool {
	if id := tree.Attr(n, "id"); id != "" && f("#"+id) {
		return true
	}
	for c := range strings.FieldsSeq(tree.Attr(n, "class")) {
		if f("." + c) {
			return true
		}
	}
	return false
}
