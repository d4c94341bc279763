package main

import (
	"os"
	"strconv"

	"golang.org/x/term"
)

// Widths of what is printed, in columns.
const (
	defaultColumns = 80  // of a comment where nobody says how wide a line may be
	mostColumns    = 120 // of a line of prose in a window that has more: longer ones are hard to read
)

// columns is how wide lines may be: what COLUMNS says, as it is, or else the width of the
// terminal, at most mostColumns. It is 0 where there is neither, as in a pipe: lines are then
// left whole, for whatever reads them.
// lookup is [os.Getenv], and out the standard output.
func columns(lookup func(string) string, out *os.File) int {
	if n, err := strconv.Atoi(lookup("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return terminalColumns(out)
}

// terminalColumns is the width of the terminal that out is, at most mostColumns, or 0 where it is none.
func terminalColumns(out *os.File) int {
	if n, _, err := term.GetSize(int(out.Fd())); err == nil && n > 0 {
		return min(n, mostColumns)
	}
	return 0
}
