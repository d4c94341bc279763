// Package visible takes out of a page what its readers do not see.
package visible

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/text"
)

// RemoveHidden drops what a reader of the page does not see: comments, fallbacks
// for browsers without JavaScript, hidden elements, text in the colour of its
// ground or too small to read. Text that a page hides is text for machines, and
// machines are who it tries to instruct.
//
// An element that holds most of the page's paragraphs stays: pages hide
// themselves until a script has run.
func RemoveHidden(doc *html.Node) {
	rules := hidingRules(doc)
	total := paragraphBytes(doc)
	var drop []*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.CommentNode, c.DataAtom == atom.Noscript, c.DataAtom == atom.Template:
				drop = append(drop, c)
			case c.Type == html.ElementNode && (Hidden(c) || rules.match(c)) && paragraphBytes(c)*2 <= total:
				drop = append(drop, c)
			default:
				walk(c)
			}
		}
	}
	walk(doc)
	tree.Remove(drop)
}

// paragraphBytes is the size of the text in paragraphs below n.
func paragraphBytes(n *html.Node) int {
	total := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.P {
			total += len(tree.Text(c))
			continue
		}
		total += paragraphBytes(c)
	}
	return total
}

// Hidden judges n by its own attributes. hidden="until-found" is shown by a search in the page
// and so can be read.
func Hidden(n *html.Node) bool {
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "hidden":
			return !strings.EqualFold(a.Val, "until-found")
		case "style":
			if hides(a.Val) {
				return true
			}
		case "class":
			if screenReader.MatchString(a.Val) {
				return true
			}
		case "type":
			if n.DataAtom == atom.Input && strings.EqualFold(a.Val, "hidden") {
				return true
			}
		case "size":
			if n.DataAtom == atom.Font && a.Val == "0" {
				return true
			}
		case "color":
			if n.DataAtom == atom.Font && isWhite(strings.ToLower(a.Val)) && !darkGround(n) {
				return true
			}
		}
	}
	return false
}

// screenReader are the usual names of classes that take text off the screen.
var screenReader = regexp.MustCompile(`(?i)(^|\s)(sr-only|screen-reader(-text|-only)?|visually-?hidden|visuallyhidden|` +
	`element-invisible|a11y-hidden|assistive-text|u-hidden-visually|d-none)(\s|$)`)

var (
	// They are matched against a style in lower case without white space, such as
	// "color:#fff;font-size:0px". zeroSize matches font-size:0 and 1px, height:0, line-height:0
	// and scale(0); offScreen text-indent:-9999px, left:-1000% and clip:rect(0…; opacity 0, .0
	// and 0.05, not 0.5.
	zeroSize = regexp.MustCompile(`(?:^|;)(?:` +
		`font-size:0*(?:\.\d+|[01](?:\.\d*)?)(?:px|pt)?|` +
		`font-size:0(?:\.[0-2]\d*)?(?:em|rem|%|vw)|` +
		`(?:max-)?(?:height|width):[01](?:px|em|rem|%)?|line-height:0(?:px|em)?|zoom:0|` +
		`transform:scale\(0(?:\.0\d*)?(?:,0(?:\.0\d*)?)?\))(?:!important)?(?:;|$)`)
	offScreen = regexp.MustCompile(`(?:^|;)(?:text-indent|left|top|right|margin-left|margin-top):-\d{4,}(?:\.\d+)?(?:px|em|pt)?|` +
		`(?:^|;)left:-\d{2,}00%|clip:rect\((?:0(?:px)?|1px)[, ]|clip-path:inset\((?:50|100)%`)
	colorValue = regexp.MustCompile(`(?:^|;)color:([^;!]+)`)
	groundOf   = regexp.MustCompile(`(?:^|;)background(?:-color)?:([^;!]+)`)
	opacity    = regexp.MustCompile(`(?:^|;)opacity:0*(?:\.0\d*)?(?:0|%)?(?:!important)?(?:;|$)`)
)

// hides judges an inline style. A colour alone hides only if it is transparent or that of a
// ground in the same style.
func hides(style string) bool {
	s := strings.ToLower(style)
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, s)
	switch {
	case strings.Contains(s, "display:none"), strings.Contains(s, "visibility:hidden"), strings.Contains(s, "visibility:collapse"),
		strings.Contains(s, "content-visibility:hidden"), opacity.MatchString(s):
		return true
	case offScreen.MatchString(s):
		return true
	case zeroSize.MatchString(s):
		// A box of no height shows its content unless that is cut off.
		if strings.Contains(s, "font-size:") || strings.Contains(s, "line-height:0") || strings.Contains(s, "scale(") {
			return true
		}
		return strings.Contains(s, "overflow:hidden") || strings.Contains(s, "overflow:clip")
	}
	m := colorValue.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	if m[1] == "transparent" || strings.HasPrefix(m[1], "rgba(") && strings.HasSuffix(m[1], ",0)") {
		return !strings.Contains(s, "background-clip:text")
	}
	if g := groundOf.FindStringSubmatch(s); g != nil {
		return sameColor(m[1], g[1])
	}
	return false
}

// hidesOnPage adds what can only be judged with the page's ground: white text
// where no ground is set.
func hidesOnPage(n *html.Node) bool {
	s := strings.ToLower(strings.ReplaceAll(tree.Attr(n, "style"), " ", ""))
	m := colorValue.FindStringSubmatch(s)
	return m != nil && isWhite(m[1]) && groundOf.FindString(s) == "" && !darkGround(n)
}

