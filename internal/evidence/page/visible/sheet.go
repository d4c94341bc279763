package visible

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/text"
)

// ruleSet is what the page's own style elements say about classes (.name) and ids (#name).
type ruleSet struct {
	hidden  map[string]hiding // by name with its mark, or by attribute in brackets
	attrs   map[string]bool   // attributes with a rule
	some    map[string]bool   // a rule hides it in some places: it has more parts than are read
	reveals map[string]bool   // a rule for another state shows it
	moves   map[string]bool   // it moves, or changes by a transition
}

// simple is the class or id, with its mark, of a selector such as .name, #name and div.name: one
// name, so that what it selects is known without a style engine. It is "" for others.
func simple(sel string) string {
	if name := attribute(sel); name != "" {
		return name
	}
	mark := 0
	for mark < len(sel) && (sel[mark] >= 'a' && sel[mark] <= 'z' || sel[mark] >= '0' && sel[mark] <= '9') {
		mark++
	}
	if mark+1 >= len(sel) || sel[mark] != '.' && sel[mark] != '#' {
		return ""
	}
	for i := mark + 1; i < len(sel); i++ {
		if !isName(sel[i]) {
			return ""
		}
	}
	return sel[mark:]
}

// attribute is a selector by one attribute, as [name] or [name=value], "" for others. What a value
// must begin with or hold is left out: such values are kinds of one thing, as data-aos^=fade is.
func attribute(sel string) string {
	inner, found := strings.CutPrefix(sel, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !found || !closed || strings.ContainsAny(inner, "[]:") {
		return ""
	}
	name, value, valued := strings.Cut(inner, "=")
	loose := strings.TrimRight(name, "^$*|~ ")
	switch name = strings.TrimRight(name, " "); {
	case !valued, loose != name && strings.HasPrefix(loose, "data-"):
		return "[" + lower(loose) + "]"
	case loose != name:
		return ""
	}
	return "[" + lower(name) + "=" + strings.Trim(value, "\"' ") + "]"
}

// attributes is the hiding by the rules about attributes of n.
func (rs *ruleSet) attributes(n *html.Node) hiding {
	how := shown
	for i := range n.Attr {
		a := &n.Attr[i]
		if rs.attrs[a.Key] {
			how = max(how, rs.hidden["["+a.Key+"]"], rs.hidden["["+a.Key+"="+a.Val+"]"])
		}
	}
	return how
}

// maxStyle bounds what is read of all style elements together, in bytes.
const maxStyle = 512 << 10

// read takes in a sheet: rules with simple selectors as they apply, the last of one name
// winning. Others tell of states in which something is shown.
func (rs *ruleSet) read(sheet string) {
	forRules(withoutComments(text.Head(sheet, maxStyle)), 0, func(selectors, body string) {
		if !mayMatter(body) {
			return
		}
		l := lookOf(body)
		how := l.how()
		shows := how == shown && (l.visible || l.display != "")
		if how == shown && !shows && !l.motion {
			return
		}
		for sel := range strings.SplitSeq(selectors, ",") {
			sel = strings.TrimSpace(sel)
			if name := simple(sel); name != "" && !strings.Contains(sel, "cloak") {
				switch {
				case how != shown:
					rs.hidden[name] = how
					if name[0] == '[' {
						key, _, _ := strings.Cut(strings.Trim(name, "[]"), "=")
						rs.attrs[key] = true
					}
				case rs.hidden[name] == folded && l.display != "", rs.hidden[name] == faded && l.visible:
					delete(rs.hidden, name)
				}
				if l.motion {
					rs.moves[name] = true
				}
				continue
			}
			if shows {
				rs.shownBy(sel)
			} else if how != shown {
				lastNames(sel, rs.some)
			}
		}
	})
}

// shownBy notes the names in the last part of a selector for a state, such as .js .box.in.
func (rs *ruleSet) shownBy(sel string) { lastNames(sel, rs.reveals) }

// lastNames adds the classes and ids in the last part of a selector to names.
func lastNames(sel string, names map[string]bool) {
	sel = sel[strings.LastIndexAny(sel, " >~+")+1:]
	for i := 0; i < len(sel); i++ {
		if sel[i] != '.' && sel[i] != '#' {
			continue
		}
		end := i + 1
		for end < len(sel) && isName(sel[end]) {
			end++
		}
		names[sel[i:end]] = true
		i = end - 1
	}
}

// isName reports whether c is part of a name in CSS or of a class in a script.
func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// mayMatter is a cheap test before the exact one.
func mayMatter(body string) bool {
	for _, word := range []string{
		"isplay", "isibility", "pacity", "font-size", "color", ":-", "clip", "trans", "scale", "line-height:0", "overflow", "anim",
	} {
		if strings.Contains(body, word) {
			return true
		}
	}
	return strings.Contains(body, ": -") || strings.Contains(body, "line-height: 0") || strings.ContainsAny(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// withoutComments is a sheet with a space for each comment.
func withoutComments(sheet string) string {
	if !strings.Contains(sheet, "/*") {
		return sheet
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(sheet, "/*")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte(' ')
		if _, sheet, found = strings.Cut(rest, "*/"); !found {
			return b.String()
		}
	}
}

// maxAtRules bounds how deep rules are read in blocks such as @media.
const maxAtRules = 8

// forRules calls f with each rule of a style sheet without comments that holds on the screen of
// a desktop, those within @media, @supports and @layer included. Rules within rules are left
// out, as are keyframes and fonts.
func forRules(sheet string, depth int, f func(selectors, body string)) {
	start := 0
	for i := 0; i < len(sheet); i++ {
		switch sheet[i] {
		case '"', '\'':
			i = stringEnd(sheet, i)
		case ';', '}':
			start = i + 1
		case '{':
			end := blockEnd(sheet, i)
			if end == len(sheet) {
				return // never closed
			}
			switch selectors, body := strings.TrimSpace(sheet[start:i]), sheet[i+1:end]; {
			case strings.HasPrefix(selectors, "@"):
				if depth < maxAtRules && applies(selectors) {
					forRules(body, depth+1, f)
				}
			case selectors != "" && len(selectors) < 2000:
				f(selectors, own(body))
			}
			i, start = end, end+1
		}
	}
}

// stringEnd is the place of the quotation mark that ends a string of CSS, or its beginning when
// nothing on the line does.
func stringEnd(sheet string, at int) int {
	for i := at + 1; i < len(sheet) && sheet[i] != '\n'; i++ {
		switch sheet[i] {
		case '\\':
			i++
		case sheet[at]:
			return i
		}
	}
	return at
}

// blockEnd is the place of the bracket that closes the one at open, or the end of the sheet.
func blockEnd(sheet string, open int) int {
	depth := 0
	for i := open; i < len(sheet); i++ {
		switch sheet[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'':
			i = stringEnd(sheet, i)
		}
	}
	return len(sheet)
}

// own is the body of a rule without the rules within it.
func own(body string) string {
	if !strings.Contains(body, "{") {
		return body
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(body, '{')
		if open < 0 {
			b.WriteString(body)
			return b.String()
		}
		b.WriteString(body[:strings.LastIndexByte(body[:open], ';')+1])
		body = body[min(len(body), blockEnd(body, open)+1):]
	}
}

// applies reports whether the rules in a block hold on the screen of a desktop.
func applies(at string) bool {
	name, rest, _ := strings.Cut(at[1:], " ")
	if i := strings.IndexByte(name, '('); i >= 0 {
		name, rest = name[:i], name[i:]+" "+rest
	}
	switch lower(name) {
	case "layer":
		return true
	case "supports":
		return !strings.HasPrefix(strings.TrimSpace(lower(rest)), "not")
	case "media":
		return holds(rest)
	}
	return false
}

// holds reports whether one of several media queries holds on a desktop; none at all does.
func holds(queries string) bool {
	for query := range strings.SplitSeq(lower(queries), ",") {
		if query = strings.TrimSpace(query); query == "" || matchesDesktop(query) {
			return true
		}
	}
	return false
}

// matchesDesktop reports whether a media query holds for a window of 1280 by 720 pixels, in light
// colours, with a mouse.
func matchesDesktop(query string) bool {
	negated := false
	if rest, ok := strings.CutPrefix(query, "not "); ok {
		negated, query = true, rest
	}
	holds := true
	for part := range strings.SplitSeq(strings.TrimPrefix(query, "only "), " and ") {
		holds = holds && feature(strings.Trim(strings.TrimSpace(part), "()"))
	}
	return holds != negated
}

// feature reports whether one part of a media query holds.
func feature(part string) bool {
	switch part = strings.ReplaceAll(part, " ", ""); part {
	case "all", "screen", "prefers-reduced-motion:no-preference", "prefers-color-scheme:light", "hover:hover", "any-hover:hover", "hover",
		"pointer:fine", "any-pointer:fine", "orientation:landscape", "scripting:enabled", "color":
		return true
	}
	for _, bound := range []struct {
		prefix string
		value  float64
		least  bool
	}{
		{"min-width:", desktop, true}, {"width>=", desktop, true}, {"width>", desktop - 1, true}, {"max-width:", desktop, false},
		{"width<=", desktop, false}, {"width<", desktop + 1, false}, {"min-height:", 720, true}, {"max-height:", 720, false},
	} {
		if v, ok := strings.CutPrefix(part, bound.prefix); ok {
			n, unit, ok := size(v)
			if unit == "em" || unit == "rem" {
				n *= 16
			}
			return ok && (bound.least && n <= bound.value || !bound.least && n >= bound.value)
		}
	}
	// 400px<=width<=700px
	if lo, hi, ok := strings.Cut(part, "width"); ok && lo != "" && hi != "" {
		least, err1 := strconv.ParseFloat(strings.TrimRight(lo, "<=px"), 64)
		most, err2 := strconv.ParseFloat(strings.TrimRight(strings.TrimLeft(hi, "<="), "px"), 64)
		return err1 == nil && err2 == nil && least <= desktop && desktop <= most
	}
	return false
}
