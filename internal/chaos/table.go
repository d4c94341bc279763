//go:build linux

package chaos

import (
	"bytes"
	"fmt"
	"text/tabwriter"
)

// table is the count of everything.
type table struct {
	rows  [][3]string
	fails []string
}

// row adds a line; a count that is not the wanted one is a failure.
func (t *table) row(what string, got, want int) {
	mark := "ok"
	if got != want {
		mark = fmt.Sprintf("WANT %d", want)
		t.fails = append(t.fails, fmt.Sprintf("%s: %d, want %d", what, got, want))
	}
	t.rows = append(t.rows, [3]string{what, fmt.Sprint(got), mark})
}

func (t *table) note(what string, got any) {
	t.rows = append(t.rows, [3]string{what, fmt.Sprint(got), ""})
}

// String is the table for people.
func (t *table) String() string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, r := range t.rows {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", r[0], r[1], r[2])
	}
	_ = w.Flush()
	return b.String()
}