// darkGround reports whether n stands on something else than plain white, as far as
// styles and classes in the page tell.
func darkGround(n *html.Node) bool {
	for p := n; p != nil; p = p.Parent {
		s := strings.ToLower(strings.ReplaceAll(tree.Attr(p, "style"), " ", ""))
		if g := groundOf.FindStringSubmatch(s); g != nil {
			return !isWhite(g[1])
		}
		if tree.Attr(p, "bgcolor") != "" {
			return !isWhite(strings.ToLower(tree.Attr(p, "bgcolor")))
		}
		if p != n && p.DataAtom != atom.Body && p.DataAtom != atom.Html && tree.Attr(p, "class") != "" {
			return true // a style sheet may colour it
		}
	}
	return false
}

// isWhite reports whether a CSS colour is white or next to it.
func isWhite(c string) bool {
	switch strings.TrimSpace(c) {
	case "white", "#fff", "#ffffff", "#fefefe", "rgb(255,255,255)", "rgba(255,255,255,1)", "hsl(0,0%,100%)":
		return true
	}
	return false
}

// sameColor reports whether two CSS colours are surely the same; it knows few
// spellings, and hides nothing in doubt.
func sameColor(a, b string) bool {
	norm := func(c string) string {
		c = strings.TrimSpace(c)
		if isWhite(c) {
			return "#ffffff"
		}
		if c == "black" || c == "#000" || c == "rgb(0,0,0)" {
			return "#000000"
		}
		return c
	}
	return norm(a) == norm(b)
}

// ruleSet are classes and ids that the page's own style elements hide.
type ruleSet struct{ classes, ids map[string]bool }

// cssSelector matches .name, #name and div.name: one class or id, so that what it selects is
// known without a style engine.
var cssSelector = regexp.MustCompile(`^(?:[a-z0-9]+)?([.#])([A-Za-z_-][A-Za-z0-9_-]*)$`)

const (
	// In bytes, of all style elements together.
	maxStyle = 512 << 10
)

// hidingRules reads simple selectors (.name, #name) whose rule hides. Scripts
// reveal such elements in the pages of many sites, so only rules that leave no
// doubt count: text of no size, off the screen, or in the colour of its ground;
// display:none counts for elements that no script names.
func hidingRules(doc *html.Node) ruleSet {
	rs := ruleSet{map[string]bool{}, map[string]bool{}}
	var css, scripts strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.DataAtom {
			case atom.Style:
				if css.Len() < maxStyle {
					css.WriteString(tree.Raw(c))
				}
			case atom.Script:
				scripts.WriteString(tree.Raw(c))
			default:
				walk(c)
			}
		}
	}
	walk(doc)
	if css.Len() == 0 {
		return rs
	}
	forRules(text.Head(css.String(), maxStyle), func(selectors, body string) {
		if !mayHide(body) || !hides(body) {
			return
		}
		for sel := range strings.SplitSeq(selectors, ",") {
			p := cssSelector.FindStringSubmatch(strings.TrimSpace(sel))
			if p == nil || strings.Contains(scripts.String(), p[2]) {
				continue
			}
			if p[1] == "." {
				rs.classes[p[2]] = true
			} else {
				rs.ids[p[2]] = true
			}
		}
	})
	return rs
}

// mayHide is a cheap test before the exact one.
func mayHide(body string) bool {
	for _, word := range []string{"none", "hidden", "opacity", "font-size", "color", "-9", "-1", "-5", "clip", "scale", "line-height:0"} {
		if strings.Contains(body, word) {
			return true
		}
	}
	return false
}

// forRules calls f with each rule of a style sheet that is not inside another (a media query):
// those hold only sometimes. It counts braces and does not parse: a brace within a string of
// the sheet leads it astray, which costs some rules of that sheet.
func forRules(sheet string, f func(selectors, body string)) {
	depth, start, open := 0, 0, 0
	for i := 0; i < len(sheet); i++ {
		switch sheet[i] {
		case '/':
			if strings.HasPrefix(sheet[i:], "/*") {
				end := strings.Index(sheet[i+2:], "*/")
				if end < 0 {
					return
				}
				i += 2 + end + 1
				if depth == 0 {
					start = i + 1
				}
			}
		case ';':
			if depth == 0 {
				start = i + 1
			}
		case '{':
			if depth == 0 {
				open = i
			}
			depth++
		case '}':
			if depth--; depth == 0 {
				if selectors := strings.TrimSpace(sheet[start:open]); len(selectors) < 2000 && !strings.HasPrefix(selectors, "@") {
					f(selectors, sheet[open+1:i])
				}
				start = i + 1
			}
			depth = max(depth, 0)
		}
	}
}

// match reports whether a rule of the page, or a style on the page's ground,
// hides n.
func (rs ruleSet) match(n *html.Node) bool {
	if tree.HasAttr(n, "style") && hidesOnPage(n) {
		return true
	}
	if len(rs.classes) == 0 && len(rs.ids) == 0 {
		return false
	}
	if id := tree.Attr(n, "id"); id != "" && rs.ids[id] {
		return true
	}
	for c := range strings.FieldsSeq(tree.Attr(n, "class")) {
		if rs.classes[c] {
			return true
		}
	}
	return false
}
