package terminal

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Wrap lays a line out in lines of at most width columns, of which those behind the first begin with
// indent blanks. column is where the line begins, behind what is printed before it. It breaks at blanks
// only: a word that is wider, such as an address, stays whole. A width of 0 leaves the line as it is.
// Columns are counted as terminals show them: an ideograph takes two.
func Wrap(s string, width, column, indent int) string {
	if width <= 0 {
		return s
	}
	var b strings.Builder
	for i, word := range strings.Fields(s) {
		n := uniseg.StringWidth(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// WrapLines is [Wrap] for each line of a text that is wider than width. Others stay as they are, and a line
// that is wrapped keeps the blanks that it begins with.
func WrapLines(s string, width, indent int) string {
	if width <= 0 {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if uniseg.StringWidth(line) <= width {
			continue
		}
		text := strings.TrimLeft(line, " ")
		own := len(line) - len(text)
		lines[i] = line[:own] + Wrap(text, width, own, own+indent)
	}
	return strings.Join(lines, "\n")
}
