package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// listItem matches "• ", "1. ", "(2) ", "[12] " and "a) " at the beginning of a line.
var listItem = lazyregexp.New(`^(?:[•‣◦▪●–*-] |\(?\d{1,2}[.)] |\[\d{1,3}\] |[a-z]\) )`)

// paragraph is a part of a page's text.
type paragraph struct {
	text []byte
	last line
	set  bool // a table or code, whose lines stay
	note bool // it comes after the text of its page
}

// write makes the text of one page of its lines.
func write(lines []line, s style) string {
	var all []paragraph
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].block == lines[0].block {
			n++
		}
		next := paragraphs(lines[:n], s)
		if k := len(all); k > 0 && len(next) > 0 && goesOn(all[k-1], next[0], lines[0]) {
			all[k-1].add(string(next[0].text), next[0].last, s.words)
			next = next[1:]
		}
		all = append(all, next...)
		lines = lines[n:]
	}
	var b strings.Builder
	for _, notes := range []bool{false, true} {
		for _, p := range all {
			if p.note == notes && len(p.text) > 0 {
				if b.Len() > 0 {
					b.WriteString("\n\n")
				}
				b.WriteString(strings.ReplaceAll(string(p.text), string(lineHyphen), ""))
			}
		}
	}
	return b.String()
}

// goesOn reports whether the first paragraph of a column goes on with the last of the one
// before.
func goesOn(p, next paragraph, first line) bool {
	return !p.set && !next.set && !p.note && !next.note && math.Abs(p.last.size-first.size) <= 0.08*first.size &&
		!endsParagraph(tail(p.text)) && (startsLower(first.text) || cutWord(tail(p.text)))
}

// paragraphs makes paragraphs of the lines of one column.
func paragraphs(lines []line, s style) []paragraph {
	m := measure(lines)
	var out []paragraph
	for i := 0; i < len(lines); {
		if n := codeLines(lines[i:]); s.code && n > 0 {
			out = append(out, paragraph{text: []byte(code(lines[i : i+n])), set: true, last: lines[i+n-1]})
			i += n
			continue
		}
		if n := tableRows(lines[i:]); n > 0 {
			out = append(out, paragraph{text: []byte(table(lines[i : i+n])), set: true, last: lines[i+n-1]})
			i += n
			continue
		}
		p := paragraph{text: []byte(lines[i].text), last: lines[i]}
		p.note = lines[i].marked && lines[i].size < 0.95*s.body
		i++
		for i < len(lines) && !m.breaks(p, lines[i]) && tableRows(lines[i:]) == 0 && !(s.code && codeLines(lines[i:]) > 0) {
			p.add(lines[i].text, lines[i], s.words)
			i++
		}
		out = append(out, p)
	}
	return out
}

// codeLines is how many of the lines, from the first on, are in one font of fixed width.
func codeLines(lines []line) int {
	if lines[0].code == "" {
		return 0
	}
	n := 1
	for n < len(lines) && lines[n].pitch > 0 && math.Abs(lines[n].pitch-lines[0].pitch) <= 2*pitchTolerance*lines[0].pitch {
		n++
	}
	return n
}

// code writes lines in a font of fixed width as they stand.
func code(lines []line) string {
	left := math.Inf(1)
	for _, l := range lines {
		left = min(left, l.box.x0)
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
			if lead := l.base - lines[i-1].base; lead > 1.7*l.size && lead < 10*l.size {
				b.WriteByte('\n')
			}
		}
		b.WriteString(strings.Repeat(" ", min(max(int(math.Round((l.box.x0-left)/l.pitch)), 0), 80)))
		if l.code != "" {
			b.WriteString(l.code)
		} else {
			b.WriteString(l.text)
		}
	}
	return b.String()
}

// table writes the rows of a table, one a line.
func table(lines []line) string {
	rows := make([]string, len(lines))
	for i, l := range lines {
		texts := make([]string, len(l.cells))
		for k, c := range l.cells {
			texts[k] = c.text
		}
		rows[i] = strings.Join(texts, " | ")
	}
	return strings.Join(rows, "\n")
}

// measures are those of a column.
type measures struct {
	left, right float64
	edge        float64 // where most lines end
	leading     float64 // from baseline to baseline
	chars       int     // of a full line
}

