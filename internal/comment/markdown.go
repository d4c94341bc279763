package comment

import (
	"strings"

	"github.com/technoshare/commentator/internal/job"
)

// Markdown renders a reply as standard Markdown, which MLflow shows as an
// artifact and as the answer of the trace. It ends with one line break.
func Markdown(r job.Reply) string { return markdown(newDocument(r)) }

// markdown writes a document in CommonMark.
func markdown(d document) string {
	var b strings.Builder
	if len(d.Title) > 0 {
		b.WriteString("# " + md(d.Title) + "\n\n")
	}
	if len(d.Intro) > 0 {
		b.WriteString(md(d.Intro) + "\n\n")
	}
	for _, s := range d.Sections {
		if s.Heading != "" {
			b.WriteString("## " + s.Heading + "\n\n")
		}
		if len(s.Items) == 0 {
			b.WriteString(none + "\n")
		}
		for _, i := range s.Items {
			if s.List {
				b.WriteString("- ")
			}
			b.WriteString(md(i) + "\n")
		}
		b.WriteString("\n")
	}
	var small []string
	for _, n := range d.Notes {
		small = append(small, md(n))
	}
	for _, l := range d.Links {
		small = append(small, md([]span{l}))
	}
	if len(small) > 0 {
		b.WriteString("---\n\n" + strings.Join(small, " · ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// mdEscape keeps text from being markup, in CommonMark and in HTML, and in the
// extensions that viewers add: struck text, tables, mathematics. One pass, so
// that no escape is escaped again.
var mdEscape = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`, "|", `\|`, "$", `\$`,
	"&", "&amp;", "<", "&lt;", ">", "&gt;",
)

// md writes spans of one block in CommonMark, with everything in them escaped
// that a reader could take for markup.
func md(spans []span) string {
	var b strings.Builder
	for i, s := range spans {
		body := mdEscape.Replace(s.Text)
		// Only the first span stands at the start of a line.
		if i == 0 {
			body = lineStart(body)
		}
		// Nothing can be escaped within code, so that code with these signs is
		// written as text.
		if s.Code && !strings.ContainsAny(s.Text, "<>&") {
			body = "`" + strings.ReplaceAll(s.Text, "`", "'") + "`"
		}
		if s.Link != "" {
			body = "[" + body + "](" + s.Link + ")"
		}
		if s.Bold {
			lead, inner, tail := padding(body)
			body = lead + "**" + inner + "**" + tail
			if inner == "" {
				body = lead + tail
			}
		}
		b.WriteString(body)
	}
	return b.String()
}

// lineStart escapes what makes a heading, list or rule at the start of a line:
// one of "#+-=", or a number with a full stop or bracket behind it. Stars are
// escaped already.
func lineStart(s string) string {
	if s == "" {
		return s
	}
	if strings.ContainsRune("#+-=", rune(s[0])) {
		return `\` + s
	}
	digits := strings.TrimLeft(s, "0123456789")
	if n := len(s) - len(digits); n > 0 && digits != "" && (digits[0] == '.' || digits[0] == ')') {
		return s[:n] + `\` + digits
	}
	return s
}
