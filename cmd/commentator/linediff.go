package main

import (
	"fmt"
	"strings"
)

// diffContext is how many equal lines are shown around what differs.
const diffContext = 3

// maxDiffCells bounds the table of a comparison. Longer texts are shown as replaced whole, but for what they
// begin and end with alike.
const maxDiffCells = 4 << 20

// unifiedDiff is what differs between two texts, in the form of diff -u; empty for none.
func unifiedDiff(fromName, from, toName, to string) string {
	edits := lineEdits(lines(from), lines(to))
	var b strings.Builder
	for i := 0; i < len(edits); {
		if edits[i].kind == ' ' {
			i++
			continue
		}
		start, end, equal := max(0, i-diffContext), i, 0
		for j := i; j < len(edits) && equal <= 2*diffContext; j++ { // hunks that would touch are one
			if equal++; edits[j].kind != ' ' {
				equal, end = 0, j+1
			}
		}
		end = min(len(edits), end+diffContext)
		if b.Len() == 0 {
			fmt.Fprintf(&b, "--- %s\n+++ %s\n", fromName, toName)
		}
		writeHunk(&b, edits[start:end])
		i = end
	}
	return b.String()
}

// edit is a line that both texts have (' '), that goes ('-') or that comes ('+'), with how many lines of both
// texts lie before it.
type edit struct {
	kind             byte
	line             string
	before, beforeTo int
}

func writeHunk(b *strings.Builder, hunk []edit) {
	from, to := 0, 0
	for _, e := range hunk {
		if e.kind != '+' {
			from++
		}
		if e.kind != '-' {
			to++
		}
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", hunk[0].before+1, from, hunk[0].beforeTo+1, to)
	for _, e := range hunk {
		fmt.Fprintf(b, "%c%s\n", e.kind, e.line)
	}
}

func lines(s string) []string {
	if s = strings.TrimSuffix(s, "\n"); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// lineEdits turns a into b by the longest lines that they have in common.
func lineEdits(a, b []string) []edit {
	var out []edit
	i, j := 0, 0
	add := func(kind byte, line string) {
		out = append(out, edit{kind, line, i, j})
		if kind != '+' {
			i++
		}
		if kind != '-' {
			j++
		}
	}
	for i < len(a) && j < len(b) && a[i] == b[j] {
		add(' ', a[i])
	}
	endA, endB := len(a), len(b)
	for endA > i && endB > j && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	common := commonLines(a[i:endA], b[j:endB])
	startA, startB := i, j
	for i < endA || j < endB {
		x, y := i-startA, j-startB
		switch {
		case i < endA && j < endB && a[i] == b[j]:
			add(' ', a[i])
		case j >= endB || i < endA && (common == nil || common[x+1][y] >= common[x][y+1]):
			add('-', a[i])
		default:
			add('+', b[j])
		}
	}
	for i < len(a) {
		add(' ', a[i])
	}
	return out
}

// commonLines says for each pair of ends how many lines are in common behind them; nil where that would be
// too large a table.
func commonLines(a, b []string) [][]int {
	if (len(a)+1)*(len(b)+1) > maxDiffCells {
		return nil
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