func measure(lines []line) measures {
	m := measures{right: math.Inf(-1)}
	lefts := map[int]int{}
	var leads []float64
	total, n := 0, 0
	for i, l := range lines {
		lefts[int(math.Round(l.box.x0))]++
		m.right = max(m.right, l.box.x1)
		if i > 0 && math.Abs(lines[i-1].size-l.size) < 0.08*l.size {
			if lead := l.base - lines[i-1].base; lead > 0.5*l.size && lead < 3*l.size {
				leads = append(leads, lead)
			}
		}
		if c := utf8.RuneCountInString(l.text); c > 20 {
			total, n = total+c, n+1
		}
	}
	most := 0
	for x, n := range lefts {
		n += lefts[x+1]
		if n > most || n == most && float64(x) < m.left {
			most, m.left = n, float64(x)
		}
	}
	ends := make([]float64, len(lines))
	for i, l := range lines {
		ends[i] = l.box.x1
	}
	slices.Sort(ends)
	m.edge = ends[len(ends)*3/4]
	if len(leads) > 0 {
		slices.Sort(leads)
		// Space between paragraphs may be as common as that within: the lower quarter is not.
		m.leading = leads[len(leads)/4]
	}
	m.chars = total / max(n, 1)
	return m
}

// breaks reports whether b begins a paragraph of its own after p.
func (m measures) breaks(p paragraph, b line) bool {
	a := p.last
	lead := b.base - a.base
	end := tail(p.text)
	cut := strings.HasSuffix(end, string(lineHyphen)) || endsWithHyphen(end) && startsLower(b.text)
	normal := m.leading
	if normal == 0 || normal < 0.8*b.size {
		normal = 1.25 * b.size
	}
	indent := 0.8 * b.size
	short := a.box.x1 < m.right-0.2*(m.right-m.left)
	switch {
	case math.Abs(a.size-b.size) > 0.08*max(a.size, b.size):
		// A line of formulas may be of another size and yet go on.
		return !startsLower(b.text) || lead > 1.5*normal || a.size > 1.2*b.size
	case lead > 1.35*max(normal, 1.15*min(a.size, b.size)) && !cut, lead > 2.5*normal:
		return true
	case listItem.MatchString(b.text), b.marked:
		return true
	case cut:
		return false
	case b.box.x0 > m.left+indent && a.box.x0 < m.left+indent && b.box.x0 < m.left+6*b.size:
		return endsParagraph(a.text)
	case b.box.x0 < m.left-indent && a.box.x0 > m.left-indent:
		return endsParagraph(a.text) || !startsLower(b.text)
	case short && endsParagraph(a.text), headingLine(b.text, m.chars) && !startsLower(b.text):
		return true
	case short && !startsLower(b.text) && (headingLine(a.text, m.chars) || a.box.x1 < m.left+0.55*(m.right-m.left)):
		return true
	case m.fits(a, b):
		return true
	}
	return false
}

// fits reports whether the first word of b had room on the line a with much to spare: then the
// line was ended on purpose. Lines of a heading are ended where it looks well.
func (m measures) fits(a, b line) bool {
	word, _, _ := strings.Cut(b.text, " ")
	if first, size := utf8.DecodeRuneInString(b.text); wide(first) {
		word = b.text[:size]
	}
	n := utf8.RuneCountInString(b.text)
	if n == 0 || m.centred(a, b) {
		return false
	}
	spare := m.edge - a.box.x1 - b.box.width()*float64(utf8.RuneCountInString(word))/float64(n)
	if startsLower(b.text) {
		return spare > 2*b.size+0.3*(m.edge-m.left)
	}
	return spare > 2*b.size+0.1*(m.edge-m.left)
}

// centred reports whether two lines have one middle and different ends.
func (m measures) centred(a, b line) bool {
	return math.Abs(a.box.x0+a.box.x1-b.box.x0-b.box.x1) < b.size && math.Abs(a.box.x0-b.box.x0) > b.size
}

// tableRows is how many of the lines form a table, from the first on: two rows at least, each of
// cells that stand below those of the row before.
func tableRows(lines []line) int {
	if len(lines) < 2 || len(lines[0].cells) < 2 {
		return 0
	}
	n := 1
	for n < len(lines) && len(lines[n].cells) > 1 && belowOneAnother(lines[n-1], lines[n]) && lines[n].base-lines[n-1].base < 4*lines[n].size {
		n++
	}
	if n < 2 {
		return 0
	}
	return n
}

