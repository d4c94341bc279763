package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// maker matches what Microsoft's programs write before the name of what they print.
var maker = lazyregexp.New(`(?i)^microsoft (?:office )?\w+\s*[-–—:]\s*`)

// program matches what other programs write before the name of a file.
var program = lazyregexp.New(`(?i)^(?:word|powerpoint|excel|writer|impress|calc|adobe \w+|pages|keynote|print(?:ing)?)\s*[-–—:]\s*`)

// nameless matches titles that programs give to files that have none, or that stand in templates,
// with a number perhaps.
var nameless = lazyregexp.New(`(?i)^\(?(?:` + strings.Join([]string{
	`untitled(?: \w+)?`, `no title`, `none`, `null`, `undefined`, `unknown`, `unspecified`, `anonymous`, `about:blank`, `pii`,
	`unbenannt`, `ohne titel`, `sans titre`, `sans nom`, `без имени`, `без названия`, `sin título`, `sem título`, `senza titolo`,
	`无标题`, `無題`, `名称未設定`, `제목 없음`,
	`title`, `titel`, `titre`, `título`, `titolo`, `document title`, `your title here`,
	`blank(?: page)?`, `new document`, `dokument`, `document`, `documento`, `презентация`, `presentation`, `präsentation`,
	`powerpoint(?:-präsentation| presentation)?`, `présentation powerpoint`, `presentazione standard di powerpoint`,
	`presentación de powerpoint`, `apresentação do powerpoint`, `slide`, `folie`, `diapositive`, `folha`, `book`, `sheet`,
	`tabelle`, `mappe`, `scan`, `scanned document`, `image`, `print`, `output`, `latex template`, `template`, `paper`,
	`manuscript`, `main`, `article`, `report`, `thesis`, `draft`, `index`, `layout`, `print job`, `google (?:docs|slides|sheets)`,
	`tex output.*`, `journal of latex class files.*`, `(?:ieee )?paper title(?: \(use style.*)?`, `(?:\w+ )?(?:sample|example) paper`,
	`(?:\w+ )?proceedings template.*`, `(?:sample|template) (?:article|document|manuscript)`,
}, "|") + `)\)?[\s_-]*(?:\d{1,4}|\(\d{1,3}\))?\.?$`)

// fileName matches a title that is the name of a file, or an address.
var fileName = lazyregexp.New(`(?i)^(?:\S+://\S*|.*[\\/]\S*|.*\.(?:` +
	`docx?|docm|dotx?|rtf|odt|pages|pptx?|ppsx?|odp|key|xlsx?|ods|csv|indd|qxd|qxp|pmd|pm\d|dvi|tex|ps|eps|pdf|html?|xhtml|` +
	`php|aspx?|jsp|md|txt|wpd|fm|book|cdr|ai|psd|svg|vsdx?|pub|xps|tiff?|jpe?g|png|ipynb|rmd))\s*(?:\(\d+\))?$`)

// plainName matches the name of a text file, which is what a print of one is about.
var plainName = lazyregexp.New(`(?i)^[^\\/]+\.(?:txt|md|rst|log|csv|json|ya?ml|py|go|rs|c|h|cc|cpp|java|js|ts|sh|sql|xml)$`)

// generated matches titles made of a number, a date or an identifier.
var generated = lazyregexp.New(`^(?:[\d\W_]*|[0-9a-fA-F-]{16,}|\S*\d{6,}\S*|\S+_\S+|` +
	`(?i:arxiv):\S+(?: \[\S+\])?|(?i:doi):?\s*10\.\S+|10\.\d{4,}/\S+)$`)

