package page

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

var (
	// rstImage matches ".. image:: a.png" and other directives that show no text, with their
	// indented options; rstHeading a line with a line of marks below it; rstLink `text
	// <https://a.b>`_; rstCode two backquotes around code.
	blankLines = lazyregexp.New(`\n[ \t]*\n(?:[ \t]*\n)+`)
	rstImage   = lazyregexp.New(`(?m)^\.\. (?:\|[^|]*\| )?(?:image|figure|contents|toctree|_[^:]+):.*(?:\n[ \t]+\S.*)*$`)
	rstHeading = lazyregexp.New("(?m)^([^\\s=\\-~^\"'`#*.][^\\n]*)\\n([=~^\"'`#*+\\-])[=~^\"'`#*+\\-]{2,}[ \\t]*$")
	rstLink    = lazyregexp.New("`([^`<]+?)\\s*<([^>`]+)>`__?")
	rstCode    = lazyregexp.New("``([^`]+)``")
)

// ReStructured does for reStructuredText what Markdown does for Markdown, as far as READMEs
// need. What the patterns don't know stays as it was written.
func ReStructured(src string, base *url.URL) (body string, links []string) {
	src = strings.ReplaceAll(src, "\r\n", "\n")
	src = rstImage.ReplaceAllString(src, "")
	src = rstHeading.ReplaceAllStringFunc(src, func(m string) string {
		title, line, _ := strings.Cut(m, "\n")
		if line[0] == '=' {
			return "\n# " + title + "\n"
		}
		return "\n## " + title + "\n"
	})
	src = rstLink.ReplaceAllStringFunc(src, func(m string) string {
		p := rstLink.FindStringSubmatch(m)
		if abs := absolute(p[2], base); abs != "" && len(links) < maxLinks {
			links = append(links, abs)
		}
		return p[1]
	})
	src = rstCode.ReplaceAllString(src, "`$1`")
	lines := strings.Split(src, "\n")
	kept := lines[:0]
	hidden := false // in a comment, or in what is for one kind of output
	for i, l := range lines {
		bare := strings.TrimSpace(l) == ""
		if hidden = hidden && (bare || l[0] == ' ' || l[0] == '\t'); hidden {
			if bare {
				kept = append(kept, "")
			}
			continue
		}
		if empty := strings.TrimRight(l, " \t") == ".."; empty || strings.HasPrefix(l, ".. raw::") {
			hidden = !empty || i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != ""
			continue
		}
		if strings.HasPrefix(l, ".. ") && !strings.Contains(l, "::") {
			hidden = !strings.HasPrefix(l, ".. [") // a comment or a link target, but no note
			continue
		}
		if strings.TrimSpace(l) == "::" {
			continue
		}
		if strings.HasSuffix(l, "::") && !strings.HasPrefix(l, "..") {
			l = strings.TrimSuffix(l, ":")
		}
		kept = append(kept, strings.TrimRight(text.Strip(l), " \t"))
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(strings.Join(kept, "\n"), "\n\n")), links
}