// belowOneAnother reports whether a cell behind the first of b stands below one of a, by its
// left or right end or its middle.
func belowOneAnother(a, b line) bool {
	near := 0.6 * b.size
	for _, c := range b.cells[1:] {
		for _, o := range a.cells[1:] {
			if math.Abs(c.x0-o.x0) < near || math.Abs(c.x1-o.x1) < near || math.Abs(c.x0+c.x1-o.x0-o.x1) < 2*near {
				return true
			}
		}
	}
	return false
}

// add goes on with a paragraph.
func (p *paragraph) add(text string, last line, words map[string]int) {
	cut, glue := seam(tail(p.text), text, words)
	p.text = append(append(p.text[:len(p.text)-cut], glue...), text...)
	p.last = last
}

// join joins a line to a text.
func join(text, next string, words map[string]int) string {
	cut, glue := seam(text, next, words)
	return text[:len(text)-cut] + glue + next
}

// seam says how a line goes on with a text: how many bytes of its end go, and what comes between
// the two. A word cut at the end of the line is made whole; where the hyphen may be its own, it is
// written as elsewhere in the file, else without. Scripts that write no spaces get none.
func seam(text, next string, words map[string]int) (cut int, glue string) {
	switch {
	case strings.HasSuffix(text, string(lineHyphen)), endsWithHyphen(text) && startsLower(next):
		head := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(text, string(lineHyphen)), "-"), "\u2010")
		if hyphenated(head, next, words) {
			glue = "-"
		}
		return len(text) - len(head), glue
	case spaceless(text, next), cutToken.MatchString(text):
		return 0, ""
	}
	return 0, " "
}

// cutWord reports whether a text ends amid a word.
func cutWord(text string) bool {
	return strings.HasSuffix(text, string(lineHyphen)) || endsWithHyphen(text)
}

// cutToken matches a line that ends amid an address, a range or a choice.
var cutToken = lazyregexp.New(`[^\s–/@_=&][/@_=&–]$|://\S*[/?.-]$`)

// hyphenated reports whether the word that is cut between two lines has a hyphen of its own: it
// is written with one elsewhere in the file, or it begins with a capital or digit behind it.
func hyphenated(head, next string, words map[string]int) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) || r == '-' }
	a := trailing(head, letter)
	b := next[:len(next)-len(strings.TrimLeftFunc(next, letter))]
	a, b = strings.ToLower(a), strings.ToLower(b)
	if r, _ := utf8.DecodeRuneInString(next); !unicode.IsLower(r) {
		return a != "" && words[a+b] == 0
	}
	return words[a+"-"+b] > 0 && words[a+b] == 0
}

// spaceless reports whether a line and the next meet at characters of Chinese or Japanese.
func spaceless(text, next string) bool {
	a, _ := utf8.DecodeLastRuneInString(text)
	b, _ := utf8.DecodeRuneInString(next)
	return wide(a) && wide(b)
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}

// endsWithHyphen reports whether a line ends amid a word: not in a dash.
func endsWithHyphen(l string) bool {
	l, ok := strings.CutSuffix(l, "\u2010")
	if !ok {
		l, ok = strings.CutSuffix(l, "-")
	}
	last, _ := utf8.DecodeLastRuneInString(l)
	return ok && (unicode.IsLetter(last) || unicode.IsNumber(last))
}

// startsLower reports whether a line goes on with a lower-case letter.
func startsLower(l string) bool {
	r, _ := utf8.DecodeRuneInString(l)
	return unicode.IsLower(r)
}

// endsParagraph reports whether a line ends a sentence, behind quotes, brackets and marks of
// notes.
func endsParagraph(l string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(noteEnd.ReplaceAllString(l, ""), `"”’)]`))
	return strings.ContainsRune(".!?:;。！？", r)
}

// noteEnd matches the mark of a note at the end of a line.
var noteEnd = lazyregexp.New(`\[[\d,–-]{1,12}\]$`)

// headingLine recognises a short line of its own: numbered, or all capitals.
func headingLine(l string, width int) bool {
	n := utf8.RuneCountInString(l)
	if n > 80 || n*10 > width*9 {
		return false
	}
	return numbered.MatchString(l) || strings.ToUpper(l) == l && strings.ToLower(l) != l && n > 3
}

// numbered matches "3 Method", "2.1. Data" and "IV. Results".
var numbered = lazyregexp.New(`^(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.) \p{Lu}`)
