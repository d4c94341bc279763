package outline

import (
	"fmt"
	"strings"
	"unicode"
)

// Part finds the section of doc whose heading anchor names, and returns it and what is left
// of doc. doc is in the Markdown of this package. Sites make anchors of headings by rules of
// their own, so that letters and digits alone are compared: "Getting-started", "getting_started"
// and "user-content-getting-started" all name "## Getting started!". Of several headings that
// are the same, GitHub calls the second "usage-1", Wikipedia "Usage_2".
func Part(doc, anchor string) (part, rest string, ok bool) {
	want := letters(strings.TrimPrefix(anchor, "user-content-"))
	if want == "" {
		return "", doc, false
	}
	first := 1
	if strings.Contains(anchor, "_") {
		first = 2
	}
	seen := map[string]int{}
	start, top, fenced := -1, 0, ""
	pos := 0
	for line := range strings.Lines(doc) {
		at := pos
		pos += len(line)
		if fence := fenceOf(line); fence != "" && (fenced == "" || strings.HasPrefix(fence, fenced)) {
			if fenced == "" {
				fenced = fence
			} else {
				fenced = ""
			}
			continue
		}
		level, heading := headingOf(line)
		if level == 0 || fenced != "" {
			continue
		}
		if start >= 0 {
			if level <= top {
				return cutOut(doc, start, at)
			}
			continue
		}
		name := letters(heading)
		n := seen[name]
		seen[name]++
		if name == want && n == 0 || n > 0 && fmt.Sprint(name, first+n-1) == want {
			start, top = at, level
		}
	}
	if start < 0 {
		return "", doc, false
	}
	return cutOut(doc, start, len(doc))
}

// cutOut takes doc[start:end] out of doc.
func cutOut(doc string, start, end int) (part, rest string, ok bool) {
	before, after := strings.TrimSpace(doc[:start]), strings.TrimSpace(doc[end:])
	return strings.TrimSpace(doc[start:end]), strings.TrimSpace(before + "\n\n" + after), true
}

// headingOf reads a line that is a heading; level is 0 for others.
func headingOf(line string) (level int, heading string) {
	marks := len(line) - len(strings.TrimLeft(line, "#"))
	if marks == 0 || marks > 6 || marks == len(line) || line[marks] != ' ' {
		return 0, ""
	}
	return marks, strings.TrimSpace(line[marks:])
}

// fenceOf is the run of backquotes that opens or closes a block of code on line, or "".
func fenceOf(line string) string {
	line = strings.TrimSpace(line)
	if n := len(line) - len(strings.TrimLeft(line, "`")); n >= 3 {
		return line[:n]
	}
	return ""
}

// letters is s in small letters and digits, without anything else.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// Code returns s as a block of code. Its fence is longer than any run of backquotes in s. Text
// without anything but white space gives "".
func Code(language, s string) string {
	s = strings.Trim(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", max(3, longest+1))
	return fence + language + "\n" + s + "\n" + fence
}
