package render

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// maxScript is the length in bytes up to which raised or lowered text is an exponent, an index or
// a note; what is longer only looks small.
const maxScript = 40

// script writes raised (up) or lowered text as what it means: an exponent (10^9), an index
// (CO_2), a mark of a note ([3]), a part of an ordinal (21st) or of a fraction (1/2). A mark of a
// note must not become a digit of the number before it, nor an exponent one of its base. One that
// leads to its note is left out: it says nothing without its link.
func (w *textWriter) script(n *html.Node, up bool) {
	if tree.Contains(n, atom.Math) {
		w.children(n)
		return
	}
	raw, short := scriptText(n)
	s := strings.Map(func(r rune) rune {
		switch {
		case r == '−' || r == '‐' || r == '–' && up:
			return '-'
		case text.Invisible(r):
			return -1
		}
		return r
	}, text.OneLine(raw))
	switch base := w.base(); {
	case short && s == "":
	case short && referral(n, s):
		w.afterReferral(n, base)
	case !short:
		w.gap()
		w.children(n)
		w.gap()
	case up && w.numerator(n, s, base), !up && number.MatchString(s) && (strings.HasSuffix(base, "/") || strings.HasSuffix(base, "⁄")):
		w.word(s)
	case noteLink(n) || up && isNote(s, base):
		if !strings.ContainsAny(s[:1], "[(") {
			s = "[" + s + "]"
		}
		w.word(s)
	case up && price.MatchString(base) && cents.MatchString(s):
		w.word("." + s)
	case joins(s, base, up):
		if up && strings.EqualFold(s, "tm") {
			s = "™"
		}
		w.word(s)
	case base == "" || up && hasWord(s) && lettersAtEnd(base) > 2:
		w.gap()
		w.children(n)
	default:
		w.word(scriptMark(up) + braced(s, following(n), up))
	}
	if strings.TrimRightFunc(raw, text.Blank) != raw {
		w.gap()
	}
}

// scriptText is the text of a script, with the white space at its end.
func scriptText(n *html.Node) (string, bool) {
	s, short := shortText(n, maxScript)
	if last := n.LastChild; short && last != nil && last.Type == html.TextNode && strings.TrimRightFunc(last.Data, text.Blank) != last.Data {
		s += " "
	}
	return s, short
}

// scriptMark is the sign before an exponent or an index.
func scriptMark(up bool) string {
	if up {
		return "^"
	}
	return "_"
}

// base is the word that the next one is written to, "" at a space or the beginning of a line.
func (w *textWriter) base() string {
	if !w.adjacent() {
		return ""
	}
	s := w.b.String()
	s = s[max(0, len(s)-40):]
	return s[strings.LastIndexAny(s, " \n|")+1:]
}

// referral reports whether raised text with the words s leads to a note of the page, and says no
// more than which.
func referral(n *html.Node, s string) bool {
	link := find(n, func(c *html.Node) bool { return tree.Name(c) == atom.A })
	if link == nil && n.Parent != nil && tree.Name(n.Parent) == atom.A {
		link = n.Parent
	}
	if link == nil || !strings.HasPrefix(tree.Attr(link, "href"), "#") {
		return false
	}
	return referralMark.MatchString(strings.Trim(s, "[]()")) || slices.Contains(strings.Fields(tree.Attr(n, "class")), "reference")
}

// noteRef reports whether an element says of itself that it refers to a note (DPUB-ARIA, EPUB).
func noteRef(n *html.Node) bool {
	return tree.Attr(n, "role") == "doc-noteref" || tree.Attr(n, "epub:type") == "noteref"
}

// afterReferral keeps words apart that only a mark stood between.
func (w *textWriter) afterReferral(n *html.Node, base string) {
	if base != "" && strings.ContainsAny(base[len(base)-1:], ".,;:!?") && following(n) != 0 {
		w.gap()
	}
}

// noteLink reports whether raised text leads to a note or is called one.
func noteLink(n *html.Node) bool {
	class := tree.Attr(n, "class")
	return tree.Contains(n, atom.A) || strings.Contains(class, "reference") || strings.Contains(class, "footnote") ||
		strings.Contains(class, "noteref") || strings.Contains(class, "citation")
}