// title is the title that the file says, unless a program made it, and else the first heading.
// It is "" when there is neither.
func title(said, producer, creator string, pages [][]line) string {
	said = strings.TrimSpace(said)
	if i := maker.FindStringIndex(said); i != nil {
		said = said[i[1]:]
	} else if i := program.FindStringIndex(said); i != nil && (i[1] == len(said) || fileName.MatchString(said[i[1]:])) {
		said = said[i[1]:]
	}
	made := said == "" || utf8.RuneCountInString(said) < 3 || !printable(said) ||
		nameless.MatchString(said) || fileName.MatchString(said) || generated.MatchString(said) ||
		strings.EqualFold(said, producer) || strings.EqualFold(said, creator)
	if !made {
		return said
	}
	if plainName.MatchString(said) {
		return said
	}
	if h := heading(pages); h != "" {
		return h
	}
	if nameless.MatchString(said) {
		return ""
	}
	return said
}

// author is the author that the file says, unless a program wrote it.
func author(said string) string {
	if nameless.MatchString(said) || !printable(said) || accounts.MatchString(said) {
		return ""
	}
	return said
}

// accounts matches names of accounts that are no persons'.
var accounts = lazyregexp.New(
	`(?i)^(?:admin(?:istrator)?|user|root|owner|default|guest|author|windows user|microsoft office user|\S+@\S+\.local)$`)

// maxTitle is the length of a title in bytes; more is a paragraph.
const maxTitle = 200

// heading is the text in the largest type of the first page that has text. Where no line is larger
// than the text, it is the first one, if that stands alone: it may be in bold or capitals.
func heading(pages [][]line) string {
	i := slices.IndexFunc(pages, func(p []line) bool { return len(p) > 0 })
	if i < 0 {
		return ""
	}
	page := pages[i]
	best, first := -1, -1
	for i, l := range page {
		if l.turned || !readable(l.text) {
			continue
		}
		if first < 0 {
			first = i
		}
		if best < 0 || l.size > 1.05*page[best].size {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	if section.MatchString(page[best].text) {
		return ""
	}
	if body := bodySize(pages[i : i+1]); page[best].size >= 1.08*body {
		return whole(page, best)
	}
	return alone(page, first)
}

// alone is the i-th line of a page when it stands alone, "" when a paragraph begins with it.
func alone(page []line, i int) string {
	l := page[i]
	goesOn := endsWithHyphen(l.text) || strings.HasSuffix(l.text, string(lineHyphen)) || strings.ContainsRune(",;.",
		rune(l.text[len(l.text)-1]))
	if goesOn || len(l.text) > maxTitle {
		return ""
	}
	if i+1 < len(page) && page[i+1].block == l.block {
		next := page[i+1]
		m := measure(page[i+1:])
		long := l.box.width() > 0.8*(m.right-m.left)
		if startsLower(next.text) || long && next.base-l.base < 1.5*l.size && !headingLine(l.text, m.chars) {
			return ""
		}
	}
	return strings.Trim(l.text, " *†‡∗")
}

// whole joins the lines of a heading, which are of one size and near one another.
func whole(page []line, i int) string {
	out, size := page[i].text, page[i].size
	for j := i + 1; j < len(page); j++ {
		l := page[j]
		lead := l.base - page[j-1].base
		if math.Abs(l.size-size) > 0.04*size || lead > 1.9*size || lead < 0 || len(out)+len(l.text) > maxTitle {
			break
		}
		out = join(out, l.text, nil)
	}
	if len(out) > maxTitle {
		return ""
	}
	return strings.Trim(strings.ReplaceAll(out, string(lineHyphen), ""), " *†‡∗")
}

// section matches headings that many files have, which are no titles.
var section = lazyregexp.New(`(?i)^(?:(?:table of )?contents|abstract|summary|preface|foreword|acknowledge?ments|references|` +
	`inhalt(?:sverzeichnis)?|zusammenfassung|vorwort|table des matières|sommaire|résumé|índice|contenido|resumen|resumo|sumário|` +
	`indice|оглавление|содержание|аннотация|目录|目次|摘要|概要|차례|목차|초록)[:.]?$`)

// readable reports whether a line can be a title: it has words, and is no stamp or page number.
func readable(l string) bool {
	letters := 0
	for _, r := range l {
		if printable(string(r)) && (r < '0' || r > '9') {
			letters++
		}
	}
	return letters >= 2 && !generated.MatchString(l) && !pageNumber.MatchString(l)
}
