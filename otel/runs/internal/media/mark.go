package media

import (
	"regexp"
	"strings"
)

// Picture is Markdown that shows a file of a media type, by a reference to it.
func Picture(mediaType, reference string) string { return "![" + mediaType + "](" + reference + ")" }

// mark is what File.Mark writes.
var mark = regexp.MustCompile(`\[([a-z0-9.+-]+/[a-z0-9.+-]+, [0-9.]+ k?M?B)(?:: (media/[0-9a-f]{12}[a-z0-9.]*)|, left out)\]`)

// Marks returns the marks in a text, in their order.
func Marks(s string) []string {
	if !strings.Contains(s, "B: "+folder) && !strings.Contains(s, "B, left out]") {
		return nil
	}
	return mark.FindAllString(s, -1)
}

// Labels gives a text with labels in place of marks, as people read it in lists. A file
// that stands beside a text, on a line of its own, goes: what was asked is the text.
func Labels(s string) string {
	if len(Marks(s)) == 0 {
		return s
	}
	var said []string
	for line := range strings.Lines(s) {
		if mark.FindString(line) != strings.TrimSpace(line) {
			said = append(said, line)
		}
	}
	if text := strings.TrimSpace(strings.Join(said, "")); text != "" {
		s = text
	}
	return rewrite(s, nil)
}

// Rewrite gives a text with a word for the file at each path in place of its mark, and
// the label where there is none. A file on a line of its own becomes a paragraph of
// Markdown. Without words it is Labels.
func Rewrite(s string, words map[string]string) string {
	if len(words) == 0 || len(Marks(s)) == 0 {
		return Labels(s)
	}
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		alone := mark.FindString(line) == line && line != ""
		if n := len(lines); alone && n > 0 && lines[n-1] != "" {
			lines = append(lines, "")
		}
		lines = append(lines, line)
		if alone {
			lines = append(lines, "")
		}
	}
	return strings.TrimRight(rewrite(strings.Join(lines, "\n"), words), "\n")
}

func rewrite(s string, words map[string]string) string {
	return mark.ReplaceAllStringFunc(s, func(m string) string {
		parts := mark.FindStringSubmatch(m)
		if parts[2] == "" {
			return m
		}
		if word := words[parts[2]]; word != "" {
			return word
		}
		return "[" + parts[1] + "]"
	})
}
