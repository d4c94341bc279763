package comment

import (
	"strings"

	"github.com/rivo/uniseg"

	"github.com/technoshare/commentator/internal/job"
)

// SGR codes of ECMA-48: how a terminal shows what follows. A reset
// ends all.
const (
	sgrReset = "\x1b[0m"
	sgrBold  = "\x1b[1m"
	sgrDim   = "\x1b[2m"
	sgrCode  = "\x1b[36m"
	sgrLink  = "\x1b[4m"
)

// Sequences are the escape sequences that [Terminal] writes with color.
func Sequences() []string { return []string{sgrReset, sgrBold, sgrDim, sgrCode, sgrLink} }

// leastWidth keeps lines readable in a narrow window, in columns.
const leastWidth = 30

// Terminal renders a reply as Slack would show it, in lines of at most width
// columns; words longer than that, such as addresses, stay whole. Without color
// there are no escape sequences in it. It ends with one line break.
func Terminal(r job.Reply, width int, color bool) string {
	return terminal(newDocument(r), width, color)
}

// terminal lays a document out in lines.
func terminal(d document, width int, color bool) string {
	w := writer{width: max(width, leastWidth), color: color}
	head := make([]span, len(d.Title))
	for i, s := range d.Title {
		s.Bold = true
		head[i] = s
	}
	w.block(head, "  ", "  ")
	// Terminals do not show where a title leads: the address goes below it.
	if len(d.Title) > 0 && d.Title[0].Link != "" && d.Title[0].Text != d.Title[0].Link {
		w.small([]span{{Text: d.Title[0].Link}})
	}
	w.gap()
	if len(d.Intro) > 0 {
		w.block(d.Intro, "  ", "  ")
		w.gap()
	}
	for _, s := range d.Sections {
		if s.Heading != "" {
			w.block([]span{{Text: s.Heading, Bold: true}}, "  ", "  ")
		}
		if len(s.Items) == 0 {
			w.block([]span{{Text: none}}, "  ", "  ")
		}
		for _, i := range s.Items {
			if s.List {
				w.block(i, "  • ", "    ")
			} else {
				w.block(i, "  ", "  ")
			}
		}
		w.gap()
	}
	for _, n := range d.Notes {
		w.small(n)
	}
	for _, l := range d.Links {
		w.small([]span{{Text: l.Text + "  " + l.Link}})
	}
	return strings.TrimRight(w.b.String(), "\n") + "\n"
}

// writer lays words out in lines. Columns are counted by uniseg: an ideograph
// or emoji takes two, a combining accent none.
type writer struct {
	b     strings.Builder
	width int
	color bool
}

// gap ends a part with an empty line.
func (w *writer) gap() { w.b.WriteString("\n") }

// small writes spans dimmed, as small print.
func (w *writer) small(spans []span) {
	if !w.color {
		w.block(spans, "  ", "  ")
		return
	}
	lines := writer{width: w.width, color: true}
	lines.block(spans, "  ", "  ")
	w.b.WriteString(sgrDim + strings.TrimSuffix(lines.b.String(), "\n") + sgrReset + "\n")
}

// block writes spans, the first line after one indent and the others after the
// other, and ends the line. No spans are no line.
func (w *writer) block(spans []span, indent, hanging string) {
	if len(spans) == 0 {
		return
	}
	w.b.WriteString(indent)
	// column is where the next sign goes; empty says that the line has no word
	// yet, so that a word wider than the line is not preceded by an empty one.
	column, empty := uniseg.StringWidth(indent), true
	for _, word := range words(spans) {
		n := 0
		for _, s := range word.spans {
			n += uniseg.StringWidth(s.Text)
		}
		switch {
		case empty:
		case column+1+n > w.width:
			w.b.WriteString("\n" + hanging)
			column = uniseg.StringWidth(hanging)
		default:
			w.b.WriteString(" ")
			column++
		}
		for _, s := range word.spans {
			w.b.WriteString(w.paint(s))
		}
		column, empty = column+n, false
	}
	w.b.WriteString("\n")
}

// paint is a span with its codes. They stand around each word rather than
// around the span, so that a line break or an indent is never underlined.
func (w *writer) paint(s span) string {
	if !w.color {
		return s.Text
	}
	codes := ""
	if s.Bold {
		codes += sgrBold
	}
	if s.Code {
		codes += sgrCode
	}
	if s.Link != "" {
		codes += sgrLink
	}
	if codes == "" {
		return s.Text
	}
	return codes + s.Text + sgrReset
}

// wordOf is what must stay on one line: parts of spans without a space between.
type wordOf struct{ spans []span }

// words cuts spans at their spaces. What no space parts stays together, even
// across spans: a full stop belongs to the bold word before it.
func words(spans []span) []wordOf {
	var out []wordOf
	open := false // the last word goes on in the next span
	for _, s := range spans {
		// Each piece but the first has a space before it.
		for i, t := range strings.Split(s.Text, " ") {
			if i > 0 {
				open = false
			}
			if t == "" {
				continue
			}
			part := s
			part.Text = t
			if open {
				last := &out[len(out)-1]
				last.spans = append(last.spans, part)
			} else {
				out = append(out, wordOf{spans: []span{part}})
			}
			open = true
		}
		if strings.HasSuffix(s.Text, " ") {
			open = false
		}
	}
	return out
}
