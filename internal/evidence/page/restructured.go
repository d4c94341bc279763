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
	// <https://a.b>`_; rstCode two backquotes around code; rstExplicit what two dots begin, of which
	// rstDirective is "name::", of a substitution too, and rstFootnote "[1]".
	blankLines = lazyregexp.New(`\n[ \t]*\n(?:[ \t]*\n)+`)
	rstImage   = lazyregexp.New(`(?m)^\.\. (?:\|[^|]*\| )?(?:image|figure|contents|toctree|_[^:]+):.*(?:\n[ \t]+\S.*)*$`)
	rstHeading = lazyregexp.New("(?m)^([^\\s=\\-~^\"'`#*.][^\\n]*)\\n([=~^\"'`#*+\\-])[=~^\"'`#*+\\-]{2,}[ \\t]*$")
	rstLink    = lazyregexp.New("`([^`<]+?)\\s*<([^>`]+)>`__?")
	rstCode    = lazyregexp.New("``([^`]+)``")

	rstExplicit  = lazyregexp.New(`^([ \t]*)\.\.(?:[ \t]+(.*\S))?[ \t]*$`)
	rstDirective = lazyregexp.New(`^(?:\|[^|]+\| +)?([\pL\pN]+(?:[-+_.:][\pL\pN]+)*) ?::(?:\s|$)`)
	rstFootnote  = lazyregexp.New(`^\[[^\]\s]+\](?:\s|$)`)
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
	block, hidden := -1, false // columns of what began a block that is hidden, or else is shown as it is; -1 for none
	for i, l := range lines {
		bare := strings.TrimSpace(l) == ""
		if block >= 0 && (bare || indent(l) > block) {
			if hidden && !bare {
				continue
			}
			kept = append(kept, strings.TrimRight(text.Strip(l), " \t"))
			continue
		}
		block = -1
		ends := i+1 == len(lines) || strings.TrimSpace(lines[i+1]) == "" // a paragraph does
		if m := rstExplicit.FindStringSubmatch(l); m != nil {
			switch kind := explicit(m[2]); {
			case kind == rstNote:
				l = m[1] + m[2]
			case kind == rstLiteral:
				block, hidden = len(m[1]), false
			case kind == rstHidden && (m[2] != "" || !ends): // an empty comment has nothing that is behind an empty line
				block, hidden = len(m[1]), true
				continue
			case kind == rstHidden:
				continue
			}
		} else if strings.HasSuffix(l, "::") && !strings.HasPrefix(l, "# ") && !strings.HasPrefix(l, "## ") {
			if ends {
				block, hidden = indent(l), false
			}
			if l = strings.TrimSuffix(l, ":"); strings.TrimSpace(l) == ":" {
				continue
			}
		}
		kept = append(kept, strings.TrimRight(text.Strip(l), " \t"))
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(strings.Join(kept, "\n"), "\n\n")), links
}

// indent is how many blanks a line begins with.
func indent(l string) int { return len(l) - len(strings.TrimLeft(l, " \t")) }

// What two dots at the beginning of a line are for.
const (
	rstShown   = iota // a directive, whose text is read
	rstNote           // at the foot
	rstLiteral        // a directive whose text is shown as it is
	rstHidden         // a comment, where a link leads, or a directive that shows nothing
)

// explicit tells by what is behind the dots (reStructuredText Markup Specification, "Explicit Markup Blocks").
func explicit(s string) int {
	if rstFootnote.MatchString(s) {
		return rstNote
	}
	m := rstDirective.FindStringSubmatch(s)
	if m == nil {
		return rstHidden
	}
	switch strings.ToLower(m[1]) {
	case "raw", "meta", "index":
		return rstHidden
	case "code", "code-block", "sourcecode", "parsed-literal", "math":
		return rstLiteral
	}
	return rstShown
}
