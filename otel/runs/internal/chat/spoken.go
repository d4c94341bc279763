package chat

import (
	"slices"
	"strings"
)

// spoken gives what a user said without the elements, as in XML, that programs put before
// and after it: <system-reminder>, <environment_context>, <session_context>. It is "" where
// the text holds nothing else.
func spoken(s string) string {
	for {
		s = strings.TrimSpace(s)
		if rest, ok := withoutFirst(s); ok {
			s = rest
			continue
		}
		rest, ok := withoutLast(s)
		if !ok {
			return s
		}
		s = rest
	}
}

// withoutFirst cuts an element of context off the beginning.
func withoutFirst(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, "<")
	if !ok {
		return s, false
	}
	tag, _, ok := strings.Cut(inner, ">")
	if !ok || !isContext(tag) {
		return s, false
	}
	_, rest, ok := strings.Cut(inner, "</"+tag+">")
	return rest, ok
}

// withoutLast cuts an element of context off the end.
func withoutLast(s string) (string, bool) {
	inner, ok := strings.CutSuffix(s, ">")
	at := strings.LastIndex(inner, "</")
	if !ok || at < 0 || !isContext(inner[at+len("</"):]) {
		return s, false
	}
	start := strings.LastIndex(inner[:at], "<"+inner[at+len("</"):]+">")
	if start < 0 {
		return s, false
	}
	return s[:start], true
}

// maxTag is the longest name of an element that is looked at, in bytes.
const maxTag = 60

// isContext reports whether the name of an element says that a program wrote it.
func isContext(tag string) bool {
	if tag == "" || len(tag) > maxTag {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return r == '_' || r == '-' })
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"context", "reminder", "environment", "instructions"}, w)
	})
}