var (
	number   = lazyregexp.New(`^[+-]?\d+(?:[.,/]\d+)?%?$`)
	noteMark = lazyregexp.New(`^\d{1,3}(?:\s?[,–-]\s?\d{1,3})*$`)
	// referralMark matches 12, 3–5, a, †, note 2, nb 1.
	referralMark = lazyregexp.New(`^(?:\d{1,3}(?:\s?[,–-]\s?\d{1,3})*|\pL|[*†‡§¶#]{1,3}|(?i:note|nb|fn|n|lower-alpha)[. ]?\d{1,3})$`)
	ordinal      = lazyregexp.New(`(?i)^(?:st|nd|rd|th|e|er|re|ère|ere|ème|eme|es|ers|nde?|de|te|a|o|os|as|ª|º|°|г|й|я|е)$`)
	plainWord    = lazyregexp.New(`^[\p{L}\p{N}]+$`)
	// price and cents match what shops set as a price, 99 raised behind $5; year a base that has no
	// powers.
	price = lazyregexp.New(`^[$€£¥]\d[\d,]*$`)
	cents = lazyregexp.New(`^\d\d$`)
	year  = lazyregexp.New(`^\(?(?:19[5-9]\d|20[0-3]\d)$`)
)

// units are words of at least four letters that have powers; a number raised behind another word
// is a note.
var units = text.Set(`meter meters metre metres mile miles foot feet inch inches yard yards second seconds sec secs
	kilometer kilometers kilometre kilometres log logs`)

// isNote reports whether s, raised behind base, is the mark of a note without a link: in
// brackets, behind a sentence, or a small number behind a word that is no unit.
func isNote(s, base string) bool {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return true
	}
	if !noteMark.MatchString(s) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(base)
	if base == "" || strings.ContainsRune(".,;:!?\"'”’»…%*", last) || year.MatchString(base) {
		return true
	}
	if !unicode.IsLetter(last) {
		return false
	}
	letters := 0
	for _, r := range base {
		if unicode.IsLetter(r) {
			letters++
		} else if unicode.IsDigit(r) || r == '/' || r == '_' || r == '^' {
			return false
		}
	}
	return letters >= 4 && !units[strings.ToLower(base)]
}

// joins reports whether s belongs to the word before it: signs of trade, letters behind a number
// or behind the first letter of an abbreviation.
func joins(s, base string, up bool) bool {
	r, size := utf8.DecodeRuneInString(s)
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+-({[<>=~.∞ˆ", r) {
		return true // ™ ® * † ″ °
	}
	if !up || base == "" {
		return false
	}
	switch strings.ToLower(s) {
	case "tm", "sm", "(r)", "(tm)", "(c)":
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(base)
	if s == "th" && lettersAtEnd(base) == 1 {
		return true // the nth
	}
	if ordinal.MatchString(s) && (unicode.IsDigit(last) && len(s) >= size || roman(base)) {
		return true
	}
	// Mme, Mlle, Dr, Mr, No.
	return len(base) == 1 && (strings.ContainsRune("MDNSnJC", last) && len(s) > 1 && lower(s) ||
		strings.ContainsRune("Nn", last) && s == "o" || strings.ContainsRune("DM", last) && s == "r")
}

// roman reports whether s is a number in Roman numerals.
func roman(s string) bool {
	return len(s) > 0 && strings.Trim(s, "IVXLCDM") == "" && s != "C" && s != "D"
}

// lower reports whether s has lower-case letters only.
func lower(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLower(r) }) < 0
}

// lettersAtEnd is the number of letters that s ends with.
func lettersAtEnd(s string) int {
	n := 0
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		if !unicode.IsLetter(r) {
			break
		}
		n, s = n+1, s[:len(s)-size]
	}
	return n
}

// hasWord reports whether s has a word of three letters.
func hasWord(s string) bool {
	run := 0
	for _, r := range s {
		if run++; !unicode.IsLetter(r) {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}

// numerator reports whether raised digits are the upper part of a fraction: a stroke and lowered
// ones follow. Behind a whole number, it asks for a space.
func (w *textWriter) numerator(n *html.Node, s, base string) bool {
	t := n.NextSibling
	if t == nil || t.Type != html.TextNode || t.NextSibling == nil || tree.Name(t.NextSibling) != atom.Sub {
		return false
	}
	if stroke := strings.TrimSpace(t.Data); stroke != "/" && stroke != "⁄" || !number.MatchString(s) {
		return false
	}
	if base != "" && unicode.IsDigit(rune(base[len(base)-1])) {
		w.gap()
	}
	return true
}

// following is the character that follows n in its line, 0 for none or white space.
func following(n *html.Node) rune {
	if t := n.NextSibling; t != nil && t.Type == html.TextNode {
		if r, _ := utf8.DecodeRuneInString(t.Data); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
	}
	return 0
}

// braced puts an exponent or index between braces where it could be read otherwise: it is more
// than a number or a word, or what follows would go on with it.
func braced(s string, next rune, up bool) string {
	if inner := strings.Trim(s, "{}"); inner != s {
		s = inner
	}
	plain := number.MatchString(s) || plainWord.MatchString(s) || s == "+" || s == "-" || s == "*"
	last, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case !plain,
		unicode.IsDigit(next) && unicode.IsDigit(last),
		unicode.IsLetter(last) && next != 0 && (up || unicode.IsLower(next)):
		return "{" + s + "}"
	}
	return s
}
