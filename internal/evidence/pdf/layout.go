package pdf

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/technoshare/commentator/internal/text"
)

// digits matches the number of a page, among others.
var digits = regexp.MustCompile(`\d+`)

// layout makes paragraphs of lines: headers and footers that recur on most pages and bare page
// numbers go, words cut at a line's end are joined, a paragraph ends where a line is short and
// ends a sentence, or before what looks like a heading or list item. Headers and footers are
// looked for in the first and last two lines of a page only. The result has an entry for each
// page.
func layout(pages []string) []string {
	lines := make([][]string, len(pages))
	for i, p := range pages {
		for l := range strings.SplitSeq(strings.ReplaceAll(p, "\r", ""), "\n") {
			if l = cleanLine(l); l != "" {
				lines[i] = append(lines[i], l)
			}
		}
	}
	recurring := recurringLines(lines)
	out := make([]string, len(pages))
	for i, page := range lines {
		kept := page[:0]
		for j, l := range page {
			edge := j < 2 || j >= len(page)-2
			if edge && (recurring[shape(l)] || digits.ReplaceAllString(l, "") == "") {
				continue
			}
			kept = append(kept, l)
		}
		out[i] = reflow(kept)
	}
	return out
}

// lineHyphen marks a word that is cut at the end of a line, until the lines are
// joined.
const lineHyphen = '\u00ad'

// cleanLine drops what shows nothing, and writes ligatures and presentation
// forms as the letters they stand for.
func cleanLine(l string) string {
	l = strings.Map(func(r rune) rune {
		switch r {
		case '\u0002', '\ufffe':
			return lineHyphen // PDFium's marks of a hyphen at the end of a line
		case '\u00a0', '\t':
			return ' '
		case '\ufffd':
			return -1 // a glyph without a character
		}
		return r
	}, strings.ToValidUTF8(l, ""))
	l = text.StripKeeping(l, lineHyphen)
	if strings.ContainsFunc(l, func(r rune) bool { return r >= 0xfb00 && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff }) {
		var b strings.Builder
		for _, r := range l {
			if r >= 0xfb00 && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff {
				b.WriteString(norm.NFKC.String(string(r)))
			} else {
				b.WriteRune(r)
			}
		}
		l = b.String()
	}
	return strings.Join(strings.Fields(l), " ")
}

// shape is a line with its numbers taken out: "Page 3 of 9" recurs.
func shape(l string) string { return digits.ReplaceAllString(l, "#") }

// recurringLines are the shapes of lines at the edges of more than half of the pages, and of
// three at least; fewer than three pages show no pattern.
func recurringLines(pages [][]string) map[string]bool {
	if len(pages) < 3 {
		return nil
	}
	counts := map[string]int{}
	for _, p := range pages {
		seen := map[string]bool{}
		for j, l := range p {
			if s := shape(l); (j < 2 || j >= len(p)-2) && !seen[s] {
				seen[s] = true
				counts[s]++
			}
		}
	}
	out := map[string]bool{}
	for s, n := range counts {
		if n >= 3 && n*2 > len(pages) {
			out[s] = true
		}
	}
	return out
}

// listItem matches "• ", "1. ", "(2) ", "[12] " and "a) " at the beginning of a line.
var listItem = regexp.MustCompile(`^(?:[•‣◦▪●–*-] |\(?\d{1,2}[.)] |\[\d{1,3}\] |[a-z]\) )`)

// reflow joins the lines of a page to paragraphs. Whether a line is short is measured by the
// page's own width, so columns are no problem where PDFium gives them one after another.
func reflow(lines []string) string {
	width := typicalWidth(lines)
	var b strings.Builder
	glue := ""
	for i, l := range lines {
		b.WriteString(glue)
		if i == len(lines)-1 {
			b.WriteString(l)
			break
		}
		next := lines[i+1]
		switch {
		case strings.HasSuffix(l, string(lineHyphen)):
			glue = ""
		case endsWithHyphen(l) && startsLower(next):
			// "exam-" and "ple" are one word; where the hyphen belongs there, it is
			// lost, which reads better than one in the middle of a word.
			l, glue = strings.TrimSuffix(l, "-"), ""
		case utf8.RuneCountInString(l)*10 < width*8 && endsParagraph(l), listItem.MatchString(next), headingLine(l, width) && !startsLower(next):
			glue = "\n\n"
		default:
			glue = " "
		}
		b.WriteString(l)
	}
	joined := softHyphen.ReplaceAllString(b.String(), "$1$2")
	joined = hardHyphen.ReplaceAllString(joined, "$1$2")
	return strings.ReplaceAll(joined, string(lineHyphen), "")
}

var (
	// softHyphen matches a mark between two letters, also across a joined line; hardHyphen the
	// character U+2010 at a line's end, which a lower-case letter follows.
	softHyphen = regexp.MustCompile("(\\p{L})\u00ad ?(\\p{L})")
	hardHyphen = regexp.MustCompile("(\\p{L})\u2010 (\\p{Ll})")
)

// typicalWidth is the mean length of the lines that are longer than 20 characters; 0 when there
// are none.
func typicalWidth(lines []string) int {
	total, n := 0, 0
	for _, l := range lines {
		if c := utf8.RuneCountInString(l); c > 20 {
			total, n = total+c, n+1
		}
	}
	return total / max(n, 1)
}

// endsWithHyphen reports whether a line ends amid a word: not in a dash.
func endsWithHyphen(l string) bool {
	return len(l) > 2 && strings.HasSuffix(l, "-") && !strings.HasSuffix(l, " -") && !strings.HasSuffix(l, "--")
}

// startsLower reports whether a line goes on with a lower-case letter.
func startsLower(l string) bool {
	r, _ := utf8.DecodeRuneInString(l)
	return unicode.IsLower(r)
}

// endsParagraph reports whether a line ends a sentence, behind quotes and brackets.
func endsParagraph(l string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(l, `"”’)]`))
	return strings.ContainsRune(".!?:;。", r)
}

// headingLine recognises a short line of its own: numbered, or all capitals.
func headingLine(l string, width int) bool {
	n := utf8.RuneCountInString(l)
	if n > 80 || n*10 > width*9 {
		return false
	}
	return numbered.MatchString(l) || strings.ToUpper(l) == l && strings.ToLower(l) != l && n > 3
}

// numbered matches "3 Method", "2.1. Data" and "IV. Results".
var numbered = regexp.MustCompile(`^(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.) \p{Lu}`)
