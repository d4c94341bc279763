package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/eval"
)

// Progress shows rows as they end: on a terminal a table with a line for each variant, of which
// that of the variant under way is written anew after each row, and elsewhere a line for each
// row that did not pass and one for each variant. It is for one goroutine at a time.
type Progress struct {
	w        io.Writer
	live     bool
	total    int
	variants []evaluation.Variant
	clean    func(string) string
	now      func() time.Time

	name    int // width of a variant's name
	began   time.Time
	running bool
	line    tally
}

// tally is what is known of the variant under way.
type tally struct {
	variant                              int
	ended, failed, passed, judged, known int // rows; known are those of an earlier process
	cost                                 float64
}

// Columns that a line of the table has beside the variant's name, and least of that.
const (
	otherColumns = 50
	leastName    = 10
)

// NewProgress makes one for variants of so many rows, trials counted, on a terminal of so many
// columns, or for lines where that is 0. clean takes out of foreign text what must not be printed there.
func NewProgress(w io.Writer, columns, total int, variants []evaluation.Variant, clean func(string) string) *Progress {
	p := &Progress{w: w, live: columns > 0, total: total, variants: variants, clean: clean, now: time.Now}
	for _, v := range variants {
		p.name = max(p.name, utf8.RuneCountInString(v.String()))
	}
	p.name = min(p.name, max(columns-otherColumns, leastName)) // a line that wraps cannot be written over
	return p
}

// Begin says that a variant is under way.
func (p *Progress) Begin(variant int) {
	p.End()
	if p.live && variant == 0 {
		fmt.Fprintf(p.w, "  %-*.*s  %s\n", p.name, p.name, "VARIANT", "ROWS       FAILED  PASSED      COST    TIME")
	}
	p.line, p.began, p.running = tally{variant: variant}, p.now(), true
	p.show()
}

// Row takes in one that has ended.
func (p *Progress) Row(variant int, r eval.RowResult) {
	l := &p.line
	l.ended++
	l.cost += r.CostUSD
	if r.Resumed {
		l.known++
	}
	why := whyRow(r)
	if s, ok := r.Scores[evaluation.Passed]; ok {
		l.judged++
		if s.Value > 0 {
			l.passed++
		}
	}
	if evaluation.Fault(r) != "" {
		l.failed++
	}
	if !p.live && why != "" && !r.Resumed {
		fmt.Fprintf(p.w, "row %s of %s: %s\n", p.clean(r.Name), p.clean(p.variants[variant].String()), p.clean(text.OneLine(why)))
	}
	p.show()
}

// End says that no more rows of the variant come.
func (p *Progress) End() {
	if !p.running {
		return
	}
	p.running = false
	l, name := p.line, p.clean(p.variants[p.line.variant].String())
	if p.live {
		fmt.Fprintln(p.w)
		return
	}
	if l.ended == 0 { // why is said by others
		return
	}
	var more strings.Builder
	if l.known > 0 {
		fmt.Fprintf(&more, ", %d of them by an earlier run", l.known)
	}
	fmt.Fprintf(p.w, "%s: %d of %d rows%s, %d failed, passed %s, cost %s, %s\n", name, l.ended, p.total, &more, l.failed, l.share(),
		dollars(l.cost), p.now().Sub(p.began).Round(100*time.Millisecond))
}

// show writes the line of the variant under way over itself.
func (p *Progress) show() {
	if !p.live {
		return
	}
	l := p.line
	fmt.Fprintf(p.w, "  %-*.*s  %-9s  %6d  %6s  %8s  %6s\r", p.name, p.name, p.clean(p.variants[l.variant].String()),
		fmt.Sprintf("%d/%d", l.ended, p.total), l.failed, l.share(), dollars(l.cost), p.now().Sub(p.began).Round(time.Second))
}

// share of the rows with a verdict that passed.
func (l tally) share() string {
	if l.judged == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f", float64(l.passed)/float64(l.judged))
}
