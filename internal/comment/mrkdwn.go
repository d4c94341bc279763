package comment

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Slack's text format, which resembles Markdown but is another one: *bold*,
// _italic_, ~struck~, `code`, <address|label>. It has no escape for its marks;
// only &, < and > are escaped. See
// docs.slack.dev/messaging/formatting-message-text.

// mrkdwn writes spans in Slack's format. Marks get an invisible space (U+200B)
// where they touch a letter or digit: Slack reads a mark only at the border of
// a word, and would show the stars of "**bold**ly" otherwise.
func mrkdwn(spans []span) string {
	var b strings.Builder
	for i, s := range spans {
		body := s.slack()
		if body == "" {
			continue
		}
		if s.Bold || s.Code {
			// Slack reads a mark only at the border of a word.
			if i > 0 && wordRune(lastRune(b.String())) {
				b.WriteString("\u200B")
			}
			b.WriteString(body)
			if i+1 < len(spans) && wordRune(firstRune(spans[i+1].Text)) {
				b.WriteString("\u200B")
			}
			continue
		}
		b.WriteString(body)
	}
	return b.String()
}

// slack is one span in Slack's format. Code has no format within it; in a label
// | would end the address and becomes ¦.
func (s span) slack() string {
	body := literal(s.Text)
	switch {
	case s.Code:
		body = "`" + slackutilsx.EscapeMessage(strings.ReplaceAll(s.Text, "`", "'")) + "`"
	case s.Link != "":
		body = "<" + slackutilsx.EscapeMessage(s.Link) + "|" + strings.ReplaceAll(body, "|", "¦") + ">"
	}
	if s.Bold {
		lead, inner, tail := padding(body)
		if inner == "" {
			return body
		}
		body = lead + "*" + inner + "*" + tail
	}
	return body
}

// padding moves white space out of bold, where Slack would not read the mark.
// s is lead, inner and tail; of white space alone nothing is left.
func padding(s string) (lead, inner, tail string) {
	inner = strings.TrimSpace(s)
	if inner == "" {
		return "", "", ""
	}
	at := strings.Index(s, inner)
	return s[:at], inner, s[at+len(inner):]
}

// pairs find text between two marks at the borders of words, which Slack would
// take for format: "_x_" and "~x~", but not "snake_case_name" or "~5". The
// signs that replace the marks are full-width or mathematical look-alikes.
var pairs = []struct {
	mark, like string
	pattern    *lazyregexp.Regexp
}{
	{"_", "＿", lazyregexp.New(`(^|[^\pL\pN_])_([^\s_](?:[^\n]*?[^\s_])??)_([^\pL\pN_]|$)`)},
	{"~", "∼", lazyregexp.New(`(^|[^\pL\pN~])~([^\s~](?:[^\n]*?[^\s~])??)~([^\pL\pN~]|$)`)},
}

// literal escapes text so that Slack shows it as it is. Stars and backquotes,
// and other marks that would make a pair, are replaced by signs that look
// alike, since Slack has no escape for them.
func literal(s string) string {
	s = strings.NewReplacer("*", "∗", "`", "'").Replace(s)
	for _, p := range pairs {
		// A single mark makes no pair, and most texts have none.
		if strings.Count(s, p.mark) > 1 {
			s = p.pattern.ReplaceAllString(s, "${1}"+p.like+"${2}"+p.like+"${3}")
		}
	}
	return slackutilsx.EscapeMessage(s)
}

// size is what Slack counts: the characters of a text as it is sent.
func size(s string) int { return utf8.RuneCountInString(s) }
