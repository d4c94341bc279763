// Package content bounds what is recorded of messages: texts of a limit that they share, cut between characters.
package content

import (
	"slices"
	"unicode/utf8"
)

// Cut returns the first n bytes of a text, of whole characters.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Share returns how long each of several texts may be, so that all of them together have at most limit bytes and short
// ones stay whole. It sorts sizes.
func Share(sizes []int, limit int) int {
	slices.Sort(sizes)
	for i, size := range sizes {
		if left := len(sizes) - i; size > limit/left {
			return limit / left
		}
		limit -= size
	}
	return limit + 1<<30 // all fit
}
