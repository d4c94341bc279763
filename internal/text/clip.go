package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine returns s with every run of white space and control characters as one
// space, and none at its ends. Without any other characters it is empty.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// Head returns the first n bytes of s, or a few less where a character would be
// cut in two. Use it for bounds that protect memory. A negative n counts as 0.
func Head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Clip is [Head] with an ellipsis behind what was cut. The result has at most n
// bytes and the ellipsis, which takes 3 more. Use it for foreign text in
// messages and prompts.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.TrimRightFunc(Head(s, n), unicode.IsSpace) + "…"
}

// Shorten returns s in at most n characters, the last of them an ellipsis if
// something was cut. Use it where people see the length, such as in columns. n
// is at least 1.
func Shorten(s string, n int) string {
	// Bytes are never fewer than characters, so that short texts are not
	// counted.
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	// cut ends as the place of the n-th character, which gives way to the
	// ellipsis.
	cut, count := 0, 0
	for cut = range s {
		if count == n-1 {
			break
		}
		count++
	}
	return s[:cut] + "…"
}
