package outline

import (
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/text"
)

// First returns the first value that is not blank, trimmed.
func First(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// FirstLine returns the first line of s without its heading mark, for a
// title.
func FirstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return text.Clip(text.OneLine(strings.TrimLeft(line, "#-> ")), 120)
}

// FirstParagraph returns the first block of text that is no heading, list or fence, or "".
// Markdown's own marks at its beginning tell the others, and so does a digit, as of a numbered
// list; a paragraph that begins with a number is passed over with them.
func FirstParagraph(text string) string {
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" && !strings.ContainsAny(p[:1], "#`|>-*+[0123456789") {
			return p
		}
	}
	return ""
}

// Day returns the date of an RFC 3339 time; anything shorter is returned as it
// is.
func Day(s string) string {
	if len(s) >= 10 {
		return s[:10]
	}
	return s
}

// UnixTime returns the RFC 3339 form of seconds since 1970, "" for zero and for
// negative numbers.
func UnixTime(seconds int64) string {
	if seconds <= 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// Unless returns s, or "" when s is but.
func Unless(s, but string) string {
	if s == but {
		return ""
	}
	return s
}
