// Package doctor checks what a program depends on, and says of each thing that
// it is fine or what to do about it. In go the things, as small functions and
// interfaces; out come findings. It knows no adapter, so that adapters can
// return findings of their own.
package doctor

import (
	"context"
	"fmt"
	"io"
	"time"
)

// checkTime bounds one check. A server that needs longer for some small requests is
// not fit to be used.
const checkTime = 20 * time.Second

// Finding is what a check has found: that something is fine, or what to do.
// Detail is one line for people: what was found, or the fault with its remedy.
type Finding struct {
	Name   string
	OK     bool
	Note   bool // fine, but people may expect more
	Detail string
}

// Fine returns the finding that nothing needs to be done about the thing named.
func Fine(name, detail string) Finding { return Finding{Name: name, OK: true, Detail: detail} }

// Noted returns the finding that nothing needs to be done about the thing named, and
// that it can do less than people may expect, or was not checked.
func Noted(name, detail string) Finding {
	return Finding{Name: name, OK: true, Note: true, Detail: detail}
}

// Faulty returns the finding that the thing named does not work; detail says what
// to do.
func Faulty(name, detail string) Finding { return Finding{Name: name, Detail: detail} }

// Check looks at one thing and returns what it found, mostly one finding. No
// findings are fine: the thing is reported by another check. It returns when
// its context ends.
type Check func(context.Context) []Finding

// DetailColumn is how many columns come before a detail in the lines of [Run], where the name is no longer
// than most.
const DetailColumn = 4 + 2 + 22 + 1

// Run makes the checks, one after the other and at most 20 seconds each, and
// writes a line a finding. show is applied to the details, which quote what
// servers say: it masks secrets, and may lay them out. Run returns the number of faults.
func Run(ctx context.Context, w io.Writer, show func(string) string, checks ...Check) (faults int) {
	for _, check := range checks {
		faults += runOne(ctx, w, show, check)
	}
	return faults
}

// runOne makes one check and returns the number of its faults. The words are of
// equal length and the names padded, so that details stand below each other.
func runOne(ctx context.Context, w io.Writer, show func(string) string, check Check) (faults int) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	for _, f := range check(ctx) {
		word := "ok  "
		switch {
		case !f.OK:
			word = "fix "
			faults++
		case f.Note:
			word = "note"
		}
		fmt.Fprintf(w, "%s  %-22s %s\n", word, f.Name, show(f.Detail))
	}
	return faults
}

// outcome is one finding: the detail, or the error and what to do about it.
func outcome(name, detail string, err error, hint string) []Finding {
	if err != nil {
		return []Finding{Faulty(name, err.Error()+hint)}
	}
	return []Finding{Fine(name, detail)}
}
