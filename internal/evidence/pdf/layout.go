package pdf

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// digits matches the number of a page, among others.
var digits = lazyregexp.New(`\d+`)

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
	return strings.Join(strings.Fields(accents.ReplaceAllStringFunc(l, accented)), " ")
}

// accents matches an accent that TeX sets before its letter as a sign of its own.
var accents = lazyregexp.New(`[¨´ˆ˜˘ˇ˚˝]\p{L}`)

// accented writes such a pair as the letter that it shows; one that there is not stays.
func accented(pair string) string {
	runes := []rune(pair)
	marks := map[rune]rune{'¨': 0x308, '´': 0x301, 'ˆ': 0x302, '˜': 0x303, '˘': 0x306, 'ˇ': 0x30c, '˚': 0x30a, '˝': 0x30b}
	letter := runes[1]
	switch letter {
	case 'ı':
		letter = 'i'
	case 'ȷ':
		letter = 'j'
	}
	if whole := norm.NFC.String(string([]rune{letter, marks[runes[0]]})); utf8.RuneCountInString(whole) == 1 {
		return whole
	}
	return pair
}

// layout makes the text of pages of their lines, each page's by blocks in reading order.
// Headers and footers that recur and bare page numbers go; footnotes come after the text of
// their page. The result has an entry for each page.
func layout(pages [][]line) []string {
	recurring := recurringLines(pages)
	size, code := bodySize(pages), !mostlyFixed(pages)
	words := vocabulary(pages)
	out := make([]string, len(pages))
	some := false
	for i, p := range pages {
		kept := make([]line, 0, len(p))
		for _, l := range p {
			if l.edge && (recurring[shape(l.text)] || digits.ReplaceAllString(l.text, "") == "" || pageNumber.MatchString(l.text)) {
				continue
			}
			kept = append(kept, l)
		}
		out[i] = write(kept, style{size, code, words})
		some = some || out[i] != ""
	}
	if !some {
		// What is all that the pages have is no header.
		for i, p := range pages {
			out[i] = write(p, style{size, code, words})
		}
	}
	return out
}

// pageNumber matches "Page 3", "3 of 12", "- 3 -" and "3/12".
var pageNumber = lazyregexp.New(
	`^(?i:[-–—|] ?\d+ ?[-–—|]|(?:page|seite|p\.|стр\.?|página) ?\d+(?: ?(?:of|von|de|из|/) ?\d+)?|\d+ ?(?:of|/) ?\d+)$`)

// shape is a line with its numbers taken out: "Page 3 of 9" recurs.
func shape(l string) string { return digits.ReplaceAllString(l, "#") }

// recurringLines are the shapes of lines at the edges of more than two in five of the pages, and
// of three at least: left and right pages may have different ones. Fewer than three pages show
// no pattern.
func recurringLines(pages [][]line) map[string]bool {
	if len(pages) < 3 {
		return nil
	}
	counts := map[string]int{}
	for _, p := range pages {
		seen := map[string]bool{}
		for _, l := range p {
			if s := shape(l.text); l.edge && !seen[s] {
				seen[s] = true
				counts[s]++
			}
		}
	}
	out := map[string]bool{}
	for s, n := range counts {
		if n >= 3 && n*5 > len(pages)*2 {
			out[s] = true
		}
	}
	return out
}

// bodySize is the size of most of the text, in points.
func bodySize(pages [][]line) float64 {
	bySize := map[float64]int{}
	for _, p := range pages {
		for _, l := range p {
			bySize[math.Round(l.size*4)/4] += len(l.text)
		}
	}
	best, most := 0.0, 0
	for s, n := range bySize {
		if n > most || n == most && s < best {
			best, most = s, n
		}
	}
	return best
}

// style is what paragraphs are made by.
type style struct {
	body  float64        // size of most of the text
	code  bool           // what is in a font of fixed width is set apart by it
	words map[string]int // of the file, see vocabulary
}

// mostlyFixed reports whether most of the text is in a font of fixed width, as typewritten pages
// are.
func mostlyFixed(pages [][]line) bool {
	fixed, all := 0, 0
	for _, p := range pages {
		for _, l := range p {
			all += len(l.text)
			if l.code != "" {
				fixed += len(l.text)
			}
		}
	}
	return fixed*2 > all
}

// vocabulary counts the words of a file that have a hyphen, and those that have none, so that a
// word cut at its hyphen is written as it is elsewhere.
func vocabulary(pages [][]line) map[string]int {
	words := map[string]int{}
	for _, p := range pages {
		for _, l := range p {
			for w := range strings.FieldsFuncSeq(strings.ToLower(l.text), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
				if len(words) < 200_000 && len(w) > 3 {
					words[w]++
				}
			}
		}
	}
	return words
}
